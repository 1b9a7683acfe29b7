/** The picture as SVG. What did not change is left alone, so that an update costs what it changes. */

import type { Card, Link } from "../core/cards.ts";
import { lineOf, LINES } from "../core/edgetypes.ts";
import type { Frame, Picture } from "../core/layout.ts";
import { HEADER, type Spot } from "../core/strips.ts";
import { STATUSES } from "../core/status.ts";
import { fill, type Why } from "./cardview.ts";
import { svg } from "./dom.ts";
import { shape } from "./shapes.ts";

export interface Drawn {
  readonly picture: Picture;
  readonly cards: ReadonlyMap<string, Card>;
  readonly links: readonly Link[];
  readonly why: (card: Card) => Why;
}

interface Kept {
  readonly element: SVGGElement;
  signature: string;
  place: string;
}

export class Canvas {
  private readonly frames = new Map<string, Kept>();
  private readonly links = new Map<string, Kept>();
  private readonly cards = new Map<string, Kept>();
  private readonly below = svg("g", { class: "frames" });
  private readonly lines = svg("g", { class: "links", "aria-hidden": "true" });
  private readonly above = svg("g", { class: "cards" });
  private chosen: string | undefined;
  readonly plane = svg("g", { class: "plane" }, this.below, this.lines, this.above);

  /** Draw; yields now and then. */
  *draw({ picture, cards, links, why }: Drawn): Generator<undefined, void> {
    yield* keep(this.frames, this.below, picture.frames.filter((frame) => frame.box.title).map((frame) => ({
      id: frame.box.name,
      signature: JSON.stringify([frame.x, frame.y, frame.width, frame.height, frame.headings, [...frame.box.tally]]),
      fill: (group: SVGGElement) => fillFrame(group, frame),
    })));
    // Those that lead to a cause are drawn over the others.
    const sorted = [...links].sort((a, b) => Number(a.trouble) - Number(b.trouble));
    yield* keep(this.links, this.lines, sorted.map((link) => {
      const way = picture.ways.get(link.id)!;
      return {
        id: link.id,
        signature: `${way.path} ${link.trouble} ${link.missing} ${link.count}`,
        fill: (group: SVGGElement) => fillLink(group, link, way),
      };
    }));
    const order = [...cards.values()].filter((card) => picture.spots.has(card.id));
    yield* keep(this.cards, this.above, order.map((card) => {
      const body = picture.bodies.get(card.id)!;
      const about = why(card);
      return {
        id: card.id,
        signature: JSON.stringify([card.form, card.status, card.tone, card.layer, card.open, card.group, card.thing?.colour, body, about]),
        fill: (group: SVGGElement) => fill(group, card, body, about),
        at: picture.spots.get(card.id),
      };
    }));
  }

  card(id: string): SVGGElement | undefined {
    return this.cards.get(id)?.element;
  }

  /** Mark one card as selected. */
  select(id: string | undefined): void {
    this.chosen = id;
    for (const [other, { element }] of this.cards) {
      element.classList.toggle("selected", other === id);
      element.toggleAttribute("aria-current", other === id);
    }
  }

  selected(): string | undefined {
    return this.chosen;
  }

  /** Dim everything but these cards and the links that `bright` tells; undefined dims nothing. */
  emphasize(cards: ReadonlySet<string> | undefined, bright: (link: string) => boolean): void {
    for (const [id, { element }] of this.cards) element.classList.toggle("dim", cards !== undefined && !cards.has(id));
    for (const [id, { element }] of this.links) {
      element.classList.toggle("dim", cards !== undefined && !bright(id));
      element.classList.toggle("bright", cards !== undefined && bright(id));
    }
  }
}

interface Wanted {
  readonly id: string;
  readonly signature: string;
  readonly fill: (group: SVGGElement) => void;
  /** Where it stands, if that is not part of it. */
  readonly at?: Spot | undefined;
}

/** Make the children of `parent` what is wanted, in that order; the order of the document is that of the Tab key. */
function* keep(kept: Map<string, Kept>, parent: SVGGElement, wanted: readonly Wanted[]): Generator<undefined, void> {
  const ids = new Set(wanted.map((each) => each.id));
  for (const [id, { element }] of kept)
    if (!ids.has(id)) {
      element.remove();
      kept.delete(id);
    }
  let next = parent.firstElementChild;
  for (const { id, signature, fill, at } of wanted) {
    let found = kept.get(id);
    if (!found) {
      found = { element: svg("g", { "data-id": id, ...(at ? { tabindex: 0, role: "button" } : {}) }), signature: "", place: "" };
      kept.set(id, found);
    }
    if (found.signature !== signature) {
      fill(found.element);
      found.signature = signature;
      yield;
    }
    const place = at ? `translate(${at.x}px, ${at.y}px)` : "";
    if (found.place !== place) found.element.style.transform = found.place = place;
    if (found.element === next) next = next.nextElementSibling;
    else parent.insertBefore(found.element, next);
  }
}

function fillFrame(group: SVGGElement, { box, x, y, width, height, headings }: Frame): void {
  group.setAttribute("class", "frame");
  group.setAttribute("transform", `translate(${x} ${y})`);
  const tally = svg("g", { class: "tally" });
  let right = width - 20;
  for (const status of STATUSES) {
    const number = box.tally.get(status);
    if (!number) continue;
    tally.append(svg("text", { class: "small end", x: right, y: HEADER / 2 + 4 }, String(number)));
    right -= 12 + String(number).length * 7;
    tally.append(svg("g", { transform: `translate(${right} ${HEADER / 2})` }, shape(status, 13)));
    right -= 20;
  }
  group.replaceChildren(
    svg("rect", { class: "ground", width, height, rx: 12 }),
    svg("g", { class: "name", transform: `translate(18 ${HEADER / 2 + 6})` }, svg("text", { "data-fold": box.name }, box.title)),
    tally,
    ...headings.map((heading) => svg("text", { class: "heading", x: heading.x, y: heading.y + 9 }, heading.text)),
  );
}

function fillLink(group: SVGGElement, link: Link, { path, head }: { path: string; head: readonly [number, number, boolean] }): void {
  const { dash, width } = LINES[lineOf(link.type)];
  group.setAttribute("class", `link ${lineOf(link.type)}${link.trouble ? " trouble" : ""}${link.missing ? " missing" : ""}`);
  const [x, y, right] = head;
  const back = right ? -8 : 8;
  const title = svg("title", {}, `${link.source} ${link.type} ${link.target}${link.count > 1 ? ` (${link.count})` : ""}`);
  group.replaceChildren(
    title,
    svg("path", { class: "line", d: path, "stroke-dasharray": dash || undefined, "stroke-width": width + (link.trouble ? 1.2 : 0) }),
    svg("path", { class: "head", d: `M${x} ${y}l${back}-4.5v9Z` }),
  );
}
