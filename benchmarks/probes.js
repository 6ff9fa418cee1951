/**
 * Put into a page before its own scripts: for each pointer move the time from the event to a task after the
 * frame that shows its effect, and how many frames a drag had.
 */
(() => {
  const probe = (globalThis.__probe = { latencies: [], frames: [], draws: [], on: false });
  const channel = new MessageChannel();
  let waiting = [];
  channel.port1.onmessage = () => {
    const now = performance.now();
    for (const stamp of waiting) probe.latencies.push(now - stamp);
    waiting = [];
  };
  let asked = false;
  addEventListener(
    "pointermove",
    (event) => {
      if (!probe.on || !event.buttons) return;
      waiting.push(event.timeStamp);
      if (asked) return;
      asked = true;
      // A message that is posted in a frame's callback is handled after that frame has been painted.
      requestAnimationFrame(() => {
        asked = false;
        channel.port2.postMessage(null);
      });
    },
    { capture: true },
  );
  probe.deep = (selector) => {
    const found = [];
    const look = (root) => {
      found.push(...root.querySelectorAll(selector));
      for (const host of root.querySelectorAll("*")) if (host.shadowRoot) look(host.shadowRoot);
    };
    look(document);
    return found;
  };
  /** Note at every frame what the element at `selector` shows: its data attribute `name`. */
  probe.start = (selector, name) => {
    Object.assign(probe, { latencies: [], frames: [], draws: [], costs: [], on: true });
    const element = selector ? probe.deep(selector)[0] : null;
    let last = element?.dataset[name];
    const look = (time) => {
      if (!probe.on) return;
      probe.frames.push(time);
      if (element && element.dataset[name] !== last) {
        last = element.dataset[name];
        probe.draws.push(time);
        probe.costs.push(["decodeMs", "showMs", "encodeMs"].map((key) => Number(element.dataset[key] ?? 0)));
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };
  probe.stop = () => {
    probe.on = false;
    const { latencies, frames, draws, costs } = probe;
    return { latencies, frames, draws, costs };
  };
})();
