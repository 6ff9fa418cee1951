/** What a cursor's code means in its model: the decoded picture and the real codes around it. */
import { nearestCodes } from "./neighbours.js";

export class Subject {
  /** @param {{value: Float32Array, version: number}} cursor */
  constructor(cursor) {
    this.cursor = cursor;
    this.decoder = null; // a Network, once it is here
    this.encoder = null;
    this.codes = null; // {z, labels, typical, size}, once they are here
    this.trouble = ""; // a sentence, while something is missing
    this.retry = null; // asks Python for it once more
    this.rendered = null; // the picture that Python made, where the browser cannot
    this.drawn = null; // the drawing that moves the cursor: {seen, mean, std}; see `under_pen.js`
    this.known = new Map();
    [this.decodes, this.decodeMs] = [0, 0]; // for the benchmark
  }

  /** Compute something once for each value of the cursor. */
  once(what, compute) {
    const found = this.known.get(what);
    if (found?.version === this.cursor.version) return found.value;
    const value = compute();
    this.known.set(what, { version: this.cursor.version, value });
    return value;
  }

  /** @returns {{pixels: Float32Array, shape: number[], live: boolean} | null} Channels, height, width. */
  picture() {
    const { decoder, cursor, rendered } = this;
    if (decoder && cursor.value.length === decoder.inputSize) {
      return this.once("picture", () => {
        const start = performance.now();
        const pixels = decoder.forward(cursor.value).slice();
        this.decodeMs = performance.now() - start;
        this.decodes += 1;
        return { pixels, shape: decoder.outputShape, live: true };
      });
    }
    return rendered && { ...rendered, live: false };
  }

  /** The nearest gallery codes, nearest first. @returns {{index: number, distance: number}[] | null} */
  neighbours() {
    const { codes, cursor } = this;
    if (!codes || cursor.value.length !== codes.size) return null;
    return this.once("neighbours", () => nearestCodes(codes.z, cursor.value, 15));
  }

  /** Distance to the nearest gallery code, and the distance that is usual between two. */
  distance() {
    const found = this.neighbours();
    return found && { nearest: found[0].distance, typical: this.codes.typical };
  }
}
