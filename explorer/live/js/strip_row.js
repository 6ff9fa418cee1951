/** One row of the strip: the same code with one number of it at several values, frame by frame. */
import { paint } from "./pixels.js";

const SCRATCH = document.createElement("canvas");

export class StripRow {
  /**
   * @param {{index: number, name: string, label: string, values: number[]}} row
   * @param {(value: number) => void} choose Called when a frame is clicked.
   */
  constructor(row, choose) {
    Object.assign(this, row);
    this.element = document.createElement("div");
    this.element.className = "row";
    const title = Object.assign(document.createElement("p"), { textContent: row.label });
    this.frames = document.createElement("div");
    Object.assign(this.frames, { className: "frames", role: "toolbar", ariaLabel: row.label });
    this.buttons = row.values.map((value) => {
      const button = document.createElement("button");
      const text = `${row.name} = ${value.toFixed(2).replace("-", "−")}`;
      Object.assign(button, { type: "button", tabIndex: -1, ariaLabel: text, title: text });
      button.append(Object.assign(new Image(), { alt: "", draggable: false }));
      button.onclick = () => choose(value);
      return button;
    });
    this.frames.onkeydown = (event) => this.walk(event);
    this.frames.onfocusin = (event) => this.reach(this.buttons.indexOf(event.target));
    this.frames.append(...this.buttons);
    this.element.append(title, this.frames);
    this.nearest = -1;
    this.reach(0);
    this.forget();
  }

  /** What its frames show is of no use any more. */
  forget() {
    this.code = null;
  }

  /** Whether the frames are those of code `z`, in which its own number does not count. */
  isOf(z) {
    return this.code?.length === z.length && this.code.every((value, i) => i === this.index || value === z[i]);
  }

  /** Write the codes of the frames. @param {Float32Array} codes @param {number} at Where. @param {Float32Array} z */
  writeCodes(codes, at, z) {
    this.values.forEach((value, i) => {
      codes.set(z, at + i * z.length);
      codes[at + i * z.length + this.index] = value;
    });
  }

  /**
   * Pictures, not canvases: each canvas is a layer that the browser puts together anew in every frame, and a
   * hundred of them halve the frame rate of what moves beside them.
   * @param {number} frame @param {Float32Array} pixels @param {ImageData} image To paint with. @param {number} channels
   */
  draw(frame, pixels, image, channels) {
    [SCRATCH.width, SCRATCH.height] = [image.width, image.height];
    paint(image.data, pixels, channels, image.width * image.height);
    SCRATCH.getContext("2d").putImageData(image, 0, 0);
    this.buttons[frame].firstChild.src = SCRATCH.toDataURL();
  }

  /** Mark the frame that is nearest to the number's value. @param {number} value */
  mark(value) {
    let best = 0;
    this.values.forEach((each, i) => {
      if (Math.abs(each - value) < Math.abs(this.values[best] - value)) best = i;
    });
    if (best === this.nearest) return;
    this.buttons[this.nearest]?.removeAttribute("aria-current");
    this.buttons[best].setAttribute("aria-current", "true");
    this.nearest = best;
    if (!this.frames.matches(":focus-within")) this.reach(best);
  }

  /** Make one frame the row's stop for the Tab key. */
  reach(frame) {
    this.buttons.forEach((button, i) => (button.tabIndex = i === frame ? 0 : -1));
  }

  /** Arrow keys go from frame to frame. */
  walk(event) {
    const from = this.buttons.indexOf(event.target);
    const last = this.buttons.length - 1;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.buttons[Math.min(Math.max(to, 0), last)].focus();
  }
}
