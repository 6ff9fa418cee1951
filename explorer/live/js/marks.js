/** What lies over the points: class names, rings, pins, axes: a function for each kind. Lines are in `lines.js`. */

/** Pixels of the background's colour around what is drawn. */
export const HALO = 4;

/**
 * Text with a rim in the background's colour, legible on any points.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {import("./theme.js").Theme} theme
 */
function haloText(pen, text, x, y, theme, colour = theme.text) {
  pen.lineJoin = "round";
  pen.lineWidth = HALO;
  pen.strokeStyle = theme.ground;
  pen.strokeText(text, x, y);
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

/** A ring or disc with a halo. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} radius */
export function haloCircle(pen, x, y, radius, theme, { width = 2, fill = null, colour = theme.text } = {}) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.lineWidth = width + 2.5;
  pen.strokeStyle = theme.ground;
  pen.stroke();
  if (fill) {
    pen.fillStyle = fill;
    pen.fill();
  }
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  pen.stroke();
}

/**
 * Class names at the classes' centres, pushed apart where they would overlap each other or a pin.
 * @param {{x: number, y: number, name: string, faint: boolean}[]} centres In data coordinates.
 * @param {{x: number, y: number, label: string}[]} pins
 */
export function drawNames(pen, view, centres, pins, theme) {
  pen.font = `600 16px ${theme.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const boxes = centres.map(({ x, y, name, faint }) => {
    const [px, py] = view.toScreen(x, y);
    return { px, py, name, faint, half: pen.measureText(name).width / 2 + 3 };
  });
  const seen = boxes.filter(({ px, py }) => px > 0 && py > 0 && px < view.side && py < view.side);
  const fixed = pins.map(({ x, y, label }) => {
    const [px, py] = view.toScreen(x, y);
    const half = pen.measureText(label).width / 2 + 10;
    return { px: px + half - 8, py, half, fixed: true };
  });
  separate([...seen, ...fixed], 20);
  for (const { px, py, name, faint, half } of seen) {
    const x = Math.min(Math.max(px, half), view.side - half);
    const y = Math.min(Math.max(py, 12), view.side - 12);
    haloText(pen, name, x, y, theme, faint ? theme.muted : theme.text);
  }
}

/** Move boxes of equal height apart, but for the fixed ones, along the axis in which they overlap less. */
function separate(boxes, height) {
  for (let pass = 0; pass < 12; pass++) {
    for (let i = 0; i < boxes.length; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [boxes[i], boxes[j]];
        const overX = a.half + b.half - Math.abs(a.px - b.px);
        const overY = height - Math.abs(a.py - b.py);
        if (overX <= 0 || overY <= 0) continue;
        const axis = overX < overY ? "px" : "py";
        const push = Math.min(overX, overY) * (a[axis] < b[axis] ? -1 : 1);
        if (!a.fixed) a[axis] += b.fixed ? push : push / 2;
        if (!b.fixed) b[axis] -= a.fixed ? push : push / 2;
      }
    }
  }
}

/** @param {[number, number][]} places In data coordinates. @param {string} colour */
export function drawRings(pen, view, places, theme, { radius = 7, width = 2, colour = theme.text } = {}) {
  for (const [x, y] of places) haloCircle(pen, ...view.toScreen(x, y), radius, theme, { width, colour });
}

/**
 * A pin out of sight becomes an arrowhead at the border.
 * @param {{x: number, y: number, label: string, hollow: boolean}[]} pins
 */
export function drawPins(pen, view, pins, theme) {
  pen.font = `500 14px ${theme.font}`;
  pen.textBaseline = "middle";
  const edge = 11;
  for (const { x, y, label, hollow } of pins) {
    const [px, py] = view.toScreen(x, y);
    const sx = Math.min(Math.max(px, edge), view.side - edge);
    const sy = Math.min(Math.max(py, edge), view.side - edge);
    const fill = hollow ? theme.ground : theme.accent;
    if (Math.hypot(px - sx, py - sy) > edge) arrowhead(pen, sx, sy, Math.atan2(py - sy, px - sx), theme, fill);
    else haloCircle(pen, px, py, 6, theme, { fill });
    const fits = sx + 14 + pen.measureText(label).width < view.side;
    pen.textAlign = fits ? "left" : "right";
    if (label) haloText(pen, label, fits ? sx + 12 : sx - 12, sy, theme);
  }
}

function arrowhead(pen, x, y, angle, theme, fill) {
  pen.beginPath();
  for (const [length, turn] of [[8, 0], [8, 2.4], [8, -2.4]]) {
    pen.lineTo(x + length * Math.cos(angle + turn), y + length * Math.sin(angle + turn));
  }
  pen.closePath();
  pen.lineJoin = "round";
  pen.lineWidth = HALO;
  pen.strokeStyle = theme.ground;
  pen.stroke();
  pen.fillStyle = fill;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = theme.text;
  pen.stroke();
}

/** Ticks along the lower and the left border, the axes' names at their ends. @param {[string, string]} names */
export function drawAxes(pen, view, names, theme) {
  pen.font = `12px ${theme.font}`;
  const [left, top] = view.toData(0, 0);
  const [right, bottom] = view.toData(view.side, view.side);
  const end = view.side - 6;
  pen.textBaseline = "alphabetic";
  if (names[0]) {
    const room = end - pen.measureText(names[0]).width - 24;
    pen.textAlign = "center";
    for (const { value, text } of ticks(left, right)) {
      const [x] = view.toScreen(value, 0);
      if (x > 30 && x < room) haloText(pen, text, x, end, theme, theme.muted);
    }
    pen.textAlign = "right";
    haloText(pen, names[0], end, end, theme);
  }
  if (names[1]) {
    pen.textAlign = "left";
    for (const { value, text } of ticks(bottom, top)) {
      const [, y] = view.toScreen(0, value);
      if (y > 36 && y < view.side - 26) haloText(pen, text, 6, y + 4, theme, theme.muted);
    }
    haloText(pen, names[1], 6, 16, theme);
  }
}

/** About five round numbers between `low` and `high`. @param {number} low @param {number} high */
export function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const list = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
    list.push({ value, text: (Math.abs(value) < step / 2 ? 0 : value).toFixed(digits).replace("-", "−") });
  }
  return list;
}
