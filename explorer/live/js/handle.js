/**
 * Something on a map that can be taken and dragged, or moved with the arrow keys: an element of 40 pixels over
 * the canvas, so that a finger finds it, a screen reader names it and the focus is seen on it.
 * @typedef {object} Acts Places are CSS pixels from the map's top left corner.
 * @property {(x: number, y: number) => void} drag
 * @property {() => void} release
 * @property {(direction: [number, number], far: boolean) => void} step Directions have y upwards.
 * @property {(x: number, y: number, touch: boolean) => void} tap It was touched, and not moved.
 * @property {() => boolean} busy Whether a drag means something else just now.
 */

const STILL = { mouse: 3, pen: 5, touch: 6 }; // CSS pixels that a tap may wander
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Handle {
  /** @param {HTMLElement} stage @param {Element} before @param {Acts} acts @param {boolean} movable */
  constructor(stage, before, acts, movable) {
    this.stage = stage;
    this.acts = acts;
    this.grip = null; // the pointer that holds it, and where
    this.stepped = false;
    this.element = Object.assign(document.createElement("div"), { className: "handle", hidden: true });
    this.element.append(
      ...["ring", "reading"].map((name) => Object.assign(document.createElement("span"), { className: name })),
    );
    stage.insertBefore(this.element, before);
    this.ending = new AbortController();
    this.element.classList.toggle("movable", movable);
    if (movable) this.listen();
  }

  listen() {
    const { signal } = this.ending;
    this.element.tabIndex = 0;
    const on = (type, handle) => this.element.addEventListener(type, handle.bind(this), { signal });
    on("pointerdown", this.down);
    on("pointermove", this.move);
    on("pointerup", this.up);
    on("pointercancel", this.cancel);
    on("keydown", this.keyDown);
    on("keyup", this.settle);
    on("blur", this.settle);
  }

  /** Move it there, and show it. @param {[number, number] | null} place Null hides it. */
  put(place) {
    const { element } = this;
    element.hidden = place === null;
    if (place) element.style.transform = `translate(${place[0].toFixed(1)}px, ${place[1].toFixed(1)}px)`;
    this.place = place;
  }

  at(event) {
    const { left, top } = this.stage.getBoundingClientRect();
    return [event.clientX - left - this.stage.clientLeft, event.clientY - top - this.stage.clientTop];
  }

  down(event) {
    if (this.acts.busy() || event.shiftKey || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.stopPropagation();
    if (this.grip) return; // a second finger
    const [x, y] = this.at(event);
    this.element.setPointerCapture(event.pointerId);
    this.grip = { id: event.pointerId, x, y, offX: this.place[0] - x, offY: this.place[1] - y, moved: false };
  }

  move(event) {
    const { grip } = this;
    if (event.pointerId !== grip?.id) return;
    event.stopPropagation();
    const [x, y] = this.at(event);
    if (!grip.moved && Math.hypot(x - grip.x, y - grip.y) <= STILL[event.pointerType]) return;
    grip.moved = true;
    this.element.classList.add("held");
    this.acts.drag(x + grip.offX, y + grip.offY);
  }

  up(event) {
    const { grip } = this;
    if (event.pointerId !== grip?.id) return;
    event.stopPropagation();
    this.letGo();
    if (!grip.moved) this.acts.tap(...this.at(event), event.pointerType === "touch");
  }

  cancel(event) {
    if (event.pointerId === this.grip?.id) this.letGo();
  }

  letGo() {
    const moved = this.grip?.moved;
    this.grip = null;
    this.element.classList.remove("held");
    if (moved) this.acts.release();
  }

  keyDown(event) {
    const direction = DIRECTIONS[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.stepped = true;
    this.acts.step(direction, event.shiftKey);
  }

  /** The key is up again, or the focus has gone. */
  settle() {
    if (this.stepped) this.acts.release();
    this.stepped = false;
  }

  remove() {
    this.ending.abort();
    this.letGo();
    this.element.remove();
  }
}
