/**
 * Rows of frames around the cursor's code, each with one number of it varied. A second thread decodes them when
 * the hand pauses; until then the old ones stay, under a paler title.
 */
import { Following } from "./following.js";
import { nextFrame } from "./frame.js";
import { keepKeysIn } from "./keys.js";
import { unpack } from "./pack.js";
import { arrange } from "./slider_arrange.js";
import { StripRow } from "./strip_row.js";
import { decodeMany } from "./workers.js";

const PAUSE = 80; // milliseconds without a change
const [LARGEST, GAP] = [96, 2]; // CSS pixels: a frame, and between frames
const NONE = new Float32Array(0);
let count = 0;

export class Strip {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.box = root.querySelector(".strip");
    this.rows = [];
    this.job = `strip ${(count += 1)}`;
    this.ending = new AbortController();
    keepKeysIn(root, this.ending.signal);
    this.show = this.show.bind(this);
    this.mark = this.mark.bind(this);
    this.following = new Following(this.show, [this.mark, () => false]);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.box);
  }

  /** @param {object} component Streamlit's arguments. */
  update({ data }) {
    const { meta, arrays } = unpack(data);
    this.cursor = this.following.to(meta.cursor);
    this.header = meta;
    this.rendered = arrays.rendered ?? null;
    this.box.querySelector(".columns").replaceChildren(
      ...meta.columns.map((text) => Object.assign(document.createElement("span"), { textContent: text })),
    );
    const old = new Map(this.rows.map((row) => [row.told, row]));
    this.rows = meta.rows.map((told) => old.get(JSON.stringify(told)) ?? this.row(told));
    arrange(this.box.querySelector(".rows"), this.rows.map(({ element }) => element));
    this.code = null; // whatever is asked for, it is to be looked at anew
    this.resize();
    nextFrame(this.show);
    nextFrame(this.mark);
  }

  row(told) {
    const choose = (value) => {
      this.cursor.moveOne(told.index, value, this);
      this.cursor.release();
    };
    return Object.assign(new StripRow(told, choose), { told: JSON.stringify(told) });
  }

  /** Whole pixels of the screen for each pixel of a frame, if they fit. */
  resize() {
    const { header, box } = this;
    if (!header || box.clientWidth === 0) return;
    const [, , width] = header.shape;
    const columns = header.columns.length;
    const ratio = window.devicePixelRatio || 1;
    const room = Math.min((box.clientWidth - (columns - 1) * GAP) / columns, Math.max(LARGEST, width));
    const times = Math.floor((room * ratio) / width) / ratio;
    box.classList.toggle("small", times === 0);
    const [side, cell] = [times * width || room, Math.max(times * width, Math.min(room, 40))];
    const [, height] = header.shape;
    const sizes = { "--width": `${side}px`, "--cell": `${cell}px`, "--count": columns, "--aspect": width / height };
    for (const [name, value] of Object.entries(sizes)) {
      box.style.setProperty(name, value);
    }
  }

  show() {
    const { value: z, subject } = this.cursor;
    if (!this.header || z.length !== this.header.size) return;
    const { decoder } = subject;
    if (decoder?.inputSize !== z.length) this.showRendered();
    else if (decoder !== this.network || !this.isAsked(z)) this.want(z, decoder);
  }

  /** Mark in each row the frame that the code is nearest to. */
  mark() {
    const { value: z } = this.cursor;
    if (this.header && z.length === this.header.size) for (const row of this.rows) row.mark(z[row.index]);
  }

  isAsked(z) {
    return this.code?.length === z.length && this.code.every((value, i) => value === z[i]);
  }

  /** Ask for what the rows do not show yet, when the hand pauses; at the first time at once. */
  want(z, network) {
    if (network !== this.network) for (const row of this.rows) row.forget();
    const first = this.rows.every((row) => row.code === null);
    Object.assign(this, { code: z, network, since: performance.now() });
    this.drop();
    const stale = this.rows.filter((row) => {
      const old = !row.isOf(z);
      row.element.classList.toggle("old", old && row.code !== null);
      return old;
    });
    if (stale.length === 0) {
      this.box.dataset.z = this.cursor.text();
      return;
    }
    delete this.box.dataset.z;
    this.timer = setTimeout(() => this.decode(stale, z, network), first ? 0 : PAUSE);
  }

  decode(rows, z, network) {
    for (const row of rows) if (row.code) row.code = NONE; // from now on its frames may be of two codes
    const frames = this.header.columns.length;
    const codes = new Float32Array(rows.length * frames * z.length);
    rows.forEach((row, i) => row.writeCodes(codes, i * frames * z.length, z));
    const [channels, height, width] = network.outputShape;
    const image = new ImageData(width, height);
    const size = network.outputSize;
    this.cancel = decodeMany(this.job, network, codes, (pictures, start, done) => {
      for (let i = 0; i < pictures.length / size; i++) {
        const row = rows[Math.floor((start + i) / frames)];
        const frame = (start + i) % frames;
        row.draw(frame, pictures.subarray(i * size, (i + 1) * size), image, channels);
        if (frame === frames - 1) this.complete(row, z);
      }
      if (done) this.finish();
    });
  }

  complete(row, z) {
    row.code = z;
    row.element.classList.remove("old");
  }

  /** Say on the element of which code the frames are, and how long after its last change they were all there. */
  finish() {
    this.box.dataset.z = this.cursor.text();
    this.box.dataset.filledMs = (performance.now() - this.since).toFixed(1);
  }

  /** The frames that Python made, where the browser cannot; old as soon as the code is another. */
  showRendered() {
    if (!this.rendered) return;
    const { columns, at, shape } = this.header;
    const old = at.join() !== this.cursor.text();
    for (const row of this.rows) row.element.classList.toggle("old", old);
    if (this.drawn === this.rendered) return;
    this.drawn = this.rendered;
    const [channels, height, width] = shape;
    const image = new ImageData(width, height);
    const size = channels * height * width;
    const pixels = Float32Array.from(this.rendered, (grey) => grey / 255);
    this.rows.forEach((row, r) => {
      for (let i = 0, from = r * columns.length * size; i < columns.length; i++, from += size) {
        row.draw(i, pixels.subarray(from, from + size), image, channels);
      }
    });
    this.box.dataset.z = at.join();
  }

  drop() {
    clearTimeout(this.timer);
    this.cancel?.();
    this.cancel = null;
  }

  destroy() {
    this.following.stop();
    this.drop();
    this.ending.abort();
    this.observer.disconnect();
  }
}
