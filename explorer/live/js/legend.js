/** Below the map: a colour bar for values, and a chip per class that brings this class forward. */
import { classColour, viridis } from "./palette.js";
import { threeDigits } from "./card.js";

/** @param {string} tag @param {object} properties @param {...(Node | string)} children */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * @param {HTMLElement} place
 * @param {{name: string, label: number}[]} classes Those that occur.
 * @param {boolean} coloured Whether the points carry the classes' colours.
 * @param {number | null} highlighted
 * @param {(label: number | null) => void} choose
 */
export function drawChips(place, classes, coloured, highlighted, choose) {
  place.hidden = classes.length < 2;
  const wanted = JSON.stringify([classes, coloured]);
  if (place.dataset.built !== wanted) {
    place.dataset.built = wanted;
    place.replaceChildren(
      ...classes.map(({ name, label }) => {
        const dot = make("span", { className: "dot" });
        dot.style.background = classColour(label);
        const chip = make("button", { type: "button", className: "chip" }, ...(coloured ? [dot] : []), name);
        chip.dataset.label = label;
        return chip;
      }),
    );
  }
  for (const chip of place.children) {
    const label = Number(chip.dataset.label);
    chip.ariaPressed = String(label === highlighted);
    chip.title = label === highlighted ? "Show all classes" : `Show only ${chip.textContent}`;
    chip.onclick = () => choose(label === highlighted ? null : label);
  }
}

/**
 * @param {HTMLElement} place
 * @param {{name: string, unit: string, low: number, high: number, below: boolean, above: boolean}?} value
 */
export function drawColourBar(place, value) {
  place.hidden = value === null;
  if (value === null) return;
  place.replaceChildren(
    make("span", { className: "value-name" }, value.unit ? `${value.name} (${value.unit})` : value.name),
    make("span", {}, (value.below ? "≤ " : "") + threeDigits(value.low)),
    gradient(),
    make("span", {}, (value.above ? "≥ " : "") + threeDigits(value.high)),
  );
}

/** What the colour of the live point says. @param {HTMLElement} place @param {object} words @param {number} end */
export function drawDistanceBar(place, words, end) {
  place.hidden = !words;
  if (!words || place.dataset.words === JSON.stringify(words)) return;
  place.dataset.words = JSON.stringify(words);
  const scale = make("span", { className: "scale" }, "0", gradient(), `≥ ${end} ${words.scale}`);
  place.replaceChildren(make("span", { className: "value-name" }, words.legend), scale, words.between);
}

/** Viridis from left to right. */
function gradient() {
  const stops = Array.from({ length: 17 }, (_, i) => `rgb(${viridis(i / 16).join(" ")})`);
  const bar = make("span", { className: "bar" });
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  return bar;
}
