/** The component without a picture that ties a cursor to Python: its value, its model, what it says. */
import { cursorNamed } from "./cursor.js";
import { unpack } from "./pack.js";
import { Watch } from "./watch.js";

export class CursorLink {
  constructor() {
    this.name = null;
    this.pending = []; // values that Python was told and has not said back yet
    this.shown = null; // the last value that Python said
  }

  /** @param {object} component Streamlit's arguments. */
  update({ data, setTriggerValue }) {
    const { meta, arrays } = unpack(data);
    if (meta.cursor !== this.name) this.rename(meta.cursor);
    this.tell = (value) => {
      this.pending.push(value.join());
      setTriggerValue("moved", { value });
    };
    this.cursor.tell = this.tell;
    const { subject } = this.cursor;
    subject.rendered = arrays.rendered ? { pixels: arrays.rendered, shape: meta.shape } : null;
    for (const slot of ["decoder", "encoder", "codes"]) this.watch.ask(slot, meta[slot]);
    subject.retry = () => {
      this.watch.again();
      setTriggerValue("retry", true);
    };
    this.hear(meta.value);
    this.cursor.report();
  }

  /** What Python says back of our own value is old news; anything else is a new value. */
  hear(value) {
    if (value.length !== this.cursor.value.length) this.cursor.untold = false; // of another model
    const text = value.join();
    const echo = this.pending.lastIndexOf(text);
    if (echo >= 0) this.pending.splice(0, echo + 1);
    else if (text !== this.shown && this.cursor.held === null && !this.cursor.untold) this.adopt(value);
    this.shown = text;
    this.cursor.changed();
  }

  adopt(value) {
    this.pending = [];
    this.cursor.take(value);
    this.cursor.told = this.cursor.text();
  }

  rename(name) {
    this.destroy();
    this.name = name;
    this.cursor = cursorNamed(name);
    this.pending = [];
    this.shown = null;
    const { subject } = this.cursor;
    this.watch = new Watch(
      (slot, value) => {
        subject[slot] = value ?? null;
        this.cursor.changed();
      },
      (sentence) => {
        subject.trouble = sentence;
        this.cursor.changed();
      },
    );
  }

  destroy() {
    this.watch?.stop();
    // A link that takes this one's place may have come before this one goes.
    if (this.cursor && this.cursor.tell === this.tell) this.cursor.tell = null;
  }
}
