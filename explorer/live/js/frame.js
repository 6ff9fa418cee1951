/** What is to be drawn is drawn once, with the next frame, and everything in the same one. */

const TASKS = new Set();
let handle = 0;

/** @param {() => void} task The same function is run once a frame, however often it is asked for. */
export function nextFrame(task) {
  TASKS.add(task);
  handle ||= requestAnimationFrame(runAll);
}

/** @param {() => void} task */
export function forgetFrame(task) {
  TASKS.delete(task);
}

function runAll() {
  handle = 0;
  const tasks = [...TASKS];
  TASKS.clear();
  for (const task of tasks) {
    try {
      task();
    } catch (error) {
      console.error(error); // one picture that fails must not stop the others
    }
  }
}
