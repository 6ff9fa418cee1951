/**
 * From one picture to another in one model: strips of frames, a bar that follows the finger, and large pictures at
 * any place t between the frames. `explorer/live/walk.py` says what comes in.
 */
import { cursorNamed } from "./cursor.js";
import { FigureRow } from "./figures.js";
import { Films } from "./films.js";
import { say } from "./instance.js";
import { keepKeysIn } from "./keys.js";
import { nearestCodes } from "./neighbours.js";
import { fill, significant } from "./numbers.js";
import { unpack } from "./pack.js";
import { length, lerp, slerp } from "./paths.js";
import { Play } from "./play.js";
import { Rail } from "./rail.js";
import { decodeMany } from "./workers.js";

const WAYS = [lerp, slerp]; // in the order of the strips; the third is the blend of the pixels

export class Walk {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.ending = new AbortController();
    const { signal } = this.ending;
    keepKeysIn(root, signal);
    this.play = new Play((playing) => this.playing(playing));
    this.rail = new Rail(this.find(".slider"), signal, () => this.play.stop(false));
    this.button = this.find("button");
    this.button.onclick = () => (this.play.playing ? this.play.stop() : this.play.start(this.t));
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.play.stop(), { signal });
    this.films = new Films(this.find(".strips"), (frame) => this.jump(frame), ({ frame, width }) => {
      this.find(".bar").style.width = `${width}px`;
      this.find(".slider").style.setProperty("--inset", `${frame / 2}px`);
    });
  }

  update({ data }) {
    const { meta, arrays } = unpack(data);
    Object.assign(this, { header: meta, words: meta.words, arrays, made: "", decoded: null });
    this.row ??= new FigureRow(this.find(".heroes"), meta.sizes);
    this.stop?.();
    [this.t, this.model] = [cursorNamed(meta.t), cursorNamed(meta.model)];
    const show = () => this.show();
    const stops = [this.t.follow(show), this.model.follow(() => this.arrived()), this.model.follow(show)];
    this.stop = () => stops.forEach((end) => end());
    this.rail.set(this.t, { min: 0, max: 1, step: 0.01, big: 0.1, label: this.words.slider });
    this.find("h3").textContent = this.words.heading;
    this.find("h3").hidden = !this.words.heading;
    this.button.hidden = !this.words.animate;
    this.playing(this.play.playing);
    this.films.set(this.words.strips, meta.frames, meta.shape);
  }

  playing(now) {
    if (this.words) this.button.textContent = now ? this.words.stop : this.words.animate;
  }

  jump(frame) {
    this.play.stop();
    this.t.move([frame / (this.header.frames - 1)], this);
    this.t.release();
  }

  /** Both ends of the blend: pictures that Python sent, or where there are none the decoded ends. */
  ends() {
    const { a, b, zA, zB } = this.arrays;
    if (a) return [a, b];
    const { decoder } = this.model.subject;
    if (decoder && this.decoded?.by !== decoder) {
      this.decoded = { by: decoder, ends: [zA, zB].map((z) => decoder.forward(z).slice()) };
    }
    return this.decoded?.ends;
  }

  /** Fill the strips, once for each pair of ends and each decoder: the worker decodes. */
  arrived() {
    const { arrays, header, model } = this;
    const { decoder, trouble, retry } = model.subject;
    say(this.root, trouble, retry);
    const made = arrays.frames ? "python" : decoder;
    const ends = this.ends();
    if (!made || !ends || made === this.made) return;
    this.made = made;
    const places = Array.from({ length: header.frames }, (_, i) => i / (header.frames - 1));
    places.forEach((t, i) => this.films.draw(WAYS.length, i, lerp(...ends, t)));
    const size = header.shape.reduce((product, side) => product * side, 1);
    const draw = (pictures, start) => {
      for (let i = 0; i < pictures.length / size; i++) {
        const [strip, frame] = [Math.floor((start + i) / places.length), (start + i) % places.length];
        this.films.draw(strip, frame, pictures.subarray(i * size, (i + 1) * size));
      }
      this.root.querySelector(".walk").dataset.strips = start + pictures.length / size;
    };
    this.cancel?.();
    if (arrays.frames) return draw(arrays.frames, 0);
    const codes = WAYS.flatMap((way) => places.flatMap((t) => [...way(arrays.zA, arrays.zB, t)]));
    this.cancel = decodeMany(`walk ${header.model}`, decoder, Float32Array.from(codes), draw);
  }

  show() {
    const t = this.t.value[0];
    if (t === undefined) return;
    const said = fill(this.words.at, { t: t.toFixed(2) });
    this.rail.show(said);
    this.find("output").textContent = said;
    this.films.mark(Math.round(t * (this.header.frames - 1)));
    const ends = this.ends();
    const figures = WAYS.map((way, i) => this.figure(way(this.arrays.zA, this.arrays.zB, t), i, t));
    const blend = ends && { pixels: lerp(...ends, t), shape: this.header.shape };
    const shares = { a: String(Math.round(100 * (1 - t))), b: String(Math.round(100 * t)) };
    figures.push(this.described(WAYS.length, t, blend, [fill(this.words.blend, shares)]));
    this.row.show(figures, Boolean(this.arrays.now) && this.t.held !== null);
    this.root.querySelector(".walk").dataset.shown = ends ? this.t.text() : "";
  }

  /** The decoded picture of a code on a path, and what is known of the code. */
  figure(z, i, t) {
    const { decoder, codes } = this.model.subject;
    const { now } = this.arrays;
    const size = now ? now.length / WAYS.length : 0;
    const pixels = now ? now.subarray(i * size, (i + 1) * size) : decoder?.forward(z).slice();
    const picture = pixels ? { pixels, shape: this.header.shape } : null;
    const lines = ["", fill(this.words.length, { length: significant(length(z)) })];
    if (codes && codes.size === z.length) {
      const { exclude } = this.header;
      const near = nearestCodes(codes.z, z, exclude.length + 1).find(({ index }) => !exclude.includes(index));
      lines[0] = fill(this.words.far, { far: significant(near.distance) });
    }
    return this.described(i, t, picture, lines);
  }

  described(i, t, picture, lines) {
    const { title } = this.words.strips[i];
    return { title, pictures: [picture], alts: [`${title}, ${fill(this.words.at, { t: t.toFixed(2) })}`], lines };
  }

  destroy() {
    this.play.stop();
    this.stop?.();
    this.cancel?.();
    this.ending.abort();
    this.films.destroy();
    this.row?.destroy();
  }
}
