/**
 * The changes of the graph as they come, and whether they come at all.
 *
 * The browser reconnects by itself after a broken connection, and not after an answer that is an error: that is
 * done here. While nobody looks at the page it lets go of its connection, of which a browser has six for a host.
 */

/**
 * @typedef {object} Change what leads from one state of the graph to a later one; objects are named by UID
 * @property {{uid: string, kind: string, namespace: string, name: string, status: string}[]} nodes
 * @property {string[]} gone
 * @property {{added: {from: string, to: string}[], removed: {from: string, to: string}[]}} edges
 */

const SOURCE = "api/v1/changes";
const SHORTEST = 1_000;
const LONGEST = 15_000;

/**
 * @param {object} listener
 * @param {(change: Change) => void} listener.changed
 * @param {() => void} listener.restarted there may have been changes that nobody told
 * @param {(live: boolean) => void} listener.connected
 */
export function follow({ changed, restarted, connected }) {
  /** @type {EventSource | undefined} */
  let source;
  let patience = SHORTEST;
  let timer = 0;

  const open = () => {
    window.clearTimeout(timer);
    source?.close();
    source = new EventSource(SOURCE);
    source.addEventListener("open", () => {
      patience = SHORTEST;
      connected(true);
      restarted();
    });
    source.addEventListener("message", (event) => changed(JSON.parse(event.data)));
    source.addEventListener("reset", restarted);
    source.addEventListener("error", () => {
      connected(false);
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = window.setTimeout(open, patience);
      patience = Math.min(2 * patience, LONGEST);
    });
  };
  const close = () => {
    window.clearTimeout(timer);
    source?.close();
    source = undefined;
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  // A page that comes back from the browser's cache has no connection any more.
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  if (!document.hidden) open();
}
