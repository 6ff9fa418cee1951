/** What a map shows: the data that Python gave, what the reader points at, and the drawing of both. */
import { threeDigits } from "./card.js";
import { forgetFrame, nextFrame } from "./frame.js";
import { Lattice } from "./lattice.js";
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
    this.lattice = new Lattice(this.layers.lattice);
    this.live = null; // set by the map: see `live_marks.js`
    this.assets = {};
    this.plane = null;
    this.highlighted = null; // a label, or null for all classes
    this.pointed = -1; // the point under the pointer or the keyboard's cursor
    this.corners = []; // of the lasso, in data coordinates
    this.stale = new Set();
    this.draw = this.draw.bind(this);
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
    this.view.setHome(plane.grid.bounds, header.equalAxes);
    this.redraw("dots", "marks");
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
    this.redraw("dots", "marks");
  }

  /** Draw the named layers with the next frame. @param {...("dots" | "marks")} layers */
  redraw(...layers) {
    for (const layer of layers) this.stale.add(layer);
    nextFrame(this.draw);
  }

  draw() {
    if (!this.ready || !this.colours) return;
    const { view, layers, plane, stale } = this;
    const start = performance.now();
    if (stale.has("dots")) layers.drawDots(view, plane, this.colours, this.faint);
    this.drawMarks();
    this.lattice.follow(view);
    this.stage.dataset[stale.has("dots") ? "drawMs" : "marksMs"] = (performance.now() - start).toFixed(2);
    this.stage.dataset.view = JSON.stringify([view.x, view.y, view.scaleX, view.scaleY, view.zoom]);
    stale.clear();
  }

  /** Draw the uppermost layer now. */
  drawMarks() {
    if (!this.ready || !this.colours) return;
    const { axisNames, pins } = this.header;
    const names = this.centres();
    this.layers.drawMarks(this.view, this.plane, this.theme, { ...this, ...this.live.marks(), names, axisNames, pins });
    this.live.putHandles();
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
    forgetFrame(this.draw);
    this.lattice.clear();
  }
}
