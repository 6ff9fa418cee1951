/**
 * From a drawing to an image like the data set's: `explorer/intake/fitting.py`, number for number, so that what
 * the model sees under the pen is what Python makes of the drawing when the pen lifts. The names are the same.
 * @typedef {{values: Float32Array | Uint8Array, width: number, height: number}} Levels Row by row.
 */
import { resample } from "./resample.js";
import { quantile, roundHalfEven, sum32 } from "./statistics.js";

const MIN_CONTRAST = 16; // grey levels of 255 between background and ink; less is called blank
const STRONG_CONTRAST = 128;
const INK_THRESHOLD = 0.1; // of the strongest ink; fainter pixels do not stretch the bounding box

/**
 * @param {Uint8Array} grey A picture, row by row; its longer side at most 1024 pixels.
 * @param {{width: number, height: number}} size Of the picture.
 * @param {number[]} shape Channels, height, width of the image that comes out.
 * @param {{style: "mnist" | "whole", fill: number}} manner The polarity is "as is": bright ink on black.
 * @returns {Uint8Array | null} (channels, height, width), bright on black; null for a blank picture.
 */
export function fit(grey, size, [channels, height, width], { style, fill }) {
  const picture = { values: grey, ...size };
  const ink = style === "mnist" && inkOf(picture);
  if (ink === null) return null;
  const box = Math.max(1, roundHalfEven(fill * Math.min(height, width)));
  const image = ink ? centred(scaledToBox(ink, box), height, width) : whole(picture, height, width);
  if (!image || channels === 1) return image;
  const repeated = new Uint8Array(channels * image.length);
  for (let c = 0; c < channels; c++) repeated.set(image, c * image.length);
  return repeated;
}

/** Ink above the background, cropped to its bounding box; null if there is none. @returns {Levels | null} */
function inkOf({ values: grey, width, height }) {
  const { darkest, brightest } = extremes(grey);
  const ground = background(grey, width, height, darkest, brightest);
  const most = brightest - ground;
  if (most < MIN_CONTRAST) return null;
  const enough = ground + Math.fround(Math.fround(INK_THRESHOLD) * most);
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (grey[i] <= enough) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  const ink = { width: right - left + 1, height: bottom - top + 1 };
  ink.values = new Float32Array(ink.width * ink.height);
  for (let y = 0, i = 0; y < ink.height; y++) {
    const start = (top + y) * width + left;
    for (let x = 0; x < ink.width; x++, i++) ink.values[i] = Math.max(grey[start + x] - ground, 0);
  }
  return ink;
}

function extremes(values) {
  let [darkest, brightest] = [values[0], values[0]];
  for (let i = 1; i < values.length; i++) {
    if (values[i] < darkest) darkest = values[i];
    else if (values[i] > brightest) brightest = values[i];
  }
  return { darkest, brightest };
}

/** The level up to which bright ink counts as background; see `_background`. */
function background(grey, width, height, darkest, brightest) {
  const border = borderOf(grey, width, height);
  const [middle, upper] = [quantile(border, 0.5), quantile(border, 0.75)];
  const level = middle + 3 * (upper - middle);
  return brightest - darkest < STRONG_CONTRAST ? level : Math.min(level, (darkest + brightest) / 2);
}

/** The levels of a frame of 2 % of the shorter side, sorted. */
function borderOf(grey, width, height) {
  const depth = Math.max(1, Math.floor(Math.min(width, height) / 50));
  const parts = [];
  for (let y = 0; y < height; y++) {
    const row = grey.subarray(y * width, (y + 1) * width);
    const whole = y < depth || y >= height - depth || width <= 2 * depth;
    parts.push(...(whole ? [row] : [row.subarray(0, depth), row.subarray(width - depth)]));
  }
  const border = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    border.set(part, at);
    at += part.length;
  }
  return border.sort();
}

/** Ink scaled until its longer side is `box` pixels; the strokes' brightest tenth becomes 255. @returns {Levels} */
function scaledToBox(ink, box) {
  const longer = Math.max(ink.width, ink.height);
  const side = (length) => Math.max(1, roundHalfEven((length * box) / longer));
  const scaled = resample(ink, side(ink.width), side(ink.height), longer >= box ? "box" : "bicubic");
  const values = scaled.values.map((level) => Math.max(level, 0));
  const half = extremes(values).brightest / 2;
  const full = quantile(values.filter((level) => level >= half).sort(), 0.9);
  const gain = Math.fround(255 / full);
  return { ...scaled, values: values.map((level) => Math.min(level * gain, 255)) };
}

/** Ink on black, its centre of mass as central as the frame allows. @returns {Uint8Array} */
function centred(ink, height, width) {
  const row = (y) => ink.values.subarray(y * ink.width, (y + 1) * ink.width);
  const down = Float32Array.from({ length: ink.height }, (_, y) => sum32(row(y)));
  let across = new Float32Array(ink.width);
  for (let y = 0; y < ink.height; y++) across = across.map((sum, x) => sum + ink.values[y * ink.width + x]);
  if (ink.width === 1) across[0] = sum32(ink.values);
  const [top, left] = [corner(down, height), corner(across, width)];
  const image = new Uint8Array(height * width);
  for (let y = 0; y < ink.height; y++) image.set(row(y).map(roundHalfEven), (top + y) * width + left);
  return image;
}

/** @param {Float32Array} mass By row or column. @param {number} side Of the frame. */
function corner(mass, side) {
  const centre = mass.reduce((sum, each, i) => sum + each * i, 0) / sum32(mass);
  return Math.min(Math.max(roundHalfEven(side / 2 - centre), 0), side - mass.length);
}

/** A centre crop of the frame's aspect, resized; null for a blank picture. @returns {Uint8Array | null} */
function whole(picture, height, width) {
  const scale = Math.min(picture.width / width, picture.height / height);
  const [across, down] = [Math.min(picture.width, width * scale), Math.min(picture.height, height * scale)];
  const [left, top] = [(picture.width - across) / 2, (picture.height - down) / 2];
  const part = [left, top, Math.min(left + across, picture.width), Math.min(top + down, picture.height)];
  const { values } = resample(picture, width, height, scale >= 1 ? "box" : "bicubic", part);
  const { darkest, brightest } = extremes(values);
  return brightest - darkest < MIN_CONTRAST ? null : values;
}
