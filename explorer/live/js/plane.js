/** A map's points with what is computed from them once: the grid for finding them, and the classes' centres. */
import { Grid } from "./grid.js";

export class Plane {
  /** @param {{points: Float32Array, labels: Int32Array}} arrays */
  constructor({ points, labels }) {
    this.points = points;
    this.labels = labels;
    this.count = labels.length;
    this.grid = new Grid(points);
    this.centres = centresOf(points, labels);
  }

  /** @param {number} i @returns {[number, number]} */
  place(i) {
    return [this.points[2 * i], this.points[2 * i + 1]];
  }

  /** The diameter of a point in CSS pixels: 3 where there are many, more for few points or a close look. */
  dotSize(zoom) {
    const few = this.count < 500 ? 5 : this.count < 2000 ? 4 : 3;
    return Math.min(few * zoom ** 0.35, 10);
  }
}

/**
 * The median place of each class: unlike the mean it lies in the largest part of a class that is in pieces.
 * @returns {{label: number, x: number, y: number}[]} Ordered by label; points without a class have none.
 */
function centresOf(points, labels) {
  const members = new Map();
  labels.forEach((label, i) => {
    if (label < 0) return;
    if (!members.has(label)) members.set(label, []);
    members.get(label).push(i);
  });
  const median = (list) => Float32Array.from(list).sort()[list.length >> 1];
  return [...members.keys()]
    .sort((a, b) => a - b)
    .map((label) => {
      const list = members.get(label);
      const [xs, ys] = [list.map((i) => points[2 * i]), list.map((i) => points[2 * i + 1])];
      return { label, x: median(xs), y: median(ys) };
    });
}
