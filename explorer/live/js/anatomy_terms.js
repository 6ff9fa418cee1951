/** The terms of a loss for one image, in nats or squared grey values, summed over pixels and over the code. */

const DEEPEST = -100; // as PyTorch bounds a logarithm

/** @param {ArrayLike<number>} x Targets in [0, 1]. @param {ArrayLike<number>} p Predictions in [0, 1]. */
export function crossEntropy(x, p) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    sum -= x[i] * Math.max(Math.log(p[i]), DEEPEST) + (1 - x[i]) * Math.max(Math.log1p(-p[i]), DEEPEST);
  }
  return sum;
}

/** @param {ArrayLike<number>} x @param {ArrayLike<number>} p */
export function squaredError(x, p) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - p[i]) ** 2;
  return sum;
}

/**
 * KL(N(mean, std²) || N(0, 1)) of each dimension (Kingma & Welling 2014, appendix B).
 * @param {ArrayLike<number>} mean @param {ArrayLike<number>} std @returns {number[]}
 */
export function klOfEach(mean, std) {
  return Array.from(mean, (mu, i) => 0.5 * (mu ** 2 + std[i] ** 2 - 1) - Math.log(std[i]));
}

/** @param {ArrayLike<number>} values @returns {number} */
export function total(values) {
  return Array.prototype.reduce.call(values, (sum, value) => sum + value, 0);
}
