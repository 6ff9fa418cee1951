/**
 * Draws many points at once: each is a small disc that is written straight into the picture's memory, which is
 * an order of magnitude faster than a path per point. With very many, edges are left jagged: a redraw stays
 * within a frame.
 */

const PLENTY = 600_000; // pixels to write
const FAINT = 0.16; // how opaque a point is that steps back

/**
 * The pixels of a disc and how much of each it covers.
 * @param {number} radius In device pixels.
 * @returns {{dx: number, dy: number, cover: number}[]}
 */
export function disc(radius) {
  const pixels = [];
  const reach = Math.ceil(radius);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.min(Math.max(radius + 0.5 - Math.hypot(dx, dy), 0), 1);
      if (cover > 0.05) pixels.push({ dx, dy, cover });
    }
  }
  return pixels;
}

export class DotLayer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.image = null;
    this.centres = new Int32Array(0); // in the order of drawing: the point's place in memory, -1 out of sight
  }

  /**
   * @param {import("./view.js").View} view
   * @param {number} ratio Device pixels per CSS pixel.
   * @param {Float32Array} points
   * @param {{places: Uint8Array, palette: Uint32Array, rims: Uint32Array}} colours See `palette.js`.
   * @param {number} radius In CSS pixels.
   * @param {Uint8Array | null} faint 1 where a point steps back; those are drawn first.
   * @param {Uint32Array | null} order In which points are drawn: neighbours one after another are quicker.
   */
  draw(view, ratio, points, { places, palette, rims }, radius, faint, order = null) {
    const pixels = disc(radius * ratio);
    const margin = Math.ceil(radius * ratio) + 1; // so that discs at the border are cut
    this.resize(this.canvas.width + 2 * margin, this.canvas.height + 2 * margin);
    this.memory.fill(0);
    this.locate(view, ratio, points, margin, order ?? Uint32Array.from(places, (_, i) => i));
    const rimmed = radius * ratio > 2; // smaller discs have no room for one
    const jagged = pixels.length * places.length >= PLENTY;
    const stamp = (jagged ? jaggedOf : stampOf)(pixels, rimmed, this.width);
    const write = jagged ? writeJagged : writeSmooth;
    const ink = (strength) => ({ places, inner: fade(palette, strength), rims: fade(rims, strength) });
    if (faint) write(this, stamp, ink(FAINT), faint, 1);
    write(this, stamp, ink(1), faint, 0);
    this.context.putImageData(this.image, -margin, -margin);
  }

  resize(width, height) {
    if (this.image?.width === width && this.image.height === height) return;
    this.image = new ImageData(width, height);
    this.memory = new Int32Array(this.image.data.buffer);
    this.width = width;
  }

  /** Find each point's place in memory. */
  locate(view, ratio, points, margin, order) {
    const count = order.length;
    if (this.centres.length !== count) this.centres = new Int32Array(count);
    this.order = order;
    const { centres, width, memory } = this;
    const [ax, ay] = [view.scaleX * ratio, -view.scaleY * ratio];
    const bx = (view.side / 2 - view.x * view.scaleX) * ratio + margin;
    const by = (view.side / 2 + view.y * view.scaleY) * ratio + margin;
    const [least, right, bottom] = [margin - 1, width - margin + 1, memory.length / width - margin + 1];
    for (let k = 0; k < count; k++) {
      const i = order[k];
      const x = points[2 * i] * ax + bx;
      const y = points[2 * i + 1] * ay + by;
      const seen = x >= least && x < right && y >= least && y < bottom;
      centres[k] = seen ? (y | 0) * width + (x | 0) : -1;
    }
  }
}

/** The same colours, `strength` of 1 opaque. @param {Uint32Array} colours @param {number} strength */
function fade(colours, strength) {
  return Int32Array.from(colours, (colour) => (colour & 0xffffff) | (Math.round((colour >>> 24) * strength) << 24));
}

/** A disc without smoothing: the steps to its inner pixels, and to those of its rim. */
function jaggedOf(pixels, rimmed, width) {
  const kept = pixels.filter(({ cover }) => cover >= 0.5);
  const steps = (rim) =>
    Int32Array.from(
      kept.filter(({ cover }) => rim === (rimmed && cover < 1)),
      ({ dx, dy }) => dy * width + dx,
    );
  return { inside: steps(false), edge: steps(true) };
}

function writeJagged({ memory, centres, order }, { inside, edge }, { places, inner, rims }, faint, wanted) {
  for (let n = 0; n < centres.length; n++) {
    const centre = centres[n];
    const i = order[n];
    if (centre < 0 || (faint !== null && faint[i] !== wanted)) continue;
    const ink = inner[places[i]];
    const rim = rims[places[i]];
    for (let k = 0; k < inside.length; k++) memory[centre + inside[k]] = ink;
    for (let k = 0; k < edge.length; k++) memory[centre + edge[k]] = rim;
  }
}

/** A disc as pixels: the step to it, how much of 255 is covered, whether it belongs to the rim. */
function stampOf(pixels, rimmed, width) {
  return Int32Array.from(
    pixels.flatMap(({ dx, dy, cover }) => [
      dy * width + dx, Math.round(255 * cover), Number(rimmed && cover < 1),
    ]),
  );
}

function writeSmooth({ memory, centres, order }, stamp, { places, inner, rims }, faint, wanted) {
  for (let n = 0; n < centres.length; n++) {
    const centre = centres[n];
    const i = order[n];
    if (centre < 0 || (faint !== null && faint[i] !== wanted)) continue;
    const ink = inner[places[i]];
    const rim = rims[places[i]];
    for (let k = 0; k < stamp.length; k += 3) {
      const at = centre + stamp[k];
      memory[at] = over(stamp[k + 2] ? rim : ink, stamp[k + 1], memory[at]);
    }
  }
}

/**
 * The colour `top`, covering `cover` of 255, over the pixel `below`, which may be transparent itself.
 * @param {number} top
 * @param {number} cover
 * @param {number} below
 * @returns {number}
 */
function over(top, cover, below) {
  const opacity = (cover * (top >>> 24)) / 255;
  if (opacity === 255) return top;
  const belowAlpha = below >>> 24;
  if (belowAlpha === 0) return (top & 0xffffff) | (opacity << 24);
  const alpha = opacity + (belowAlpha * (255 - opacity)) / 255;
  const share = opacity / alpha;
  const red = (top & 255) * share + (below & 255) * (1 - share);
  const green = ((top >> 8) & 255) * share + ((below >> 8) & 255) * (1 - share);
  const blue = ((top >> 16) & 255) * share + ((below >> 16) & 255) * (1 - share);
  return (Math.round(alpha) << 24) | (blue << 16) | (green << 8) | red;
}
