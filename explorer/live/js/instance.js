/**
 * Streamlit calls a component's function again on the same DOM, without a clean-up, whenever its data or the
 * theme changes. So what it remembers is kept here, by DOM node, and only its last call's clean-up counts.
 */

const LIVING = new WeakMap();

/**
 * Make the instance at the first call, update it at every call, destroy it when it leaves the page.
 * @param {{parentElement: Node, data: any}} component Streamlit's arguments.
 * @param {(root: Node) => {update: (component: object) => void, destroy: () => void}} make
 * @returns {() => void} The clean-up for Streamlit.
 */
export function instance(component, make) {
  const root = component.parentElement;
  if (!LIVING.has(root)) LIVING.set(root, { thing: make(root), calls: 0 });
  const entry = LIVING.get(root);
  entry.calls += 1;
  const call = entry.calls;
  say(root, "");
  try {
    entry.thing.update(component);
  } catch (error) {
    say(root, error.message);
  }
  return () => {
    if (call !== entry.calls) return; // a later call has taken over
    entry.calls += 1;
    entry.thing.destroy();
    LIVING.delete(root);
  };
}

/**
 * Show one sentence in the component's `.message`, instead of a blank; "" takes it away.
 * @param {ParentNode} root
 * @param {string} sentence
 * @param {(() => void) | null} retry What a button behind the sentence does; without it there is none.
 */
export function say(root, sentence, retry = null) {
  const place = root.querySelector(".message");
  if (!place) {
    if (sentence) console.error(sentence);
    return;
  }
  if (place.dataset.sentence === sentence) return;
  place.dataset.sentence = sentence;
  place.textContent = sentence;
  place.hidden = sentence === "";
  if (!sentence || !retry) return;
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Try again" });
  button.onclick = retry;
  place.append(" ", button);
}
