/**
 * A mean or log std under the finger: f(z) at every move as a dot, with the noise held or fresh.
 * `explorer/live/held_draw.py` says what comes in.
 */
import { cursorNamed } from "./cursor.js";
import { keepKeysIn } from "./keys.js";
import { fill, significant } from "./numbers.js";
import { unpack } from "./pack.js";
import { Rail } from "./rail.js";
import { readTheme } from "./theme.js";

const [LEFT, RIGHT, TOP, FOOT] = [48, 10, 8, 30]; // CSS pixels around the plot; the rail's ends meet its sides
const HEIGHT = 300;
const MOST = 600; // dots that are kept
const STEPS = 200; // of the slider
const TANGENT = 60; // CSS pixels to each side of the last dot

export class HeldDraw {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.find = (name) => root.querySelector(name);
    this.ending = new AbortController();
    keepKeysIn(root, this.ending.signal);
    this.rail = new Rail(this.find(".slider"), this.ending.signal);
    this.canvas = this.find("canvas");
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      this.draw();
    });
    this.observer.observe(this.find(".held"));
    Object.assign(this, { what: null, dots: [], drawn: 0 });
  }

  update({ data }) {
    const { meta, arrays } = unpack(data);
    if (meta.what !== this.what) Object.assign(this, { what: meta.what, dots: [], drawn: 0 });
    Object.assign(this, { meta, arrays, words: meta.words });
    this.stop?.();
    this.cursor = cursorNamed(meta.cursor);
    this.stop = this.cursor.follow(() => this.show());
    const [min, max] = [arrays.thetas[0], arrays.thetas.at(-1)].map((value) => Math.round(value * 1e4) / 1e4);
    const step = (max - min) / STEPS;
    this.rail.set(this.cursor, { min, max, step, big: 10 * step, label: this.words.label });
    this.find(".name").textContent = this.words.label;
    this.canvas.ariaLabel = this.words.picture;
  }

  /** z and f there for a parameter and a noise, and the slope of f(z) against the parameter. */
  place(theta, eps) {
    const { parameter, other } = this.meta;
    const std = parameter === "mean" ? other : Math.exp(theta);
    const z = (parameter === "mean" ? theta : other) + std * eps;
    const { grid, loss, slope } = this.arrays;
    const inner = parameter === "mean" ? 1 : std * eps;
    return { theta, eps, z, f: at(grid, loss, z), slope: at(grid, slope, z) * inner };
  }

  show() {
    const theta = this.cursor.value[0];
    if (theta === undefined) return;
    const last = this.dots.at(-1);
    if (!last || Math.abs(last.theta - theta) > 1e-9) {
      const { noise } = this.arrays;
      this.drawn += this.meta.fresh && last ? 1 : 0;
      this.dots.push(this.place(theta, noise[this.meta.fresh ? this.drawn % noise.length : 0]));
      if (this.dots.length > MOST) this.dots.shift();
    }
    this.draw();
    this.tell();
  }

  tell() {
    const [now, before] = [this.dots.at(-1), this.dots.at(-2)];
    const jump = before ? (now.f - before.f) / (now.theta - before.theta) : NaN;
    const said = { theta: number(now.theta), eps: number(now.eps), z: number(now.z), loss: number(now.f) };
    said.slope = number(now.slope);
    said.jump = Number.isFinite(jump) ? number(jump) : "–";
    const sentence = fill(this.words.reading, said);
    this.find("output").textContent = `${sentence} ${fill(before ? this.words.moved : this.words.still, said)}`;
    this.rail.show(sentence);
    const { dataset } = this.find(".held");
    Object.assign(dataset, { theta: now.theta, eps: now.eps, z: now.z, loss: now.f, slope: now.slope });
    Object.assign(dataset, { jump: Number.isFinite(jump) ? jump : "", dots: this.dots.length });
  }

  draw() {
    if (!this.meta || !this.width || this.dots.length === 0) return;
    const { canvas, width } = this;
    const ratio = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${HEIGHT}px`];
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const theme = readTheme(canvas);
    const { thetas, expected } = this.arrays;
    const heights = [...expected, ...this.dots.map((dot) => dot.f)];
    const [low, high] = [Math.min(...heights), Math.max(...heights)];
    const room = Math.max(high - low, 1e-6) * 0.08;
    const across = (theta) =>
      LEFT + ((theta - thetas[0]) / (thetas.at(-1) - thetas[0])) * (width - LEFT - RIGHT);
    const up = (f) => TOP + (1 - (f - low + room) / (high - low + 2 * room)) * (HEIGHT - TOP - FOOT);
    this.axes(pen, theme, [low, high], across, up);
    pen.save();
    pen.beginPath();
    pen.rect(LEFT, 0, width - LEFT, HEIGHT - FOOT);
    pen.clip();
    pen.strokeStyle = theme.muted;
    pen.lineWidth = 2;
    pen.setLineDash([6, 5]);
    pen.beginPath();
    thetas.forEach((theta, i) => pen.lineTo(across(theta), up(expected[i])));
    pen.stroke();
    pen.setLineDash([]);
    this.drawDots(pen, theme, across, up);
    pen.restore();
  }

  axes(pen, theme, [low, high], across, up) {
    pen.font = `12px ${theme.font}`;
    pen.fillStyle = theme.line;
    pen.fillRect(LEFT, HEIGHT - FOOT, this.width - LEFT - RIGHT, 1);
    pen.fillStyle = theme.muted;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const f of [low, (low + high) / 2, high]) pen.fillText(significant(f), LEFT - 6, up(f));
    pen.textBaseline = "top";
    pen.textAlign = "center";
    const { thetas } = this.arrays;
    const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => thetas[0] + share * (thetas.at(-1) - thetas[0]));
    marks.forEach((theta, i) => {
      pen.textAlign = i === 4 ? "right" : "center";
      pen.fillText(number(theta, 2), across(theta) + (i === 4 ? RIGHT : 0), HEIGHT - FOOT + 8);
    });
  }

  drawDots(pen, theme, across, up) {
    pen.fillStyle = theme.accent;
    pen.globalAlpha = 0.5;
    for (const { theta, f } of this.dots.slice(0, -1)) disc(pen, across(theta), up(f), 3);
    pen.globalAlpha = 1;
    const { theta, f, slope } = this.dots.at(-1);
    const [x, y] = [across(theta), up(f)];
    const rise = ((up(f + 1) - up(f)) * slope) / (across(theta + 1) - across(theta));
    const reach = TANGENT / Math.hypot(1, rise);
    pen.strokeStyle = theme.text;
    pen.lineWidth = 2.5;
    pen.beginPath();
    pen.moveTo(x - reach, y - rise * reach);
    pen.lineTo(x + reach, y + rise * reach);
    pen.stroke();
    disc(pen, x, y, 6);
  }

  destroy() {
    this.stop?.();
    this.ending.abort();
    this.observer.disconnect();
  }
}

/** A table's value between its equally spaced places; beyond them, that of the nearest end. */
function at(grid, table, z) {
  const step = (grid.at(-1) - grid[0]) / (grid.length - 1);
  const place = Math.min(Math.max((z - grid[0]) / step, 0), grid.length - 1);
  const left = Math.min(Math.floor(place), grid.length - 2);
  return table[left] + (place - left) * (table[left + 1] - table[left]);
}

function disc(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function number(value, digits = 3) {
  return (value < 0 ? "−" : "") + significant(Math.abs(value), digits);
}
