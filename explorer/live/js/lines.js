/** Lines over a map's points: paths, ellipses, the tether of the live point, the lasso. */
import { HALO, haloCircle } from "./marks.js";

/** Draw the outline that `pen` holds, the widest first. */
function stroke(pen, widths) {
  for (const [width, colour] of widths) {
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }
}

/** A dot for each row, but on closed paths. @param {Float32Array[]} paths Each x0, y0, x1, y1, … */
export function drawPaths(pen, view, paths, theme) {
  for (const path of paths) {
    const places = [];
    for (let i = 0; i < path.length; i += 2) places.push(view.toScreen(path[i], path[i + 1]));
    pen.lineJoin = pen.lineCap = "round";
    for (const [width, colour] of [[5, theme.ground], [2, theme.text]]) {
      pen.beginPath();
      places.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.stroke();
    }
    const [[x0, y0], [x1, y1]] = [places[0], places.at(-1)];
    if (places.length > 2 && Math.hypot(x1 - x0, y1 - y0) < 0.5) continue; // an outline: its corners say nothing
    for (const [x, y] of places) haloCircle(pen, x, y, 2.5, theme, { width: 1, fill: theme.text });
  }
}

/** @param {[number, number][][]} outlines In data coordinates, the innermost first. */
export function drawEllipses(pen, view, outlines, theme) {
  for (const outline of outlines) {
    pen.beginPath();
    for (const corner of outline) pen.lineTo(...view.toScreen(...corner));
    pen.closePath();
    stroke(pen, [[HALO, theme.ground], [1.5, theme.text]]);
  }
}

/** A dashed line between two places, or none. @param {[number, number][]} ends In data coordinates. */
export function drawTether(pen, view, ends, theme) {
  if (ends.length < 2) return;
  pen.beginPath();
  for (const end of ends) pen.lineTo(...view.toScreen(...end));
  stroke(pen, [[HALO, theme.ground]]);
  pen.setLineDash([4, 4]);
  stroke(pen, [[1.5, theme.text]]);
  pen.setLineDash([]);
}

/** @param {[number, number][]} corners In data coordinates. */
export function drawLasso(pen, view, corners, theme) {
  if (corners.length < 2) return;
  pen.beginPath();
  corners.forEach(([x, y]) => pen.lineTo(...view.toScreen(x, y)));
  pen.closePath();
  pen.globalAlpha = 0.07;
  pen.fillStyle = theme.text;
  pen.fill();
  pen.globalAlpha = 1;
  pen.lineWidth = 1.5;
  pen.strokeStyle = theme.text;
  pen.setLineDash([5, 4]);
  pen.stroke();
  pen.setLineDash([]);
}
