/** The selected object, and everything that hands do: clicks and keys. */

import type { Card } from "./core/cards.ts";
import type { Causes } from "./core/causes.ts";
import type { Picture } from "./core/layout.ts";
import type { Model } from "./core/model.ts";
import { towards, type Direction } from "./core/neighbours.ts";
import { around, type Staged } from "./core/scene.ts";
import { podsOf } from "./core/objects.ts";
import { isOpenable } from "./draw/cardview.ts";
import { details } from "./draw/details.ts";
import type { Parts } from "./draw/parts.ts";
import type { GraphViewOptions } from "./face.ts";

export interface Shown {
  readonly model: Model;
  readonly causes: Causes;
  readonly scene: Staged;
  readonly picture: Picture;
}

interface Acts {
  readonly open: (card: Card) => void;
  readonly close: (card: Card) => void;
}

/** Milliseconds within which two clicks are a double click; systems use 500 unless told otherwise. */
const TWICE = 500;

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
};

export class Selection {
  /** The object that is selected, or the card where that is of many. */
  private id: string | null = null;
  private shown: Shown | undefined;
  /** When the picture was clicked, in the milliseconds of events. */
  private clicked = -Infinity;

  constructor(private readonly parts: Parts, private readonly options: GraphViewOptions, private readonly acts: Acts) {
    parts.stage.addEventListener("click", (event) => this.click(event));
    parts.stage.addEventListener("dblclick", (event) => this.openByHand(this.cardAt(event.target)));
    parts.details.addEventListener("click", (event) => {
      // The panel that the first click of two called has come between: the second means the card, too.
      if (event.detail !== 2 || event.timeStamp - this.clicked > TWICE) return;
      event.stopImmediatePropagation();
      this.openByHand(this.card());
    }, true);
    parts.view.addEventListener("keydown", (event) => this.key(event));
    parts.stage.addEventListener("focusin", (event) => {
      const id = this.cardAt(event.target)?.id;
      const spot = id && this.shown?.picture.spots.get(id);
      if (spot && (event.target as Element).matches(":focus-visible")) parts.camera.show(spot);
    });
  }

  /** Take in a new picture; what was selected stays, if it is still there. */
  show(shown: Shown): void {
    this.shown = shown;
    if (this.id !== null && !this.card()) this.clear();
    else this.paint();
  }

  choose(id: string, focus = true): void {
    const before = this.id;
    this.id = id;
    const card = this.card();
    if (!card) return;
    this.paint();
    const spot = this.shown?.picture.spots.get(card.id);
    if (focus && spot) {
      // Not after a click, which would move what is clicked.
      this.parts.camera.beside = true;
      if (!this.parts.camera.moved) this.parts.fit();
      if (!this.parts.camera.whole) this.parts.camera.show(spot);
      this.parts.canvas.card(card.id)?.focus({ preventScroll: true });
    }
    if (before !== id) this.options.onSelect?.(card.form === "object" ? id : null);
  }

  clear(): void {
    if (this.id === null) return;
    this.id = null;
    this.parts.camera.beside = false;
    this.paint();
    this.options.onSelect?.(null);
  }

  private card(): Card | undefined {
    const scene = this.shown?.scene;
    return this.id === null ? undefined : scene?.cards.get(scene.cardOf.get(this.id) ?? this.id);
  }

  private cardAt(target: EventTarget | null): Card | undefined {
    const id = (target as Element | null)?.closest?.(".card")?.getAttribute("data-id");
    return id ? this.shown?.scene.cards.get(id) : undefined;
  }

  private openByHand(card: Card | undefined): void {
    if (card && card.form === "object" && !isOpenable(card)) this.acts.open(card);
  }

  private click(event: MouseEvent): void {
    this.clicked = event.timeStamp;
    const card = this.cardAt(event.target);
    if (!card) return this.clear();
    this.choose(card.id, false);
    if (isOpenable(card)) this.acts.open(card);
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.composedPath()[0] as Element;
    const typing = target.matches("input[type=search], select");
    if (event.key === "Escape") {
      const card = this.card();
      this.clear();
      if (card) this.parts.canvas.card(card.id)?.focus({ preventScroll: true });
    } else if (typing) return;
    else if (event.key === "/") this.parts.toolbar.search.focus();
    else if (event.key === "+" || event.key === "=") this.parts.camera.zoomBy(1.3, undefined, undefined, true);
    else if (event.key === "-") this.parts.camera.zoomBy(1 / 1.3, undefined, undefined, true);
    else if (event.key === "0") this.parts.fit(true);
    else if (!this.onCard(event, target)) return;
    event.preventDefault();
  }

  private onCard(event: KeyboardEvent, target: Element): boolean {
    const card = this.cardAt(target);
    const direction = ARROWS[event.key];
    if (!card || !this.shown) return false;
    if (direction) {
      const next = towards(card.id, direction, this.shown.picture.spots);
      if (next) this.parts.canvas.card(next)?.focus({ preventScroll: true });
    } else if (event.key === "Enter") {
      this.choose(card.id);
      this.acts.open(card);
    } else if (event.key === " ") this.choose(card.id);
    else if (event.key === "Backspace") this.acts.close(card);
    else return false;
    return true;
  }

  /** Mark the selected card, and dim what has nothing to do with it. */
  private paint(): void {
    const card = this.card();
    const { canvas, details: panel } = this.parts;
    canvas.select(card?.id);
    panel.classList.toggle("hidden", !card);
    if (!card || !this.shown) return canvas.emphasize(undefined, () => false);
    const { model, causes, scene } = this.shown;
    const thing = (this.id !== null && model.things.get(this.id)) || card.thing;
    const near = around(card.id, scene.links);
    const bright = new Set(near.map((link) => link.id));
    const lit = new Set([card.id, ...near.flatMap((link) => [link.source, link.target])]);
    const way = thing ? causes.of(thing.id).flatMap((cause) => cause.path) : [];
    for (const id of way) {
      const on = scene.cardOf.get(id);
      if (on) lit.add(on);
    }
    for (const link of scene.links) if (link.trouble && lit.has(link.source) && lit.has(link.target)) bright.add(link.id);
    canvas.emphasize(lit, (link) => bright.has(link));
    details(panel, card, thing, model, causes, {
      go: (id) => this.parts.go(id),
      close: () => this.clear(),
      offers: this.offers(card),
    });
  }

  private offers(card: Card): (readonly [string, () => void])[] {
    const found: (readonly [string, () => void])[] = [];
    if (card.form !== "object") found.push(["Unfold", () => this.acts.open(card)]);
    else if (podsOf(card).length) found.push([card.open ? "Fold Pods" : "Unfold Pods", () => this.acts.open(card)]);
    else if (this.options.onOpen && card.thing) found.push(["Open", () => this.acts.open(card)]);
    if (this.shown?.scene.stackOf.has(card.id)) found.push(["Fold again", () => this.acts.close(card)]);
    return found;
  }
}
