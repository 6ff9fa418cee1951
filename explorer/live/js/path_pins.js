/** Pins that run along a map's paths, each at the fraction t that its cursor stands on; dragged, they move t. */
import { cursorNamed } from "./cursor.js";
import { Handle } from "./handle.js";
import { nearestOn, placeOn } from "./path.js";

const STEP = { near: 0.01, far: 0.1 }; // of the path's length, with an arrow key

export class PathPins {
  /**
   * @param {import("./scene.js").Scene} scene
   * @param {{cursor: string, path: number, label: string, hollow: boolean}[]} pins As `latent_map.py` has them.
   * @param {(acts: object) => Handle} handle Makes a handle on the map.
   */
  constructor(scene, pins, handle) {
    this.scene = scene;
    this.pins = pins;
    this.handles = pins.map(({ cursor }, i) =>
      handle({
        drag: (x, y) => this.move(i, nearestOn(this.path(i), scene.view.toData(x, y), scene.view)),
        release: () => cursorNamed(cursor).release(),
        step: ([right, up], far) => this.move(i, this.t(i) + (right + up) * (far ? STEP.far : STEP.near)),
      }),
    );
  }

  /** The same pins with other labels or paths. */
  setPins(pins) {
    this.pins = pins;
    this.handles.forEach(({ element }, i) => {
      Object.assign(element, { role: "slider", ariaLabel: pins[i].label || "Place on the path" });
      Object.assign(element, { ariaValueMin: "0", ariaValueMax: "1" });
    });
  }

  t(i) {
    return cursorNamed(this.pins[i].cursor).value[0] ?? 0;
  }

  path(i) {
    return this.scene.paths[this.pins[i].path];
  }

  move(i, t) {
    const cursor = cursorNamed(this.pins[i].cursor);
    if (cursor.value.length > 0) cursor.moveOne(0, Math.min(Math.max(t, 0), 1), this);
  }

  /** Pins as `marks.js` draws them, where they are now. */
  marks() {
    return this.pins.map((pin, i) => {
      const [x, y] = placeOn(this.path(i), this.t(i));
      return { ...pin, x, y };
    });
  }

  /** @param {(place: [number, number]) => [number, number]} onScreen Where on the map a handle belongs. */
  putHandles(onScreen) {
    this.handles.forEach((handle, i) => {
      handle.put(onScreen(placeOn(this.path(i), this.t(i))));
      handle.element.ariaValueNow = this.t(i).toFixed(2);
    });
  }

  remove() {
    for (const handle of this.handles) handle.remove();
  }
}
