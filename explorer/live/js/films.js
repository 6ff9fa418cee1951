/** Film strips: frames side by side at a whole-number scale that follows the room; one is marked. */
import { Pixels } from "./pixels.js";

const [GAP, LARGEST] = [2, 96]; // CSS pixels between frames, and a frame's side on a projector
const CSS = `
.films { display: grid; gap: 12px; margin-bottom: 4px; }
.films p { margin: 0 0 4px; font-weight: 600; }
.film { display: grid; gap: ${GAP}px; }
.film canvas {
  display: block; width: 100%; border-radius: 2px; cursor: pointer; outline-offset: -1px;
  outline: 1px solid color-mix(in srgb, currentColor 22%, transparent);
}
.film.whole canvas { image-rendering: pixelated; }
.film canvas.now { outline: 3px solid #e76300; outline-offset: 0; z-index: 1; position: relative; }
`;

export class Films {
  /**
   * @param {HTMLElement} place Empty; it becomes the strips.
   * @param {(frame: number) => void} choose A frame is pressed.
   * @param {(size: {frame: number, width: number}) => void} fitted CSS pixels of a frame and of a strip.
   */
  constructor(place, choose, fitted) {
    const style = document.createElement("style");
    style.textContent = CSS;
    place.before(style);
    place.classList.add("films");
    Object.assign(this, { place, choose, fitted, strips: [], size: null });
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(place.parentElement);
  }

  /**
   * @param {{title: string, alt: string}[]} strips
   * @param {number} count Frames of each.
   * @param {number[]} shape Of a frame: channels, height, width.
   */
  set(strips, count, shape) {
    const kind = `${strips.length} ${count} ${shape}`;
    if (kind !== this.kind) this.build(strips.length, count);
    Object.assign(this, { kind, count, shape });
    strips.forEach(({ title, alt }, i) => {
      this.strips[i].title.textContent = title;
      this.strips[i].film.ariaLabel = alt;
    });
    this.fit();
  }

  build(number, count) {
    this.place.replaceChildren();
    this.size = null;
    this.strips = Array.from({ length: number }, () => {
      const [title, film] = [document.createElement("p"), document.createElement("div")];
      film.className = "film";
      film.role = "img";
      film.style.gridTemplateColumns = `repeat(${count}, minmax(0, 1fr))`;
      const frames = Array.from({ length: count }, (_, i) => {
        const canvas = document.createElement("canvas");
        canvas.onclick = () => this.choose(i);
        film.append(canvas);
        return new Pixels(canvas);
      });
      const part = document.createElement("div");
      part.append(title, film);
      this.place.append(part);
      return { title, film, frames };
    });
  }

  /** Draw one frame of a strip. @param {number} strip @param {number} frame @param {Float32Array} pixels */
  draw(strip, frame, pixels) {
    const { canvas } = this.strips[strip].frames[frame];
    this.strips[strip].frames[frame].draw(pixels, this.shape, 1);
    canvas.style.width = canvas.style.height = ""; // the grid says how large
  }

  /** Mark a frame in every strip. @param {number} now */
  mark(now) {
    for (const { frames } of this.strips) {
      frames.forEach(({ canvas }, i) => canvas.classList.toggle("now", i === now));
    }
  }

  /** The largest whole multiple that fits; half a step is a whole number of pixels on a fine screen only. */
  fit() {
    const room = this.place.parentElement.clientWidth;
    if (!room || !this.shape) return;
    const step = devicePixelRatio >= 2 ? 0.5 : 1;
    const most = Math.max(1, Math.floor(LARGEST / this.shape[2]));
    const gaps = (this.count - 1) * GAP;
    const times = Math.min(most, Math.floor((room - gaps) / (this.count * this.shape[2] * step)) * step);
    const whole = times >= 1;
    const frame = whole ? times * this.shape[2] : (room - gaps) / this.count;
    if (frame === this.size) return;
    this.size = frame;
    for (const { film } of this.strips) {
      film.classList.toggle("whole", whole);
      film.style.width = `${this.count * frame + gaps}px`;
    }
    this.fitted({ frame, width: this.count * frame + gaps });
  }

  destroy() {
    this.observer.disconnect();
  }
}
