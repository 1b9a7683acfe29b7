/** Groups as boxes: which of them are unfolded, and which are one card. */

import type { Box, Card, Choices } from "./cards.ts";
import { CLUSTER } from "./grouping.ts";
import { needsLook } from "./objects.ts";
import { STATUSES, worst, type Status } from "./status.ts";
import { compare, count } from "./text.ts";

/** With more cards than this, only groups with something to look at are unfolded. */
export const CALM = 110;
/** What is unfolded by itself ends here. */
const BUSY = 260;

/** Put cards into boxes, in the order of names. */
export function boxes(cards: readonly Card[], choices: Choices): Box[] {
  const groups = new Map<string, Card[]>();
  for (const card of cards) {
    const known = groups.get(card.group);
    if (known) known.push(card);
    else groups.set(card.group, [card]);
  }
  let drawn = 0;
  const names = [...groups.keys()].sort(compare);
  return names.map((name) => {
    const inside = groups.get(name) as Card[];
    const wanted = cards.length <= CALM || names.length === 1 || inside.some(needsLook);
    const byItself = wanted && (names.length === 1 || drawn === 0 || drawn + inside.length <= BUSY);
    const open = choices.groups.get(name) ?? byItself;
    if (open) drawn += inside.length;
    return box(name, inside, open, choices);
  });
}

function box(name: string, inside: readonly Card[], open: boolean, choices: Choices): Box {
  const tally = new Map<Status, number>();
  for (const card of inside)
    for (const status of statusesOf(card)) tally.set(status, (tally.get(status) ?? 0) + 1);
  const title = name === CLUSTER ? (choices.groupBy === "none" ? "" : "Cluster") : name;
  const cards = open ? [...inside].sort(inOrder) : [groupCard(name, title || "Everything", inside, tally)];
  return { name, title, cards, open, tally };
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
    layer: 0,
    group: name,
    members: inside.flatMap((card) => [...(card.thing ? [card.thing] : []), ...card.members]),
    open: false,
  };
}

function inOrder(a: Card, b: Card): number {
  return a.layer - b.layer || compare(a.title, b.title) || compare(a.id, b.id);
}
