/**
 * Large data that several components of the page share, by digest: Python sends each once (see `asset.js`).
 * Components are separate modules and cannot import each other, so the shelf hangs on the global object.
 */

const SHELF = Symbol.for("latent-explorer.assets");

/** @returns {{items: Map<string, {value: any, users: number}>, waiting: Map<string, Set<Function>>}} */
function shelf() {
  globalThis[SHELF] ??= { items: new Map(), waiting: new Map() };
  return globalThis[SHELF];
}

/**
 * Put `value` on the shelf and tell who waits for it.
 * @param {string} name
 * @param {any} value Arrays by name, an ImageBitmap, or an Error that says why there is neither.
 * @returns {() => void} Takes it down again, once nobody else provides it.
 */
export function provide(name, value) {
  const { items, waiting } = shelf();
  const item = items.get(name) ?? { value, users: 0 };
  item.value = value;
  item.users += 1;
  items.set(name, item);
  for (const tell of waiting.get(name) ?? []) tell(value);
  let provided = true;
  return () => {
    if (!provided) return;
    provided = false;
    item.users -= 1;
    if (item.users === 0 && items.get(name) === item) items.delete(name);
  };
}

/**
 * Call `tell` with the asset now, if it is there, and whenever it is provided.
 * @param {string} name
 * @param {(value: any) => void} tell
 * @returns {() => void} Stops the telling.
 */
export function whenProvided(name, tell) {
  const { items, waiting } = shelf();
  if (!waiting.has(name)) waiting.set(name, new Set());
  waiting.get(name).add(tell);
  if (items.has(name)) tell(items.get(name).value);
  return () => {
    waiting.get(name)?.delete(tell);
    if (waiting.get(name)?.size === 0) waiting.delete(name);
  };
}
