/** Lists of elements that change while one of them has the focus. */

/**
 * Show elements in a parent, in order; those in place are not touched, so that they keep the focus.
 * @param {HTMLElement} parent
 * @param {HTMLElement[]} elements
 */
export function arrange(parent, elements) {
  const wanted = new Set(elements);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, i) => {
    if (parent.children[i] !== element) parent.insertBefore(element, parent.children[i] ?? null);
  });
}
