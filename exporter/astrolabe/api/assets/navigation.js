/**
 * Goes from view to view without loading the page: the exporter renders a view, and it takes the place of the
 * one that is shown. The address, back and forward work as they do without scripts.
 */

import { morph } from "./morph.js";

/**
 * @typedef {object} Place where somebody was in a view; kept in the history
 * @property {number} steps how many views of this page they came by
 * @property {number} [top]
 * @property {string} [focus]
 */

export class Navigation {
  #view;
  #shown;
  /** @type {AbortController | undefined} */
  #going;

  /**
   * @param {HTMLElement} view
   * @param {() => void} shown called when another view is there, or the same is new
   */
  constructor(view, shown) {
    this.#view = view;
    this.#shown = shown;
    window.history.scrollRestoration = "manual";
    document.addEventListener("click", (event) => this.#click(event));
    window.addEventListener("popstate", () => void this.#show(here(), place()));
  }

  /**
   * Show another view, and remember the way back.
   * @param {string} address
   */
  async go(address) {
    const focus = document.activeElement?.closest("a")?.getAttribute("href") ?? "";
    const { steps } = place();
    window.history.replaceState({ steps, top: window.scrollY, focus }, "");
    window.history.pushState({ steps: steps + 1 }, "", address);
    await this.#show(here(), place());
  }

  /** Go back to where somebody came from, or up to what the view belongs to where that is not here. */
  back() {
    if (place().steps) window.history.back();
    else if (window.location.search) void this.go([...this.#view.querySelectorAll(".breadcrumb a")].at(-1)?.getAttribute("href") ?? window.location.pathname);
  }

  /** Show the same view as it is now. */
  async renew() {
    if (this.#going) return;
    const address = here();
    const next = await this.#load(address, new AbortController());
    if (next && address === here() && !this.#going) this.#replace(next, morph);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    if (link.origin !== window.location.origin || link.pathname !== window.location.pathname || link.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    void this.go(link.href);
  }

  /**
   * @param {string} address
   * @param {Place} place where to go on in it
   */
  async #show(address, { top, focus }) {
    this.#going?.abort();
    const going = (this.#going = new AbortController());
    this.#view.classList.add("stale");
    const next = await this.#load(address, going);
    if (this.#going !== going) return;
    this.#going = undefined;
    this.#view.classList.remove("stale");
    if (!next) {
      tell("The exporter does not answer. The page shows it as soon as it does.");
      return;
    }
    this.#replace(next, (live, wanted) => live.replaceChildren(...wanted.childNodes));
    tell(document.title);
    window.scrollTo(0, top ?? 0);
    const link = focus && [...this.#view.querySelectorAll("a")].find((each) => each.getAttribute("href") === focus);
    (link || this.#view).focus({ preventScroll: true });
  }

  /**
   * @param {Document} next
   * @param {(live: HTMLElement, next: HTMLElement) => void} put
   */
  #replace(next, put) {
    document.title = next.title;
    for (const id of ["summary", "view"]) {
      const live = document.getElementById(id);
      const wanted = next.getElementById(id);
      if (live && wanted) put(live, wanted);
    }
    this.#shown();
  }

  /**
   * @param {string} address
   * @param {AbortController} going
   * @returns {Promise<Document | null>} null where the exporter has no answer
   */
  async #load(address, going) {
    try {
      const response = await fetch(address, { signal: going.signal, headers: { Accept: "text/html" } });
      if (!response.ok) return null;
      return new DOMParser().parseFromString(await response.text(), "text/html");
    } catch {
      return null;
    }
  }
}

/** @returns {Place} where somebody is, as the history knows it */
function place() {
  return { steps: 0, ...window.history.state };
}

/** @returns {string} path and query of what is shown */
function here() {
  return window.location.pathname + window.location.search;
}

/**
 * Say something to who listens to the page.
 * @param {string} text
 */
export function tell(text) {
  const said = document.getElementById("said");
  if (said) said.textContent = text;
}
