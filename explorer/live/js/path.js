/** Places along a polyline x0, y0, x1, y1, …; t runs from 0 to 1 evenly by row, straight between two rows. */

/**
 * @param {Float32Array} path
 * @param {number} t
 * @returns {[number, number]}
 */
export function placeOn(path, t) {
  const last = path.length / 2 - 1;
  const along = Math.min(Math.max(t, 0), 1) * last;
  const row = Math.min(Math.floor(along), Math.max(last - 1, 0));
  const next = Math.min(row + 1, last);
  return [0, 1].map((i) => path[2 * row + i] + (along - row) * (path[2 * next + i] - path[2 * row + i]));
}

/**
 * @param {Float32Array} path
 * @param {[number, number]} place
 * @param {{scaleX: number, scaleY: number}} view Pixels per unit: what is near is judged on screen.
 * @returns {number} t of the nearest place on the path.
 */
export function nearestOn(path, [x, y], { scaleX, scaleY }) {
  const last = path.length / 2 - 1;
  let [best, bestSquare] = [0, Infinity];
  for (let row = 0; row < last; row++) {
    const [fromX, fromY] = [(path[2 * row] - x) * scaleX, (path[2 * row + 1] - y) * scaleY];
    const [stepX, stepY] = [
      (path[2 * row + 2] - path[2 * row]) * scaleX,
      (path[2 * row + 3] - path[2 * row + 1]) * scaleY,
    ];
    const length = stepX * stepX + stepY * stepY;
    const share = length > 0 ? Math.min(Math.max(-(fromX * stepX + fromY * stepY) / length, 0), 1) : 0;
    const square = (fromX + share * stepX) ** 2 + (fromY + share * stepY) ** 2;
    if (square < bestSquare) [best, bestSquare] = [(row + share) / last, square];
  }
  return best;
}
