/**
 * Resizing as Pillow does it (`Image.resize`, libImaging/Resample.c): each new pixel is a weighted mean of old
 * ones, across first and then down. Levels are floats, rounded to float32 after each pass, or bytes, whose
 * weights are fixed-point numbers and which are rounded after each pass.
 * @typedef {{values: Float32Array | Uint8Array, width: number, height: number}} Levels Row by row.
 */

const FIXED = 2 ** 22; // Pillow's PRECISION_BITS: one, as a fixed-point number

/** How far a kernel reaches, and its weight at a distance, both in old pixels. */
const KERNELS = {
  box: { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bicubic: { reach: 2, weight: (x) => cubic(Math.abs(x)) },
};

/** Keys' cubic convolution with a = -1/2. */
function cubic(x) {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0;
}

/**
 * @param {Levels} source Bytes stay bytes.
 * @param {number} width
 * @param {number} height
 * @param {"box" | "bicubic"} kernel
 * @param {number[]} part Left, top, right, bottom of what is resized, in pixels of the source.
 * @returns {Levels}
 */
export function resample(source, width, height, kernel, part = [0, 0, source.width, source.height]) {
  const [left, top, right, bottom] = part.map(Math.fround);
  const bytes = source.values instanceof Uint8Array;
  let { values } = source;
  if (width !== source.width || left || right !== width) {
    const taps = weights(source.width, left, right, width, KERNELS[kernel], bytes);
    const out = new values.constructor(width * source.height);
    values = pass(values, source.height, source.width, 1, taps, out, width, 1);
  }
  if (height !== source.height || top || bottom !== height) {
    const taps = weights(source.height, top, bottom, height, KERNELS[kernel], bytes);
    const out = new values.constructor(width * height);
    values = pass(values, width, 1, width, taps, out, 1, width);
  }
  return { values, width, height };
}

/** For each of `count` new pixels: the first old one that it is made of, and the weights from there on. */
function weights(size, from, to, count, { reach, weight }, bytes) {
  const scale = Math.fround(to - from) / count;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: count }, (_, i) => {
    const centre = from + (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach * stretch + 0.5), 0);
    const last = Math.min(Math.trunc(centre + reach * stretch + 0.5), size);
    const taps = Float64Array.from({ length: last - first }, (_, k) => weight((k + first - centre + 0.5) / stretch));
    const sum = taps.reduce((total, tap) => total + tap, 0);
    return { first, taps: taps.map((tap) => (bytes ? fixed(tap / sum) : tap / sum)) };
  });
}

function fixed(weight) {
  return Math.trunc(weight * FIXED + (weight < 0 ? -0.5 : 0.5));
}

/** Resize each of `lines` lines, which begin `apart` and whose pixels lie `step` apart; the same for the new ones. */
function pass(values, lines, apart, step, taps, out, newApart, newStep) {
  const bytes = out instanceof Uint8Array;
  for (let i = 0; i < taps.length; i++) {
    const { first, taps: each } = taps[i];
    for (let line = 0; line < lines; line++) {
      let at = line * apart + first * step;
      let sum = 0;
      for (let k = 0; k < each.length; k++, at += step) sum += values[at] * each[k];
      out[line * newApart + i * newStep] = bytes ? clip(Math.floor((sum + FIXED / 2) / FIXED)) : sum;
    }
  }
  return out;
}

function clip(level) {
  return Math.min(Math.max(level, 0), 255);
}
