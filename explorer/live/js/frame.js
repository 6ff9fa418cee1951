/**
 * What is to be drawn is drawn once, with the next frame, and everything in the same one. On a slow computer
 * what can wait does so: the picture under the finger keeps its frames, numbers and marks come a little later.
 */

const SLOW = 13; // milliseconds that a whole frame may take: a screen gives 16.7
const RARELY = 250; // while the computer is slow, what can wait is drawn this often …
const QUIET = 40; // … or when nothing else was to be drawn for so long
const SHARE = 0.3; // of the newest frame in the mean

const TASKS = new Set();
const PATIENT = new Set();
const painted = new MessageChannel();
let handle = 0;
let [begun, cost] = [0, 0]; // of the last frame with all in it; their mean
let [drawn, waited] = [0, 0]; // when something urgent was drawn, and what can wait

/**
 * @param {() => void} task The same function is run once a frame, however often it is asked for.
 * @param {boolean} [patient] It may wait while the computer is slow.
 */
export function nextFrame(task, patient = false) {
  if (!patient) PATIENT.delete(task);
  if (!patient || !TASKS.has(task)) (patient ? PATIENT : TASKS).add(task);
  handle ||= requestAnimationFrame(runAll);
}

/** @param {() => void} task */
export function forgetFrame(task) {
  TASKS.delete(task);
  PATIENT.delete(task);
}

function runAll(time) {
  handle = 0;
  const start = performance.now();
  if (TASKS.size > 0) drawn = time;
  runEach(TASKS);
  if (PATIENT.size === 0) return;
  if (cost > SLOW && time - waited < RARELY && time - drawn < QUIET) {
    handle ||= requestAnimationFrame(runAll);
    return;
  }
  waited = time;
  runEach(PATIENT);
  begun = start;
  painted.port2.postMessage(null); // handled after the frame has been painted
}

painted.port1.onmessage = () => {
  cost += SHARE * (performance.now() - begun - cost);
};

function runEach(tasks) {
  const now = [...tasks];
  tasks.clear();
  for (const task of now) {
    try {
      task();
    } catch (error) {
      console.error(error); // one picture that fails must not stop the others
    }
  }
}
