/**
 * One image under study on the Denoising page: noise of any level, what every method makes of it, and how good
 * that is. Two components show it, so it is kept by name, and computed once for each level.
 */
import { corrupted } from "./corruption.js";
import { cursorNamed } from "./cursor.js";
import { median, nonLocalMeans } from "./filters.js";
import { nearestCodes } from "./neighbours.js";
import { psnr, ssim } from "./scores.js";

const BENCHES = new Map();
const FILTERS = { median, non_local_means: nonLocalMeans };
export const CLASSICAL = Object.keys(FILTERS);

export class Bench {
  constructor() {
    this.known = new Map(); // results, by what and level
    this.measured = new WeakMap(); // scores, by picture
    this.networks = new Map();
    this.late = 0;
  }

  /**
   * @param {object} meta See `explorer/live/noise.py`.
   * @param {Record<string, Float32Array>} arrays clean, draws; and what Python computed where the browser cannot.
   */
  learn(meta, arrays) {
    Object.assign(this, { meta, arrays, level: cursorNamed(meta.level), code: cursorNamed(meta.code) });
    this.forget();
    this.level.changed();
  }

  /** Another image, or another model. */
  forget() {
    this.known.clear();
    this.measured = new WeakMap();
    clearTimeout(this.late);
    this.late = 0;
  }

  /** Compute something once for each level. */
  once(what, compute) {
    const key = `${what} ${this.level.text()}`;
    if (!this.known.has(key)) {
      if (this.known.size > 400) this.known.clear();
      this.known.set(key, compute());
    }
    return this.known.get(key);
  }

  /** @returns {Float32Array} The noisy picture at the cursor's level. */
  noisy() {
    const { clean, draws } = this.arrays;
    return this.once("noisy", () => corrupted(clean, this.meta.shape, this.meta.kind, this.level.value[0], draws));
  }

  /** @returns {{pixels: Float32Array, code: Float32Array} | null} What a model, "denoiser" or "plain", makes of it. */
  mended(name) {
    const { encoder, decoder } = (name === "denoiser" ? this.code : cursorNamed(this.meta.plain)).subject;
    if (this.arrays[name]) return { pixels: this.arrays[name], code: this.arrays[`${name}Code`] }; // Python's
    if (!encoder || !decoder) return null;
    if (this.networks.get(name) !== encoder) {
      this.networks.set(name, encoder); // another model: what the last one made is no answer
      this.forget();
    }
    return this.once(name, () => {
      const code = encoder.forward(this.noisy()).slice(0, decoder.inputSize); // of mean and logvar the mean
      return { pixels: decoder.forward(code).slice(), code };
    });
  }

  /** Whether Python computes what the models make, and the finger is ahead of it. */
  get old() {
    return Boolean(this.arrays.denoiser) && this.level.held !== null;
  }

  /**
   * The classical filters take as long as half a frame: they follow in the pause after it.
   * @returns {Record<string, Float32Array> | null} By method; null while they are being computed.
   */
  filtered() {
    const found = this.known.get(`filters ${this.level.text()}`);
    if (!found && !this.late) this.late = setTimeout(() => this.filter());
    return found ?? null;
  }

  filter() {
    this.late = 0;
    const [channels, height, width] = this.meta.shape;
    const settings = tunedFor(this.meta.settings, this.level.value[0]);
    this.once("filters", () => Object.fromEntries(CLASSICAL.map((name) => {
      const result = new Float32Array(channels * height * width);
      for (let start = 0; start < result.length; start += height * width) {
        const plane = this.noisy().subarray(start, start + height * width);
        result.set(FILTERS[name](plane, [height, width], settings[name]), start);
      }
      return [name, result];
    })));
    this.level.changed();
  }

  /** @param {Float32Array} pixels A method's picture. @returns {{psnr: number, ssim: number}} Against the clean one. */
  scores(pixels) {
    if (!this.measured.has(pixels)) {
      const { clean } = this.arrays;
      this.measured.set(pixels, { psnr: psnr(clean, pixels), ssim: ssim(clean, pixels, this.meta.shape) });
    }
    return this.measured.get(pixels);
  }

  /** What the gallery codes nearest to the noisy image's code say. */
  vote() {
    const { codes } = this.code.subject;
    const code = this.mended("denoiser")?.code;
    if (!codes || !code || code.length !== codes.size) return null;
    const { voters, exclude } = this.meta;
    return this.once("vote", () => {
      const near = nearestCodes(codes.z, code, voters + 1).filter(({ index }) => index !== exclude).slice(0, voters);
      const counts = new Map();
      for (const { index } of near) counts.set(codes.labels[index], (counts.get(codes.labels[index]) ?? 0) + 1);
      const [[label, agreeing]] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
      return { label, agreeing, times: near[0].distance / codes.typical };
    });
  }
}

/** Settings of the tuned level that is nearest, of two the lower: rows of [level, {method: parameters}]. */
function tunedFor(table, level) {
  const off = ([tuned]) => Math.round(Math.abs(tuned - level) * 1e6);
  return table.reduce((best, row) => (off(row) < off(best) ? row : best))[1];
}

/** The bench of that name, made at the first call. @param {string} name @returns {Bench} */
export function benchNamed(name) {
  if (!BENCHES.has(name)) BENCHES.set(name, new Bench());
  return BENCHES.get(name);
}
