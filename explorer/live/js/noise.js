/** The Denoising page's large pictures and its level: clean, noisy, denoised and the best filter, while it moves. */
import { benchNamed, CLASSICAL } from "./bench.js";
import { FigureRow } from "./figures.js";
import { say } from "./instance.js";
import { fill, significant } from "./numbers.js";
import { unpack } from "./pack.js";
import { Rail } from "./rail.js";

export class Noise {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.ending = new AbortController();
    this.show = this.show.bind(this);
    this.keepCode = this.keepCode.bind(this);
    this.find = (name) => root.querySelector(name);
    this.rail = new Rail(this.find(".slider"), this.ending.signal);
  }

  update({ data }) {
    const { meta, arrays } = unpack(data);
    this.words = meta.words;
    this.row ??= new FigureRow(this.find(".heroes"), meta.sizes);
    this.bench = benchNamed(meta.bench);
    this.bench.learn(meta, arrays);
    this.stop?.();
    const stops = [
      this.bench.level.follow(this.show),
      this.bench.code.follow(this.show),
      this.bench.code.follow(this.keepCode),
    ];
    this.stop = () => stops.forEach((end) => end());
    this.rail.set(this.bench.level, { min: 0, max: meta.max, step: 0.01, big: 0.1, label: this.words.level });
    this.find(".name").textContent = this.words.level;
  }

  show() {
    const { bench, words } = this;
    const level = bench.level.value[0];
    const { trouble, retry } = bench.code.subject;
    say(this.root, trouble, retry);
    if (level === undefined) return;
    const ours = bench.mended("denoiser");
    this.filters = bench.filtered() ?? this.filters; // those of the last level, for a frame
    const done = bench.filtered() !== null;
    const best = this.filters && CLASSICAL.reduce((a, b) => (this.decibel(b) > this.decibel(a) ? b : a));
    const shown = [
      this.figure("clean", bench.arrays.clean, [words.given]),
      this.figure("noisy", bench.noisy()),
      this.figure("denoiser", ours?.pixels),
      this.figure(best ?? CLASSICAL[0], this.filters?.[best], null, words.better),
    ];
    this.row.show(shown, bench.old);
    this.find("output").textContent = level.toFixed(2);
    this.rail.show(level.toFixed(2));
    this.keepCode();
    if (ours && done) this.tell(ours, best);
    this.root.querySelector(".noise").dataset.shown = ours && done ? bench.level.text() : "";
  }

  decibel(name) {
    return this.bench.scores(this.filters[name]).psnr;
  }

  figure(name, pixels, lines = null, more = "") {
    const { names, given } = this.words;
    const picture = pixels ? { pixels, shape: this.bench.meta.shape } : null;
    lines ??= pixels ? [...this.scores(pixels), more] : ["", "", more];
    return { title: names[name], pictures: [picture], alts: [`${names[name]}: ${given}`], lines };
  }

  scores(pixels) {
    const { psnr, ssim } = this.bench.scores(pixels);
    return [`${significant(psnr)} dB`, `SSIM ${ssim.toFixed(2)}`];
  }

  /** What the numbers mean, in sentences that Python wrote. */
  tell(ours, best) {
    const { bench, words } = this;
    const [our, noisy] = [ours.pixels, bench.noisy()].map((pixels) => bench.scores(pixels).psnr);
    const ahead = our - this.decibel(best);
    const kind = our < noisy ? "harm" : ahead >= 0 ? "above" : "below";
    write(this.find(".said strong"), fill(words[kind], { gain: significant(Math.abs(ahead)) }));
    const vote = bench.vote();
    if (!vote) return;
    const { label, agreeing, times } = vote;
    const class_ = words.classes[label];
    const truth = words.classes[bench.meta.truth];
    const sentence = label === bench.meta.truth ? words.right : words.wrong;
    write(this.find(".vote"), fill(sentence, { count: String(agreeing), class: class_, truth }));
    write(this.find(".far"), fill(words.far, { times: significant(times, 2) }));
  }

  /** The noisy image's code, for the map: it is ours to say, whatever Python last thought. */
  keepCode() {
    const { code, arrays } = this.bench;
    const found = this.bench.level.value.length && !arrays.denoiser && this.bench.mended("denoiser")?.code;
    if (found && found.some((value, i) => Math.abs(value - code.value[i]) > 1e-4)) code.take(found);
  }

  destroy() {
    this.stop?.();
    this.ending.abort();
    this.row?.destroy();
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
