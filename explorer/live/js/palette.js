/** Colours of classes and of values. A pixel is one 32-bit number, as in a canvas: alpha, blue, green, red. */

/** Petroff's ten colours (arXiv 2107.02270), which colour-blind readers can tell apart. */
export const PETROFF = [
  "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
  "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
];

const NO_CLASS = [148, 150, 160];

/** Viridis, perceptually uniform, at 17 equal steps. */
const VIRIDIS = [
  "#440154", "#48186a", "#472d7b", "#424086", "#3b528b", "#33638d", "#2c728e", "#26828e", "#21918c",
  "#1fa088", "#28ae80", "#3fbc73", "#5ec962", "#84d44b", "#addc30", "#d8e219", "#fde725",
].map(channels);

/** @param {string} hex @returns {number[]} */
function channels(hex) {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

/**
 * @param {number} share 0 to 1; what lies outside takes the colour of the nearer end.
 * @returns {[number, number, number]} Red, green, blue.
 */
export function viridis(share) {
  const place = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const below = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const [from, to] = [VIRIDIS[below], VIRIDIS[below + 1]];
  return from.map((value, i) => Math.round(value + (place - below) * (to[i] - value)));
}

/** @param {number[]} colour Red, green, blue. @returns {number} One opaque pixel. */
function pixel([red, green, blue]) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * @param {number} label
 * @returns {string} The colour of a class; they repeat after ten.
 */
export function classColour(label) {
  return PETROFF[label % PETROFF.length];
}

/**
 * The colours of all points: a palette of at most 256 pixels, one of their rims, which are nearer to the text
 * colour and set pale points off from the page, and each point's place in both.
 * @param {Int32Array} labels -1 for no class.
 * @param {Float32Array | null} values Colour by these, if given.
 * @param {{low: number, high: number}} scale Of the values.
 * @param {number[]} text The page's text colour: red, green, blue.
 * @returns {{places: Uint8Array, palette: Uint32Array, rims: Uint32Array}}
 */
export function pointColours(labels, values, scale, text) {
  const classes = [...PETROFF.map(channels), NO_CLASS];
  const colours = values ? Array.from({ length: 256 }, (_, i) => viridis(i / 255)) : classes;
  const rim = (colour) => colour.map((value, i) => Math.round(0.65 * value + 0.35 * text[i]));
  const places = new Uint8Array(labels.length);
  const factor = values && scale.high > scale.low ? 255 / (scale.high - scale.low) : 0;
  for (let i = 0; i < labels.length; i++) {
    if (values) places[i] = Math.min(Math.max(Math.round((values[i] - scale.low) * factor), 0), 255);
    else places[i] = labels[i] < 0 ? PETROFF.length : labels[i] % PETROFF.length;
  }
  const rims = Uint32Array.from(colours, (colour) => pixel(rim(colour)));
  return { places, palette: Uint32Array.from(colours, pixel), rims };
}
