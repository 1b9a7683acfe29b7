/** Finds objects while somebody types: a combobox whose choices the exporter finds. */

import { tell } from "./navigation.js";

/** @typedef {{id: string, kind: string, namespace: string, name: string, status: string, message: string}} Hit */

const WAIT = 90;
const MOST = 12;

export class Search {
  #input;
  #go;
  #list = document.createElement("ul");
  #timer = 0;
  /** @type {AbortController | undefined} */
  #asking;
  /** @type {string[]} */
  #addresses = [];
  #active = -1;

  /**
   * @param {HTMLInputElement} input
   * @param {(address: string) => void} go
   */
  constructor(input, go) {
    this.#input = input;
    this.#go = go;
    this.#list.id = "results";
    this.#list.hidden = true;
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", "Objects found");
    input.closest("search")?.append(this.#list);
    for (const [name, value] of [["role", "combobox"], ["aria-controls", "results"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]]) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", () => this.#typed());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.close());
    // Pressing a button of the mouse would take the focus, and with it the choices, before it is let go.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("li") : null;
      if (option) this.#open([...this.#list.children].indexOf(option));
    });
    input.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#open(this.#active);
    });
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  close() {
    window.clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#list.hidden = true;
    this.#addresses = [];
    this.#active = -1;
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
  }

  #typed() {
    window.clearTimeout(this.#timer);
    // What was found for other words is no answer any more.
    this.#active = -1;
    this.#addresses = [];
    if (!this.#input.value.trim()) this.close();
    else this.#timer = window.setTimeout(() => void this.#ask(), WAIT);
  }

  async #ask() {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const words = this.#input.value.trim();
    try {
      const query = new URLSearchParams({ q: words, limit: String(MOST) });
      const response = await fetch(`api/v1/search?${query}`, { signal: asking.signal });
      if (!response.ok) throw new Error(response.statusText);
      this.#show(await response.json(), words);
    } catch {
      if (!asking.signal.aborted) this.#show([], words);
    }
  }

  /**
   * @param {Hit[]} hits
   * @param {string} words
   */
  #show(hits, words) {
    this.#addresses = [...hits.map((hit) => addressOf(hit.id)), `?${new URLSearchParams({ q: words })}`];
    const all = document.createElement("li");
    all.append(`All objects with “${words}”`);
    this.#list.replaceChildren(...hits.map(optionOf), all);
    [...this.#list.children].forEach((option, number) => {
      option.id = `result-${number}`;
      option.setAttribute("role", "option");
    });
    this.#list.hidden = false;
    this.#input.setAttribute("aria-expanded", "true");
    tell(hits.length ? `${hits.length} found` : "nothing found");
    this.#activate(0);
  }

  /** @param {number} number */
  #activate(number) {
    this.#active = number;
    [...this.#list.children].forEach((option, each) => {
      option.setAttribute("aria-selected", String(each === number));
      if (each === number) option.scrollIntoView({ block: "nearest" });
    });
    this.#input.setAttribute("aria-activedescendant", `result-${number}`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const number = this.#addresses.length;
    if (event.key === "Escape") {
      // The browser would clear the field, too, while the choices are open.
      event.preventDefault();
      event.stopPropagation();
      if (!this.#list.hidden) this.close();
      else this.#leave();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && number) {
      event.preventDefault();
      this.#activate((this.#active + (event.key === "ArrowDown" ? 1 : number - 1)) % number);
    }
  }

  /** @param {number} number of the choice; none finds all objects with the words */
  #open(number) {
    const words = this.#input.value.trim();
    if (!words) return;
    const address = this.#addresses[number] ?? `?${new URLSearchParams({ q: words })}`;
    this.#leave();
    this.#go(address);
  }

  #leave() {
    this.close();
    this.#input.value = "";
    document.getElementById("view")?.focus({ preventScroll: true });
  }
}

/**
 * @param {string} id
 * @returns {string}
 */
export function addressOf(id) {
  return `?object=${encodeURIComponent(id).replaceAll("%2F", "/").replaceAll("%3A", ":")}`;
}

/**
 * @param {Hit} hit
 * @returns {HTMLElement}
 */
function optionOf(hit) {
  const option = document.createElement("li");
  option.append(span(`status ${hit.status}`, hit.status), " ", textOf(hit));
  return option;
}

/**
 * @param {Hit} hit
 * @returns {HTMLElement}
 */
function textOf(hit) {
  const name = document.createElement("b");
  name.textContent = hit.name;
  const text = document.createElement("span");
  text.append(span("kind", hit.kind), " ");
  if (hit.namespace) text.append(span("place", `${hit.namespace}/`));
  text.append(name);
  if (hit.message) text.append(" ", span("says", hit.message));
  return text;
}

/**
 * @param {string} name of its class
 * @param {string} text
 * @returns {HTMLElement}
 */
function span(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}
