/** The distribution of one number of the gallery's codes, as a silhouette behind its slider. */

/**
 * @param {{z: Float32Array, size: number}} codes
 * @param {number} index Which number of a code.
 * @param {{low: number, high: number}} range Of the histogram; what lies outside is left out.
 * @param {number} bins
 * @returns {Uint32Array} How many codes in each bin; the last one holds its upper end too.
 */
export function countsOf({ z, size }, index, { low, high }, bins) {
  const counts = new Uint32Array(bins);
  const factor = bins / (high - low);
  for (let i = index; i < z.length; i += size) {
    if (z[i] >= low && z[i] <= high) counts[Math.min(Math.floor((z[i] - low) * factor), bins - 1)] += 1;
  }
  return counts;
}

/**
 * The bars as one shape, from `left` to `right`, standing on `floor`; the tallest reaches 0.
 * @param {Uint32Array} counts @param {number} left @param {number} right @param {number} floor
 * @returns {string} As the `d` of an SVG path.
 */
export function barsOf(counts, left, right, floor) {
  const path = [];
  const tallest = Math.max(1, ...counts);
  const width = (right - left) / counts.length;
  counts.forEach((count, i) => {
    if (count === 0) return;
    const height = Math.max(1, (count / tallest) * floor);
    const [x, across] = [(left + i * width).toFixed(2), Math.max(1, width - 1).toFixed(2)];
    path.push(`M${x} ${floor}v${(-height).toFixed(2)}h${across}v${height.toFixed(2)}z`);
  });
  return path.join("");
}
