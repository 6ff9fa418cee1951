/** What a model makes of a drawing while the pen moves: the image it sees, its code, what that decodes to. */
import { CodeBars } from "./code_bars.js";
import { cursorNamed } from "./cursor.js";
import { fit } from "./intake.js";
import { Pixels } from "./pixels.js";

const GAP = 12; // CSS pixels between the parts, as in the style sheet
const WIDE = 200; // what the bars need beside the pictures
const PICTURE = 112;
const SMALLEST = 64;
const PHONE = 640;
const SAME = 0.01; // codes this near are one: Python's of the same drawing differs in the fourth decimal

export class UnderPen {
  /** @param {ShadowRoot} root @param {import("./ink.js").Ink} ink */
  constructor(root, ink) {
    const find = (name) => root.querySelector(name);
    [this.pad, this.views, this.code] = [".pad", ".views", ".code"].map(find);
    this.seen = new Pixels(find(".seen canvas"));
    this.rebuilt = new Pixels(find(".rebuilt canvas"));
    this.bars = new CodeBars(find(".code canvas"));
    this.ink = ink;
    this.cursor = null;
    this.reading = null; // what was made of the drawing
    this.former = null; // where the cursor stood before there was one
    this.rested = true; // no change since the last frame
    this.renew();
  }

  /** @param {object} header From Python. @param {() => void} show Runs when the cursor or a network has changed. */
  update(header, show) {
    if (header.cursor !== this.header?.cursor) {
      this.leave();
      this.cursor = header.cursor && cursorNamed(header.cursor);
      this.stop = this.cursor?.follow(show);
    }
    this.header = header;
    for (const [view, word] of [[".seen", "seen"], [".rebuilt", "rebuilt"], [".code", "code"]]) {
      const figure = this.pad.querySelector(view);
      figure.querySelector("figcaption").textContent = header.words[word];
      figure.querySelector("canvas").ariaLabel = header.words[word];
    }
  }

  /** The encoder, if there is one for such images. @returns {import("./network.js").Network | null} */
  get encoder() {
    const encoder = this.cursor?.subject.encoder;
    const [channels, height, width] = this.header?.imageShape ?? [0, 0, 0];
    return encoder?.inputSize === channels * height * width ? encoder : null;
  }

  /** Another drawing has come from Python: read it with the next frame. */
  renew() {
    this.read = { encoder: null, decoder: null }; // the networks that the reading was made with
    this.former = null;
  }

  /** The drawing has changed under the hand: it is read at once, so what follows shows it in this very frame. */
  change() {
    if (!this.encoder) return;
    if (this.rested) this.lead();
    else this.late = true;
    this.rested = false;
  }

  /** Read the drawing and take the cursor along. */
  lead() {
    const before = this.reading;
    this.take();
    if (!this.reading) return this.giveBack(before);
    const { mean } = this.reading;
    if (!before) this.former = this.cursor.value.slice();
    this.cursor.move(mean, this);
    const start = performance.now();
    const picture = this.cursor.subject.picture();
    this.reading.picture = picture?.live ? picture : null;
    this.readMs += performance.now() - start;
  }

  /** Fit and encode the drawing. */
  take() {
    const start = performance.now();
    const { header: { side, imageShape, style, fill, variational }, encoder } = this;
    this.read = { encoder, decoder: this.cursor.subject.decoder };
    this.late = false;
    const size = { width: side, height: side };
    const levels = this.ink.empty ? null : fit(this.ink.picture(side), size, imageShape, { style, fill });
    this.reading = null;
    if (levels) {
      const bright = this.header.ink !== "dark"; // on white paper the data set has dark ink, too
      const seen = Float32Array.from(levels, (level) => (bright ? level : 255 - level) / 255);
      const out = encoder.forward(seen).slice();
      const numbers = variational ? out.length / 2 : out.length;
      const std = variational ? out.subarray(numbers).map((logvar) => Math.exp(logvar / 2)) : null;
      this.reading = { seen, mean: out.subarray(0, numbers), std, picture: null };
    }
    this.cursor.subject.drawn = this.reading; // for who shows more of it than the code
    this.readMs = performance.now() - start;
  }

  /** The drawing is gone: the cursor goes where it stood, unless somebody has moved it since. */
  giveBack(before) {
    this.letGo();
    const { value } = this.cursor;
    const ours = before && value.every((number, i) => Math.abs(number - before.mean[i]) < SAME);
    if (ours && this.former) this.cursor.take(this.former);
    this.former = null;
  }

