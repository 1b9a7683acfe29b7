/**
 * Goes from view to view without loading the page: the exporter renders a view, and it takes the place of the
 * one that is shown. The address, back and forward work as they do without scripts.
 */

import { morph } from "./morph.js";

/** @typedef {{top: number, focus: string}} Place where somebody was in a view */

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
    window.addEventListener("popstate", () => void this.#show(here(), this.#placeOf(window.history.state)));
  }

  /**
   * Show another view, and remember the way back.
   * @param {string} address
   */
  async go(address) {
    this.#leave();
    window.history.pushState(null, "", address);
    await this.#show(here(), null);
  }

  /** Show the same view as it is now. */
  async renew() {
    if (this.#going) return;
    const address = here();
    const next = await this.#load(address, new AbortController());
    if (next && address === here() && !this.#going) this.#replace(next);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    if (link.origin !== window.location.origin || link.pathname !== "/" || link.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    void this.go(link.href);
  }

  /** Remember where somebody is, for when they come back. */
  #leave() {
    const focus = document.activeElement?.closest("a")?.getAttribute("href") ?? "";
    window.history.replaceState({ top: window.scrollY, focus }, "");
  }

  /**
   * @param {unknown} state
   * @returns {Place | null}
   */
  #placeOf(state) {
    return state && typeof state === "object" && "top" in state ? /** @type {Place} */ (state) : { top: 0, focus: "" };
  }

  /**
   * @param {string} address
   * @param {Place | null} place where to go on in it; null begins at its head
   */
  async #show(address, place) {
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
    this.#view.replaceChildren();
    this.#replace(next);
    tell(document.title);
    window.scrollTo(0, place?.top ?? 0);
    const link = place?.focus && [...this.#view.querySelectorAll("a")].find((each) => each.getAttribute("href") === place.focus);
    (link || this.#view).focus({ preventScroll: true });
  }

  /** @param {Document} next */
  #replace(next) {
    document.title = next.title;
    for (const id of ["summary", "view"]) {
      const live = document.getElementById(id);
      const wanted = next.getElementById(id);
      if (live && wanted) morph(live, wanted);
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
