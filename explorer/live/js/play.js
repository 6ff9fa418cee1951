/** Plays a cursor of one number from where it is to 1, back to 0 and home again: one round, then it stops. */
import { nextFrame, forgetFrame } from "./frame.js";

const ROUND = 6000; // milliseconds there and back
const PAUSE = 600; // between two steps where the reader wants no motion
const STEP = 0.1;

export class Play {
  /** @param {(playing: boolean) => void} changed It has started or stopped. */
  constructor(changed) {
    this.changed = changed;
    this.frame = this.frame.bind(this);
    this.cursor = null;
    this.timer = 0;
  }

  get playing() {
    return this.cursor !== null;
  }

  /** @param {import("./cursor.js").Cursor} cursor */
  start(cursor) {
    this.stop();
    this.cursor = cursor;
    this.home = cursor.value[0];
    this.began = performance.now();
    this.changed(true);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.step(0);
    else nextFrame(this.frame);
  }

  /** Where it is after a share of the round: a triangle wave through home, 1, 0, home. */
  place(share) {
    const way = this.home + 2 * share;
    return way <= 1 ? way : way <= 2 ? 2 - way : way - 2;
  }

  frame() {
    if (!this.taken()) return this.stop();
    const share = (performance.now() - this.began) / ROUND;
    if (share >= 1) return this.end();
    this.cursor.move([this.place(share)], this);
    nextFrame(this.frame);
  }

  /** Eleven jumps with pauses, then home. */
  step(count) {
    if (!this.taken()) return this.stop();
    if (count * STEP > 1 + 1e-9) return this.end();
    this.cursor.move([count * STEP], this);
    this.timer = setTimeout(() => this.step(count + 1), PAUSE);
  }

  /** False once another hand has taken the cursor. */
  taken() {
    return this.cursor !== null && (this.cursor.held === null || this.cursor.held === this);
  }

  end() {
    this.cursor.move([this.home], this);
    this.stop();
  }

  /** Stop where it is, at a hundredth. @param {boolean} letGo False for a hand that takes the cursor over. */
  stop(letGo = true) {
    const { cursor } = this;
    if (!cursor) return;
    this.cursor = null;
    clearTimeout(this.timer);
    forgetFrame(this.frame);
    if (letGo && cursor.held === this) {
      cursor.move([Math.round(cursor.value[0] * 100) / 100], this);
      cursor.release();
    }
    this.changed(false);
  }
}
