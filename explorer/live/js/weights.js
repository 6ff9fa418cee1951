/** Weights as they are stored, float32 or float16 or a byte each, made into float32; see `storage.py`. */

const BLOCK = 32; // weights that share a scale

/**
 * @param {Record<string, Int8Array | Float32Array>} stored `name` and, for single bytes, `name.scale`.
 * @param {string} name
 * @param {number[]} shape
 * @returns {Float32Array}
 * @throws {Error} One sentence, where something is missing or does not fit.
 */
export function expand(stored, name, shape) {
  const [values, scale] = [stored[name], stored[`${name}.scale`]];
  const size = shape.reduce((product, side) => product * side, 1);
  const across = size / shape[0]; // a scale's block never goes beyond a row
  const blocks = Math.ceil(across / BLOCK);
  const fits = values?.length === size && (values instanceof Int8Array ? scale?.length === shape[0] * blocks : true);
  if (!fits) throw new Error("The weights of this model do not fit its layers. Reload the page.");
  if (!(values instanceof Int8Array)) return Float32Array.from(values);
  const weights = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const row = Math.floor(i / across);
    weights[i] = values[i] * scale[row * blocks + Math.floor((i - row * across) / BLOCK)];
  }
  return weights;
}
