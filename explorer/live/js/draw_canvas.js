/** The drawing canvas: it draws at once, shows what a model makes of it, and tells Python when the pen lifts. */
import { forgetFrame, nextFrame } from "./frame.js";
import { Ink } from "./ink.js";
import { keepKeysIn } from "./keys.js";
import { toBase64, unpack } from "./pack.js";
import { UnderPen } from "./under_pen.js";

export class DrawCanvas {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.find = (name) => root.querySelector(name);
    this.canvas = this.find(".paper canvas");
    this.ink = new Ink();
    this.under = new UnderPen(root, this.ink);
    this.pointer = null; // the id of the one that draws
    this.stamp = ""; // of the drawing that is shown, as Python keeps it
    this.newest = null; // the stamp that was sent last
    this.sent = new Set();
    this.draw = this.draw.bind(this);
    this.ending = new AbortController();
    const { signal } = this.ending;
    keepKeysIn(root, signal);
    const listen = (type, handle) => this.canvas.addEventListener(type, handle.bind(this), { signal });
    listen("pointerdown", this.down);
    listen("pointermove", this.move);
    listen("pointerup", this.lift);
    listen("pointercancel", this.lift);
    this.find("[name=undo]").onclick = () => this.change(() => this.ink.undo());
    this.find("[name=clear]").onclick = () => this.change(() => this.ink.clear());
    this.observer = new ResizeObserver(() => this.header && this.resize());
    this.observer.observe(this.find(".pad"));
  }

  /** What Python sends back after a stroke is our own drawing, by now perhaps an older one: keep ours. */
  update({ data, setTriggerValue }) {
    this.send = (drawing) => setTriggerValue("drawing", drawing);
    const { meta, arrays } = unpack(data);
    this.header = meta;
    this.canvas.ariaLabel = meta.ariaLabel;
    this.find(".tools").ariaLabel = meta.words.tools;
    for (const name of ["undo", "clear"]) this.find(`[name=${name}]`).textContent = meta.words[name];
    this.find(".hint").textContent = meta.words.hint;
    if (meta.stamp !== this.stamp && !this.sent.has(meta.stamp)) {
      this.ink.clear();
      if (arrays.image) this.ink.setBase(this.inOurPolarity(arrays.image), meta.side);
      this.under.renew();
      this.newest = null;
    }
    this.stamp = meta.stamp;
    this.under.update(meta, this.redraw.bind(this));
    const answered = this.newest === null || meta.stamp === this.newest;
    if (answered && this.pointer === null) this.under.letGo();
    this.resize();
  }

  /** Ink is bright in here; Python has the data set's polarity. */
  inOurPolarity(grey) {
    return this.header.ink === "dark" ? grey.map((value) => 255 - value) : grey;
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  }

  down(event) {
    if (this.pointer !== null || (event.pointerType === "mouse" && event.button !== 0)) return;
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.ink.strokes.push([this.place(event)]);
    this.inked();
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const parts = event.getCoalescedEvents?.() ?? [event];
    this.ink.strokes.at(-1).push(...parts.map((part) => this.place(part)));
    this.inked();
  }

  lift(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.tell();
  }

  change(act) {
    if (this.ink.empty) return;
    act();
    this.inked();
    this.tell();
  }

  inked() {
    this.under.change();
    this.redraw();
  }

  tell() {
    const { side } = this.header;
    const stamp = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.newest = stamp;
    this.sent.add(stamp);
    const image = this.ink.empty ? null : toBase64(this.inOurPolarity(this.ink.picture(side)));
    this.send({ image, stamp });
    this.redraw();
  }

  resize() {
    const width = this.find(".pad").clientWidth;
    if (width === 0) return; // not on the page, or not any more
    const side = Math.min(width, this.header.height);
    const pixels = Math.round(side * (window.devicePixelRatio || 1));
    this.canvas.style.width = this.canvas.style.height = `${side}px`;
    if (this.canvas.width !== pixels) this.canvas.width = this.canvas.height = pixels;
    this.under.resize(width, side);
    this.redraw();
  }

  redraw() {
    nextFrame(this.draw);
  }

  draw() {
    if (!this.header) return;
    const start = performance.now();
    const pen = this.canvas.getContext("2d");
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.ink.paint(pen, this.canvas.width);
    this.canvas.style.filter = this.header.ink === "dark" ? "invert(1)" : "none";
    this.find(".hint").hidden = !this.ink.empty;
    this.find("[name=undo]").disabled = this.find("[name=clear]").disabled = this.ink.empty;
    const painted = performance.now() - start;
    const read = this.under.draw(this.pointer === null);
    if (read) this.canvas.dataset.encodeMs = (painted + read).toFixed(3);
  }

  destroy() {
    this.ending.abort();
    this.observer.disconnect();
    this.under.leave();
    forgetFrame(this.draw);
  }
}
