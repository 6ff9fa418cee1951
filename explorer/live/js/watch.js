/** Asks the page's shelf (`assets.js`) for what a component needs, and says when it does not come. */
import { whenProvided } from "./assets.js";

const PATIENCE = 10_000; // milliseconds until missing data is called missing
const LATE = "Some of the data for this picture did not arrive.";

export class Watch {
  /**
   * @param {(slot: string, value: any) => void} arrived With undefined when a slot is to hold another asset.
   * @param {(sentence: string) => void} trouble Called with "" when it is over.
   */
  constructor(arrived, trouble) {
    this.arrived = arrived;
    this.trouble = trouble;
    this.asked = new Map();
    this.troubles = new Map();
  }

  /** @param {string} slot What it is for. @param {string | null} name Its digest; null for none. */
  ask(slot, name) {
    if (this.asked.get(slot)?.name === name) return;
    this.asked.get(slot)?.stop();
    this.asked.set(slot, { name, stop: () => {} });
    this.troubles.delete(slot);
    this.arrived(slot, undefined);
    if (name === null) return;
    const late = setTimeout(() => this.report(slot, LATE), PATIENCE);
    const cancel = whenProvided(name, (value) => {
      clearTimeout(late);
      this.report(slot, value instanceof Error ? value.message : "");
      if (!(value instanceof Error)) this.arrived(slot, value);
    });
    this.asked.get(slot).stop = () => {
      clearTimeout(late);
      cancel();
    };
  }

  /** Wait once more, with new patience, for what did not come. */
  again() {
    for (const slot of [...this.troubles.keys()]) {
      const name = this.asked.get(slot)?.name;
      this.ask(slot, null);
      if (name) this.ask(slot, name);
    }
    this.report();
  }

  /** Note what is wrong with a slot, "" for nothing, and say what is wrong by now. */
  report(slot = null, sentence = "") {
    if (sentence) this.troubles.set(slot, sentence);
    else this.troubles.delete(slot);
    this.trouble([...this.troubles.values()][0] ?? "");
  }

  stop() {
    for (const { stop } of this.asked.values()) stop();
    this.asked.clear();
  }
}
