/** One slider: a number of the cursor's code, above the histogram of that number in the gallery. */
import { Hand } from "./slider_hand.js";
import { barsOf, countsOf } from "./slider_histogram.js";
import { gripOf, Range, written } from "./slider_range.js";

const BINS = 40;
const FLOOR = 28; // CSS pixels: the histogram stands on it, the rail runs just below

export class SliderRow {
  /**
   * @param {HTMLElement} element Made from the template in `sliders.html`.
   * @param {AbortSignal} signal Ends all listening.
   */
  constructor(element, signal) {
    this.element = element;
    for (const name of ["label", "value", "track", "thumb"]) this[name] = element.querySelector(`.${name}`);
    this.histogram = element.querySelector(".bars"); // no canvas: each would be a layer in every frame
    this.width = 0;
    this.ending = new AbortController();
    signal.addEventListener("abort", () => this.ending.abort(), { signal: this.ending.signal });
    this.hand = new Hand(this.track, this, this.ending.signal);
  }

  /**
   * @param {{index: number, label: string, low: number, high: number, start: number}} dimension
   * @param {import("./cursor.js").Cursor} cursor
   * @param {import("./theme.js").Theme} theme
   */
  update(dimension, cursor, theme) {
    Object.assign(this, { cursor, theme, index: dimension.index, start: dimension.start });
    const text = JSON.stringify(dimension);
    if (text !== this.described) {
      this.described = text;
      this.range = new Range(dimension.low, dimension.high);
      this.range.include(dimension.start);
      this.label.textContent = this.track.ariaLabel = dimension.label;
    }
    this.forget();
  }

  /** Draw anew with the next `show`: other colours, another width, other codes. */
  forget() {
    this.shown = this.told = null;
    this.bars = null;
  }

  grip(x) {
    return [gripOf(x, this.range.place(this.now, this.width)), 0];
  }

  moveTo(x, y, by) {
    this.cursor.moveOne(this.index, this.range.valueAt(x, this.width), by);
  }

  step(across, up, by) {
    this.cursor.moveOne(this.index, this.range.step(this.now, across + up), by);
  }

  reset(by) {
    this.cursor.moveOne(this.index, this.start, by);
  }

  get now() {
    return this.cursor.value[this.index];
  }

  /** Put the thumb where the cursor's value is, if it has changed. */
  show() {
    const value = this.now;
    if (value === undefined || value === this.shown) return;
    this.shown = value;
    if (this.range.include(value)) this.bars = null;
    if (this.width > 0) this.thumb.style.transform = `translateX(${this.range.place(value, this.width)}px)`;
  }

  /** Say the value, if it has changed, in figures and in the histogram's colours. */
  tell() {
    const value = this.now;
    if (value === undefined || value === this.told) return;
    this.told = value;
    this.value.textContent = written(value);
    Object.assign(this.track, {
      ariaValueMin: this.range.low.toFixed(4),
      ariaValueMax: this.range.high.toFixed(4),
      ariaValueNow: value.toFixed(4),
      ariaValueText: written(value),
    });
    if (this.width > 0) this.paint(this.range.place(value, this.width));
  }

  /** @param {number} x Where the thumb is: the histogram is in the accent's colour up to there. */
  paint(x) {
    this.histogram.style.setProperty("--x", `${x}px`);
    const { codes } = this.cursor.subject;
    if (this.bars !== null || !codes || codes.size !== this.cursor.value.length) return;
    const { low, high } = this.range;
    const ends = [this.range.place(low, this.width), this.range.place(high, this.width)];
    this.bars = barsOf(countsOf(codes, this.index, this.range, BINS), ...ends, FLOOR);
    this.histogram.style.setProperty("--pale", this.theme.pale);
    this.histogram.style.clipPath = this.bars ? `path("${this.bars}")` : "inset(100%)";
  }

  destroy() {
    this.ending.abort();
    this.element.remove();
  }
}
