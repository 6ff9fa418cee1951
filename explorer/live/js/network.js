/**
 * The forward pass of an encoder or decoder: a list of layers, as `network.py` exports an `nn.Sequential`.
 * Numbers are float32; a batch lies row by row, images channel by channel, as PyTorch has them.
 */
import { convolution, transposedConvolution } from "./convolution.js";
import { addProduct } from "./matrix.js";
import { expand } from "./weights.js";

/** One activation, in place. @type {Record<string, (x: Float32Array, layer: object) => void>} */
const ACTIVATIONS = {
  ReLU: (x) => { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0; },
  LeakyReLU: (x, { slope }) => { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] *= slope; },
  ELU: (x, { alpha }) => { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = alpha * Math.expm1(x[i]); },
  SiLU: (x) => { for (let i = 0; i < x.length; i++) x[i] /= 1 + Math.exp(-x[i]); },
  Sigmoid: (x) => { for (let i = 0; i < x.length; i++) x[i] = 1 / (1 + Math.exp(-x[i])); },
  Tanh: (x) => { for (let i = 0; i < x.length; i++) x[i] = Math.tanh(x[i]); },
  Hardtanh: (x, { low, high }) => { for (let i = 0; i < x.length; i++) x[i] = Math.min(high, Math.max(low, x[i])); },
  Softplus: (x) => { for (let i = 0; i < x.length; i++) if (x[i] < 20) x[i] = Math.log1p(Math.exp(x[i])); },
};

export class Network {
  /**
   * @param {{layers: object[], inputShape: number[]}} description Without the batch's dimension.
   * @param {Record<string, Int8Array | Float32Array>} stored Weights as they lie on disk; see `weights.js`.
   * @throws {Error} One sentence, for a layer that is not known or weights that do not fit.
   */
  constructor({ layers, inputShape }, stored) {
    this.source = { description: { layers, inputShape }, stored }; // what a worker builds its own from
    this.inputSize = sizeOf(inputShape);
    this.input = new Float32Array(this.inputSize);
    this.steps = [];
    let shape = inputShape;
    for (const layer of layers) {
      const step = compile(layer, shape, stored);
      this.steps.push(step);
      shape = step.outShape ?? shape;
    }
    this.outputShape = shape;
    this.outputSize = sizeOf(shape);
  }

  /**
   * @param {Float32Array} input (count, input size).
   * @param {number} count
   * @returns {Float32Array} (count, output size); its memory is used again by the next call.
   */
  forward(input, count = 1) {
    if (input.length !== count * this.inputSize) {
      throw new Error(`The network takes ${this.inputSize} numbers, not ${input.length / count}. Reload the page.`);
    }
    if (this.input.length !== input.length) this.input = new Float32Array(input.length);
    this.input.set(input); // activations work in place, and the caller's numbers are the caller's
    let x = this.input;
    for (const step of this.steps) x = step.run(x, count);
    return x;
  }
}

/** @returns {{run: (x: Float32Array, count: number) => Float32Array, outShape?: number[]}} */
function compile(layer, shape, stored) {
  const weight = () => expand(stored, layer.weight, layer.shape);
  const bias = () => (layer.bias ? expand(stored, layer.bias, [layer.out]) : new Float32Array(layer.out));
  if (layer.kind === "Flatten") return { run: (x) => x, outShape: [sizeOf(shape)] };
  if (layer.kind === "Unflatten") return { run: (x) => x, outShape: layer.to };
  if (layer.kind === "Linear") return new Linear(weight(), bias());
  if (layer.kind === "Conv2d") return convolution(shape, layer, weight(), bias());
  if (layer.kind === "ConvTranspose2d") return transposedConvolution(shape, layer, weight(), bias());
  const activate = ACTIVATIONS[layer.kind];
  if (!activate) throw new Error(`This page cannot compute the layer ${layer.kind}. Reload the page.`);
  return { run: (x) => (activate(x, layer), x) };
}

class Linear {
  constructor(weights, bias) {
    Object.assign(this, { weights, bias, outShape: [bias.length] });
    this.output = new Float32Array(0);
  }

  run(input, count) {
    const width = this.bias.length;
    if (this.output.length !== count * width) this.output = new Float32Array(count * width);
    for (let i = 0; i < count; i++) this.output.set(this.bias, i * width);
    addProduct(input, this.weights, this.output, count, width, input.length / count);
    return this.output;
  }
}

/** @param {number[]} shape */
function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}
