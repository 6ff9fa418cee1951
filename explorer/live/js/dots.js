/**
 * Draws many points at once: each is a small disc that is written straight into the picture's memory, which is
 * an order of magnitude faster than a path per point.
 */

const PLENTY = 600_000; // with more pixels to write, edges are left jagged: a redraw stays within a frame

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
  }

  /**
   * @param {import("./view.js").View} view
   * @param {number} ratio Device pixels per CSS pixel.
   * @param {Float32Array} points
   * @param {{places: Uint8Array, palette: Uint32Array, rims: Uint32Array}} colours See `palette.js`.
   * @param {number} radius In CSS pixels.
   * @param {Uint8Array | null} faint 1 where a point steps back; those are drawn first.
   */
  draw(view, ratio, points, colours, radius, faint) {
    const pixels = disc(radius * ratio);
    const margin = Math.ceil(radius * ratio) + 1; // so that discs at the border are cut
    const [width, height] = [this.canvas.width + 2 * margin, this.canvas.height + 2 * margin];
    if (this.image?.width !== width || this.image?.height !== height) {
      this.image = new ImageData(width, height);
      this.memory = new Uint32Array(this.image.data.buffer);
    }
    this.memory.fill(0);
    const rimmed = radius * ratio > 2; // smaller discs are all rim
    const smooth = pixels.length * colours.places.length < PLENTY;
    const stamp = pixels
      .map(({ dx, dy, cover }) => ({
        step: dy * width + dx,
        rim: rimmed && cover < 1,
        cover: smooth ? cover : Math.round(cover),
      }))
      .filter(({ cover }) => cover > 0);
    const place = {
      ax: view.scaleX * ratio, bx: (view.side / 2 - view.x * view.scaleX) * ratio + margin,
      ay: -view.scaleY * ratio, by: (view.side / 2 + view.y * view.scaleY) * ratio + margin,
      left: margin - 1, right: width - margin, top: margin - 1, bottom: height - margin, width,
    };
    if (faint) this.write(points, colours, place, stamp, 0.16, (i) => faint[i] === 1);
    this.write(points, colours, place, stamp, 1, faint && ((i) => faint[i] === 0));
    this.context.putImageData(this.image, -margin, -margin);
  }

  /** Write the stamp at each point that `accept` lets pass (null: at all), `strength` of 1 opaque. */
  write(points, { places, palette, rims }, place, stamp, strength, accept) {
    const { ax, bx, ay, by, left, right, top, bottom, width } = place;
    const memory = this.memory;
    const steps = Int32Array.from(stamp, ({ step }) => step);
    const covers = Uint8Array.from(stamp, ({ cover }) => Math.round(255 * cover * strength));
    const isRim = Uint8Array.from(stamp, ({ rim }) => Number(rim));
    for (let i = 0; i < places.length; i++) {
      if (accept && !accept(i)) continue;
      const x = Math.floor(points[2 * i] * ax + bx);
      const y = Math.floor(points[2 * i + 1] * ay + by);
      if (x < left || x > right || y < top || y > bottom) continue;
      const centre = y * width + x;
      const [colour, rim] = [palette[places[i]], rims[places[i]]];
      for (let k = 0; k < steps.length; k++) {
        const at = centre + steps[k];
        const ink = isRim[k] ? rim : colour;
        memory[at] = covers[k] === 255 ? ink : over(ink, covers[k], memory[at]);
      }
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
  const belowAlpha = below >>> 24;
  if (belowAlpha === 0) return ((top & 0xffffff) | (cover << 24)) >>> 0;
  const kept = (belowAlpha * (255 - cover)) / 255;
  const alpha = cover + kept;
  const share = cover / alpha;
  const red = (top & 255) * share + (below & 255) * (1 - share);
  const green = ((top >> 8) & 255) * share + ((below >> 8) & 255) * (1 - share);
  const blue = ((top >> 16) & 255) * share + ((below >> 16) & 255) * (1 - share);
  return ((Math.round(alpha) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
