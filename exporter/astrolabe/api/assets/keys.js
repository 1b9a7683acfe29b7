/** Keys of the whole page: `/` searches, arrows go through lists, Escape goes back. */

/**
 * @param {HTMLElement} view
 * @param {() => void} search
 * @param {() => void} back
 */
export function listen(view, search, back) {
  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    // Who types, or is in the drawing, means something else by these keys.
    if (event.defaultPrevented || modified || target.matches("input, textarea, select") || target.closest(".drawing")) return;
    if (event.key === "/") {
      event.preventDefault();
      search();
    } else if (event.key === "Escape") {
      back();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = neighbour(view, target, event.key === "ArrowDown" ? 1 : -1);
      if (!next) return;
      event.preventDefault();
      next.focus();
    }
  });
}

/**
 * @param {HTMLElement} view
 * @param {HTMLElement} from what has the focus
 * @param {number} step
 * @returns {HTMLElement | undefined} the first link of the row after it, or before it
 */
function neighbour(view, from, step) {
  /** @type {HTMLElement[]} */
  const firsts = [];
  for (const row of view.querySelectorAll("tbody tr, .objects li")) {
    const link = row.querySelector("a");
    if (link) firsts.push(link);
  }
  const row = from.closest("tr, li");
  const at = firsts.findIndex((link) => row?.contains(link));
  if (at >= 0) return firsts[at + step];
  return step > 0 && (from === view || from === document.body) ? firsts[0] : undefined;
}
