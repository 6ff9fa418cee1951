/**
 * The hand on a slider or a pad: it drags with one finger, steps with the keys, and lets go once, so that Python
 * hears of it once. A finger that turns out to scroll the page has moved nothing.
 */

const PAUSE = 250; // milliseconds after the last key until it counts as letting go

/** Steps across and upwards, in hundredths of the range; without end, to its end. */
const STEPS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
  PageUp: [0, 10], PageDown: [0, -10], Home: [-Infinity, 0], End: [Infinity, 0],
};

/**
 * What a hand moves; places are CSS pixels from the element's left top corner.
 * @typedef {object} Moved
 * @property {import("./cursor.js").Cursor} cursor
 * @property {(x: number, y: number) => [number, number]} grip What to add to each place: a grasped thumb does not jump.
 * @property {(x: number, y: number, by: object) => void} moveTo
 * @property {(across: number, up: number, by: object) => void} step See `STEPS`.
 * @property {(by: object) => void} reset Back to the start.
 */

export class Hand {
  /**
   * @param {HTMLElement} element What is grasped and focused.
   * @param {Moved} moved
   * @param {AbortSignal} signal Ends all listening.
   */
  constructor(element, moved, signal) {
    Object.assign(this, { element, moved, pointer: null, before: null, stepped: false, pause: 0 });
    const listen = (type, handle) => element.addEventListener(type, handle.bind(this), { signal });
    listen("pointerdown", this.press);
    listen("pointermove", this.drag);
    listen("pointerup", this.lift);
    listen("pointercancel", this.cancel);
    listen("dblclick", this.reset);
    listen("keydown", this.key);
    listen("keyup", this.rest);
    listen("blur", () => this.stepped && this.release());
    signal.addEventListener("abort", () => this.moved.cursor?.held === this && this.release(), { once: true });
  }

  press(event) {
    if (this.pointer !== null || (event.pointerType === "mouse" && event.button !== 0)) return;
    this.pointer = event.pointerId;
    this.element.setPointerCapture(event.pointerId);
    this.box = this.element.getBoundingClientRect();
    this.before = this.moved.cursor.value;
    this.grip = this.moved.grip(event.clientX - this.box.left, event.clientY - this.box.top);
    if (event.pointerType !== "touch") this.drag(event); // a finger may be about to scroll
  }

  drag(event) {
    if (event.pointerId !== this.pointer) return;
    const [x, y] = [event.clientX - this.box.left, event.clientY - this.box.top];
    this.moved.moveTo(x + this.grip[0], y + this.grip[1], this);
  }

  lift(event) {
    if (event.pointerId !== this.pointer) return;
    this.drag(event);
    this.release();
  }

  /** The page scrolls, or the system takes the finger away: as if it had never been here. */
  cancel(event) {
    if (event.pointerId !== this.pointer) return;
    this.moved.cursor.move(this.before, this);
    this.release();
  }

  reset() {
    this.moved.reset(this);
    this.release();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key]?.map((size) => size * (event.shiftKey ? 5 : 1));
    if (step) this.moved.step(...step, this);
    else if (event.key === "Backspace" || event.key === "Delete") this.moved.reset(this);
    else return;
    event.preventDefault();
    clearTimeout(this.pause);
    this.stepped = true;
  }

  rest() {
    if (!this.stepped) return;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.release(), PAUSE);
  }

  release() {
    clearTimeout(this.pause);
    this.pointer = null;
    this.stepped = false;
    this.moved.cursor.release();
  }
}
