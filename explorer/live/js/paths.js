/** Paths from a to b, as `explorer/latent.py` has them: computed in float64, given in float32. */

const NO_LENGTH = 1e-8;

/**
 * The straight line, for codes and for pictures.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} t 0 at a, 1 at b.
 * @returns {Float32Array}
 */
export function lerp(a, b, t) {
  return Float32Array.from(a, (value, i) => (1 - t) * value + t * b[i]);
}

/**
 * The angle between two codes at the origin (Kahan 2006); 0 if one of them is the origin.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @returns {number} Radians in [0, π].
 */
export function angle(a, b) {
  const [lengthA, lengthB] = [a, b].map(length);
  if (Math.min(lengthA, lengthB) < NO_LENGTH) return 0;
  let [apart, together] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const [u, v] = [a[i] / lengthA, b[i] / lengthB];
    apart += (u - v) ** 2;
    together += (u + v) ** 2;
  }
  return 2 * Math.atan2(Math.sqrt(apart), Math.sqrt(together));
}

/**
 * The direction turns evenly (Shoemake 1985), the length goes evenly from |a| to |b|; where the directions agree
 * or are opposite, or one end is the origin, it is the line.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} t
 * @returns {Float32Array}
 */
export function slerp(a, b, t) {
  const turn = angle(a, b);
  if (Math.sin(turn) < 1e-4) return lerp(a, b, t);
  const [lengthA, lengthB] = [a, b].map(length);
  const far = ((1 - t) * lengthA + t * lengthB) / Math.sin(turn);
  const [ofA, ofB] = [(far * Math.sin((1 - t) * turn)) / lengthA, (far * Math.sin(t * turn)) / lengthB];
  return Float32Array.from(a, (value, i) => ofA * value + ofB * b[i]);
}

/** @param {ArrayLike<number>} z @returns {number} |z| */
export function length(z) {
  let sum = 0;
  for (let i = 0; i < z.length; i++) sum += z[i] * z[i];
  return Math.sqrt(sum);
}
