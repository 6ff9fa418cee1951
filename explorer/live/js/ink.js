/**
 * A drawing as strokes, so that the last one can be taken back, and its picture at any size.
 * @typedef {{x: number, y: number}[]} Stroke Places from 0 to 1 on the square.
 */

const PEN = 1 / 12; // its width, as a share of the square: a digit three quarters as tall looks like MNIST's

export class Ink {
  constructor() {
    this.clear();
  }

  /** @returns {boolean} */
  get empty() {
    return this.strokes.length === 0 && this.base === null;
  }

  clear() {
    /** @type {Stroke[]} */
    this.strokes = [];
    this.base = null; // a drawing that came from Python: it lies under the strokes
    this.dry = null; // all but the last stroke, as a picture: the pen changes the last one only
  }

  /** Take back the last stroke, or the drawing that the strokes lie on. */
  undo() {
    if (this.strokes.length) this.strokes.pop();
    else this.base = null;
    this.dry = null;
  }

  /** @param {Uint8Array} grey Row by row, bright ink on black. @param {number} side */
  setBase(grey, side) {
    this.clear();
    const picture = new ImageData(side, side);
    grey.forEach((value, i) => picture.data.set([255, 255, 255, value], 4 * i));
    this.base = new OffscreenCanvas(side, side);
    this.base.getContext("2d").putImageData(picture, 0, 0);
  }

  /** Draw all in white on what is there. @param {CanvasRenderingContext2D} pen @param {number} side */
  paint(pen, side) {
    if (this.base) pen.drawImage(this.base, 0, 0, side, side);
    for (const stroke of this.strokes) paintStroke(pen, stroke, side);
  }

  /** @param {number} side @returns {Uint8Array} The drawing, side × side, bright ink on black, row by row. */
  picture(side) {
    if (this.wet?.canvas.width !== side) [this.wet, this.dry] = [blackSquare(side), null];
    const count = Math.max(0, this.strokes.length - 1);
    if (this.dry === null) {
      this.dry = { pen: blackSquare(side), count: 0 };
      if (this.base) this.dry.pen.drawImage(this.base, 0, 0, side, side);
    }
    while (this.dry.count < count) paintStroke(this.dry.pen, this.strokes[this.dry.count++], side);
    this.wet.drawImage(this.dry.pen.canvas, 0, 0);
    if (this.strokes.length) paintStroke(this.wet, this.strokes[count], side);
    const { data } = this.wet.getImageData(0, 0, side, side);
    const grey = new Uint8Array(side * side);
    for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i];
    return grey;
  }
}

/** @param {CanvasRenderingContext2D} pen @param {Stroke} stroke @param {number} side */
function paintStroke(pen, stroke, side) {
  pen.strokeStyle = "#fff";
  pen.lineWidth = PEN * side;
  pen.lineCap = pen.lineJoin = "round";
  const places = stroke.map(({ x, y }) => [x * side, y * side]);
  pen.beginPath();
  pen.moveTo(...places[0]);
  for (let i = 1; i < places.length - 1; i++) {
    // Through the middles, so that a fast hand leaves no corners.
    const [[x, y], [nextX, nextY]] = [places[i], places[i + 1]];
    pen.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  const [x, y] = places.at(-1);
  pen.lineTo(x + 0.01, y); // a line of no length would leave no dot
  pen.stroke();
}

/** @param {number} side @returns {OffscreenCanvasRenderingContext2D} */
function blackSquare(side) {
  const pen = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, side, side);
  return pen;
}
