/** One box of the diagram: a title that opens it, a mark if it has changed, and a picture, rows or a number. */
import { Pixels } from "./pixels.js";

export class Box {
  /** @param {string} name @param {"picture" | "rows" | "number" | ""} kind What it holds. @param {() => void} open */
  constructor(name, kind, open) {
    this.name = name;
    this.kind = kind;
    this.element = document.createElement("section");
    this.element.dataset.box = name;
    this.element.style.gridArea = name;
    this.title = Object.assign(document.createElement("button"), { type: "button", onclick: open });
    this.mark = document.createElement("span");
    this.note = Object.assign(document.createElement("span"), { className: "note" });
    this.body = document.createElement(kind === "number" ? "output" : "div");
    this.element.append(this.mark, this.title, this.body, this.note);
    if (kind === "picture") {
      const canvas = Object.assign(document.createElement("canvas"), { role: "img" });
      this.body.append(canvas);
      this.pixels = new Pixels(canvas);
    }
    this.cells = [];
  }

  /** @param {{title: string, note: string, mark: string, change: string, missing: boolean}} words @param {boolean} open */
  say({ title, note, mark, change, missing, funnel }, open) {
    this.element.className = ["box", open && "open", missing && "missing"].filter(Boolean).join(" ");
    this.title.ariaExpanded = String(open);
    write(this.title, title);
    write(this.note, note);
    write(this.mark, mark);
    this.mark.className = `mark ${change}`;
    this.mark.hidden = mark === "";
    this.body.hidden = missing;
    if (this.kind === "funnel") this.layers(funnel);
  }

  /** A network's layers, one below another: what each gives, on a bar as wide as it is long. */
  layers(funnel) {
    while (this.cells.length > funnel.length) this.cells.pop().cell.remove();
    while (this.cells.length < funnel.length) this.cells.push(this.cell());
    this.cells.forEach(({ cell, text }, i) => {
      const [words, share] = funnel[i];
      cell.classList.add("layer");
      cell.style.setProperty("--from", `${50 - 50 * share}%`);
      cell.style.setProperty("--long", `${100 * share}%`);
      write(text, words);
    });
  }

  /**
   * Numbers one below another, each with a bar from its zero.
   * @param {ArrayLike<number> | null} values @param {string[]} names Before them; may be empty.
   * @param {number} reach Where a bar ends. @param {boolean} positive Bars begin at the left, not in the middle.
   */
  rows(values, names, reach, positive = false) {
    const count = values?.length ?? 0;
    while (this.cells.length > count) this.cells.pop().cell.remove();
    while (this.cells.length < count) this.cells.push(this.cell());
    this.cells.forEach(({ cell, name, text }, i) => {
      const share = Math.max(-1, Math.min(1, values[i] / reach)) * (positive ? 100 : 50);
      cell.style.setProperty("--from", `${(positive ? 0 : 50) + Math.min(0, share)}%`);
      cell.style.setProperty("--long", `${Math.abs(share)}%`);
      write(name, names[i] ?? "");
      write(text, short(values[i]));
    });
  }

  cell() {
    const [cell, name, text] = ["div", "b", "span"].map((tag) => document.createElement(tag));
    cell.className = "cell";
    cell.append(document.createElement("i"), name, text);
    this.body.append(cell);
    return { cell, name, text };
  }

  /** @param {Float32Array | null} pixels @param {number[]} shape @param {number} room @param {string} alt */
  picture(pixels, shape, room, alt, old = false) {
    const { canvas } = this.pixels;
    canvas.hidden = pixels === null;
    if (canvas.ariaLabel !== alt) canvas.ariaLabel = alt;
    canvas.classList.toggle("old", old);
    if (pixels) this.pixels.draw(pixels, shape, room);
  }

  /** @param {string} value @param {string} unit */
  number(value, unit) {
    this.unit ??= document.createElement("small");
    this.figure ??= this.body.appendChild(document.createElement("span"));
    if (!this.unit.parentElement) this.body.append(" ", this.unit);
    write(this.figure, value);
    write(this.unit, unit);
  }
}

/** @param {number} value @returns {string} Two decimals, with a real minus; of a large number fewer. */
function short(value) {
  return value.toFixed(Math.abs(value) < 99.995 ? 2 : 1).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
