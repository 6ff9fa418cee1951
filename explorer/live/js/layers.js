/** Three canvases on top of each other, so that a moving pointer redraws only the uppermost. */
import { DotLayer } from "./dots.js";
import { drawAxes, drawLasso, drawNames, drawPaths, drawPins, drawRings } from "./marks.js";

const MOST_RINGS = 60;

export class Layers {
  /** @param {HTMLElement} stage Holds canvases `.ground`, `.dots` and `.marks`. */
  constructor(stage) {
    this.stage = stage;
    const [ground, dots, marks] = ["ground", "dots", "marks"].map((name) => stage.querySelector(`.${name}`));
    this.canvases = [ground, dots, marks];
    this.ground = ground.getContext("2d");
    this.dots = new DotLayer(dots);
    this.marks = marks.getContext("2d");
    this.ratio = 1;
  }

  /** @param {number} side In CSS pixels. */
  resize(side) {
    this.ratio = window.devicePixelRatio || 1;
    const pixels = Math.round(side * this.ratio);
    this.stage.parentElement.style.setProperty("--side", `${side}px`);
    for (const canvas of this.canvases) {
      canvas.style.width = canvas.style.height = `${side}px`;
      if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    }
  }

  /** The picture behind the points. @param {{picture: ImageBitmap, extent: number[]} | null} lattice */
  drawGround(view, lattice) {
    const pen = this.ground;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, view.side, view.side);
    if (!lattice) return;
    const { picture, extent: [x0, x1, y0, y1] } = lattice;
    const [left, top] = view.toScreen(x0, y1);
    const [right, bottom] = view.toScreen(x1, y0);
    const enlarged = ((right - left) * this.ratio) / picture.width;
    pen.imageSmoothingEnabled = enlarged < 1.5; // else a pixel stays a square
    pen.imageSmoothingQuality = "high";
    pen.globalAlpha = 0.6;
    pen.drawImage(picture, left, top, right - left, bottom - top);
    pen.globalAlpha = 1;
  }

  /** The points themselves; see `dots.js`. @param {import("./plane.js").Plane} plane */
  drawDots(view, plane, colours, faint) {
    this.dots.draw(view, this.ratio, plane.points, colours, plane.dotSize(view.zoom) / 2, faint);
  }

  /** @param {object} shown What lies over the points; see `marks.js`. */
  drawMarks(view, plane, theme, { names, axisNames, selected, pointed, paths, pins, corners }) {
    const pen = this.marks;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, view.side, view.side);
    drawAxes(pen, view, axisNames, theme);
    drawPaths(pen, view, paths, theme);
    drawNames(pen, view, names, pins, theme);
    if (selected.length <= MOST_RINGS) drawRings(pen, view, [...selected].map((i) => plane.place(i)), theme);
    const thin = { radius: 5, width: 1.5, colour: theme.accent };
    if (pointed >= 0 && !selected.includes(pointed)) drawRings(pen, view, [plane.place(pointed)], theme, thin);
    drawPins(pen, view, pins, theme);
    drawLasso(pen, view, corners, theme);
  }
}
