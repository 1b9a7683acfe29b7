/** Whether a change is about what is shown. */

/** @typedef {import("./changes.js").Change} Change */

/**
 * @param {Change} change
 * @param {HTMLElement} view
 * @returns {boolean}
 */
export function touches(change, view) {
  const asked = new URLSearchParams(window.location.search);
  const namespace = asked.get("namespace") ?? asked.get("release")?.split("/")[0];
  const object = asked.get("object");
  // The overview counts everything.
  if (![...asked.keys()].length) return true;
  /** @type {Set<string | null | undefined>} */
  const uids = new Set();
  /** @type {Set<string | null | undefined>} */
  const ids = new Set([object]);
  for (const link of view.querySelectorAll("a.object")) {
    const { uid, id } = /** @type {HTMLElement} */ (link).dataset;
    uids.add(uid);
    ids.add(id);
  }
  return (
    change.nodes.some((node) => uids.has(node.uid) || ids.has(idOf(node)) || (namespace && node.namespace === namespace)) ||
    change.gone.some((uid) => uids.has(uid)) ||
    [...change.edges.added, ...change.edges.removed].some((edge) => uids.has(edge.from) || uids.has(edge.to))
  );
}

/**
 * @param {{kind: string, namespace: string, name: string}} node
 * @returns {string} the id of an object
 */
export function idOf({ kind, namespace, name }) {
  return namespace ? `${kind}/${namespace}/${name}` : `${kind}/${name}`;
}
