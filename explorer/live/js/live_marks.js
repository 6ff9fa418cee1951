/** What on a map follows cursors: the live point, pins on paths, and the marks that hang on them. */
import { cursorNamed } from "./cursor.js";
import { ellipseOf, outlineOf } from "./ellipse.js";
import { Handle } from "./handle.js";
import { drawDistanceBar } from "./legend.js";
import { codeAt, placeOf } from "./live_point.js";
import { viridis } from "./palette.js";
import { PathPins } from "./path_pins.js";

const STEP = { near: 4, far: 40 }; // CSS pixels that an arrow key moves the live point
const EDGE = 14; // CSS pixels from the border to a handle whose place is out of sight
const FARTHEST = 3; // usual distances at the end of the colour bar

export class LiveMarks {
  /** @param {object} map The component (`latent_map.js`). */
  constructor(map) {
    this.map = map;
    this.scene = map.scene;
    this.spec = null;
    this.pins = [];
    this.built = "";
    this.stops = [];
    this.kept = null; // {plane, text, place}: where the hand put the live point, and the code that this gave
  }

  /** @param {object} header As `latent_map.py` makes it. @param {Record<string, Float32Array>} arrays */
  setHeader({ live, pathPins }, arrays) {
    const { liveMean: mean, liveAxes: axes, liveStd: std, liveCentre: centre } = arrays;
    this.spec = live && { ...live, mean, axes, std, centre };
    this.pins = pathPins;
    const kinds = JSON.stringify([live?.cursor, live?.method, live?.draggable, pathPins.map((pin) => pin.cursor)]);
    if (kinds !== this.built) this.build();
    this.built = kinds;
    drawDistanceBar(this.map.find(".distance"), live?.words, FARTHEST);
    this.pathPins.setPins(pathPins);
    this.name();
  }

  build() {
    this.stop();
    const { map, spec, pins } = this;
    const [before, busy] = [map.find(".card"), () => map.acts.lassoing];
    const tap = (x, y, touch) => map.acts.tap(x, y, touch, true);
    if (spec) {
      const acts = { drag: (x, y) => this.drag(x, y), release: () => this.release() };
      acts.step = (direction, far) => this.step(direction, far);
      this.handle = new Handle(map.stage, before, { ...acts, tap, busy }, spec.draggable);
      this.handle.element.classList.add("live");
    }
    const handle = (acts) => new Handle(map.stage, before, { ...acts, tap, busy }, true);
    this.pathPins = new PathPins(map.scene, pins, handle);
    const names = new Set([spec, ...pins].filter(Boolean).map(({ cursor }) => cursor));
    const ours = (by) => by === this || by === this.pathPins;
    this.stops = [...names].map((name) => cursorNamed(name).follow(() => this.show(), ours));
  }

  /** What a screen reader calls the live point. */
  name() {
    if (!this.spec) return;
    const { draggable, words } = this.spec;
    Object.assign(this.handle.element, { role: draggable ? "application" : "img", ariaLabel: words.name });
    if (draggable) this.handle.element.ariaRoleDescription = words.kind;
  }

  get cursor() {
    return this.spec && cursorNamed(this.spec.cursor);
  }

  get draggable() {
    return Boolean(this.spec?.draggable);
  }

  /** Where the live point is. @returns {[number, number] | null} */
  place() {
    const { spec, cursor, scene, kept } = this;
    if (!spec || !scene.ready || cursor.value.length === 0) return null;
    if (kept?.plane === scene.plane && kept.text === cursor.text()) return kept.place;
    const neighbours = spec.method === "neighbours" ? cursor.subject.neighbours() : null;
    return placeOf(spec, cursor.value, neighbours, scene.plane.points);
  }

  /** Decode at this pixel of the map: the live point goes there. */
  drag(x, y) {
    const { spec, cursor, scene } = this;
    const { view, plane } = scene;
    if (!scene.ready || cursor.value.length === 0) return;
    const within = (pixel) => Math.min(Math.max(pixel, 0), view.side);
    const place = view.toData(within(x), within(y));
    const code = codeAt(spec, cursor.value, cursor.subject.codes?.z ?? null, plane.points, place);
    if (!code) return;
    cursor.move(code, this);
    this.kept = spec.method === "neighbours" ? { plane, text: cursor.text(), place } : null;
  }

  release() {
    this.cursor.release();
  }

  step([right, up], far) {
    const place = this.place();
    if (!place) return;
    const { view } = this.scene;
    if (view.reveal(...place)) this.map.moved();
    const [x, y] = view.toScreen(...place);
    const pixels = far ? STEP.far : STEP.near;
    this.drag(x + right * pixels, y - up * pixels);
    this.map.find(".spoken").textContent = [this.spec.words.name, this.reading()].filter(Boolean).join(": ");
  }

  /** A cursor has moved, in this very frame. */
  show() {
    const { scene, spec, pins } = this;
    const start = performance.now();
    if (!scene.header || !scene.ready) return;
    scene.lattice.follow(scene.view);
    if (pins.length > 0 || spec?.tether || (spec?.std && !spec.centre)) scene.drawMarks();
    else this.putHandles();
    this.map.stage.dataset.liveMs = (performance.now() - start).toFixed(3);
  }

  /** What `marks.js` draws for the cursors as they stand. */
  marks() {
    const { spec } = this;
    const place = this.place();
    return {
      livePins: this.pathPins.marks(),
      tether: spec?.tether && place ? [spec.tether, place] : [],
      ellipses: place ? this.ellipses(place) : [],
    };
  }

  ellipses(place) {
    const { std, axes, centre } = this.spec;
    if (!std) return [];
    const middle = centre ? placeOf(this.spec, centre, null, this.scene.plane.points) : place;
    const ellipse = ellipseOf(std, axes ?? null);
    return [1, 2].map((times) => outlineOf(ellipse, middle, times));
  }

  /** After the view or a cursor has changed. */
  putHandles() {
    if (this.spec) this.putLive();
    this.pathPins.putHandles((place) => this.onScreen(place));
  }

  putLive() {
    const place = this.place();
    const { element } = this.handle;
    this.handle.put(place && this.onScreen(place));
    if (!place) return;
    const times = this.times();
    const colour = times === null ? "" : `rgb(${viridis(times / FARTHEST).join(" ")})`;
    const [ring, reading] = element.children;
    ring.style.backgroundColor = colour;
    reading.textContent = this.reading();
    element.dataset.place = JSON.stringify(place);
    if (times !== null) element.dataset.times = times;
  }

  /** Distance to the nearest real code over the usual one. @returns {number | null} */
  times() {
    const distance = this.cursor.subject.distance();
    return distance && distance.nearest / distance.typical;
  }

  reading() {
    const times = this.times();
    return times === null ? "" : `${times.toFixed(1)} ×`;
  }

  /** A handle whose place is out of sight stays at the border. */
  onScreen(place) {
    const { view } = this.scene;
    const seen = (pixel) => pixel >= 0 && pixel <= view.side;
    const inside = (pixel) => (seen(pixel) ? pixel : Math.min(Math.max(pixel, EDGE), view.side - EDGE));
    return view.toScreen(...place).map(inside);
  }

  stop() {
    for (const stop of this.stops) stop();
    this.handle?.remove();
    this.pathPins?.remove();
    [this.stops, this.handle, this.kept] = [[], null, null];
  }
}
