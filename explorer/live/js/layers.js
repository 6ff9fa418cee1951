/** Canvases on top of each other, so that a moving pointer redraws only the uppermost. */
import { DotLayer } from "./dots.js";
import { drawEllipses, drawLasso, drawPaths, drawTether } from "./lines.js";
import { drawAxes, drawNames, drawPins, drawRings } from "./marks.js";

const MOST_RINGS = 60;

export class Layers {
  /** @param {HTMLElement} stage Holds canvases `.lattice`, `.dots` and `.marks`. */
  constructor(stage) {
    this.stage = stage;
    [this.lattice, ...this.canvases] = ["lattice", "dots", "marks"].map((name) => stage.querySelector(`.${name}`));
    const [dots, marks] = this.canvases;
    this.dots = new DotLayer(dots);
    this.marks = marks.getContext("2d");
    this.ratio = 1;
  }

  /** @param {number} side In CSS pixels. */
  resize(side) {
    this.ratio = window.devicePixelRatio || 1;
    const pixels = Math.round(side * this.ratio);
    this.stage.parentElement.style.setProperty("--side", `${side}px`);
    this.lattice.style.width = this.lattice.style.height = `${side}px`; // its pixels are the pictures'
    for (const canvas of this.canvases) {
      canvas.style.width = canvas.style.height = `${side}px`;
      if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    }
  }

  /** The points themselves; see `dots.js`. @param {import("./plane.js").Plane} plane */
  drawDots(view, plane, colours, faint) {
    this.dots.draw(view, this.ratio, plane.points, colours, plane.dotSize(view.zoom) / 2, faint, plane.grid.members);
  }

  /** @param {object} shown What lies over the points; see `marks.js`. */
  drawMarks(view, plane, theme, shown) {
    const { names, axisNames, selected, pointed, paths, pins, livePins, corners, ellipses, tether } = shown;
    const pen = this.marks;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, view.side, view.side);
    drawAxes(pen, view, axisNames, theme);
    drawEllipses(pen, view, ellipses, theme);
    drawPaths(pen, view, paths, theme);
    drawTether(pen, view, tether, theme);
    drawNames(pen, view, names, pins, theme);
    if (selected.length <= MOST_RINGS) drawRings(pen, view, [...selected].map((i) => plane.place(i)), theme);
    const thin = { radius: 5, width: 1.5, colour: theme.accent };
    if (pointed >= 0 && !selected.includes(pointed)) drawRings(pen, view, [plane.place(pointed)], theme, thin);
    drawPins(pen, view, [...pins, ...livePins], theme);
    drawLasso(pen, view, corners, theme);
  }
}
