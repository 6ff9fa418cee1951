/**
 * Roles for the sidebar's navigation. Streamlit puts a section's heading and entries into a `div` within the
 * `ul`, which makes them no list to a screen reader (axe: list, listitem). They become what they look like:
 * groups of links, each named by its heading.
 */
const ITEMS = "[data-testid=stSidebarNavItems]";

/** Set the roles now and whenever the navigation is drawn anew. */
export function nameNavigation() {
  const name = () => {
    for (const list of document.querySelectorAll(`${ITEMS}:not([role])`)) list.setAttribute("role", "none");
    for (const entry of document.querySelectorAll(`${ITEMS} li:not([role])`)) {
      entry.setAttribute("role", "none");
      const heading = entry.parentElement.querySelector("[data-testid=stNavSectionHeader] p");
      if (!heading) continue;
      entry.parentElement.setAttribute("role", "group");
      entry.parentElement.setAttribute("aria-label", heading.textContent);
    }
  };
  name();
  new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
}
