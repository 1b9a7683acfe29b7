/**
 * Makes one element like another and keeps what is the same: focus, selected text and scroll positions stay.
 *
 * Children are told apart by `data-key` or `id`, others by their place. What is marked `data-keep` is left as
 * it is for as long as the other side has one with the same `data-source`: it is somebody else's to fill.
 */

/**
 * @param {Element} live what is shown
 * @param {Element} next what is to be shown; it is used up
 */
export function morph(live, next) {
  const focused = document.activeElement;
  replaceChildren(live, next);
  // What is moved loses the focus.
  if (focused instanceof HTMLElement && focused !== document.activeElement && live.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}

/**
 * @param {Element} live
 * @param {Element} next
 */
function replaceChildren(live, next) {
  const keyed = new Map();
  for (const child of live.children) if (keyOf(child)) keyed.set(keyOf(child), child);
  let place = live.firstChild;
  for (const wanted of [...next.childNodes]) {
    const key = wanted instanceof Element ? keyOf(wanted) : "";
    const found = key ? keyed.get(key) : place;
    if (found && alike(found, wanted)) {
      if (found === place) place = found.nextSibling;
      else live.insertBefore(found, place);
      become(found, wanted);
    } else {
      live.insertBefore(wanted, place);
      if (key && wanted instanceof Element && !keyed.has(key)) wanted.classList.add("changed");
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

/**
 * @param {Element} element
 * @returns {string} what tells it from its siblings; empty if only its place does
 */
function keyOf(element) {
  return element.getAttribute("data-key") ?? element.id;
}

/**
 * @param {Node} live
 * @param {Node} next
 * @returns {boolean} whether one can become the other
 */
function alike(live, next) {
  if (live instanceof Element && next instanceof Element) {
    return live.tagName === next.tagName && keyOf(live) === keyOf(next) && kept(live) === kept(next);
  }
  return live.nodeType === next.nodeType;
}

/**
 * @param {Element} element
 * @returns {string | null} what it is filled with by somebody else; null if by nobody
 */
function kept(element) {
  return element.hasAttribute("data-keep") ? element.getAttribute("data-source") : null;
}

/**
 * @param {Node} live
 * @param {Node} next
 */
function become(live, next) {
  if (!(live instanceof Element && next instanceof Element)) {
    if (live.nodeValue !== next.nodeValue) live.nodeValue = next.nodeValue;
    return;
  }
  if (kept(live) !== null || live.isEqualNode(next)) return;
  for (const { name } of [...live.attributes]) {
    // What people opened or chose is theirs.
    if (name !== "open" && name !== "aria-current" && !next.hasAttribute(name)) live.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name !== "open" && live.getAttribute(name) !== value) live.setAttribute(name, value);
  }
  replaceChildren(live, next);
}
