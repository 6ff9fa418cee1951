/**
 * Several codes moved along two vectors at once, as far as the finger says: a column an image, a row a vector.
 * `explorer/live/attribute.py` says what comes in.
 */
import { cursorNamed } from "./cursor.js";
import { FigureRow } from "./figures.js";
import { say } from "./instance.js";
import { keepKeysIn } from "./keys.js";
import { nearestCodes } from "./neighbours.js";
import { fill, significant } from "./numbers.js";
import { unpack } from "./pack.js";
import { Rail } from "./rail.js";

export class Attribute {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.ending = new AbortController();
    keepKeysIn(root, this.ending.signal);
    this.rail = new Rail(this.find(".slider"), this.ending.signal);
  }

  update({ data }) {
    const { meta, arrays } = unpack(data);
    Object.assign(this, { meta, arrays, words: meta.words });
    this.row ??= new FigureRow(this.find(".heroes"), meta.sizes);
    this.stop?.();
    [this.strength, this.model] = [cursorNamed(meta.strength), cursorNamed(meta.model)];
    const stops = [this.strength, this.model].map((cursor) => cursor.follow(() => this.show()));
    this.stop = () => stops.forEach((end) => end());
    const { reach } = meta;
    this.rail.set(this.strength, { min: -reach, max: reach, step: 0.05, big: 0.5, label: this.words.slider });
  }

  /** @returns {Float32Array} Code `image` plus the strength times vector `way`. */
  code(image, way, strength) {
    const { z, vectors } = this.arrays;
    const { size } = this.meta;
    return Float32Array.from({ length: size }, (_, j) => z[image * size + j] + strength * vectors[way * size + j]);
  }

  show() {
    const strength = this.strength?.value[0];
    if (strength === undefined) return;
    const { meta, words, arrays } = this;
    const { decoder, codes, trouble, retry } = this.model.subject;
    say(this.root, trouble, retry);
    const { rendered } = arrays;
    if (!decoder && !rendered) return;
    const area = meta.shape.reduce((product, side) => product * side, 1);
    const far = meta.ways.map(() => []);
    const figures = meta.titles.map((title, image) => {
      const pictures = meta.ways.map((_, way) => {
        const z = this.code(image, way, strength);
        if (codes?.size === z.length) far[way].push(nearestCodes(codes.z, z, 1)[0].distance);
        const start = (way * meta.titles.length + image) * area;
        const pixels = decoder ? decoder.forward(z).slice() : rendered.subarray(start, start + area);
        return { pixels, shape: meta.shape };
      });
      const alts = meta.ways.map((way) => fill(words.alt, { title, way, strength: signed(strength) }));
      return { title, pictures, alts, lines: [] };
    });
    this.row.show(figures, !decoder && this.strength.held !== null);
    const said = meta.ways.map((way, i) => (far[i].length ? fill(words.far, { way, far: significant(mean(far[i])) }) : ""));
    const now = fill(words.at, { strength: signed(strength) });
    this.find("output").textContent = [now, ...said].filter(Boolean).join(" ");
    this.rail.show(now);
    const { dataset } = this.find(".attribute");
    dataset.shown = this.strength.text();
    dataset.far = far.map((each) => (each.length ? mean(each).toFixed(4) : "")).join();
  }

  destroy() {
    this.stop?.();
    this.ending.abort();
    this.row?.destroy();
  }
}

/** @param {number[]} values @returns {number} */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {number} value @returns {string} */
function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
