/**
 * Pictures in a row with a title and lines of numbers, at whole-number scales that follow the room there is.
 * @typedef {{pixels: Float32Array, shape: number[]}} Shown Channels, height, width; one channel or three.
 * @typedef {{title: string, pictures: (Shown | null)[], alts: string[], lines: string[]}} Figure
 */
import { Pixels } from "./pixels.js";

const GAP = 12;
const CSS = `
.figures { display: grid; gap: ${GAP}px; justify-content: start; font-size: 14px; line-height: 1.35; }
.figures.small { font-size: 12px; }
.figures figure { margin: 0; display: grid; grid-template-rows: subgrid; row-gap: 4px; align-content: start; }
.figures canvas {
  display: block; image-rendering: pixelated; border-radius: 2px; outline-offset: -1px;
  outline: 1px solid color-mix(in srgb, currentColor 22%, transparent);
}
.figures canvas.old { opacity: 0.55; }
.figures strong { font-weight: 600; align-self: end; }
.figures figcaption { font-variant-numeric: tabular-nums; }
.figures figcaption span { display: block; min-height: 1.35em; }
`;

export class FigureRow {
  /**
   * @param {HTMLElement} place Empty; it becomes the row.
   * @param {[number, number, number]} sizes CSS pixels for a picture: on a phone, beside a sidebar, on a wide screen.
   */
  constructor(place, sizes) {
    const style = document.createElement("style");
    style.textContent = CSS;
    place.before(style);
    place.classList.add("figures");
    Object.assign(this, { place, sizes, parts: [], room: 0 });
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(place.parentElement);
  }

  /** @param {Figure[]} figures As many pictures each. @param {boolean} old Dim them: they show an older state. */
  show(figures, old = false) {
    while (this.parts.length > figures.length) this.parts.pop().figure.remove();
    while (this.parts.length < figures.length) this.parts.push(this.part());
    figures.forEach((each, i) => this.fill(this.parts[i], each, old));
    const shape = figures.flatMap(({ pictures }) => pictures).find(Boolean)?.shape;
    this.side = shape ? Math.max(shape[1], shape[2]) : 0;
    this.rows = Math.max(...figures.map(({ pictures }) => pictures.length)) + 2;
    this.fit();
  }

  part() {
    const figure = document.createElement("figure");
    const [title, caption] = [document.createElement("strong"), document.createElement("figcaption")];
    figure.append(title, caption);
    this.place.append(figure);
    return { figure, title, caption, pictures: [] };
  }

  fill(part, { title, pictures, alts, lines }, old) {
    write(part.title, title);
    while (part.pictures.length < pictures.length) {
      const canvas = document.createElement("canvas");
      canvas.role = "img";
      part.caption.before(canvas);
      part.pictures.push(new Pixels(canvas));
    }
    pictures.forEach((picture, i) => {
      const { canvas } = part.pictures[i];
      if (canvas.ariaLabel !== alts[i]) canvas.ariaLabel = alts[i];
      canvas.classList.toggle("old", old);
      if (picture) part.pictures[i].draw(picture.pixels, picture.shape, this.size ?? this.sizes[0]);
    });
    while (part.caption.children.length < lines.length) part.caption.append(document.createElement("span"));
    [...part.caption.children].forEach((span, i) => write(span, lines[i] ?? ""));
  }

  /** Side by side at the largest size that fits; where not even the smallest does, in two columns. */
  fit() {
    const room = this.place.parentElement.clientWidth;
    if (!this.side || room === 0) return;
    const now = `${room} ${this.side} ${this.parts.length} ${this.rows}`;
    if (now === this.fitted) return;
    this.fitted = now;
    const count = this.parts.length;
    const sizes = this.sizes.map((size) => this.side * Math.max(1, Math.floor(size / this.side)));
    const fits = (size) => count * size + (count - 1) * GAP <= room;
    this.size = sizes.findLast(fits) ?? sizes[0];
    const columns = fits(sizes[0]) ? count : 2;
    this.place.style.gridTemplateColumns = `repeat(${columns}, ${this.size}px)`;
    this.place.classList.toggle("small", this.size < 100);
    for (const { figure, pictures } of this.parts) {
      figure.style.gridRow = `span ${this.rows}`;
      for (const { canvas, image } of pictures) {
        if (!image) continue;
        const times = this.size / this.side;
        [canvas.style.width, canvas.style.height] = [`${image.width * times}px`, `${image.height * times}px`];
      }
    }
  }

  destroy() {
    this.observer.disconnect();
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
