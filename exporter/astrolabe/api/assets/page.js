/** The page: wires navigation, search, keys, changes and the drawing. */

import { follow } from "./changes.js";
import { Drawings } from "./drawing.js";
import { listen } from "./keys.js";
import { Navigation, tell } from "./navigation.js";
import { Pace } from "./pace.js";
import { touches } from "./relevance.js";
import { Search } from "./search.js";

const view = /** @type {HTMLElement} */ (document.getElementById("view"));
const input = /** @type {HTMLInputElement} */ (document.getElementById("search"));
const live = /** @type {HTMLElement} */ (document.getElementById("live"));

const drawings = new Drawings(view, (address) => void navigation.go(address));
const navigation = new Navigation(view, () => drawings.shown());
const search = new Search(input, (address) => void navigation.go(address));
const lists = new Pace(() => navigation.renew());

listen(view, () => search.focus(), () => navigation.back());
drawings.shown();
follow({
  changed(change) {
    // Causes and impact reach further than what is shown: whatever changes, the lists are renewed in the end.
    const soon = touches(change, view);
    lists.ask(soon);
    if (soon) drawings.ask();
  },
  restarted() {
    lists.ask(true);
    drawings.ask();
  },
  connected(is) {
    if (live.classList.contains("away") && is) tell("connected again");
    live.className = is ? "live" : "away";
    live.textContent = is ? "live" : "disconnected";
  },
});