  /** From now on the cursor follows Python again; the drawing is all that Python is told. */
  letGo() {
    if (this.cursor?.held === this) this.cursor.held = null;
  }

  /** @param {number} width What there is, in CSS pixels. @param {number} side Of the paper. */
  resize(width, side) {
    const beside = width - side - GAP;
    const wide = beside - PICTURE - GAP >= WIDE;
    this.pad.dataset.layout = wide ? "wide" : beside >= SMALLEST ? "beside" : "below";
    this.room = Math.min(PICTURE, beside >= SMALLEST ? beside : (width - GAP) / 2);
    this.bars.resize(wide ? beside - PICTURE - GAP : width, wide ? side - 24 : PICTURE);
  }

  /**
   * Part of a frame.
   * @param {boolean} resting No pen is on the paper.
   * @returns {number | null} Milliseconds that reading and showing took; nothing if there was nothing to read.
   */
  draw(resting) {
    const { encoder } = this;
    const bare = this.header?.bare && window.innerWidth > PHONE; // else the page's own picture is out of sight
    this.views.hidden = this.code.hidden = !encoder || bare;
    this.rested = true;
    if (!encoder) return null;
    const start = performance.now();
    const { decoder, codes } = this.cursor.subject;
    if (this.late) this.lead();
    if (this.read.encoder !== encoder || this.read.decoder !== decoder) this.readAgain();
    if (codes !== this.codes) this.bars.reach(usual((this.codes = codes), this.header.variational));
    const { seen, picture, mean, std } = this.reading ?? {};
    const { imageShape, order } = this.header;
    const blank = () => new Float32Array(encoder.inputSize);
    this.seen.draw(seen ?? blank(), imageShape, this.room);
    this.rebuilt.draw(picture?.pixels ?? blank(), picture?.shape ?? imageShape, this.room);
    this.bars.draw(mean ?? null, std ?? null, order);
    this.tell(mean, std, resting);
    const took = this.readMs && this.readMs + performance.now() - start;
    this.readMs = 0;
    return took;
  }

  /** A drawing that was there before its model, or came from Python: it moves nothing. */
  readAgain() {
    if (this.cursor.held === this) return this.lead();
    if (this.ink.empty) (globalThis.requestIdleCallback ?? setTimeout)(() => this.encoder && warmUp(this.encoder, this.header));
    this.take();
    const { decoder } = this.read;
    if (this.reading && decoder) {
      this.reading.picture = { pixels: decoder.forward(this.reading.mean).slice(), shape: decoder.outputShape };
    }
  }

  /** The numbers, for who reads them with other eyes. */
  tell(mean, std, resting) {
    const { canvas } = this.bars;
    const text = (values) => (values ? Array.from(values, (value) => value.toFixed(4)).join() : "");
    [canvas.dataset.mean, canvas.dataset.std] = [text(mean), text(std)];
    if (!resting) return;
    const number = (i) => `z${i + 1} ${mean[i].toFixed(2)}` + (std ? ` ± ${std[i].toFixed(2)}` : "");
    const { words, order } = this.header;
    canvas.ariaLabel = mean ? `${words.code}: ${order.map(number).join(", ")}` : words.code;
  }

  /** Follow no cursor any more. */
  leave() {
    this.stop?.();
    this.letGo();
    [this.reading, this.codes] = [null, undefined];
    this.renew();
  }
}

/** The first passes of fit and network are slow; let them not be those under the pen. */
function warmUp(encoder, { side, imageShape, style, fill }) {
  const stroke = new Uint8Array(side * side).fill(255, side * 30, side * 80);
  for (let i = 0; i < 5; i++) {
    const levels = fit(stroke, { width: side, height: side }, imageShape, { style, fill });
    encoder.forward(Float32Array.from(levels ?? new Uint8Array(encoder.inputSize), (level) => level / 255));
  }
}

/** What few numbers of a code exceed. @param {{z: Float32Array, size: number} | null} codes */
function usual(codes, variational) {
  if (!codes) return 3;
  const rows = codes.z.length / codes.size;
  const step = Math.ceil(rows / 256);
  const some = codes.z.filter((_, i) => Math.floor(i / codes.size) % step === 0).map(Math.abs).sort();
  return Math.max(some[Math.floor(0.95 * (some.length - 1))], variational ? 1 : 1e-3);
}
