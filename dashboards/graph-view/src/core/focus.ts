/** In a large picture, a group with trouble shows the trouble and who suffers from it; the rest is one card. */

import type { Card, Link } from "./cards.ts";
import { needsLook } from "./objects.ts";
import { worst } from "./status.ts";
import { compare, count } from "./text.ts";

/** Fewer are not worth a card of their own. */
const FEW = 3;
const CALM_KINDS = new Set(["Ingress", "Service"]);

/** The card that stands for the rest of a group. */
export function restOf(group: string): string {
  return `rest:${group}`;
}

/** Split the cards of a group into those that are shown and one for the others; null where all are shown. */
export function focus(group: string, cards: readonly Card[], links: readonly Link[], opened: ReadonlySet<string>): Card[] | null {
  const kept = new Set(cards.filter((card) => needsLook(card) || card.open || opened.has(card.id)).map((card) => card.id));
  for (const link of links) if (link.trouble || link.missing) kept.add(link.source).add(link.target);
  const byId = new Map(cards.map((card) => [card.id, card]));
  // Who suffers: a Service of what is broken, an Ingress of that.
  for (let step = 0; step < 2; step++)
    for (const link of links)
      if (kept.has(link.target) && CALM_KINDS.has(byId.get(link.source)?.thing?.kind ?? "")) kept.add(link.source);
  const rest = cards.filter((card) => !kept.has(card.id));
  if (rest.length <= FEW || rest.length === cards.length) return null;
  const shown = cards.filter((card) => kept.has(card.id));
  const first = Math.min(...shown.map((card) => card.layer));
  return [...shown, restCard(group, rest, first)].sort((a, b) => compare(a.id, b.id));
}

function restCard(group: string, rest: readonly Card[], layer: number): Card {
  const members = rest.flatMap((card) => [...(card.thing ? [card.thing] : []), ...card.members]);
  return {
    id: restOf(group),
    form: "stack",
    thing: null,
    title: `${count(members.length, "object")} more`,
    subtitle: "nothing wrong with them",
    message: "",
    status: worst(rest.map((card) => card.status)),
    tone: "Ready",
    layer,
    group,
    members,
    open: false,
  };
}
