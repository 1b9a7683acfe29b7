/** Groups as boxes: which of them are unfolded, and which are one card. */

import type { Box, Card, Choices, Link } from "./cards.ts";
import { focus, restOf } from "./focus.ts";
import { CLUSTER } from "./grouping.ts";
import { needsLook } from "./objects.ts";
import { STATUSES, worst, type Status } from "./status.ts";
import { compare, count } from "./text.ts";

/** With more cards than this, only groups with something to look at are unfolded. */
export const CALM = 110;
/** What is unfolded by itself ends here. */
const BUSY = 260;

/** Put cards into boxes, in the order of names. */
export function boxes(cards: readonly Card[], links: readonly Link[], choices: Choices): Box[] {
  const groups = new Map<string, Card[]>();
  for (const card of cards) {
    const known = groups.get(card.group);
    if (known) known.push(card);
    else groups.set(card.group, [card]);
  }
  const of = new Map(cards.map((card) => [card.id, card.group]));
  const among = new Map<string, Link[]>([...groups.keys()].map((name) => [name, []]));
  for (const link of links)
    for (const name of new Set([of.get(link.source), of.get(link.target)])) if (name !== undefined) among.get(name)?.push(link);
  let drawn = 0;
  // What all share comes last: lines to it lead to the right, as all lines do.
  const names = [...groups.keys()].sort((a, b) => Number(a === CLUSTER) - Number(b === CLUSTER) || compare(a, b));
  const calm = cards.length <= CALM || names.length === 1;
  return names.map((name) => {
    const inside = groups.get(name) as Card[];
    const chosen = choices.groups.get(name);
    const focused = calm || chosen ? null : focus(name, inside, among.get(name) as Link[], choices.opened);
    const shown = focused ?? inside;
    const wanted = calm || inside.some(needsLook);
    const open = chosen ?? (wanted && (calm || drawn === 0 || drawn + shown.length <= BUSY));
    if (open) drawn += shown.length;
    return box(name, inside, open ? shown : null, choices);
  });
}

function box(name: string, inside: readonly Card[], shown: readonly Card[] | null, choices: Choices): Box {
  const tally = new Map<Status, number>();
  for (const card of inside)
    for (const status of statusesOf(card)) tally.set(status, (tally.get(status) ?? 0) + 1);
  const title = name === CLUSTER ? (choices.groupBy === "none" ? "" : "Cluster") : name;
  const cards = shown ? [...shown].sort(inOrder) : [groupCard(name, title || "Everything", inside, tally)];
  const kept = new Set(cards.map((card) => card.id));
  const stands = shown ? restOf(name) : (cards[0] as Card).id;
  const folded = new Map(inside.filter((card) => !kept.has(card.id)).map((card) => [card.id, stands]));
  return { name, title, cards, folded, open: shown !== null, tally };
}

/** Of each object that a card stands for. */
export function statusesOf(card: Card): Status[] {
  const own = card.thing ? [card.status] : [];
  return [...own, ...card.members.map((member) => member.status)];
}

function groupCard(name: string, title: string, inside: readonly Card[], tally: ReadonlyMap<Status, number>): Card {
  const number = [...tally.values()].reduce((sum, each) => sum + each, 0);
  const trouble = inside.flatMap(statusesOf);
  return {
    id: `group:${name}`,
    form: "group",
    thing: null,
    title,
    subtitle: count(number, "object"),
    message: [...STATUSES]
      .reverse()
      .filter((status) => status !== "Ready" && status !== "Unknown" && tally.has(status))
      .map((status) => `${tally.get(status)} ${status}`)
      .join(", "),
    status: worst(trouble),
    tone: worst(trouble),
    layer: 0,
    group: name,
    members: inside.flatMap((card) => [...(card.thing ? [card.thing] : []), ...card.members]),
    open: false,
  };
}

function inOrder(a: Card, b: Card): number {
  return a.layer - b.layer || compare(a.title, b.title) || compare(a.id, b.id);
}
