/**
 * Turns pointer and wheel events into what the hand means: point, tap, drag, zoom, or draw an outline.
 * @typedef {object} Meanings Places are CSS pixels from the element's top left corner.
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} leave
 * @property {(x: number, y: number, touch: boolean) => void} tap
 * @property {() => void} doubleTap
 * @property {(touch: boolean) => boolean} carries Whether a drag from here carries something along.
 * @property {(x: number, y: number) => void} carry It is to come to this place.
 * @property {() => void} drop The hand has let it go.
 * @property {(dx: number, dy: number) => void} pan
 * @property {(x: number, y: number, factor: number) => boolean} zoom False where nothing changed.
 * @property {() => boolean} outlines Whether a drag draws an outline instead of moving the map.
 * @property {(corners: [number, number][], done: boolean) => void} outline
 */

const STILL = { mouse: 4, pen: 6, touch: 9 }; // pixels a tap may wander
const APART = 2; // pixels between two corners of an outline
const DOUBLE = 350; // milliseconds between two taps that are one double tap

export class Gestures {
  /** @param {HTMLElement} element @param {Meanings} meanings @param {AbortSignal} signal Ends the listening. */
  constructor(element, meanings, signal) {
    this.element = element;
    this.meanings = meanings;
    this.pointers = new Map();
    this.act = null; // null | "press" | "pan" | "carry" | "outline" | "pinch"
    this.corners = [];
    this.lastTap = { time: -Infinity, x: 0, y: 0 };
    this.engaged = false;
    const options = { signal, passive: false };
    const listen = (type, handle) => element.addEventListener(type, handle.bind(this), options);
    listen("pointerdown", this.down);
    listen("pointermove", this.move);
    listen("pointerup", this.up);
    listen("pointercancel", this.cancel);
    listen("pointerleave", this.leave);
    listen("wheel", this.wheel);
  }

  place(event) {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left - this.element.clientLeft, event.clientY - top - this.element.clientTop];
  }

  down(event) {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.engaged = true;
    const [x, y] = this.place(event);
    this.pointers.set(event.pointerId, { x, y, startX: x, startY: y });
    if (this.pointers.size === 2) {
      this.breakOff();
      this.act = "pinch";
    } else if (event.shiftKey || this.meanings.outlines()) {
      this.act = "outline";
      this.corners = [[x, y]];
    } else {
      this.act = "press";
    }
  }

  move(event) {
    const [x, y] = this.place(event);
    if (event.movementX !== 0 || event.movementY !== 0) this.engaged = true;
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType !== "touch") this.meanings.hover(x, y);
      return;
    }
    if (this.act === "pinch") this.pinch(event.pointerId, x, y);
    const wandered = Math.hypot(x - pointer.startX, y - pointer.startY);
    if (this.act === "press" && wandered > STILL[event.pointerType]) {
      this.act = this.meanings.carries(event.pointerType === "touch") ? "carry" : "pan";
      this.meanings.leave();
    }
    if (this.act === "carry") this.meanings.carry(x, y);
    if (this.act === "pan") this.meanings.pan(x - pointer.x, y - pointer.y);
    if (this.act === "outline") {
      for (const part of event.getCoalescedEvents?.() ?? [event]) this.corner(...this.place(part));
      this.meanings.outline(this.corners, false);
    }
    [pointer.x, pointer.y] = [x, y];
  }

  /** Another corner of the outline, unless it lies on the last one. */
  corner(x, y) {
    const [lastX, lastY] = this.corners.at(-1);
    if (Math.hypot(x - lastX, y - lastY) >= APART) this.corners.push([x, y]);
  }

  pinch(moved, x, y) {
    const [a, b] = [...this.pointers].map(([id, pointer]) => ({ id, ...pointer }));
    const [p, q] = [a, b].map((pointer) => (pointer.id === moved ? { x, y } : pointer));
    const before = Math.hypot(a.x - b.x, a.y - b.y);
    const after = Math.hypot(p.x - q.x, p.y - q.y);
    this.meanings.pan((p.x + q.x - a.x - b.x) / 2, (p.y + q.y - a.y - b.y) / 2);
    if (before > 0 && after > 0) this.meanings.zoom((p.x + q.x) / 2, (p.y + q.y) / 2, after / before);
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const act = this.act;
    if (act === "pinch" && this.pointers.size > 0) {
      this.act = "pan"; // the finger that stays goes on moving the map
      return;
    }
    this.act = null;
    if (act === "press") this.tapAt(...this.place(event), event);
    if (act === "carry") this.meanings.drop();
    if (act === "outline") this.meanings.outline(this.corners, true);
  }

  tapAt(x, y, event) {
    const { time, x: lastX, y: lastY } = this.lastTap;
    const again = event.timeStamp - time < DOUBLE && Math.hypot(x - lastX, y - lastY) < 20;
    this.lastTap = { time: again ? -Infinity : event.timeStamp, x, y };
    if (again) this.meanings.doubleTap();
    else this.meanings.tap(x, y, event.pointerType === "touch");
  }

  /** Forget what is going on, as when the browser takes the finger over for scrolling. */
  cancel() {
    this.breakOff();
    this.pointers.clear();
    this.act = null;
  }

  breakOff() {
    if (this.act === "carry") this.meanings.drop();
    if (this.act === "outline") this.meanings.outline([], false);
  }

  leave(event) {
    this.engaged = false;
    if (!this.pointers.has(event.pointerId) && event.pointerType !== "touch") this.meanings.leave();
  }

  /** The wheel zooms once the pointer has moved on the map: a page that scrolls by under it scrolls on. */
  wheel(event) {
    if (!this.engaged && !event.ctrlKey) return;
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const [x, y] = this.place(event);
    const changed = this.meanings.zoom(x, y, Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.002)));
    if (changed || event.ctrlKey) event.preventDefault();
  }
}
