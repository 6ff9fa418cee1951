/**
 * The page's colours, from the CSS variables that Streamlit sets on every component.
 * @typedef {{text: string, muted: string, ground: string, line: string, accent: string, font: string}} Theme
 */

const PEN = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

/**
 * @param {string} colour Any CSS colour.
 * @returns {[number, number, number]} Red, green, blue, 0 to 255.
 */
export function rgb(colour) {
  PEN.clearRect(0, 0, 1, 1);
  PEN.fillStyle = colour;
  PEN.fillRect(0, 0, 1, 1);
  return [...PEN.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/**
 * @param {string} first
 * @param {string} second
 * @param {number} share How much of the second, 0 to 1.
 * @returns {string}
 */
export function mix(first, second, share) {
  const [a, b] = [rgb(first), rgb(second)];
  return `rgb(${a.map((value, i) => Math.round(value + share * (b[i] - value))).join(" ")})`;
}

/**
 * @param {Element} element An element inside the component.
 * @returns {Theme}
 */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
  const text = read("text-color", "#31333f");
  const ground = read("background-color", "#ffffff");
  return {
    text,
    ground,
    muted: mix(text, ground, 0.38),
    line: mix(text, ground, 0.82),
    accent: read("primary-color", "#3f90da"),
    font: read("font", "sans-serif"),
  };
}
