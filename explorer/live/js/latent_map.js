/** The latent map: it shows what Python gave it, and tells Python what the hand did. */
import { Acts } from "./acts.js";
import { Card } from "./card.js";
import { say } from "./instance.js";
import { keepKeysIn } from "./keys.js";
import { drawChips, drawColourBar } from "./legend.js";
import { LiveMarks } from "./live_marks.js";
import { unpack } from "./pack.js";
import { flattened, saveFile } from "./save.js";
import { Scene } from "./scene.js";
import { readTheme } from "./theme.js";
import { Watch } from "./watch.js";

export class LatentMap {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.find = (name) => root.querySelector(name);
    this.stage = this.find(".stage");
    this.scene = new Scene(this.stage);
    this.card = new Card(this.find(".card"));
    this.watch = new Watch((slot, value) => this.arrived(slot, value), (sentence) => {
      say(root, sentence, () => this.retry());
    });
    this.ending = new AbortController();
    keepKeysIn(root, this.ending.signal);
    this.acts = new Acts(this, this.ending.signal);
    this.live = this.scene.live = new LiveMarks(this);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.find(".map"));
  }

  /** Show new data, or the same in a new theme. @param {object} component Streamlit's arguments. */
  update({ data, setTriggerValue }) {
    this.send = (event) => setTriggerValue("event", event);
    this.askAgain = () => setTriggerValue("retry", true);
    const { meta, arrays } = unpack(data);
    this.scene.setHeader(meta, arrays, readTheme(this.stage));
    this.live.setHeader(meta, arrays);
    this.scene.lattice.setSubject(meta.lattice ? this.live.cursor.subject : null);
    this.stage.ariaLabel = meta.ariaLabel;
    this.watch.ask("points", meta.points);
    this.watch.ask("values", meta.values);
    this.watch.ask("sheet", meta.sheet?.asset ?? null);
    this.watch.report();
    this.resize();
    this.refresh();
  }

  /** What did not arrive is asked for once more. */
  retry() {
    this.watch.again();
    this.askAgain();
  }

  arrived(slot, value) {
    this.scene.setAsset(slot, value);
    if (value !== undefined) this.refresh();
  }

  /** After data or a choice has changed. */
  refresh() {
    const { scene } = this;
    if (!scene.ready) return;
    scene.refresh();
    const { colour, value } = scene.header;
    drawColourBar(this.find(".colour-bar"), colour === "value" ? value : null);
    const choose = (label) => this.highlight(label);
    drawChips(this.find(".chips"), scene.classes, colour === "label", scene.highlighted, choose);
    this.point(scene.pointed);
    this.showTools();
  }

  resize() {
    const width = this.find(".map").clientWidth - 2; // the border's two pixels
    if (width <= 0 || !this.scene.header) return; // not on screen, as in a tab that is closed
    this.scene.resize(width);
    this.point(this.scene.pointed);
  }

  /** After the view has changed. */
  moved() {
    this.point(-1);
    this.showTools();
    this.scene.redraw("dots", "marks");
  }

  /** Bring one class forward; null for none. @param {number | null} label */
  highlight(label) {
    this.scene.highlighted = label;
    this.point(-1);
    this.refresh();
  }

  /** Ring point i and show its card; -1 for none. @param {number} i */
  point(i) {
    const { scene, card, stage } = this;
    const { view, plane } = scene;
    if (i < 0) card.hide();
    else card.show(i, scene.facts(i), view.toScreen(...plane.place(i)), view.side, scene.sheet);
    if (i !== scene.pointed) scene.redraw("marks");
    scene.pointed = i;
    stage.dataset.pointed = i;
  }

  /** What is on the map as it is seen now, as a file: the pointer's card apart. */
  save() {
    const { layers, theme } = this.scene;
    flattened(this.stage, layers.ratio, theme.ground).toBlob((blob) => saveFile(blob, "map.png"));
  }

  /** At zoom 1 a finger that moves up or down scrolls the page; else it moves the map. */
  showTools() {
    const { lassoing } = this.acts;
    const whole = this.scene.view.zoom === 1;
    this.find(".tools").hidden = false;
    this.stage.style.touchAction = whole && !lassoing ? "pan-y" : "none";
    this.stage.classList.toggle("lassoing", lassoing);
    this.find("[name=lasso]").ariaPressed = String(lassoing);
    this.find("[name=reset]").disabled = this.find("[name=farther]").disabled = whole;
  }

  destroy() {
    this.ending.abort();
    this.observer.disconnect();
    this.watch.stop();
    this.live.stop();
    this.scene.stop();
  }
}
