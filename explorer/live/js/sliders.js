/** The sliders of a code: one for each dimension that Python names, in its order, some of them under a fold. */
import { Following } from "./following.js";
import { nextFrame } from "./frame.js";
import { keepKeysIn } from "./keys.js";
import { unpack } from "./pack.js";
import { arrange } from "./slider_arrange.js";
import { SliderRow } from "./slider_row.js";
import { mix, readTheme } from "./theme.js";

export class Sliders {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.find = (name) => root.querySelector(name);
    this.rows = new Map(); // by dimension
    this.ending = new AbortController();
    keepKeysIn(root, this.ending.signal);
    this.show = this.show.bind(this);
    this.tell = this.tell.bind(this);
    this.following = new Following([this.show, (by) => this.isOurs(by)], [this.tell, () => false]);
    this.observer = new ResizeObserver((entries) => this.resize(entries));
  }

  /** @param {object} component Streamlit's arguments. */
  update({ data }) {
    const { meta } = unpack(data);
    this.cursor = this.following.to(meta.cursor);
    this.header = meta;
    const theme = readTheme(this.find(".sliders"));
    this.theme = { ...theme, pale: mix(theme.text, theme.ground, 0.7) };
    this.find("#how").textContent = meta.how;
    const wanted = new Set([...meta.alive, ...meta.folded].map(({ index }) => index));
    for (const [index, row] of this.rows) if (!wanted.has(index)) this.drop(index, row);
    arrange(this.find(".alive"), meta.alive.map((dimension) => this.row(dimension).element));
    arrange(this.find(".folded"), meta.folded.map((dimension) => this.row(dimension).element));
    this.find("details").hidden = meta.folded.length === 0;
    this.find("summary").textContent = meta.fold;
    nextFrame(this.show);
    nextFrame(this.tell);
  }

  /** @returns {SliderRow} The row of that dimension, made where there is none. */
  row(dimension) {
    let row = this.rows.get(dimension.index);
    if (!row) {
      const element = this.find("template").content.firstElementChild.cloneNode(true);
      row = new SliderRow(element, this.ending.signal);
      this.rows.set(dimension.index, row);
      this.observer.observe(row.track);
    }
    row.update(dimension, this.cursor, this.theme);
    return row;
  }

  drop(index, row) {
    this.observer.unobserve(row.track);
    this.rows.delete(index);
    row.destroy();
  }

  /** @param {ResizeObserverEntry[]} entries */
  resize(entries) {
    for (const row of this.rows.values()) {
      const entry = entries.find(({ target }) => target === row.track);
      if (!entry) continue;
      row.width = entry.contentRect.width;
      row.forget();
    }
    nextFrame(this.show);
    nextFrame(this.tell);
  }

  /** @param {any} by Who moves the cursor. */
  isOurs(by) {
    return [...this.rows.values()].some(({ hand }) => hand === by);
  }

  show() {
    const { codes } = this.cursor.subject;
    if (codes !== this.codes) for (const row of this.rows.values()) row.forget();
    this.codes = codes;
    for (const row of this.rows.values()) row.show();
  }

  tell() {
    for (const row of this.rows.values()) row.tell();
  }

  destroy() {
    this.following.stop();
    this.ending.abort();
    this.observer.disconnect();
  }
}
