/** Puts a picture of a model on a canvas, at its own pixels; the style sheet enlarges it, whole and unsmoothed. */

export class Pixels {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.image = null;
  }

  /**
   * @param {Float32Array} pixels (channels, height, width) in [0, 1]; one channel is grey, three are colours.
   * @param {number[]} shape
   * @param {number} room CSS pixels to fill at most; the picture takes a whole multiple of its own size.
   */
  draw(pixels, [channels, height, width], room) {
    if (this.image?.width !== width || this.image?.height !== height) {
      [this.canvas.width, this.canvas.height] = [width, height];
      this.image = new ImageData(width, height);
    }
    paint(this.image.data, pixels, channels, width * height);
    this.context.putImageData(this.image, 0, 0);
    const times = Math.max(1, Math.floor(room / Math.max(width, height)));
    const [across, down] = [`${width * times}px`, `${height * times}px`];
    if (this.canvas.style.width !== across) this.canvas.style.width = across;
    if (this.canvas.style.height !== down) this.canvas.style.height = down;
  }
}

/**
 * @param {Uint8ClampedArray} data Red, green, blue, alpha: four bytes a pixel, written from `offset` on.
 * @param {Float32Array} pixels (channels, area) in [0, 1].
 * @param {number} channels 1 or 3.
 * @param {number} area
 */
export function paint(data, pixels, channels, area) {
  const [green, blue] = channels === 3 ? [area, 2 * area] : [0, 0];
  for (let i = 0; i < area; i++) {
    data[4 * i] = 255 * pixels[i];
    data[4 * i + 1] = 255 * pixels[green + i];
    data[4 * i + 2] = 255 * pixels[blue + i];
    data[4 * i + 3] = 255;
  }
}
