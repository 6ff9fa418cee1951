/**
 * A cursor is a vector that one thing moves and many show: a code, a place on a path, a noise level. The map,
 * the sliders, the picture and the numbers of a page follow the same cursor, and Python hears of it when the
 * hand lets go.
 */
import { nextFrame } from "./frame.js";
import { Subject } from "./subject.js";

const CURSORS = new Map();
const STEPS = 1e4; // values are multiples of a ten-thousandth, so that a link can hold the very code

export class Cursor {
  constructor() {
    this.value = new Float32Array(0);
    this.version = 0; // goes up with every change
    this.held = null; // who moves it just now
    this.subject = new Subject(this); // what the code means: its picture, its neighbours
    this.followers = new Set();
    this.tell = null; // set by the link to Python, while there is one
    this.told = "";
    this.untold = false; // a hand has let go of a value that Python has not heard
  }

  /**
   * Move the cursor; followers hear of it with the next frame.
   * @param {ArrayLike<number>} value
   * @param {any} by Who moves it: until `release`, what Python says of the value is not taken.
   */
  move(value, by) {
    this.held = by;
    this.take(value);
  }

  /** Move one number of it. @param {number} index @param {number} value @param {any} by */
  moveOne(index, value, by) {
    const next = Float32Array.from(this.value);
    next[index] = value;
    this.move(next, by);
  }

  /** The hand lets go: Python hears of it, once for each new value, now or as soon as there is a link. */
  release() {
    this.held = null;
    this.untold = this.text() !== this.told;
    this.report();
  }

  /** Tell Python what it has not heard yet. */
  report() {
    if (!this.untold || !this.tell) return;
    this.untold = false;
    this.told = this.text();
    this.tell([...this.value].map(rounded));
  }

  /** A value from Python, or one that is not to be told. @param {ArrayLike<number>} value */
  take(value) {
    this.value = Float32Array.from(value, rounded);
    this.changed();
  }

  /** Also when a network or codes have arrived. */
  changed() {
    this.version += 1;
    for (const { run, urgent } of this.followers) nextFrame(run, this.held !== null && !urgent(this.held));
  }

  /**
   * Call `show` with the next frame, and with each frame in which the cursor has changed.
   * @param {() => void} show
   * @param {(by: any) => boolean} [urgent] Whether to show every frame while `by` moves the cursor, also on a
   *   slow computer; else it may skip some.
   * @returns {() => void} Ends it.
   */
  follow(show, urgent = () => true) {
    const follower = { run: () => this.followers.has(follower) && show(), urgent };
    this.followers.add(follower);
    nextFrame(follower.run);
    return () => this.followers.delete(follower);
  }

  /** @returns {string} The value as Python and a link have it. */
  text() {
    return [...this.value].map(rounded).join();
  }
}

/** @param {number} value @returns {number} */
function rounded(value) {
  return Math.round(value * STEPS) / STEPS;
}

/**
 * The cursor of that name, made at the first call: who follows need not wait for who leads.
 * @param {string} name
 * @returns {Cursor}
 */
export function cursorNamed(name) {
  if (!CURSORS.has(name)) CURSORS.set(name, new Cursor());
  return CURSORS.get(name);
}
