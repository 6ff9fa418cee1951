/**
 * What the keys do on a focused map. No key press leaves it: Streamlit's own shortcuts (`r`, `c`) would fire.
 * @param {HTMLElement} element
 * @param {{walk: (direction: [number, number], far: boolean) => void, choose: () => void, clear: () => void,
 *          zoom: (closer: boolean) => void, reset: () => void}} meanings Directions have y upwards.
 * @param {AbortSignal} signal Ends all listening.
 */
export function listenToKeys(element, meanings, signal) {
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const acts = {
    Enter: meanings.choose,
    " ": meanings.choose,
    Escape: meanings.clear,
    "+": () => meanings.zoom(true),
    "=": () => meanings.zoom(true),
    "-": () => meanings.zoom(false),
    0: meanings.reset,
  };
  const handle = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== element) return;
    const direction = directions[event.key];
    if (direction) meanings.walk(direction, event.shiftKey);
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
  };
  element.addEventListener("keydown", handle, { signal });
}

/** Keep key presses inside a component. @param {Node} root @param {AbortSignal} signal */
export function keepKeysIn(root, signal) {
  for (const type of ["keydown", "keypress", "keyup"]) {
    root.addEventListener(type, (event) => event.stopPropagation(), { signal });
  }
}
