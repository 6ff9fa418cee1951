/** A clock that counts down to a moment, and up after it. */
import { fill } from "./numbers.js";
import { unpack } from "./pack.js";

export class Clock {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.place = root.querySelector(".clock");
    this.ticking = setInterval(() => this.draw(), 250);
  }

  /** @param {object} component Streamlit's arguments. */
  update({ data }) {
    const { meta } = unpack(data);
    Object.assign(this, { until: meta.until, words: meta.words });
    this.draw();
  }

  draw() {
    if (!this.words) return;
    const left = this.until - Date.now() / 1000;
    const text = fill(left >= 0 ? this.words.left : this.words.over, { time: minutes(Math.abs(left)) });
    this.place.classList.toggle("over", left < 0);
    if (text !== this.place.textContent) this.place.textContent = text;
  }

  destroy() {
    clearInterval(this.ticking);
  }
}

/** @param {number} seconds */
export function minutes(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
