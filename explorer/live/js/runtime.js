/**
 * All components of the app, in one module that the browser loads once. What Streamlit mounts on a page is a
 * few lines (see `component.py`) that find this runtime by its version and hand the arguments on.
 */
import { Anatomy } from "./anatomy.js";
import { Asset } from "./asset.js";
import { Attribute } from "./attribute.js";
import { Bars } from "./bars.js";
import { Clock } from "./clock.js";
import { CursorLink } from "./cursor_link.js";
import { DrawCanvas } from "./draw_canvas.js";
import { EpochFilm } from "./epoch_film.js";
import { HeldDraw } from "./held_draw.js";
import { instance } from "./instance.js";
import { LatentMap } from "./latent_map.js";
import { write } from "./markup.js";
import { nameNavigation } from "./navigation.js";
import { Noise } from "./noise.js";
import { NoiseMethods } from "./noise_methods.js";
import { Pad2d } from "./pad2d.js";
import { Picture } from "./picture.js";
import { Print } from "./print.js";
import { Sliders } from "./sliders.js";
import { Strip } from "./strip.js";
import { Walk } from "./walk.js";
import { setWorkerSource } from "./workers.js";

const COMPONENTS = {
  anatomy: Anatomy,
  asset: Asset,
  attribute: Attribute,
  bars: Bars,
  clock: Clock,
  cursor_link: CursorLink,
  draw_canvas: DrawCanvas,
  epoch_film: EpochFilm,
  held_draw: HeldDraw,
  latent_map: LatentMap,
  noise: Noise,
  noise_methods: NoiseMethods,
  pad2d: Pad2d,
  picture: Picture,
  print: Print,
  sliders: Sliders,
  strip: Strip,
  walk: Walk,
};

/**
 * Make the components available, and mount those that came earlier.
 * @param {string} version
 * @param {Record<string, {html: string, css: string}>} markup By component.
 * @param {string} workerSource The module that workers run.
 */
export function install(version, markup, workerSource) {
  const key = Symbol.for(`latent-explorer ${version}`);
  if (globalThis[key]?.mount) return;
  setWorkerSource(workerSource);
  nameNavigation();
  const waiting = globalThis[key]?.waiting ?? [];
  const make = (name) => (root) => {
    if (markup[name]) write(root, markup[name]);
    return new COMPONENTS[name](root);
  };
  globalThis[key] = { mount: (name, component) => instance(component, make(name)) };
  for (const start of waiting) start(globalThis[key]);
}
