/** The flash cards as a component of their own; Python puts MARKUP before this module. */
import { Cards } from "./cards.js";
import { instance } from "./instance.js";
import { write } from "./markup.js";

export default function mount(component) {
  const make = (root) => {
    write(root, MARKUP);
    return new Cards(root);
  };
  return instance(component, make);
}
