/** What the worker runs: networks it has learnt, and jobs that a newer one of the same name ends. */
import { Network } from "./network.js";

const AT_ONCE = 16; // codes a part: pictures appear soon, and a newer job waits for one part at most
const networks = new Map();
const breath = new MessageChannel(); // a timeout would wait for 4 ms each time
const waiting = [];
const newest = new Map();

async function decode({ name, id, network, codes }) {
  const net = networks.get(network);
  const count = codes.length / net.inputSize;
  for (let start = 0; start < count; start += AT_ONCE) {
    const some = codes.subarray(start * net.inputSize, (start + AT_ONCE) * net.inputSize);
    const pictures = net.forward(some, some.length / net.inputSize).slice();
    const done = start + AT_ONCE >= count;
    postMessage({ name, id, pictures, start, done }, [pictures.buffer]);
    await letMessagesIn();
    if (newest.get(name) !== id) return;
  }
}

/** Several jobs may take turns: the first that waits goes on first. */
function letMessagesIn() {
  return new Promise((resume) => {
    waiting.push(resume);
    breath.port2.postMessage(null);
  });
}

breath.port1.onmessage = () => waiting.shift()();

onmessage = ({ data }) => {
  if (data.source) {
    networks.set(data.learn, new Network(data.source.description, data.source.stored));
    return;
  }
  if (data.forget !== undefined) {
    networks.delete(data.forget);
    return;
  }
  newest.set(data.name, data.id);
  if (data.id > 0) decode(data);
};
