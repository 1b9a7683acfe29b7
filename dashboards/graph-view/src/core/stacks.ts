/** Many healthy leaves of one parent become one card with their number. */

import type { Card, Link } from "./cards.ts";
import { POD_LAYER, shortKind, stackedAs } from "./kinds.ts";
import type { Thing } from "./model.ts";
import { needsLook } from "./objects.ts";
import { worst } from "./status.ts";
import { compare, count } from "./text.ts";

/** So many are still drawn one by one. */
const SINGLE = 2;
const SINGLE_POLICIES = 1;
const SINGLE_PODS = 8;
const WORKLOADS = 2;
const POLICIES = 1;

export interface Stacked {
  readonly cards: readonly Card[];
  /** For each card that vanished the stack that stands for it. */
  readonly into: ReadonlyMap<string, string>;
  /** For each card of an opened stack the stack. */
  readonly from: ReadonlyMap<string, string>;
}

/** Fold leaves. Cards without any relation at all are folded by group. */
export function stack(
  cards: readonly Card[],
  links: readonly Link[],
  related: ReadonlySet<string>,
  opened: ReadonlySet<string>,
  foldFrom?: number,
): Stacked {
  const parents = neighbours(links);
  const piles = new Map<string, Card[]>();
  for (const card of cards) {
    const key = pileOf(card, parents.get(card.id), related);
    if (!key) continue;
    const pile = piles.get(key);
    if (pile) pile.push(card);
    else piles.set(key, [card]);
  }
  const into = new Map<string, string>();
  const from = new Map<string, string>();
  const stacks: Card[] = [];
  for (const [id, pile] of piles) {
    const first = pile[0] as Card;
    if (pile.length <= most(first.layer, foldFrom)) continue;
    for (const card of pile) (opened.has(id) ? from : into).set(card.id, id);
    if (!opened.has(id)) stacks.push(stackCard(id, pile, related.has(first.id)));
  }
  const single = cards.filter((card) => !into.has(card.id));
  return { cards: [...single, ...stacks].sort((a, b) => compare(a.id, b.id)), into, from };
}

/** Move the ends of links to stacks. */
export function relink(links: readonly Link[], into: ReadonlyMap<string, string>): Link[] {
  const found = new Map<string, Link>();
  for (const link of links) {
    const source = into.get(link.source) ?? link.source;
    const target = into.get(link.target) ?? link.target;
    if (source === target) continue;
    const id = `${source} ${link.type} ${target}`;
    const known = found.get(id);
    found.set(id, {
      ...link,
      id,
      source,
      target,
      count: link.count + (known?.count ?? 0),
      missing: link.missing || (known?.missing ?? false),
      trouble: link.trouble || (known?.trouble ?? false),
    });
  }
  return [...found.values()].sort((a, b) => compare(a.id, b.id));
}

/** The stack that a card would belong to, if it is a leaf that nothing has to be known about. */
function pileOf(card: Card, near: ReadonlySet<string> | undefined, related: ReadonlySet<string>): string | null {
  if (needsLook(card) || card.open) return null;
  // Whether it is healthy is not known, and its colour would be lost.
  if (card.thing?.colour) return null;
  if (!related.has(card.id)) return `stack:alone ${card.group}`;
  const service = card.thing?.kind === "Service" || card.thing?.kind === "Ingress";
  if (near?.size !== 1 || service || card.layer === WORKLOADS || card.layer === 0) return null;
  const [parent] = near;
  // Pods on one Node are of many namespaces: each stack stands in the box of its own.
  return `stack:${card.layer} ${parent} in ${card.group}`;
}

function neighbours(links: readonly Link[]): ReadonlyMap<string, ReadonlySet<string>> {
  const near = new Map<string, Set<string>>();
  for (const { source, target } of links)
    for (const [one, other] of [[source, target], [target, source]] as const) {
      const known = near.get(one);
      if (known) known.add(other);
      else near.set(one, new Set([other]));
    }
  return near;
}

function stackCard(id: string, pile: readonly Card[], related: boolean): Card {
  const first = pile[0] as Card;
  const kinds = new Map<string, number>();
  for (const card of pile) kinds.set(card.subtitle, (kinds.get(card.subtitle) ?? 0) + 1);
  const parts = [...kinds].sort(([a], [b]) => compare(a, b)).map(([kind, number]) => count(number, shortKind(kind)));
  const members = pile.map((card) => card.thing as Thing);
  const title = parts.length === 1 ? (parts[0] as string) : count(pile.length, stackedAs(first.layer));
  return {
    id,
    form: "stack",
    thing: null,
    title: related ? title : count(pile.length, "object"),
    subtitle: related ? (parts.length === 1 ? "" : parts.join(", ")) : `without relations: ${parts.join(", ")}`,
    message: "",
    status: worst(pile.map((card) => card.status)),
    tone: "Ready",
    layer: related ? first.layer : 4,
    group: first.group,
    members,
    open: false,
  };
}

function most(layer: number, foldFrom: number | undefined): number {
  if (foldFrom !== undefined) return Math.max(foldFrom, 2) - 1;
  if (layer === POD_LAYER) return SINGLE_PODS;
  return layer === POLICIES ? SINGLE_POLICIES : SINGLE;
}
