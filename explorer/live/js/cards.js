/** Flash cards: the deck lies in this browser; Python is told which card is shown and draws it. */
import { Deck, GRADES, imported } from "./deck.js";
import { say } from "./instance.js";
import { keepKeysIn } from "./keys.js";
import { fill } from "./numbers.js";
import { unpack } from "./pack.js";
import { saveFile } from "./save.js";

const STORED = "latent-explorer.cards";
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

export class Cards {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.shown = null;
    this.revealed = false;
    this.ending = new AbortController();
    keepKeysIn(root, this.ending.signal);
    this.find(".reveal").onclick = () => this.reveal();
    this.find(".export").onclick = () => this.save();
    this.find(".forget").onclick = () => this.change(() => (this.deck = new Deck(this.slugs)));
    this.find(".import").onchange = (event) => this.take(event.target.files[0]);
    this.find(".interview").onchange = (event) => this.set("interview", event.target.value);
    this.find(".per-day").onchange = (event) => this.set("perDay", Math.max(0, Math.floor(Number(event.target.value))));
  }

  /** @param {object} component Streamlit's arguments. */
  update({ data, setStateValue }) {
    const { meta } = unpack(data);
    Object.assign(this, { slugs: meta.slugs, words: meta.words, tell: setStateValue });
    if (!this.deck) {
      this.deck = new Deck(this.slugs, this.read());
      this.go();
    } else if (this.deck.slugs.join() !== this.slugs.join()) {
      this.deck.slugs = this.slugs;
      if (!this.slugs.includes(this.shown)) this.go();
    }
    this.draw();
  }

  read() {
    try {
      return imported(localStorage.getItem(STORED) ?? '{"cards":{}}');
    } catch {
      return {}; // what lies there is none of ours
    }
  }

  /** Change the deck, keep it in the browser, and go on. */
  change(act) {
    act();
    try {
      localStorage.setItem(STORED, JSON.stringify(this.deck.kept()));
      say(this.root, "");
    } catch {
      say(this.root, this.words.full);
    }
    this.go();
    this.draw();
  }

  set(name, value) {
    this.change(() => (this.deck[name] = value));
  }

  go() {
    this.shown = this.deck.next(new Date());
    this.revealed = false;
    this.announce();
  }

  reveal() {
    this.revealed = true;
    this.announce();
    this.draw();
    this.find(".grades button:nth-child(3)").focus();
  }

  announce() {
    // Not while Streamlit mounts the component, which would drop the message, nor before the page's own
    // controls stand: a run that the message begins would find them at their first option.
    const card = { slug: this.shown, revealed: this.revealed };
    setTimeout(() => this.ending.signal.aborted || this.tell("card", card), this.settled ? 0 : 500);
    this.settled = true;
  }

  rate(grade) {
    this.change(() => this.deck.rate(this.shown, grade, new Date()));
    this.find(".reveal").focus();
  }

  draw() {
    const { words, deck } = this;
    const now = new Date();
    this.find(".counts").textContent = fill(words.counts, deck.counts(now));
    this.find(".reveal").textContent = words.reveal;
    this.find(".reveal").hidden = !this.shown || this.revealed;
    this.drawGrades(now);
    const rest = this.find(".rest");
    rest.hidden = this.shown !== null;
    const back = deck.comesBack();
    if (!this.shown) rest.textContent = back ? fill(words.rest, { time: this.until(back, now) }) : words.empty;
    for (const name of ["export", "forget"]) this.find(`.${name}`).textContent = words[name];
    this.find(".interview-label").textContent = words.interview;
    this.find(".per-day-label").textContent = words.per_day;
    this.find(".import-label").textContent = words.import;
    this.find(".interview").value = deck.interview;
    this.find(".per-day").value = `${deck.perDay}`;
  }

  drawGrades(now) {
    const place = this.find(".grades");
    place.hidden = !this.shown || !this.revealed;
    if (place.hidden) return;
    place.ariaLabel = this.words.grade;
    const times = this.deck.choices(this.shown, now);
    const buttons = GRADES.map((grade, i) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.append(this.words.grades[i], Object.assign(document.createElement("small"), { textContent: this.until(times[i], now) }));
      button.onclick = () => this.rate(grade);
      return button;
    });
    place.replaceChildren(...buttons);
  }

  /** A time from now in words of the page's language: "in 3 days". */
  until(then, now) {
    const seconds = Math.max(60, (then - now) / 1000);
    const [unit, size] = UNITS.find(([, size]) => seconds >= size);
    return new Intl.RelativeTimeFormat(this.words.locale).format(Math.round(seconds / size), unit);
  }

  save() {
    const blob = new Blob([JSON.stringify(this.deck.kept())], { type: "application/json" });
    saveFile(blob, "cards.json");
  }

  async take(file) {
    if (!file) return;
    try {
      const kept = imported(await file.text());
      this.change(() => (this.deck = new Deck(this.slugs, kept)));
    } catch (error) {
      say(this.root, error.message);
    }
  }

  destroy() {
    this.ending.abort();
  }
}
