/** How near a picture is to the clean one, as `explorer/metrics/reconstruction.py` measures it. */

/**
 * Peak signal-to-noise ratio: 10 log10(1 / mean squared error).
 * @param {Float32Array} x
 * @param {Float32Array} y
 * @returns {number} dB; infinite where both are equal.
 */
export function psnr(x, y) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2;
  return 10 * Math.log10(x.length / sum);
}

/**
 * Structural similarity (Wang et al. 2004, eq. 13), the mean over all windows that lie inside, and channels;
 * windows of 7 × 7 pixels, 3 × 3 where a side is under 16.
 * @param {Float32Array} x (channels, height, width) in [0, 1].
 * @param {Float32Array} y
 * @param {number[]} shape
 * @returns {number} In [-1, 1].
 */
export function ssim(x, y, [channels, height, width]) {
  const side = Math.min(height, width) >= 16 ? 7 : 3;
  const count = side * side;
  let [total, windows] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    for (let top = 0; top + side <= height; top++) {
      for (let left = 0; left + side <= width; left++) {
        let [sumX, sumY, sumXX, sumYY, sumXY] = [0, 0, 0, 0, 0];
        for (let row = top; row < top + side; row++) {
          const start = (channel * height + row) * width + left;
          for (let i = start; i < start + side; i++) {
            sumX += x[i];
            sumY += y[i];
            sumXX += x[i] * x[i];
            sumYY += y[i] * y[i];
            sumXY += x[i] * y[i];
          }
        }
        const [meanX, meanY] = [sumX / count, sumY / count];
        const variances = (sumXX + sumYY - count * (meanX * meanX + meanY * meanY)) / (count - 1);
        const covariance = (sumXY - count * meanX * meanY) / (count - 1);
        const means = meanX * meanX + meanY * meanY;
        total += ((2 * meanX * meanY + 1e-4) * (2 * covariance + 9e-4)) / ((means + 1e-4) * (variances + 9e-4));
        windows += 1;
      }
    }
  }
  return total / windows;
}
