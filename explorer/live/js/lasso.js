/** Which points lie inside a hand-drawn shape. */

/**
 * Even-odd rule: a point is inside if a ray to the right crosses the outline an odd number of times.
 * @param {Float64Array} xs Corners; the last is joined to the first.
 * @param {Float64Array} ys
 * @param {number} x
 * @param {number} y
 * @returns {boolean}
 */
function inside(xs, ys, x, y) {
  let within = false;
  for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
    if (ys[i] > y !== ys[j] > y && x < ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i]) + xs[i]) within = !within;
  }
  return within;
}

/**
 * @param {[number, number][]} outline
 * @param {Float32Array} points x0, y0, x1, y1, …
 * @param {(i: number) => boolean} accept
 * @returns {{bits: Uint8Array, count: number}} Bit i % 8, lowest first, of byte i // 8: is point i inside?
 */
export function pickInside(outline, points, accept = () => true) {
  const [xs, ys] = [0, 1].map((axis) => Float64Array.from(outline, (corner) => corner[axis]));
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const bits = new Uint8Array(Math.ceil(points.length / 16));
  let count = 0;
  for (let i = 0; i < points.length / 2; i++) {
    const x = points[2 * i];
    const y = points[2 * i + 1];
    if (x < left || x > right || y < low || y > high || !accept(i) || !inside(xs, ys, x, y)) continue;
    bits[i >> 3] |= 1 << (i & 7);
    count += 1;
  }
  return { bits, count };
}
