/** The decoded picture of a cursor, large, with what is known of its code. */
import { threeDigits } from "./card.js";
import { Following } from "./following.js";
import { unpack } from "./pack.js";
import { Pixels } from "./pixels.js";
import { say } from "./instance.js";

const SAME = 0.005; // of the usual distance between two codes

export class Picture {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.pixels = new Pixels(root.querySelector("canvas"));
    this.facts = root.querySelector(".facts");
    this.show = this.show.bind(this);
    this.tell = this.tell.bind(this);
    this.following = new Following(this.show, [this.tell, () => false]);
    this.room = 0; // measured when it changes: asking in every frame would have the page laid out twice
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      this.room = contentRect.width;
      this.show();
    });
    this.observer.observe(root.querySelector(".frame"));
  }

  update({ data }) {
    const { meta } = unpack(data);
    this.cursor = this.following.to(meta.cursor);
    this.header = meta;
    this.pixels.canvas.ariaLabel = meta.ariaLabel;
    this.show();
  }

  show() {
    if (!this.cursor || this.room === 0) return;
    const start = performance.now();
    const { subject } = this.cursor;
    const { decodes } = subject;
    say(this.root, subject.trouble, subject.retry);
    const picture = subject.picture();
    if (!picture) return;
    this.pixels.draw(picture.pixels, picture.shape, Math.min(this.header.size, this.room));
    const { dataset, classList } = this.pixels.canvas;
    dataset.z = this.cursor.text();
    classList.toggle("old", !picture.live && this.cursor.held !== null);
    const ours = subject.decodes > decodes ? subject.decodeMs : 0; // else another follower had it decoded
    dataset.decodeMs = subject.decodeMs.toFixed(3);
    dataset.showMs = (performance.now() - start - ours).toFixed(3);
  }

  /** How far the code is from the real ones. */
  tell() {
    const distance = this.cursor.subject.distance();
    if (!distance || !this.header.distance) return;
    const { nearest, typical } = distance;
    const there = nearest < SAME * typical; // on a gallery code, but for the rounding of either
    const [far, times] = there ? ["0", "0"] : [threeDigits(nearest), threeDigits(nearest / typical)];
    this.facts.textContent = this.header.distance.replace("{far}", far).replace("{times}", times);
  }

  destroy() {
    this.following.stop();
    this.observer.disconnect();
  }
}
