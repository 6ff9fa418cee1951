/** How far a code spreads on a map: the ellipse of a Gaussian with independent coordinates, seen on a plane. */

/**
 * The ellipse at one standard deviation of N(·, diag σ²), projected on two axes: its covariance there is
 * C diag(σ²) Cᵀ, and its half axes are the square roots of the eigenvalues.
 * @param {ArrayLike<number>} std σ, one a coordinate of the code.
 * @param {ArrayLike<number> | null} axes C, (2, L) row by row; null where the code is the plane itself.
 * @returns {{a: number, b: number, angle: number}} In the map's units; `a` ≥ `b`, `a` at `angle` from x.
 */
export function ellipseOf(std, axes) {
  const size = std.length;
  const row = (r, j) => (axes ? axes[r * size + j] : Number(r === j));
  let [xx, xy, yy] = [0, 0, 0];
  for (let j = 0; j < size; j++) {
    const variance = std[j] * std[j];
    xx += row(0, j) * row(0, j) * variance;
    xy += row(0, j) * row(1, j) * variance;
    yy += row(1, j) * row(1, j) * variance;
  }
  const [middle, half] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  return { a: Math.sqrt(middle + half), b: Math.sqrt(Math.max(middle - half, 0)), angle };
}

/**
 * @param {{a: number, b: number, angle: number}} ellipse
 * @param {[number, number]} centre
 * @param {number} times How many standard deviations.
 * @returns {[number, number][]} Corners around it.
 */
export function outlineOf({ a, b, angle }, [x, y], times) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return Array.from({ length: 64 }, (_, i) => {
    const turn = (2 * Math.PI * i) / 64;
    const [along, across] = [times * a * Math.cos(turn), times * b * Math.sin(turn)];
    return [x + along * cos - across * sin, y + along * sin + across * cos];
  });
}
