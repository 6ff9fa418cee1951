/**
 * What `explorer/corruption.py` does to an image, from the random numbers that Python drew: in float32 like
 * there, so that both make the same picture. One draw serves every level: noise only grows.
 */

/** @type {Record<string, (x: Float32Array, shape: number[], level: number, draws: Float32Array) => Float32Array>} */
const KINDS = {
  gaussian: (x, shape, level, draws) => x.map((value, i) => clipped(value + Math.fround(level * draws[i]))),
  salt_pepper: (x, [, height, width], level, draws) => {
    const [black, white] = [Math.fround(level / 2), Math.fround(1 - Math.fround(level / 2))];
    return x.map((value, i) => {
      const u = draws[i % (height * width)]; // a dead pixel is dead in every colour
      return u >= white ? 1 : u < black ? 0 : value;
    });
  },
  masking: (x, [, height, width], level, draws) =>
    x.map((value, i) => (draws[i % (height * width)] < level ? 0 : value)),
  block: (x, [, height, width], level, draws) => {
    const side = roundHalfEven(Math.fround(level * Math.min(height, width)));
    const top = Math.floor(Math.fround(draws[0] * (height - side + 1)));
    const left = Math.floor(Math.fround(draws[1] * (width - side + 1)));
    return x.map((value, i) => {
      const [row, column] = [Math.floor(i / width) % height, i % width];
      const inside = row >= top && row < top + side && column >= left && column < left + side;
      return inside ? 0 : value;
    });
  },
};

/**
 * @param {Float32Array} clean (channels, height, width) in [0, 1].
 * @param {number[]} shape
 * @param {string} kind A key of `KINDS`.
 * @param {number} level
 * @param {Float32Array} draws As `corruption.draws` gives them.
 * @returns {Float32Array} The corrupted image, in [0, 1].
 */
export function corrupted(clean, shape, kind, level, draws) {
  return KINDS[kind](clean, shape, Math.fround(level), draws);
}

function clipped(value) {
  return Math.min(1, Math.max(0, value));
}

/** As PyTorch rounds: halves to the even neighbour. */
function roundHalfEven(value) {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
