/** A code as bars, with the numbers of the dimension under the pointer or chosen with the arrow keys. */
import { CodeBars } from "./code_bars.js";
import { keepKeysIn } from "./keys.js";
import { fill, significant } from "./numbers.js";
import { unpack } from "./pack.js";

const HEIGHT = 190; // CSS pixels

export class Bars {
  /** @param {ShadowRoot} root */
  constructor(root) {
    const find = (name) => root.querySelector(name);
    [this.title, this.canvas, this.reading] = ["figcaption", "canvas", ".reading"].map(find);
    this.bars = new CodeBars(this.canvas);
    this.chosen = 0; // place among the bars
    this.ending = new AbortController();
    const { signal } = this.ending;
    keepKeysIn(root, signal);
    this.canvas.addEventListener("pointermove", (event) => this.choose(this.bars.placeAt(event.offsetX)), { signal });
    this.canvas.addEventListener("keydown", (event) => this.key(event), { signal });
    this.observer = new ResizeObserver(([{ contentRect }]) => this.resize(contentRect.width));
    this.observer.observe(find("figure"));
  }

  /** @param {object} component Streamlit's arguments. */
  update({ data }) {
    const { meta, arrays } = unpack(data);
    Object.assign(this, { header: meta, mean: arrays.mean, std: arrays.std ?? null });
    this.title.textContent = this.canvas.ariaLabel = meta.words.title;
    if (this.width) this.resize(this.width);
  }

  resize(width) {
    this.width = width;
    if (!this.header || width === 0) return;
    this.bars.resize(width, HEIGHT);
    this.bars.draw(this.mean, this.std, this.header.order);
    this.choose(this.chosen);
  }

  /** @param {number} place Among the bars that are shown, from the left. */
  choose(place) {
    const { order, words } = this.header;
    this.chosen = Math.min(Math.max(place, 0), this.bars.count - 1);
    const i = order[this.chosen];
    const said = { name: `z${i + 1}`, value: number(this.mean[i]) };
    const text = this.std
      ? fill(words.posterior, { ...said, std: number(this.std[i]) })
      : fill(words.value, said);
    this.reading.textContent = this.canvas.ariaValueText = text;
    Object.assign(this.canvas, { ariaValueMin: "1", ariaValueMax: `${this.bars.count}` });
    this.canvas.ariaValueNow = `${this.chosen + 1}`;
  }

  key(event) {
    const last = this.bars.count - 1;
    const to = { ArrowLeft: this.chosen - 1, ArrowRight: this.chosen + 1, Home: 0, End: last }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.choose(to);
  }

  destroy() {
    this.ending.abort();
    this.observer.disconnect();
  }
}

function number(value) {
  return (value < 0 ? "−" : "") + significant(Math.abs(value));
}
