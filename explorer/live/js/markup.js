/**
 * Put a component's HTML and CSS into its place.
 * @param {Node} root
 * @param {{html: string, css: string}} markup
 */
export function write(root, { html, css }) {
  const style = document.createElement("style");
  style.textContent = css;
  const range = document.createRange();
  root.replaceChildren(style, range.createContextualFragment(html));
}
