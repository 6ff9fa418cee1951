/**
 * Convolutions as matrix products: the pixels that a kernel touches are gathered into rows ("im2col"), and the
 * weights, one row an output channel, are multiplied with them. A transposed convolution is the same for each
 * of its stride² phases: output pixels of one phase are touched by the same part of the kernel.
 * @typedef {{in: number, out: number, kernel: number[], stride: number[], padding: number[]}} Geometry
 */
import { addProduct } from "./matrix.js";

/** One product: which inputs belong to each output pixel, with which weights, and where the results go. */
class Phase {
  /**
   * @param {Int32Array} sources (pixels, depth): places in the input; its length stands for the zero border.
   * @param {Float32Array} weights (out channels, depth).
   * @param {Int32Array} targets (pixels,): places in an output channel.
   */
  constructor(sources, weights, targets) {
    Object.assign(this, { sources, weights, targets });
    this.patches = new Float32Array(sources.length);
    this.result = new Float32Array(0);
  }

  run(input, bias, output, area) {
    const { sources, patches, weights, targets } = this;
    const pixels = targets.length;
    if (this.result.length === 0) this.result = new Float32Array(bias.length * pixels);
    const { result } = this;
    for (let i = 0; i < sources.length; i++) patches[i] = input[sources[i]];
    for (let c = 0; c < bias.length; c++) result.fill(bias[c], c * pixels, (c + 1) * pixels);
    addProduct(weights, patches, result, bias.length, pixels, sources.length / pixels);
    for (let c = 0, i = 0; c < bias.length; c++) {
      for (let p = 0; p < pixels; p++, i++) output[c * area + targets[p]] = result[i];
    }
  }
}

/** What both kinds do: for each image of the batch, all phases. */
class Product {
  constructor(shape, outShape, bias, phases) {
    Object.assign(this, { outShape, bias, phases });
    this.size = shape[0] * shape[1] * shape[2];
    this.outSize = outShape[0] * outShape[1] * outShape[2];
    this.area = outShape[1] * outShape[2];
    this.bordered = new Float32Array(this.size + 1); // the last one stays 0: the border
    this.output = new Float32Array(0);
  }

  /** @param {Float32Array} input (count, in size). @returns {Float32Array} (count, out size), reused. */
  run(input, count) {
    if (this.output.length !== count * this.outSize) this.output = new Float32Array(count * this.outSize);
    for (let i = 0; i < count; i++) {
      this.bordered.set(input.subarray(i * this.size, (i + 1) * this.size));
      const output = this.output.subarray(i * this.outSize, (i + 1) * this.outSize);
      for (const phase of this.phases) phase.run(this.bordered, this.bias, output, this.area);
    }
    return this.output;
  }
}

/**
 * @param {number[]} shape Of one input: channels, height, width.
 * @param {Geometry} geometry
 * @param {Float32Array} weights (out, in, kernel height, kernel width), as PyTorch has them.
 * @param {Float32Array} bias (out,)
 * @returns {Product}
 */
export function convolution(shape, geometry, weights, bias) {
  const { kernel: [kh, kw], stride: [sh, sw], padding: [ph, pw] } = geometry;
  const [channels, height, width] = shape;
  const outHeight = Math.floor((height + 2 * ph - kh) / sh) + 1;
  const outWidth = Math.floor((width + 2 * pw - kw) / sw) + 1;
  const sources = [];
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let c = 0; c < channels; c++) {
        for (let ky = 0; ky < kh; ky++) {
          for (let kx = 0; kx < kw; kx++) sources.push(placeOf(shape, c, y * sh - ph + ky, x * sw - pw + kx));
        }
      }
    }
  }
  const targets = Int32Array.from({ length: outHeight * outWidth }, (_, i) => i);
  const phase = new Phase(Int32Array.from(sources), weights, targets);
  return new Product(shape, [geometry.out, outHeight, outWidth], bias, [phase]);
}

/**
 * @param {number[]} shape Of one input: channels, height, width.
 * @param {Geometry & {outputPadding: number[]}} geometry
 * @param {Float32Array} weights (in, out, kernel height, kernel width), as PyTorch has them.
 * @param {Float32Array} bias (out,)
 * @returns {Product}
 */
export function transposedConvolution(shape, geometry, weights, bias) {
  const { kernel: [kh, kw], stride: [sh, sw], padding: [ph, pw], outputPadding: [oh, ow] } = geometry;
  const [, height, width] = shape;
  const outShape = [geometry.out, (height - 1) * sh - 2 * ph + kh + oh, (width - 1) * sw - 2 * pw + kw + ow];
  const phases = [];
  for (let y = 0; y < Math.min(sh, outShape[1]); y++) {
    for (let x = 0; x < Math.min(sw, outShape[2]); x++) {
      phases.push(phaseAt(shape, outShape, geometry, weights, y, x));
    }
  }
  return new Product(shape, outShape, bias, phases);
}

/** The phase of the output pixels (y0 + i · stride, x0 + j · stride). */
function phaseAt([channels, height, width], [out, outHeight, outWidth], geometry, weights, y0, x0) {
  const { kernel: [kh, kw], stride: [sh, sw], padding: [ph, pw] } = geometry;
  const taps = [];
  for (let ky = (y0 + ph) % sh; ky < kh; ky += sh) {
    for (let kx = (x0 + pw) % sw; kx < kw; kx += sw) taps.push([ky, kx]);
  }
  const depth = channels * taps.length;
  const some = new Float32Array(out * depth);
  for (let o = 0, i = 0; o < out; o++) {
    for (let c = 0; c < channels; c++) {
      for (const [ky, kx] of taps) some[i++] = weights[((c * out + o) * kh + ky) * kw + kx];
    }
  }
  const [sources, targets] = [[], []];
  for (let y = y0; y < outHeight; y += sh) {
    for (let x = x0; x < outWidth; x += sw) {
      targets.push(y * outWidth + x);
      for (let c = 0; c < channels; c++) {
        for (const [ky, kx] of taps) {
          sources.push(placeOf([channels, height, width], c, (y + ph - ky) / sh, (x + pw - kx) / sw));
        }
      }
    }
  }
  return new Phase(Int32Array.from(sources), some, Int32Array.from(targets));
}

/** The place of a pixel in an image, or, outside of it, the place of the zero behind the image. */
function placeOf([channels, height, width], c, y, x) {
  const within = y >= 0 && y < height && x >= 0 && x < width;
  return within ? (c * height + y) * width + x : channels * height * width;
}
