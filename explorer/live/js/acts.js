/** What each act of the hand or of the keyboard does to a map, and what of it Python hears. */
import { Gestures } from "./gestures.js";
import { listenToKeys } from "./keys.js";
import { pickInside } from "./lasso.js";
import { toBase64 } from "./pack.js";

const REACH = { mouse: 12, touch: 24 }; // CSS pixels between the pointer and the point it means
const STRIDE = 40; // CSS pixels that Shift and an arrow key go at least
const CLOSER = 1.5; // one step of zoom

export class Acts {
  /** @param {object} map The component (`latent_map.js`). @param {AbortSignal} signal Ends all listening. */
  constructor(map, signal) {
    this.map = map;
    this.scene = map.scene;
    this.lassoing = false;
    this.gestures = new Gestures(map.stage, this.ofTheHand(), signal);
    listenToKeys(map.stage, this.ofTheKeys(), signal);
    map.stage.addEventListener("blur", () => map.point(-1), { signal });
    map.find("[name=closer]").onclick = () => this.zoomMiddle(CLOSER);
    map.find("[name=farther]").onclick = () => this.zoomMiddle(1 / CLOSER);
    map.find("[name=reset]").onclick = () => this.reset();
    map.find("[name=lasso]").onclick = () => this.setLassoing(!this.lassoing);
    map.find("[name=save]").onclick = () => map.save();
  }

  ofTheHand() {
    return {
      hover: (x, y) => this.hover(x, y),
      leave: () => this.map.point(-1),
      tap: (x, y, touch) => this.tap(x, y, touch),
      doubleTap: () => this.reset(),
      carries: (touch) => !touch && this.scene.view.zoom === 1 && this.map.live.draggable,
      carry: (x, y) => this.map.live.drag(x, y),
      drop: () => this.map.live.release(),
      pan: (dx, dy) => this.map.moved(this.scene.view.pan(dx, dy)),
      zoom: (x, y, factor) => this.zoom(x, y, factor),
      outlines: () => this.lassoing,
      outline: (corners, done) => this.outline(corners, done),
    };
  }

  ofTheKeys() {
    const { scene } = this;
    return {
      walk: (direction, far) => this.walk(direction, far ? STRIDE : 1),
      choose: () => scene.pointed >= 0 && this.choose(scene.pointed, ...scene.plane.place(scene.pointed)),
      clear: () => this.clear(),
      zoom: (closer) => this.zoomMiddle(closer ? CLOSER : 1 / CLOSER),
      reset: () => this.reset(),
    };
  }

  /** The point that is meant by (x, y), or -1. */
  nearest(x, y, reach) {
    const { scene } = this;
    if (!scene.ready) return -1;
    return scene.plane.grid.nearest(...scene.view.toData(x, y), reach, scene.view, scene.accepts);
  }

  hover(x, y) {
    const start = performance.now();
    this.map.point(this.nearest(x, y, REACH.mouse));
    this.map.stage.dataset.hoverMs = (performance.now() - start).toFixed(3);
  }

  /** A tap chooses the point that it means; where there is none, the live point comes. */
  tap(x, y, touch, onHandle = false) {
    const i = this.nearest(x, y, touch ? REACH.touch : REACH.mouse);
    const { live } = this.map;
    this.map.point(i);
    if (i >= 0 || this.scene.header.emptyClicks) this.choose(i, ...this.scene.view.toData(x, y));
    else if (live.draggable && !onHandle) {
      live.drag(x, y);
      live.release();
    }
  }

  choose(i, x, y) {
    this.scene.corners = [];
    this.map.send({ kind: "click", index: i < 0 ? null : i, x, y });
  }

  /** The keyboard's cursor starts at the selection, else in the middle. */
  walk(direction, least) {
    const { scene, map } = this;
    if (!scene.ready) return;
    const { view, plane } = scene;
    const from = scene.pointed >= 0 ? scene.pointed : (scene.selected[0] ?? -1);
    const next =
      from >= 0
        ? plane.grid.towards(from, direction, least, view, scene.accepts)
        : plane.grid.nearest(view.x, view.y, 4 * view.side, view, scene.accepts);
    if (view.reveal(...plane.place(next))) map.moved();
    map.point(next);
    map.find(".spoken").textContent = scene.facts(next).join(", ");
  }

  /** @returns {boolean} Whether there was room to zoom. */
  zoom(x, y, factor) {
    const before = this.scene.view.zoom;
    this.scene.view.zoomAt(x, y, factor);
    this.map.moved();
    return this.scene.view.zoom !== before;
  }

  zoomMiddle(factor) {
    this.zoom(this.scene.view.side / 2, this.scene.view.side / 2, factor);
  }

  reset() {
    this.scene.view.reset();
    this.map.moved();
  }

  setLassoing(on) {
    this.lassoing = on;
    this.map.showTools();
  }

  /** Show the outline as it grows; when it is done, tell Python which points lie inside. */
  outline(corners, done) {
    const { scene, map } = this;
    if (!scene.ready) return;
    map.point(-1);
    scene.corners = corners.map(([x, y]) => scene.view.toData(x, y));
    scene.redraw("marks");
    if (!done) return;
    this.setLassoing(false);
    const { bits, count } = pickInside(scene.corners, scene.plane.points, scene.accepts);
    if (count > 0) map.send({ kind: "lasso", indices: toBase64(bits) });
    else this.deselect();
  }

  /** Take back one thing at a time: a lasso, a highlighted class, the selection. */
  clear() {
    if (this.gestures.act === "outline") this.gestures.cancel();
    else if (this.lassoing) this.setLassoing(false);
    else if (this.scene.highlighted !== null) this.map.highlight(null);
    else this.deselect();
  }

  deselect() {
    this.scene.corners = [];
    this.scene.redraw("marks");
    if (this.scene.selected.length > 0) this.map.send({ kind: "clear" });
  }
}
