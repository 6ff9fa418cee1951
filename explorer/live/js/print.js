/** A button that prints the page. */
import { unpack } from "./pack.js";

export class Print {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.button = root.querySelector("button");
    this.button.onclick = () => globalThis.print();
  }

  /** @param {object} component Streamlit's arguments. */
  update({ data }) {
    this.button.textContent = unpack(data).meta.label;
  }

  destroy() {}
}
