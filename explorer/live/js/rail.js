/** A slider that moves a cursor of one number while the finger moves, and tells when it lifts. */
import { keepKeysIn } from "./keys.js";

const CSS = `
.rail {
  position: relative; height: 40px; cursor: pointer; touch-action: pan-y; user-select: none;
  -webkit-user-select: none; -webkit-tap-highlight-color: transparent; border-radius: 8px; --inset: 10px;
}
.rail .line, .rail .done { position: absolute; top: 18px; height: 4px; border-radius: 2px; left: var(--inset); }
.rail .line { right: var(--inset); background: color-mix(in srgb, var(--st-text-color) 22%, transparent); }
.rail .done { background: var(--st-primary-color); width: calc((100% - 2 * var(--inset)) * var(--share)); }
.rail .thumb {
  position: absolute; top: 10px; left: calc(var(--inset) + (100% - 2 * var(--inset)) * var(--share));
  width: 20px; height: 20px; margin-left: -10px; border-radius: 50%; background: var(--st-primary-color);
}
.rail:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
`;

export class Rail {
  /**
   * @param {HTMLElement} place Empty; it becomes the slider.
   * @param {AbortSignal} signal Ends all listening.
   * @param {() => void} touched Called when a hand or a key takes hold.
   */
  constructor(place, signal, touched = () => {}) {
    const style = document.createElement("style");
    style.textContent = CSS;
    place.before(style);
    place.classList.add("rail");
    place.innerHTML = '<div class="line"></div><div class="done"></div><div class="thumb"></div>';
    Object.assign(place, { role: "slider", tabIndex: 0 });
    Object.assign(this, { place, touched, cursor: null, min: 0, max: 1, step: 0.01, big: 0.1, pointer: null });
    keepKeysIn(place, signal);
    const listen = (type, handle) => place.addEventListener(type, handle.bind(this), { signal });
    listen("pointerdown", this.down);
    listen("pointermove", this.move);
    listen("pointerup", this.up);
    listen("pointercancel", this.up);
    listen("keydown", this.key);
    listen("keyup", this.letGo);
    listen("blur", this.letGo);
  }

  /**
   * @param {import("./cursor.js").Cursor} cursor
   * @param {{min: number, max: number, step: number, big: number, label: string}} settings
   */
  set(cursor, { min, max, step, big, label }) {
    Object.assign(this, { cursor, min, max, step, big });
    this.place.ariaLabel = label;
    [this.place.ariaValueMin, this.place.ariaValueMax] = [min, max];
  }

  /** Put the thumb where the cursor is. @param {string} text What a screen reader says. */
  show(text) {
    const value = this.cursor.value[0];
    this.place.style.setProperty("--share", Math.min(1, Math.max(0, (value - this.min) / (this.max - this.min))));
    this.place.ariaValueNow = Number(value.toFixed(4));
    this.place.ariaValueText = text;
  }

  /** Move to the step that is nearest to a value. */
  go(value) {
    const steps = Math.round((Math.min(this.max, Math.max(this.min, value)) - this.min) / this.step);
    const next = Math.min(this.max, this.min + steps * this.step);
    this.touched();
    this.cursor.move([next], this);
  }

  goTo(event) {
    const { left, width } = this.place.getBoundingClientRect();
    const inset = this.inset;
    this.go(this.min + ((event.clientX - left - inset) / (width - 2 * inset)) * (this.max - this.min));
  }

  down(event) {
    if (this.pointer !== null || !this.cursor || (event.pointerType === "mouse" && event.button !== 0)) return;
    this.pointer = event.pointerId;
    this.place.setPointerCapture(event.pointerId);
    this.inset = parseFloat(getComputedStyle(this.place.firstChild).left);
    this.goTo(event);
  }

  move(event) {
    if (event.pointerId === this.pointer) this.goTo(event);
  }

  up(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.letGo();
  }

  letGo() {
    if (this.pointer === null && this.cursor?.held === this) this.cursor.release();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.cursor) return;
    if (event.key === "Escape") this.touched();
    const now = this.cursor.value[0];
    const places = {
      ArrowLeft: now - this.step, ArrowDown: now - this.step, ArrowRight: now + this.step, ArrowUp: now + this.step,
      PageDown: now - this.big, PageUp: now + this.big, Home: this.min, End: this.max,
    };
    if (places[event.key] === undefined) return;
    event.preventDefault();
    this.go(places[event.key]);
  }
}
