/** What a map shows: the data that Python gave, what the reader points at, and the drawing of both. */
import { threeDigits } from "./card.js";
import { Layers } from "./layers.js";
import { pointColours } from "./palette.js";
import { Plane } from "./plane.js";
import { rgb } from "./theme.js";
import { View } from "./view.js";

export class Scene {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.view = new View();
    this.layers = new Layers(stage);
    this.assets = {};
    this.plane = null;
    this.highlighted = null; // a label, or null for all classes
    this.pointed = -1; // the point under the pointer or the keyboard's cursor
    this.corners = []; // of the lasso, in data coordinates
    this.stale = new Set();
    this.frame = 0;
  }

  /** @param {object} header As `latent_map.py` makes it. @param {Record<string, Int32Array>} arrays */
  setHeader(header, arrays, theme) {
    this.header = header;
    this.theme = theme;
    this.selected = arrays.selected;
    this.paths = Array.from({ length: header.paths }, (_, i) => arrays[`path${i}`]);
    if (this.selected.length === 0) this.corners = [];
  }

  /** New points get a new view; new colours do not. @param {string} slot @param {any} value */
  setAsset(slot, value) {
    this.assets[slot] = value;
    if (slot !== "points" || value === undefined || this.planeName === this.header.points) return;
    this.plane = new Plane(value);
    this.planeName = this.header.points;
    this.highlighted = null;
    this.pointed = -1;
    this.corners = [];
    this.view.reset();
  }

  get ready() {
    const { points, values } = this.header;
    return this.planeName === points && (values === null || this.assets.values !== undefined);
  }

  /** The thumbnails, once they are there. */
  get sheet() {
    const [layout, picture] = [this.header.sheet, this.assets.sheet];
    return layout && picture ? { ...layout, picture } : null;
  }

  get classes() {
    return this.plane.centres.map(({ label }) => ({ label, name: this.header.labelNames[label] }));
  }

  /** Whether point i is to be seen and found at all. */
  accepts = (i) => this.highlighted === null || this.plane.labels[i] === this.highlighted;

  /** Compute what depends on data and choices, then draw everything. */
  refresh() {
    if (!this.ready) return;
    const { header, plane } = this;
    const values = header.colour === "value" ? this.assets.values.values : null;
    this.colours = pointColours(plane.labels, values, header.value, rgb(this.theme.text));
    this.faint = this.stepBack();
    this.view.setHome(this.bounds(), header.equalAxes);
    this.redraw("ground", "dots", "marks");
  }

  /** What is seen at zoom 1: all points, and the lattice behind them. */
  bounds() {
    const { x0, x1, y0, y1 } = this.plane.grid.bounds;
    const [left, right, low, high] = this.header.lattice?.extent ?? [x0, x1, y0, y1];
    return { x0: Math.min(x0, left), x1: Math.max(x1, right), y0: Math.min(y0, low), y1: Math.max(y1, high) };
  }

  /** @returns {Uint8Array | null} 1 for points that step back behind a highlighted class or a selection. */
  stepBack() {
    const many = this.selected.length > 1;
    if (this.highlighted === null && !many) return null;
    const faint = new Uint8Array(this.plane.count).fill(many ? 1 : 0);
    if (many) for (const i of this.selected) faint[i] = 0;
    for (let i = 0; i < faint.length; i++) if (!this.accepts(i)) faint[i] = 1;
    return faint;
  }

  /** @param {number} width In CSS pixels that are there to fill. */
  resize(width) {
    this.view.side = Math.max(1, Math.min(Math.floor(width), this.header.height));
    this.layers.resize(this.view.side);
    this.redraw("ground", "dots", "marks");
  }

  /** Draw the named layers with the next frame. @param {...("ground" | "dots" | "marks")} layers */
  redraw(...layers) {
    for (const layer of layers) this.stale.add(layer);
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    if (!this.ready || !this.colours) return;
    const { view, layers, plane, header, stale } = this;
    const start = performance.now();
    if (stale.has("ground")) {
      const picture = this.assets.lattice;
      layers.drawGround(view, picture && header.lattice ? { picture, extent: header.lattice.extent } : null);
    }
    if (stale.has("dots")) layers.drawDots(view, plane, this.colours, this.faint);
    layers.drawMarks(view, plane, this.theme, {
      ...this,
      names: this.centres(),
      axisNames: header.axisNames,
      pins: header.pins,
    });
    this.stage.dataset[stale.has("dots") ? "drawMs" : "marksMs"] = (performance.now() - start).toFixed(2);
    this.stage.dataset.view = JSON.stringify([view.x, view.y, view.scaleX, view.scaleY, view.zoom]);
    stale.clear();
  }

  centres() {
    return this.plane.centres.map(({ label, x, y }) => {
      const faint = this.highlighted !== null && label !== this.highlighted;
      return { x, y, faint, name: this.header.labelNames[label] };
    });
  }

  /** What is known about point i, a line each. @param {number} i @returns {string[]} */
  facts(i) {
    const { labelNames, value } = this.header;
    const facts = [labelNames[this.plane.labels[i]], `No. ${i}`];
    if (value) facts.push(`${value.name} ${threeDigits(this.assets.values.values[i])} ${value.unit}`.trim());
    return facts.filter((fact) => fact !== undefined);
  }

  stop() {
    cancelAnimationFrame(this.frame);
  }
}
