/** Rounding, quantiles and sums to the last bit as NumPy has them in float32, so that ties fall the same way. */

/** @param {number} x @returns {number} The nearest whole number, the even one of two. */
export function roundHalfEven(x) {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/**
 * @param {Float32Array} sorted Not empty.
 * @param {number} share 0 to 1.
 * @returns {number} `numpy.percentile(sorted, 100 * share)`, a float32.
 */
export function quantile(sorted, share) {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const [a, b] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]];
  const t = place - below;
  const part = (gap) => Math.fround(Math.fround(b - a) * Math.fround(gap));
  return Math.fround(t < 0.5 ? a + part(t) : b - part(1 - t));
}

/**
 * @param {ArrayLike<number>} values
 * @returns {number} `float32.sum()` of up to 128 of them: eight sums side by side, then pairwise.
 */
export function sum32(values) {
  const { fround } = Math;
  const whole = values.length < 8 ? 0 : values.length - (values.length % 8);
  let sum = 0;
  if (whole) {
    const r = new Float32Array(8);
    for (let i = 0; i < whole; i++) r[i % 8] = i < 8 ? values[i] : r[i % 8] + values[i];
    const pairs = [0, 2, 4, 6].map((i) => fround(r[i] + r[i + 1]));
    sum = fround(fround(pairs[0] + pairs[1]) + fround(pairs[2] + pairs[3]));
  }
  for (let i = whole; i < values.length; i++) sum = fround(sum + values[i]);
  return sum;
}
