/** Finds points by place: the plane is cut into cells, and each cell lists its points. */

export class Grid {
  /** @param {Float32Array} points x0, y0, x1, y1, … About two points a cell. */
  constructor(points) {
    this.points = points;
    const count = points.length / 2;
    this.bounds = boundsOf(points);
    this.across = Math.max(1, Math.ceil(Math.sqrt(count / 2)));
    const { x0, x1, y0, y1 } = this.bounds;
    this.perX = this.across / (x1 - x0 || 1);
    this.perY = this.across / (y1 - y0 || 1);
    this.starts = new Uint32Array(this.across * this.across + 1);
    this.members = new Uint32Array(count);
    for (let i = 0; i < count; i++) this.starts[this.cellOf(i) + 1] += 1;
    for (let cell = 0; cell < this.across * this.across; cell++) this.starts[cell + 1] += this.starts[cell];
    const next = this.starts.slice();
    for (let i = 0; i < count; i++) this.members[next[this.cellOf(i)]++] = i;
  }

  column(x) {
    return Math.min(Math.max(Math.floor((x - this.bounds.x0) * this.perX), 0), this.across - 1);
  }

  row(y) {
    return Math.min(Math.max(Math.floor((y - this.bounds.y0) * this.perY), 0), this.across - 1);
  }

  cellOf(i) {
    return this.row(this.points[2 * i + 1]) * this.across + this.column(this.points[2 * i]);
  }

  /**
   * The point nearest to (x, y), within `reach` pixels.
   * @param {number} x
   * @param {number} y
   * @param {number} reach
   * @param {{scaleX: number, scaleY: number}} view Pixels per unit of x and of y.
   * @param {(i: number) => boolean} accept
   * @returns {number} Its index, or -1.
   */
  nearest(x, y, reach, { scaleX, scaleY }, accept = () => true) {
    let [best, bestSquare] = [-1, reach * reach];
    const [left, right] = [this.column(x - reach / scaleX), this.column(x + reach / scaleX)];
    const [low, high] = [this.row(y - reach / scaleY), this.row(y + reach / scaleY)];
    for (let row = low; row <= high; row++) {
      const end = this.starts[row * this.across + right + 1];
      for (let k = this.starts[row * this.across + left]; k < end; k++) {
        const i = this.members[k];
        const dx = (this.points[2 * i] - x) * scaleX;
        const dy = (this.points[2 * i + 1] - y) * scaleY;
        const square = dx * dx + dy * dy;
        if (square <= bestSquare && accept(i)) [best, bestSquare] = [i, square];
      }
    }
    return best;
  }

  /**
   * The nearest point in a direction: at least `least` pixels away, and within 45° of it.
   * @param {number} from Index of the point to start at.
   * @param {[number, number]} direction One of (1, 0), (-1, 0), (0, 1), (0, -1); y upwards.
   * @param {number} least
   * @param {{scaleX: number, scaleY: number}} view
   * @param {(i: number) => boolean} accept
   * @returns {number} Its index, or `from` where there is none.
   */
  towards(from, [directionX, directionY], least, { scaleX, scaleY }, accept = () => true) {
    let [best, bestSquare] = [from, Infinity];
    const [x, y] = [this.points[2 * from], this.points[2 * from + 1]];
    for (let i = 0; i < this.members.length; i++) {
      const dx = (this.points[2 * i] - x) * scaleX;
      const dy = (this.points[2 * i + 1] - y) * scaleY;
      const along = dx * directionX + dy * directionY;
      if (along < least || Math.abs(dx * directionY - dy * directionX) > along) continue;
      const square = dx * dx + dy * dy;
      if (square < bestSquare && accept(i)) [best, bestSquare] = [i, square];
    }
    return best;
  }
}

/** @param {Float32Array} points @returns {{x0: number, x1: number, y0: number, y1: number}} */
function boundsOf(points) {
  const bounds = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
  for (let i = 0; i < points.length; i += 2) {
    bounds.x0 = Math.min(bounds.x0, points[i]);
    bounds.x1 = Math.max(bounds.x1, points[i]);
    bounds.y0 = Math.min(bounds.y0, points[i + 1]);
    bounds.y1 = Math.max(bounds.y1, points[i + 1]);
  }
  return bounds;
}
