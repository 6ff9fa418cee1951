/** Which part of the plane the square shows. Data has y upwards, pixels have y downwards and are CSS pixels. */

const MARGIN = 1.06;
const CLOSEST = 400;

export class View {
  constructor() {
    this.side = 1;
    this.zoom = 1;
    this.home = { x: 0, y: 0, halfX: 1, halfY: 1 };
    this.x = 0;
    this.y = 0;
  }

  /**
   * Set what is seen at zoom 1; a zoomed view stays where it is.
   * @param {{x0: number, x1: number, y0: number, y1: number}} bounds
   * @param {boolean} equalAxes
   */
  setHome({ x0, x1, y0, y1 }, equalAxes) {
    let [halfX, halfY] = [((x1 - x0) / 2) * MARGIN || 1, ((y1 - y0) / 2) * MARGIN || 1];
    if (equalAxes) halfX = halfY = Math.max(halfX, halfY);
    this.home = { x: (x0 + x1) / 2, y: (y0 + y1) / 2, halfX, halfY };
    this.stayInside();
  }

  reset() {
    this.zoom = 1;
    this.stayInside();
  }

  /** CSS pixels per unit of x. */
  get scaleX() {
    return (this.side / 2 / this.home.halfX) * this.zoom;
  }

  /** CSS pixels per unit of y. */
  get scaleY() {
    return (this.side / 2 / this.home.halfY) * this.zoom;
  }

  /** @param {number} x @param {number} y @returns {[number, number]} */
  toScreen(x, y) {
    return [this.side / 2 + (x - this.x) * this.scaleX, this.side / 2 - (y - this.y) * this.scaleY];
  }

  /** @param {number} px @param {number} py @returns {[number, number]} */
  toData(px, py) {
    return [this.x + (px - this.side / 2) / this.scaleX, this.y - (py - this.side / 2) / this.scaleY];
  }

  /** Move by pixels. @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.x -= dx / this.scaleX;
    this.y += dy / this.scaleY;
    this.stayInside();
  }

  /** What lies under (px, py) stays there. @param {number} px @param {number} py @param {number} factor */
  zoomAt(px, py, factor) {
    const [x, y] = this.toData(px, py);
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), CLOSEST);
    const [nowX, nowY] = this.toData(px, py);
    this.x += x - nowX;
    this.y += y - nowY;
    this.stayInside();
  }

  /** Centre on (x, y) if it is out of sight; say whether it was. @param {number} x @param {number} y */
  reveal(x, y) {
    const [px, py] = this.toScreen(x, y);
    if (px >= 0 && py >= 0 && px <= this.side && py <= this.side) return false;
    this.x = x;
    this.y = y;
    this.stayInside();
    return true;
  }

  stayInside() {
    const { x, y, halfX, halfY } = this.home;
    const [roomX, roomY] = [halfX - halfX / this.zoom, halfY - halfY / this.zoom];
    this.x = Math.min(Math.max(this.x, x - roomX), x + roomX);
    this.y = Math.min(Math.max(this.y, y - roomY), y + roomY);
  }
}
