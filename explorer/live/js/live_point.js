/**
 * A cursor's code as a place on a map, and a place as a code. The plane of a two-dimensional code and PCA are
 * exact; on UMAP and t-SNE both ways are a mean of 15 neighbours, weighted as `projection/placement.py` does.
 * @typedef {object} Spec
 * @property {"plane" | "pca" | "neighbours"} method
 * @property {Float32Array} [mean] (L,), with pca.
 * @property {Float32Array} [axes] (2, L), orthonormal, with pca.
 */
import { nearestCodes, placementWeights } from "./neighbours.js";

const NEIGHBOURS = 15;

/**
 * @param {Spec} spec
 * @param {ArrayLike<number>} code (L,)
 * @param {{index: number, distance: number}[] | null} neighbours Of the code among the map's own.
 * @param {Float32Array} points The map's: x0, y0, x1, y1, …
 * @returns {[number, number] | null} Null while the neighbours are not known.
 */
export function placeOf({ method, mean, axes }, code, neighbours, points) {
  if (method === "plane") return [code[0], code[1]];
  if (method === "pca") return project(code, mean, axes);
  if (!neighbours) return null;
  const weights = placementWeights(neighbours.map(({ distance }) => distance));
  const place = [0, 0];
  neighbours.forEach(({ index }, n) => {
    place[0] += weights[n] * points[2 * index];
    place[1] += weights[n] * points[2 * index + 1];
  });
  return place;
}

/**
 * With pca the nearest code to `code` whose place this is: only what lies in the map's plane changes.
 * @param {Spec} spec
 * @param {ArrayLike<number>} code (L,) where the cursor stands.
 * @param {Float32Array | null} codes (N, L) of the map's points.
 * @param {Float32Array} points
 * @param {[number, number]} place
 * @returns {Float32Array | null} (L,); null while the codes are not known.
 */
export function codeAt({ method, mean, axes }, code, codes, points, place) {
  if (method === "plane") return Float32Array.from(place);
  if (method === "neighbours") return codes && meanCode(codes, code.length, points, place);
  const now = project(code, mean, axes);
  const [right, up] = [place[0] - now[0], place[1] - now[1]];
  const size = mean.length;
  return Float32Array.from(code, (value, j) => value + right * axes[j] + up * axes[size + j]);
}

function project(code, mean, axes) {
  const size = mean.length;
  const place = [0, 0];
  for (let j = 0; j < size; j++) {
    place[0] += (code[j] - mean[j]) * axes[j];
    place[1] += (code[j] - mean[j]) * axes[size + j];
  }
  return place;
}

/** The mean of the codes of the 15 points nearest to a place. */
function meanCode(codes, size, points, place) {
  const near = nearestCodes(points, place, NEIGHBOURS);
  const weights = placementWeights(near.map(({ distance }) => distance));
  const code = new Float64Array(size);
  near.forEach(({ index }, n) => {
    for (let j = 0; j < size; j++) code[j] += weights[n] * codes[index * size + j];
  });
  return Float32Array.from(code);
}
