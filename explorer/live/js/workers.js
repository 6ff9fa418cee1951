/** A second thread that decodes many codes while the first follows the finger. */

const MOST = 8; // networks that the worker keeps: a visit may show dozens

let source = "";
let shared = null;

/** @param {string} text The worker's module, `worker.js` with all that it imports. */
export function setWorkerSource(text) {
  source = text;
}

/** One worker for the page; jobs are named, and of each name only the newest counts. */
class Decoding {
  constructor() {
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.worker = new Worker(address, { type: "module" });
    this.known = new Map(); // the worker's number of each network that it has, the last used at the end
    this.learnt = 0;
    this.newest = new Map();
    this.count = 0;
    this.worker.onmessage = ({ data }) => {
      const job = this.newest.get(data.name);
      if (job?.id === data.id) job.show(data.pictures, data.start, data.done);
    };
  }

  /** @see decodeMany */
  ask(name, network, codes, show) {
    const number = this.numberOf(network);
    this.count += 1;
    this.newest.set(name, { id: this.count, show });
    this.worker.postMessage({ name, id: this.count, network: number, codes });
    return () => {
      this.newest.delete(name);
      this.worker.postMessage({ name, id: 0 });
    };
  }

  /** The number under which the worker has a network; it learns a new one, and forgets the one unused longest. */
  numberOf(network) {
    let number = this.known.get(network);
    if (number === undefined) {
      number = this.learnt++;
      this.worker.postMessage({ learn: number, source: network.source });
    }
    this.known.delete(network);
    this.known.set(network, number);
    if (this.known.size > MOST) {
      const [oldest, forget] = this.known.entries().next().value;
      this.known.delete(oldest);
      this.worker.postMessage({ forget });
    }
    return number;
  }
}

/**
 * Decode codes in the worker; the pictures come in parts, as they are ready.
 * @param {string} name A newer call of the same name takes the place of an older one.
 * @param {import("./network.js").Network} network
 * @param {Float32Array} codes (count, size).
 * @param {(pictures: Float32Array, start: number, done: boolean) => void} show Pictures from number `start` on.
 * @returns {() => void} Ends it.
 */
export function decodeMany(name, network, codes, show) {
  shared ??= new Decoding();
  return shared.ask(name, network, codes, show);
}
