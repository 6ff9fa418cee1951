/** Every method's picture on the Denoising page, and below it what is too dark (blue) or too bright (red). */
import { benchNamed } from "./bench.js";
import { cursorNamed } from "./cursor.js";
import { FigureRow } from "./figures.js";
import { significant } from "./numbers.js";
import { unpack } from "./pack.js";

export class NoiseMethods {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.show = this.show.bind(this);
  }

  update({ data }) {
    const { meta, arrays } = unpack(data);
    Object.assign(this, { header: meta, palette: arrays.palette, bench: benchNamed(meta.bench) });
    this.row ??= new FigureRow(this.root.querySelector(".cells"), meta.sizes);
    this.stop?.();
    const stops = [meta.level, meta.code].map((name) => cursorNamed(name).follow(this.show));
    this.stop = () => stops.forEach((end) => end());
  }

  show() {
    const { bench, header } = this;
    if (!bench.level?.value.length) return; // the study has not come yet
    this.filters = bench.filtered() ?? this.filters;
    const models = ["denoiser", "plain"].map((name) => [name, header.names[name] && bench.mended(name)?.pixels]);
    const found = { noisy: bench.noisy(), ...Object.fromEntries(models), ...this.filters };
    const names = Object.keys(header.names);
    this.row.show(names.map((name) => this.figure(name, found[name])), bench.old);
  }

  figure(name, pixels) {
    const { bench, header } = this;
    const { shape } = bench.meta;
    const title = header.names[name];
    const alts = [title, `${title}: ${header.residual}`];
    if (!pixels) return { title, alts, pictures: [null, null], lines: ["", ""] };
    const { psnr, ssim } = bench.scores(pixels);
    const lines = [`${significant(psnr)} dB`, `SSIM ${ssim.toFixed(2)}`];
    const residual = { pixels: this.residual(pixels), shape: [3, shape[1], shape[2]] };
    return { title, alts, pictures: [{ pixels, shape }, residual], lines };
  }

  /** result − clean, the mean of the channels, in colours (3, height, width). */
  residual(pixels) {
    const [channels, height, width] = this.bench.meta.shape;
    const area = height * width;
    const half = (this.palette.length / 3 - 1) / 2;
    const found = new Float32Array(3 * area);
    for (let i = 0; i < area; i++) {
      let sum = 0;
      for (let at = i; at < pixels.length; at += area) sum += pixels[at] - this.bench.arrays.clean[at];
      const entry = half + Math.round((sum / channels) * half);
      for (let colour = 0; colour < 3; colour++) found[colour * area + i] = this.palette[3 * entry + colour] / 255;
    }
    return found;
  }

  destroy() {
    this.stop?.();
    this.row?.destroy();
  }
}
