/** From the model and what people chose to what is drawn. */

import { boxes } from "./boxes.ts";
import type { Card, Choices, Link, Scene } from "./cards.ts";
import type { Causes } from "./causes.ts";
import { restOf } from "./focus.ts";
import { group } from "./grouping.ts";
import { stack, relink } from "./stacks.ts";
import { Hosts, lift } from "./lifting.ts";
import type { Model } from "./model.ts";
import { needsLook, objectCards } from "./objects.ts";
import { rollUp } from "./rollup.ts";
import { compare, count } from "./text.ts";

/** More cards are not drawn: no person reads them, and a browser takes seconds. */
export const MOST_CARDS = 1500;

export interface Staged extends Scene {
  /** For each card of an opened stack the stack. */
  readonly stackOf: ReadonlyMap<string, string>;
}

/** Work out what is drawn. Yields between steps. */
export function* stage(model: Model, causes: Causes, choices: Choices): Generator<undefined, Staged> {
  const groups = group(model, choices.groupBy);
  const hosts = new Hosts(rollUp(model), choices.opened, model);
  yield;
  const lifted = lift(model, hosts, causes, choices.hidden);
  yield;
  const linked = new Set(lifted.links.flatMap((link) => [link.source, link.target]));
  const names = new Set(groups.values());
  const drawn = objectCards(model, hosts, groups, choices.opened, lifted).filter(
    (card) =>
      linked.has(card.id) ||
      needsLook(card) ||
      choices.opened.has(card.id) ||
      // A namespace is its box; what has relations, but none that is switched on, is switched off with them.
      !(lifted.related.has(card.id) || (card.thing?.kind === "Namespace" && names.has(card.thing.name))),
  );
  yield;
  const stacked = stack(drawn, lifted.links, lifted.related, choices.opened, choices.foldFrom);
  const fitting = fit(stacked.cards);
  yield;
  const joined = relink(lifted.links, stacked.into);
  const placed = boxes(fitting, joined, choices);
  const folded = new Map(placed.flatMap((box) => [...box.folded]));
  yield;
  const cards = new Map(placed.flatMap((box) => box.cards.map((card) => [card.id, card] as const)));
  const rests = new Set(placed.map((box) => restOf(box.name)));
  // Lines to what nothing is wrong with would say nothing.
  const links = relink(joined, folded).filter(
    ({ source, target }) => cards.has(source) && cards.has(target) && !rests.has(source) && !rests.has(target),
  );
  return {
    boxes: placed,
    cards,
    links,
    cardOf: cardOf(model, hosts, stacked.into, folded, cards),
    types: typesOf(model),
    notes: notesOf(model, stacked.cards.length - fitting.length),
    stackOf: stacked.from,
  };
}

function fit(cards: readonly Card[]): readonly Card[] {
  if (cards.length <= MOST_CARDS) return cards;
  const order = (card: Card) => (needsLook(card) ? 0 : 1);
  const kept = [...cards].sort((a, b) => order(a) - order(b) || compare(a.id, b.id)).slice(0, MOST_CARDS);
  return kept.sort((a, b) => compare(a.id, b.id));
}

function cardOf(
  model: Model,
  hosts: Hosts,
  into: ReadonlyMap<string, string>,
  folded: ReadonlyMap<string, string>,
  cards: ReadonlyMap<string, Card>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const id of model.things.keys()) {
    const host = hosts.of(id);
    const stacked = into.get(host) ?? host;
    const card = folded.get(stacked) ?? stacked;
    if (cards.has(card)) found.set(id, card);
  }
  return found;
}

function typesOf(model: Model): ReadonlyMap<string, number> {
  const types = new Map<string, number>();
  for (const { type } of model.relations) types.set(type, (types.get(type) ?? 0) + 1);
  return new Map([...types].sort(([a], [b]) => compare(a, b)));
}

function notesOf(model: Model, cut: number): readonly string[] {
  const notes = [...model.leftOut];
  if (cut > 0) notes.push(`${count(cut, "node")} left out: more than ${MOST_CARDS} cannot be read; choose fewer objects`);
  return notes;
}

/** The links that lead into a card or out of it. */
export function around(id: string, links: readonly Link[]): Link[] {
  return links.filter((link) => link.source === id || link.target === id);
}
