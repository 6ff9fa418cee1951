/**
 * What a decoder of two-dimensional codes draws over the visible part of the plane: 24 × 24 pictures behind the
 * points, decoded by the second thread once the view rests. Until they are there, the old ones move along.
 */
import { paint } from "./pixels.js";
import { decodeMany } from "./workers.js";

const CELLS = 24; // across and down
const PAUSE = 40; // milliseconds that the view must rest
let count = 0;

export class Lattice {
  /** @param {HTMLCanvasElement} canvas Lies behind the points, as large as the map. */
  constructor(canvas) {
    this.canvas = canvas;
    this.name = `lattice ${(count += 1)}`;
    this.subject = null; // whose decoder; null for no lattice
    this.decoder = null; // that the pictures are of, or are being made with
    this.extent = null; // [x0, x1, y0, y1] of the pictures that are shown
    this.wanted = ""; // the view that pictures were last asked for
    this.timer = 0;
    this.cancel = () => {};
  }

  /** @param {import("./subject.js").Subject | null} subject Whose decoder draws it; null for no lattice. */
  setSubject(subject) {
    if (subject !== this.subject) this.clear();
    this.subject = subject;
  }

  /** Call this whenever the view or the decoder may have changed. @param {import("./view.js").View} view */
  follow(view) {
    if (!this.subject) return;
    const decoder = this.subject.decoder?.inputSize === 2 ? this.subject.decoder : null;
    if (decoder !== this.decoder) this.clear();
    this.decoder = decoder;
    if (!decoder) return;
    if (this.extent) this.place(view);
    const now = [view.x, view.y, view.scaleX, view.scaleY].join();
    if (now === this.wanted) return;
    this.wanted = now;
    this.stop();
    this.timer = setTimeout(() => this.fill(view), PAUSE);
  }

  fill(view) {
    const start = performance.now();
    const [x0, y1] = view.toData(0, 0);
    const [x1, y0] = view.toData(view.side, view.side);
    const [shape, codes] = [this.decoder.outputShape, centresOf(x0, x1, y0, y1)];
    const [channels, height, width] = shape;
    const next = new OffscreenCanvas(CELLS * width, CELLS * height);
    const [pen, cell] = [next.getContext("2d"), new ImageData(width, height)];
    const area = width * height;
    this.cancel = decodeMany(this.name, this.decoder, codes, (pictures, first, done) => {
      for (let i = 0; i < pictures.length / (channels * area); i++) {
        paint(cell.data, pictures.subarray(i * channels * area, (i + 1) * channels * area), channels, area);
        const n = first + i;
        pen.putImageData(cell, (n % CELLS) * width, Math.floor(n / CELLS) * height);
      }
      if (!done) return;
      this.show(next, [x0, x1, y0, y1], view);
      this.canvas.dataset.ms = (performance.now() - start).toFixed(1);
    });
  }

  show(picture, extent, view) {
    [this.canvas.width, this.canvas.height] = [picture.width, picture.height];
    this.canvas.getContext("2d").drawImage(picture, 0, 0);
    this.extent = extent;
    this.place(view);
    this.canvas.dataset.extent = JSON.stringify(extent);
  }

  /** Put the pictures where their codes are, on the compositor: nothing is drawn anew. */
  place(view) {
    const [x0, x1, y0, y1] = this.extent;
    const [left, top] = view.toScreen(x0, y1);
    const [right, bottom] = view.toScreen(x1, y0);
    const [across, down] = [(right - left) / view.side, (bottom - top) / view.side];
    const { style } = this.canvas;
    style.transform = `translate(${left}px, ${top}px) scale(${across}, ${down})`;
    const enlarged = ((right - left) * (window.devicePixelRatio || 1)) / this.canvas.width;
    style.imageRendering = enlarged < 1.5 ? "auto" : "pixelated";
  }

  /** Ask for nothing more. */
  stop() {
    clearTimeout(this.timer);
    this.cancel();
    this.cancel = () => {};
  }

  clear() {
    this.stop();
    this.canvas.getContext("2d").clearRect(0, 0, this.canvas.width, this.canvas.height);
    [this.extent, this.decoder, this.wanted] = [null, null, ""];
    delete this.canvas.dataset.extent;
  }
}

/** The codes in the middle of each cell (CELLS², 2), the top row first. */
function centresOf(x0, x1, y0, y1) {
  const codes = new Float32Array(2 * CELLS * CELLS);
  for (let n = 0; n < CELLS * CELLS; n++) {
    codes[2 * n] = x0 + ((x1 - x0) * ((n % CELLS) + 0.5)) / CELLS;
    codes[2 * n + 1] = y1 - ((y1 - y0) * (Math.floor(n / CELLS) + 0.5)) / CELLS;
  }
  return codes;
}
