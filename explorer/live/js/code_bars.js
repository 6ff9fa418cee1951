/** A code as bars: each dimension's mean, with whiskers of one standard deviation where there is a posterior. */
import { readTheme } from "./theme.js";

const MOST = 32; // bars that can be told apart in a narrow column
const GUTTER = 30; // CSS pixels for the axis' numbers
const FOOT = 16; // and for the dimensions' names
const NAME = 26; // what a name takes

export class CodeBars {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.ground = new OffscreenCanvas(1, 1).getContext("2d"); // axis and names: words are slow to draw
    this.least = 1;
    this.limit = 1; // where the axis ends
    this.count = 0; // bars that are shown
  }

  /** @param {number} x CSS pixels from the left. @returns {number} The place of the bar there, from the left. */
  placeAt(x) {
    return Math.floor(((x - GUTTER) / (this.width - GUTTER)) * this.count);
  }

  /** @param {number} width CSS pixels. @param {number} height */
  resize(width, height) {
    width = Math.max(width, GUTTER + MOST);
    this.ratio = window.devicePixelRatio || 1;
    [this.width, this.height] = [width, height];
    const [across, down] = [width, height].map((length) => Math.round(length * this.ratio));
    for (const canvas of [this.canvas, this.ground.canvas]) {
      if (canvas.width !== across) canvas.width = across;
      if (canvas.height !== down) canvas.height = down;
    }
    [this.canvas.style.width, this.canvas.style.height] = [`${width}px`, `${height}px`];
    this.theme = readTheme(this.canvas);
    this.drawn = ""; // what the ground was drawn for
  }

  /** How far the axis reaches at least. @param {number} limit */
  reach(limit) {
    this.least = limit;
  }

  /**
   * @param {Float32Array | null} mean Of the posterior, or the code; null for none.
   * @param {Float32Array | null} std
   * @param {number[]} order Dimensions, from left to right; the first 32 are shown.
   */
  draw(mean, std, order) {
    if (!this.theme) return;
    const shown = order.slice(0, MOST);
    this.count = shown.length;
    const beyond = mean ? Math.max(...shown.map((i) => Math.abs(mean[i]) + (std?.[i] ?? 0))) : 0;
    this.limit = roundUp(Math.max(beyond, this.least));
    const pitch = (this.width - GUTTER) / shown.length;
    this.drawGround(shown, pitch);
    const { pen, ground, width, height } = this;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.drawImage(ground.canvas, 0, 0, width, height);
    if (!mean) return;
    const thick = Math.max(2, Math.min(18, pitch * 0.62));
    shown.forEach((i, place) => this.drawBar(GUTTER + (place + 0.5) * pitch, thick, mean[i], std?.[i]));
  }

  /** @param {number} value @returns {number} Its place, in CSS pixels from the top. */
  level(value) {
    const middle = (this.height - FOOT) / 2;
    return middle - Math.min(Math.max(value / this.limit, -1), 1) * (middle - 6);
  }

  /** The axis and the dimensions' names. */
  drawGround(shown, pitch) {
    const now = `${this.limit} ${shown}`;
    if (now === this.drawn) return;
    this.drawn = now;
    const { ground: pen, theme, width, height, limit } = this;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = `11px ${theme.font}`;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const value of [limit, 0, -limit]) {
      const level = Math.round(this.level(value));
      pen.fillStyle = value === 0 ? theme.muted : theme.line;
      pen.fillRect(GUTTER, level, width - GUTTER, 1);
      pen.fillStyle = theme.muted;
      pen.fillText(String(value).replace("-", "−"), GUTTER - 6, level + 0.5);
    }
    pen.textAlign = "center";
    const step = Math.ceil(NAME / pitch);
    for (let place = 0; place < shown.length; place += step) {
      pen.fillText(`z${shown[place] + 1}`, GUTTER + (place + 0.5) * pitch, height - FOOT / 2);
    }
  }

  drawBar(x, thick, mean, std) {
    const { pen, theme } = this;
    const [end, zero] = [this.level(mean), this.level(0)];
    pen.fillStyle = theme.accent;
    pen.fillRect(x - thick / 2, Math.min(end, zero), thick, Math.max(1, Math.abs(end - zero)));
    if (std === undefined) return;
    const [top, bottom, cap] = [this.level(mean + std), this.level(mean - std), Math.min(8, thick)];
    pen.fillStyle = theme.text;
    pen.fillRect(x - 0.75, top, 1.5, bottom - top);
    pen.fillRect(x - cap / 2, top - 0.75, cap, 1.5);
    pen.fillRect(x - cap / 2, bottom - 0.75, cap, 1.5);
  }
}

/** @param {number} value Positive. @returns {number} The next round number. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => each * power >= value * 0.9999);
  return Number((factor * power).toPrecision(2));
}
