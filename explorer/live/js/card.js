/** The card beside the pointer: the point's picture, its class, its number, its value. */

const PICTURE = 84; // CSS pixels

/** @param {number} value @returns {string} Three significant digits. */
export function threeDigits(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(2) : Number(value.toPrecision(3)).toString();
  return text.replace("-", "−");
}

export class Card {
  /** @param {HTMLElement} element Holds a canvas and a `.facts`. */
  constructor(element) {
    this.element = element;
    this.picture = element.querySelector("canvas");
    this.facts = element.querySelector(".facts");
    this.shown = "";
    this.kind = "";
    this.height = 0;
  }

  hide() {
    this.element.hidden = true;
    this.shown = "";
  }

  /**
   * Show the card beside a point, on the side where there is more room.
   * @param {number} index
   * @param {string[]} facts One line each.
   * @param {[number, number]} place Of the point, in CSS pixels.
   * @param {number} side Of the square.
   * @param {{picture: ImageBitmap, columns: number, width: number, height: number} | null} sheet
   */
  show(index, facts, [x, y], side, sheet) {
    const now = `${index} ${facts.join()} ${Boolean(sheet)}`;
    this.element.hidden = false;
    if (now !== this.shown) {
      this.shown = now;
      this.write(facts);
      this.picture.hidden = !sheet;
      if (sheet) this.paint(index, sheet);
    }
    const kind = `${facts.length} ${sheet?.height}`;
    if (kind !== this.kind) [this.kind, this.height] = [kind, this.element.offsetHeight]; // costs a layout: once
    const top = Math.min(Math.max(y - this.height / 2, 4), side - this.height - 4);
    const beside = x < side / 2 ? `${Math.round(x + 14)}px` : `calc(${Math.round(x - 14)}px - 100%)`;
    this.element.style.transform = `translate(${beside}, ${Math.round(top)}px)`;
  }

  write(facts) {
    while (this.facts.children.length < facts.length) this.facts.append(document.createElement("div"));
    while (this.facts.children.length > facts.length) this.facts.lastChild.remove();
    facts.forEach((fact, i) => (this.facts.children[i].textContent = fact));
  }

  /** The thumbnail at its own pixels; the style sheet enlarges them whole, without smoothing. */
  paint(index, { picture, columns, width, height }) {
    this.picture.width = width;
    this.picture.height = height;
    const times = Math.max(1, Math.floor(PICTURE / Math.max(width, height)));
    this.picture.style.width = `${width * times}px`;
    this.picture.style.height = `${height * times}px`;
    const [left, top] = [(index % columns) * width, Math.floor(index / columns) * height];
    this.picture.getContext("2d").drawImage(picture, left, top, width, height, 0, 0, width, height);
  }
}
