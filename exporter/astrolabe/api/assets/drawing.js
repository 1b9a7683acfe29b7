/** Draws a namespace, a release or what surrounds an object, and links the picture with the lists. */

import { Pace } from "./pace.js";
import { picture } from "./picture.js";
import { addressOf } from "./search.js";

/** @typedef {import("./graph-view.js").GraphView} GraphView */

/** Objects of one picture; more of them tell nobody anything. */
const MOST = 3_000;

export class Drawings {
  #view;
  #go;
  /** @type {HTMLElement | null} */
  #place = null;
  /** @type {GraphView | undefined} */
  #graph;
  #pace = new Pace(() => this.#draw());
  /** The id that is selected in the picture. */
  #pointed = "";
  /** Whether that is our doing, and not somebody's in the picture. */
  #ours = false;
  /**
   * What had the focus last outside of the picture.
   * @type {HTMLElement | null}
   */
  #from = null;

  /**
   * @param {HTMLElement} view
   * @param {(address: string) => void} go
   */
  constructor(view, go) {
    this.#view = view;
    this.#go = go;
    view.addEventListener("focusin", (event) => this.#point(event));
    for (const type of ["pointerdown", "keydown"]) {
      view.addEventListener(type, (event) => {
        if (event.target === this.#place || this.#place?.contains(/** @type {Node} */ (event.target))) this.#ours = false;
      }, { capture: true });
    }
    window.addEventListener("hashchange", () => this.#select());
  }

  /** Look whether there is something to draw now. */
  shown() {
    /** @type {HTMLElement | null} */
    const place = this.#view.querySelector(".drawing");
    if (place === this.#place) {
      this.#mark();
      return;
    }
    this.#graph?.destroy();
    this.#graph = undefined;
    this.#pointed = "";
    this.#place = place;
    // Another picture does not wait for how long the last one took.
    this.#pace = new Pace(() => this.#draw());
    if (place) this.#pace.ask(true);
  }

  /** Draw it again, since something changed. */
  ask() {
    if (this.#place) this.#pace.ask(true);
  }

  async #draw() {
    const place = this.#place;
    if (!place) return;
    const [module, frames] = await Promise.all([loaded(), picture(place.dataset, window.location.search)]);
    if (place !== this.#place || !module || !frames) return;
    place.hidden = false;
    if (frames.nodes.length > MOST) {
      this.#graph?.destroy();
      this.#graph = undefined;
      const text = document.createElement("p");
      text.textContent = `${frames.nodes.length} objects are too many for a picture: choose a status or a kind.`;
      place.replaceChildren(text);
      return;
    }
    if (!this.#graph) {
      place.replaceChildren();
      this.#graph = module.createGraphView(place, {
        groupBy: place.dataset.focus ? "none" : "release",
        onSelect: (id) => this.#selected(id),
        onOpen: (id) => this.#go(addressOf(id)),
      });
    }
    const first = !place.dataset.drawn;
    place.dataset.drawn = "true";
    await this.#graph.update(frames.nodes, frames.edges);
    place.dataset.nodes = String(frames.nodes.length);
    if (first) this.#select();
  }

  /** Select in the picture what the address says. */
  #select() {
    this.#emphasize(chosen());
    this.#mark();
  }

  /** @param {string} id what is selected in the picture, which must not take the focus along */
  #emphasize(id) {
    if (!this.#graph || !id || id === this.#pointed) return;
    this.#pointed = id;
    this.#ours = true;
    this.#graph.select(id);
  }

  /** @param {string | null} id what is selected in the picture now */
  #selected(id) {
    if (this.#ours) {
      if (this.#place?.contains(document.activeElement)) this.#from?.focus({ preventScroll: true });
      return;
    }
    this.#pointed = id ?? "";
    const { pathname, search } = window.location;
    const hash = id ? `#${encodeURI(id)}` : "";
    window.history.replaceState(window.history.state, "", pathname + search + hash);
    this.#mark()?.scrollIntoView({ block: "nearest" });
  }

  /**
   * Show in the lists what is selected.
   * @returns {Element | undefined} the first place where it stands
   */
  #mark() {
    const id = chosen();
    let first;
    for (const row of this.#view.querySelectorAll("tr[data-key], li[data-key]")) {
      if (id && row.getAttribute("data-key") === id) {
        row.setAttribute("aria-current", "true");
        first ??= row;
      } else row.removeAttribute("aria-current");
    }
    return first;
  }

  /** @param {FocusEvent} event on a link of a list, which is selected in the picture as well */
  #point(event) {
    if (!(event.target instanceof HTMLElement) || this.#place?.contains(event.target)) return;
    this.#from = event.target;
    const link = event.target.closest("a.object");
    const id = link instanceof HTMLElement ? link.dataset.id : undefined;
    if (id && link?.matches(":focus-visible")) this.#emphasize(id);
  }
}

/** @returns {string} the id that the address has selected */
function chosen() {
  return decodeURI(window.location.hash.slice(1));
}

/** @returns {Promise<typeof import("./graph-view.js") | null>} null where there is none to be had */
async function loaded() {
  try {
    return await import("./graph-view.js");
  } catch {
    return null;
  }
}
