/** A square pad that moves any two numbers of the cursor's code, over the gallery's codes in these two. */
import { Following } from "./following.js";
import { nextFrame } from "./frame.js";
import { keepKeysIn } from "./keys.js";
import { unpack } from "./pack.js";
import { Hand } from "./slider_hand.js";
import { gripOf, Range, written } from "./slider_range.js";
import { mix, readTheme } from "./theme.js";

export class Pad2d {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.find = (name) => root.querySelector(name);
    this.surface = this.find(".surface");
    this.selects = [this.find("[name=across]"), this.find("[name=up]")];
    this.said = ""; // the axes that Python said last
    this.told = []; // those that it was told and has not yet said
    this.side = 0;
    this.ending = new AbortController();
    keepKeysIn(root, this.ending.signal);
    this.hand = new Hand(this.surface, this, this.ending.signal);
    this.selects.forEach((select, i) => (select.onchange = () => this.choose(i, Number(select.value))));
    this.show = this.show.bind(this);
    this.following = new Following([this.show, (by) => by === this.hand]);
    this.observer = new ResizeObserver(() => this.header && this.resize());
    this.observer.observe(this.find(".pad2d"));
  }

  /** @param {object} component Streamlit's arguments. */
  update({ data, setTriggerValue }) {
    const { meta } = unpack(data);
    this.cursor = this.following.to(meta.cursor);
    this.tell = (axes) => setTriggerValue("axes", { axes });
    this.header = meta;
    this.dimensions = new Map(meta.dimensions.map((dimension) => [dimension.index, dimension]));
    this.write();
    const gone = this.axes?.some((index) => !this.dimensions.has(index));
    const said = meta.axes.join();
    const answered = gone ? -1 : this.told.indexOf(said);
    if (answered >= 0) this.told.splice(0, answered + 1); // what was chosen since then stands
    else if (said !== this.said || gone) [this.axes, this.told] = [meta.axes, []];
    this.said = said;
    const theme = readTheme(this.surface);
    this.theme = { ...theme, dot: mix(theme.text, theme.ground, 0.55) };
    this.turn();
    this.resize();
  }

  /** The words, and what can be chosen. */
  write() {
    const { words, dimensions } = this.header;
    this.find(".across").textContent = words.across;
    this.find(".up").textContent = words.up;
    this.find("#how").textContent = words.how;
    this.surface.ariaRoleDescription = words.role;
    const text = JSON.stringify(dimensions);
    if (text === this.written) return;
    this.written = text;
    this.ranges = new Map(dimensions.map(({ index, low, high }) => [index, new Range(low, high)]));
    for (const select of this.selects) {
      select.replaceChildren(...dimensions.map(({ index, label }) => new Option(label, index)));
    }
  }

  /** Another dimension for one axis; the other's own changes places with it. */
  choose(which, index) {
    const [old, other] = [this.axes[which], this.axes[1 - which]];
    this.axes = [index, index === other ? old : other];
    if (which === 1) this.axes.reverse();
    this.turn();
    this.told.push(this.axes.join());
    this.tell(this.axes);
  }

  /** Show other axes. */
  turn() {
    const [across, up] = this.axes.map((index) => this.dimensions.get(index).name);
    this.selects.forEach((select, i) => (select.value = this.axes[i]));
    this.surface.ariaLabel = this.header.words.label.replace("{across}", across).replace("{up}", up);
    this.cloud = null;
    nextFrame(this.show);
  }

  resize() {
    this.side = Math.min(this.find(".pad2d").clientWidth, this.header.size);
    this.find(".pad2d").style.setProperty("--side", `${this.side}px`);
    this.side -= 2; // the border
    this.cloud = null;
    nextFrame(this.show);
  }

  /** @returns {[number, number]} CSS pixels from the left and from the top. */
  placeOf(values) {
    const [across, up] = this.axes.map((index, i) => this.ranges.get(index).place(values[i], this.side));
    return [across, this.side - up];
  }

  get now() {
    return this.axes.map((index) => this.cursor.value[index]);
  }

  grip(x, y) {
    const [thumbX, thumbY] = this.placeOf(this.now);
    const [byX, byY] = [gripOf(x, thumbX), gripOf(y, thumbY)];
    return byX && byY ? [byX, byY] : [0, 0];
  }

  moveTo(x, y, by) {
    const [across, up] = this.axes.map((index) => this.ranges.get(index));
    this.move([across.valueAt(x, this.side), up.valueAt(this.side - y, this.side)], by);
  }

  step(across, up, by) {
    const steps = [across, up];
    this.move(this.now.map((value, i) => this.ranges.get(this.axes[i]).step(value, steps[i])), by);
  }

  reset(by) {
    this.move(this.axes.map((index) => this.dimensions.get(index).start), by);
  }

  move(values, by) {
    const next = Float32Array.from(this.cursor.value);
    this.axes.forEach((index, i) => (next[index] = values[i]));
    this.cursor.move(next, by);
  }

  show() {
    const values = this.axes ? this.now : [undefined];
    if (this.side <= 0 || values.includes(undefined)) return;
    values.forEach((value, i) => {
      if (this.ranges.get(this.axes[i]).include(value)) this.cloud = null;
    });
    const { codes } = this.cursor.subject;
    if (codes !== this.cloud || !codes) this.paint(codes);
    const [x, y] = this.placeOf(values);
    this.find(".handle").style.transform = `translate(${x}px, ${y}px)`;
    const range = this.ranges.get(this.axes[0]);
    const text = this.axes
      .map((index, i) => `${this.dimensions.get(index).name} ${written(values[i])}`)
      .join(", ");
    if (text === this.text) return;
    this.text = this.find(".values").textContent = text;
    Object.assign(this.surface, {
      ariaValueMin: range.low.toFixed(4),
      ariaValueMax: range.high.toFixed(4),
      ariaValueNow: values[0].toFixed(4),
      ariaValueText: text,
    });
  }

  /** The cloud, and lines where both numbers are zero. */
  paint(codes) {
    this.cloud = codes;
    const { side, theme } = this;
    const canvas = this.find("canvas");
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(side * ratio);
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const [x, y] = this.placeOf([0, 0]);
    pen.fillStyle = theme.line;
    pen.fillRect(Math.round(x), 0, 1, side);
    pen.fillRect(0, Math.round(y), side, 1);
    if (!codes || codes.size !== this.cursor.value.length) return;
    pen.fillStyle = theme.dot;
    pen.globalAlpha = 0.5;
    const [across, up] = this.axes;
    const dot = codes.z.length / codes.size > 2000 ? 1.5 : 2.5;
    for (let i = 0; i < codes.z.length; i += codes.size) {
      const [left, top] = this.placeOf([codes.z[i + across], codes.z[i + up]]);
      pen.fillRect(left - dot / 2, top - dot / 2, dot, dot);
    }
  }

  destroy() {
    this.following.stop();
    this.ending.abort();
    this.observer.disconnect();
  }
}
