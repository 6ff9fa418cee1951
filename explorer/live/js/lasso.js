/** Which points lie inside a hand-drawn shape. */

/**
 * Even-odd rule: a point is inside if a ray to the right crosses the outline an odd number of times.
 * @param {[number, number][]} outline Corners; the last is joined to the first.
 * @param {number} x
 * @param {number} y
 * @returns {boolean}
 */
export function inside(outline, x, y) {
  let within = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [xi, yi] = outline[i];
    const [xj, yj] = outline[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
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
  const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)];
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const bits = new Uint8Array(Math.ceil(points.length / 16));
  let count = 0;
  for (let i = 0; i < points.length / 2; i++) {
    const [x, y] = [points[2 * i], points[2 * i + 1]];
    if (x < left || x > right || y < low || y > high || !accept(i) || !inside(outline, x, y)) continue;
    bits[i >> 3] |= 1 << (i & 7);
    count += 1;
  }
  return { bits, count };
}
