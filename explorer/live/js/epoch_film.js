/**
 * KL of each dimension over the epochs of two runs, played side by side: a map of dimension × epoch that fills as
 * the epochs pass, and the bars of the present one. `explorer/live/epoch_film.py` says what comes in.
 */
import { cursorNamed } from "./cursor.js";
import { keepKeysIn } from "./keys.js";
import { fill, significant } from "./numbers.js";
import { unpack } from "./pack.js";
import { Rail } from "./rail.js";
import { readTheme } from "./theme.js";

const [NAMES, BARS, GAP, FOOT] = [34, 0.36, 14, 20]; // CSS pixels for names; the bars' share of the rest; …
const ROW = [10, 22]; // CSS pixels that a dimension takes at least and at most
const TALL = 280;
const PACE = 260; // milliseconds an epoch

export class EpochFilm {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.find = (name) => root.querySelector(name);
    this.figures = [...root.querySelectorAll("figure")];
    this.ending = new AbortController();
    const { signal } = this.ending;
    keepKeysIn(root, signal);
    this.timer = 0;
    this.rail = new Rail(this.find(".slider"), signal, () => this.pause(false));
    this.button = this.find("button");
    this.button.onclick = () => (this.timer ? this.pause() : this.play());
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.pause(), { signal });
    this.observer = new ResizeObserver(() => this.show());
    this.observer.observe(this.find(".film"));
  }

  update({ data }) {
    const { meta, arrays } = unpack(data);
    Object.assign(this, { meta, arrays, words: meta.words });
    this.stop?.();
    this.cursor = cursorNamed(meta.cursor);
    this.stop = this.cursor.follow(() => this.show());
    this.last = Math.max(...meta.runs.map(({ epochs }) => epochs.at(-1)));
    this.rail.set(this.cursor, { min: 1, max: this.last, step: 1, big: 5, label: this.words.slider });
    this.button.textContent = this.timer ? this.words.stop : this.words.play;
    const colours = [0, 64, 128, 192, 255].map((i) => this.colour(i / 255)).join();
    this.find(".scale i").style.background = `linear-gradient(to right, ${colours})`;
    this.find(".scale .top").textContent = fill(this.words.top, { top: significant(meta.top) });
    this.find(".tools output").textContent = "";
  }

  /** @param {number} share Of the scale. @returns {string} */
  colour(share) {
    const place = 3 * Math.round(255 * Math.min(Math.max(share, 0), 1));
    return `rgb(${this.arrays.palette.slice(place, place + 3).join(" ")})`;
  }

  play() {
    const here = Math.round(this.cursor.value[0]);
    this.cursor.move([here >= this.last ? 1 : here], this);
    this.button.textContent = this.words.stop;
    this.timer = setInterval(() => this.step(), PACE);
  }

  step() {
    const { cursor } = this;
    if (cursor.held !== null && cursor.held !== this) return this.pause(false);
    const next = Math.round(cursor.value[0]) + 1;
    if (next <= this.last) cursor.move([next], this);
    if (next >= this.last) this.pause();
  }

  /** @param {boolean} letGo False for a hand that takes the cursor over. */
  pause(letGo = true) {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = 0;
    this.button.textContent = this.words.play;
    if (letGo) this.cursor.release();
  }

  show() {
    const value = this.cursor?.value[0];
    if (value === undefined) return;
    const epoch = Math.round(value);
    const said = this.meta.runs.map((run, i) => this.showRun(run, this.figures[i], this.arrays[`kl${i}`], epoch));
    const now = fill(this.words.at, { epoch: String(epoch), last: String(this.last) });
    this.find(".tools output").textContent = now;
    this.rail.show(`${now}. ${said.join(" ")}`);
    this.find(".film").dataset.shown = epoch;
  }

  /** Draw one run at an epoch. @returns {string} What is said of it. */
  showRun({ title, epochs, order, weights }, figure, kl, epoch) {
    const [caption, canvas, text] = figure.children;
    caption.textContent = title;
    const at = Math.max(0, epochs.findLastIndex((each) => each <= epoch));
    const now = order.map((dimension) => kl[at * order.length + dimension]);
    const sum = now.reduce((total, each) => total + each, 0);
    const carrying = now.filter((each) => each > this.meta.least).length;
    const values = { kl: significant(sum), count: String(carrying), of: String(order.length) };
    text.textContent = fill(this.words.run, { ...values, weight: significant(weights[at]) });
    canvas.ariaLabel = `${title}, ${fill(this.words.at, { epoch: String(epochs[at]), last: String(this.last) })}`;
    figure.dataset.kl = sum;
    this.draw(canvas, { epochs, order, kl, at, now, width: figure.clientWidth });
    return `${title}: ${text.textContent}`;
  }

  draw(canvas, { epochs, order, kl, at, now, width }) {
    if (width === 0) return;
    const row = Math.min(ROW[1], Math.max(ROW[0], TALL / order.length));
    const height = Math.round(row * order.length) + FOOT;
    const ratio = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const theme = readTheme(canvas);
    const mapWidth = (width - NAMES - GAP) * (1 - BARS);
    const column = mapWidth / epochs.length;
    pen.font = `11px ${theme.font}`;
    pen.textBaseline = "middle";
    order.forEach((dimension, place) => {
      const y = place * row;
      pen.fillStyle = theme.muted;
      pen.textAlign = "right";
      if (row >= 12 || place % 2 === 0) pen.fillText(`z${dimension + 1}`, NAMES - 6, y + row / 2);
      for (let e = 0; e < epochs.length; e++) {
        pen.globalAlpha = e <= at ? 1 : 0.22;
        pen.fillStyle = this.colour(kl[e * order.length + dimension] / this.meta.top);
        pen.fillRect(NAMES + e * column, y, Math.ceil(column), Math.ceil(row));
      }
      pen.globalAlpha = 1;
    });
    pen.strokeStyle = theme.text;
    pen.lineWidth = 2;
    pen.strokeRect(NAMES + at * column, 1, column, order.length * row - 2);
    this.drawBars(pen, theme, now, { row, left: NAMES + mapWidth + GAP, room: width - NAMES - mapWidth - GAP });
    pen.fillStyle = theme.muted;
    pen.textAlign = "left";
    pen.fillText(fill(this.words.epoch, { epoch: String(epochs[0]) }), NAMES, height - FOOT / 2);
    pen.textAlign = "right";
    pen.fillText(String(epochs.at(-1)), NAMES + mapWidth, height - FOOT / 2);
  }

  drawBars(pen, theme, now, { row, left, room }) {
    const words = 36; // CSS pixels for a number behind the longest bar
    now.forEach((kl, place) => {
      const length = (room - words) * Math.min(kl / this.meta.top, 1);
      pen.fillStyle = this.colour(kl / this.meta.top);
      pen.fillRect(left, place * row + 1, Math.max(1, length), row - 2);
      pen.strokeStyle = theme.muted;
      pen.lineWidth = 0.5;
      pen.strokeRect(left, place * row + 1, Math.max(1, length), row - 2);
      pen.fillStyle = theme.text;
      pen.textAlign = "left";
      if (row >= 12 || kl > this.meta.least) pen.fillText(kl.toFixed(2), left + length + 5, place * row + row / 2);
    });
  }

  destroy() {
    clearInterval(this.timer);
    this.stop?.();
    this.ending.abort();
    this.observer.disconnect();
  }
}
