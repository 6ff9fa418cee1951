/** The diagram of one image on its way through a model, with the numbers of the moment in its boxes. */
import { Box } from "./anatomy_box.js";
import { crossEntropy, klOfEach, squaredError, total } from "./anatomy_terms.js";
import { Following } from "./following.js";
import { say } from "./instance.js";
import { keepKeysIn } from "./keys.js";
import { fill, significant } from "./numbers.js";
import { unpack } from "./pack.js";

const FLOW = { input: "picture", encoder: "funnel", mean: "rows", std: "rows", eps: "rows", code: "rows", decoder: "funnel", output: "picture" };
const SIGNS = { a: "→", b: "→", c: "+", d: "·", e: "=", f: "→", g: "→" };
const SUM = { reconstruction: "number", regularizer: "number", loss: "number" };
const PICTURE = 112; // CSS pixels

export class Anatomy {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.ending = new AbortController();
    keepKeysIn(root, this.ending.signal);
    const find = (name) => root.querySelector(name);
    this.said = find(".said");
    this.boxes = {};
    const make = ([name, kind]) => (this.boxes[name] = new Box(name, kind, () => this.open(name))).element;
    find(".flow").append(...Object.entries(FLOW).map(make), ...Object.entries(SIGNS).map(([area, text]) => sign(text, area)));
    const [first, second, third] = Object.entries(SUM).map(make);
    this.plus = sign("");
    this.equals = sign("=");
    find(".sum").append(first, this.plus, second, this.equals, third);
    this.show = this.show.bind(this);
    this.lead = this.lead.bind(this);
    this.ofCode = new Following(this.show);
    this.ofMean = new Following(this.lead);
  }

  /** @param {object} component Streamlit's arguments. */
  update({ data, setTriggerValue }) {
    const { meta, arrays } = unpack(data);
    Object.assign(this, { header: meta, arrays });
    this.open = (name) => setTriggerValue("open", { box: name });
    this.code = this.ofCode.to(meta.code);
    this.mean = this.ofMean.to(meta.mean);
    for (const [name, box] of Object.entries(this.boxes)) box.say(meta.boxes[name], meta.open === name);
    const { missing } = meta.boxes.std;
    for (const area of ["c", "d"]) this.root.querySelector(`[data-sign=${area}]`).style.visibility = missing ? "hidden" : "";
    this.show();
  }

  /** The drawing under the pen, while Python has not heard of it. */
  get drawn() {
    return this.mean.held === null ? null : this.mean.subject.drawn;
  }

  /** Whether both cursors and the header are of one model: they come one after the other. */
  get fits() {
    const { header, arrays, mean, code } = this;
    const size = header?.size ?? -1;
    return [mean.value, code.value, arrays.std ?? mean.value].every(({ length }) => length === size);
  }

  /** While the pen moves the mean, the draw goes along, with the same noise. */
  lead() {
    const { drawn, mean, code, arrays, header } = this;
    if (drawn && drawn !== this.taken && this.fits) {
      const eps = header.noise && drawn.std ? arrays.eps : null;
      code.take(mean.value.map((mu, i) => mu + (eps ? eps[i] * drawn.std[i] : 0)));
    }
    this.taken = drawn;
    this.show();
  }

  show() {
    const { header, code, mean, arrays, drawn } = this;
    if (!this.fits) return;
    const { subject } = code;
    say(this.root, subject.trouble, subject.retry);
    const picture = subject.picture();
    const std = (drawn ? drawn.std : arrays.std) ?? null;
    const x = (drawn ? drawn.seen : arrays.x) ?? null;
    const eps = std && std.map((sigma, i) => (code.value[i] - mean.value[i]) / sigma);
    this.fillCode(mean.value, std, eps, code.value);
    const old = picture !== null && !picture.live && (code.held !== null || mean.held !== null);
    this.boxes.input.picture(x, header.shape, PICTURE, header.words.input);
    this.boxes.output.picture(picture?.pixels ?? null, header.shape, PICTURE, header.words.output, old);
    if (picture) this.tell(x, picture, mean.value, std);
  }

  /** The code's boxes: what stands in a row is one dimension. */
  fillCode(mean, std, eps, z) {
    const { reach, positive, words } = this.header;
    const order = this.header.active ? mostActive(mean, this.header.order.length) : this.header.order;
    const some = (values) => values && order.map((i) => values[i]);
    this.boxes.mean.rows(some(mean), order.map((i) => `z${i + 1}`), reach, positive);
    this.boxes.std.rows(some(std), [], 1, true);
    this.boxes.eps.rows(some(eps), [], 3);
    this.boxes.code.rows(some(z), [], reach, positive);
    this.root.querySelector(".anatomy").dataset.z = Array.from(z, (value) => value.toFixed(4)).join();
    write(this.said, eps ? this.drawnBy(eps, words) : words.plain);
  }

  /** Whether z is the draw that was made, the mean itself, or one moved by hand. */
  drawnBy(eps, words) {
    const asked = (i) => (this.header.noise ? this.arrays.eps[i] : 0);
    const off = Math.max(...eps.map((value, i) => Math.abs(value - asked(i)) * (this.spread(i))));
    if (off > 2e-3) return fill(words.moved, { length: significant(Math.hypot(...eps)) });
    return this.header.noise ? words.noise : words.still;
  }

  spread(i) {
    return (this.drawn ?? this.arrays).std[i];
  }

  /** The loss of this image at this code. */
  tell(x, picture, mean, std) {
    const { header, boxes } = this;
    const stored = header.stored ?? {};
    const measure = header.bernoulli ? crossEntropy : squaredError;
    const first = stored.reconstruction ?? (x ? measure(x, picture.pixels) : null);
    const second = this.second(mean, std, stored);
    const sum = first === null || second === null ? null : first + this.charged(mean, std, second);
    for (const [name, value] of [["reconstruction", first], ["regularizer", second], ["loss", sum]]) {
      boxes[name].number(value === null ? "–" : significant(value), value === null ? "" : header.unit);
      boxes[name].body.dataset.value = value === null ? "" : value.toFixed(4);
    }
    const none = header.boxes.regularizer.missing;
    const times = header.weight !== 1 && !header.floor && !header.capacity; // else the box below says how
    write(this.plus, none || !times ? "+" : `+ ${header.weight} ×`);
    boxes.regularizer.body.hidden = none;
    boxes.regularizer.body.classList.toggle("old", header.second === "stored" && this.drawn !== null);
  }

  /** The second term, without its weight: 0 for none. */
  second(mean, std, stored) {
    if (this.header.second === "kl") return total(klOfEach(mean, std));
    if (this.header.second === "l1") return total(mean);
    return stored.regularizer ?? 0;
  }

  /** What it adds to the loss: of a KL each dimension counts at least the floor, and what is off the capacity. */
  charged(mean, std, second) {
    const { weight, floor, capacity } = this.header;
    const floored = floor ? total(klOfEach(mean, std).map((kl) => Math.max(kl, floor))) : second;
    return weight * (capacity ? Math.abs(floored - capacity) : floored);
  }

  destroy() {
    this.ending.abort();
    this.ofCode.stop();
    this.ofMean.stop();
  }
}

/** The numbers of a code that are largest, largest first. @param {Float32Array} code @param {number} count */
function mostActive(code, count) {
  return Array.from(code.keys()).sort((a, b) => Math.abs(code[b]) - Math.abs(code[a])).slice(0, count);
}

/** @param {string} text @param {string} [area] Of the flow's grid. */
function sign(text, area = "") {
  const element = Object.assign(document.createElement("span"), { className: "sign", textContent: text, ariaHidden: "true" });
  element.dataset.sign = area;
  if (area) element.style.gridArea = area;
  return element;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
