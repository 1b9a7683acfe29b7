/** Everything the view puts into the page, and how it hangs together. */

import type { Card } from "../core/cards.ts";
import type { Causes } from "../core/causes.ts";
import type { Picture } from "../core/layout.ts";
import type { Model } from "../core/model.ts";
import type { Staged } from "../core/scene.ts";
import type { Spot } from "../core/strips.ts";
import type { GraphViewOptions, GroupBy, Theme } from "../face.ts";
import { Camera } from "./camera.ts";
import { Canvas } from "./canvas.ts";
import type { Why } from "./cardview.ts";
import { html, svg } from "./dom.ts";
import { Legend } from "./legend.ts";
import { STYLES } from "./styles.ts";
import { Toolbar } from "./toolbar.ts";

export interface Wishes {
  readonly go: (id: string) => void;
  readonly groupBy: (by: GroupBy) => void;
  readonly toggle: (type: string, shown: boolean) => void;
  readonly fold: (group: string) => void;
  readonly fit: () => void;
}

export interface Drawing {
  readonly model: Model;
  readonly causes: Causes;
  readonly scene: Staged;
  readonly picture: Picture;
  readonly before: Picture | undefined;
  readonly hidden: ReadonlySet<string>;
  readonly fit: boolean;
  readonly summary: string;
}

export class Parts {
  readonly canvas = new Canvas();
  readonly stage = svg("svg", { class: "stage", role: "group" }, this.canvas.plane);
  readonly details = html("aside", { class: "details hidden", "aria-label": "Selected object" });
  readonly camera: Camera;
  readonly toolbar: Toolbar;
  readonly view: HTMLElement;
  private readonly host = html("div");
  private readonly legend: Legend;
  private readonly note = html("div", { class: "note hidden", role: "status" });
  private readonly aside = html("div", { class: "aside", "aria-live": "polite" });
  private readonly empty = html("div", { class: "empty" }, "Nothing to draw yet");
  private readonly watch: ResizeObserver;
  private picture: Picture | undefined;
  /** Select an object. */
  readonly go: (id: string) => void;

  constructor(element: HTMLElement, options: GraphViewOptions, wishes: Wishes) {
    this.go = wishes.go;
    const reduced = matchMedia("(prefers-reduced-motion: reduce)");
    const covered = () => (this.details.offsetWidth ? this.details.offsetWidth + 12 : 0);
    this.camera = new Camera(this.stage, this.canvas.plane, () => reduced.matches, covered);
    const zoom = (factor: number) => this.camera.zoomBy(factor, undefined, undefined, true);
    this.toolbar = new Toolbar({ ...wishes, zoom }, options.groupBy ?? "namespace");
    this.legend = new Legend(wishes.toggle);
    const bottom = html("div", { class: "bottom" }, this.note);
    if (options.legend !== false) bottom.append(this.legend.element);
    this.view = html("div", { class: "view" });
    if (options.toolbar !== false) this.view.append(this.toolbar.element);
    this.view.append(html("div", { class: "middle" }, this.stage, this.empty, this.details), bottom, this.aside);
    this.setTheme(options.theme ?? "auto");
    const root = this.host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    root.append(this.view);
    this.host.style.height = "100%";
    element.append(this.host);
    this.stage.addEventListener("click", (event) => {
      const group = (event.target as Element).getAttribute("data-fold");
      if (group !== null) wishes.fold(group);
    });
    this.watch = new ResizeObserver(() => this.camera.moved || this.fit());
    this.watch.observe(this.stage);
  }

  /** Draw; yields now and then. */
  *draw({ model, causes, scene, picture, before, hidden, fit, summary }: Drawing): Generator<undefined, true> {
    this.picture = picture;
    // The camera first: what is drawn piece by piece appears where it stays.
    if (fit || !before?.spots.size || !this.camera.moved) this.fit();
    else this.hold(before, picture);
    yield* this.canvas.draw({ picture, cards: scene.cards, links: scene.links, why: (card) => whyOf(card, model, causes) });
    this.empty.classList.toggle("hidden", scene.cards.size > 0);
    this.stage.setAttribute("aria-label", summary);
    this.note.textContent = scene.notes.join(" · ");
    this.note.classList.toggle("hidden", !scene.notes.length);
    this.legend.show(scene.types, hidden);
    this.toolbar.show(model);
    return true;
  }

  fit(glide = false): void {
    if (this.picture) this.camera.fit({ x: 0, y: 0, width: this.picture.width, height: this.picture.height }, glide);
  }

  /** Have a sentence read out. */
  say(sentence: string): void {
    this.aside.textContent = sentence;
  }

  setTheme(theme: Theme): void {
    for (const each of ["light", "dark", "auto"]) this.view.classList.toggle(each, each === theme);
  }

  destroy(): void {
    this.watch.disconnect();
    this.camera.stop();
    this.host.remove();
  }

  /** Who has looked closer keeps in place what they look at: the selected card, else the one in the middle. */
  private hold(before: Picture, after: Picture): void {
    const selected = this.canvas.selected();
    const both = (id: string | undefined) => id !== undefined && before.spots.has(id) && after.spots.has(id);
    const middle = this.camera.middle();
    const far = ({ x, y, width, height }: Spot) => Math.hypot(x + width / 2 - middle[0], y + height / 2 - middle[1]);
    let anchor = both(selected) ? selected : undefined;
    let least = Number.POSITIVE_INFINITY;
    if (!anchor)
      for (const [id, spot] of before.spots)
        if (after.spots.has(id) && far(spot) < least) [anchor, least] = [id, far(spot)];
    if (anchor) this.camera.follow(before.spots.get(anchor) as Spot, after.spots.get(anchor) as Spot);
  }
}

function whyOf(card: Card, model: Model, causes: Causes): Why {
  if (!card.thing) return { explains: 0, because: "" };
  const [cause] = causes.of(card.thing.id);
  const found = cause && model.things.get(cause.id);
  return {
    explains: causes.explained.get(card.thing.id) ?? 0,
    because: found ? `${found.kind} ${found.name}, ${found.status}` : "",
  };
}
