/** What is known of the selected card: state, why, relations, what is within. */

import type { Card } from "../core/cards.ts";
import type { Cause, Causes } from "../core/causes.ts";
import { shortKind } from "../core/kinds.ts";
import type { Model, Thing } from "../core/model.ts";
import { troubled } from "../core/status.ts";
import { button, html } from "./dom.ts";
import { badge } from "./shapes.ts";

const MOST = 60;

export interface Acts {
  readonly go: (id: string) => void;
  readonly close: () => void;
  /** What can be done with the card: what the button says, and what it does. */
  readonly offers: readonly (readonly [string, () => void])[];
}

/** Fill the panel. `thing` is the selected object; null for a stack or a group. */
export function details(panel: HTMLElement, card: Card, thing: Thing | null, model: Model, causes: Causes, acts: Acts): void {
  const close = button("×", "Close (Escape)", acts.close);
  const parts: HTMLElement[] = [html("header", {}, html("h2", {}, thing?.name ?? card.title), close)];
  const where = thing ? [thing.kind, thing.namespace, thing.release && `release ${thing.release}`] : [card.subtitle];
  parts.push(html("p", { class: "type" }, where.filter(Boolean).join(" · ")));
  const status = thing?.status ?? card.status;
  parts.push(html("p", { class: "state" }, badge(status, thing?.colour), thing?.said || status));
  const message = thing ? thing.message : card.message;
  if (message) parts.push(html("p", {}, message));
  if (thing) {
    const found = reasons(thing, card, causes);
    if (found.length) parts.push(html("h3", {}, "Because of"));
    for (const cause of found) parts.push(list(cause.path.map((id) => entry(id, "", model, acts))));
    const explains = causes.explained.get(thing.id);
    if (explains && troubled(thing.status)) parts.push(html("p", {}, `Nearest cause of ${explains} that ${explains === 1 ? "is" : "are"} not Ready.`));
  }
  if (acts.offers.length) {
    const offered = acts.offers.map(([text, act]) => button(text, text, act));
    parts.push(html("div", { class: "acts" }, ...offered));
  }
  if (thing) parts.push(...relations(thing, model, acts));
  if (!thing || card.members.length) parts.push(...within(card, model, acts));
  panel.replaceChildren(...parts);
}

/** Why it is not Ready; of what is Ready why something within is not. */
function reasons(thing: Thing, card: Card, causes: Causes): readonly Cause[] {
  const own = causes.of(thing.id);
  if (own.length || thing !== card.thing) return own;
  const nearest = new Map<string, Cause>();
  for (const member of card.members) for (const cause of causes.of(member.id)) nearest.set(cause.id, cause);
  return [...nearest.values()].filter((cause) => !card.members.some((member) => member.id === cause.id)).slice(0, 3);
}

function relations(thing: Thing, model: Model, acts: Acts): HTMLElement[] {
  const out = model.relations.filter((relation) => relation.source === thing.id);
  const back = model.relations.filter((relation) => relation.target === thing.id);
  return [
    ...section("Refers to", out.map((relation) => [relation.target, relation.type])),
    ...section("Referred to by", back.map((relation) => [relation.source, relation.type])),
  ];

  function section(title: string, ends: readonly (readonly [string, string])[]): HTMLElement[] {
    if (!ends.length) return [];
    const shown = ends.slice(0, MOST).map(([id, type]) => entry(id, type, model, acts));
    return [html("h3", {}, `${title} (${ends.length})`), list(shown, ends.length - MOST)];
  }
}

function within(card: Card, model: Model, acts: Acts): HTMLElement[] {
  const order = (member: Thing) => (troubled(member.status) ? 0 : 1);
  const members = [...card.members].sort((a, b) => order(a) - order(b));
  const shown = members.slice(0, MOST).map((member) => entry(member.id, "", model, acts));
  return [html("h3", {}, `Within (${members.length})`), list(shown, members.length - MOST)];
}

function entry(id: string, type: string, model: Model, acts: Acts): HTMLElement {
  const thing = model.things.get(id);
  const name = thing ? `${shortKind(thing.kind)} ${thing.name}` : id;
  const parts = type ? [html("span", { class: "type" }, type)] : [];
  return html("li", {}, badge(thing?.status ?? "Unknown"), button(name, name, () => acts.go(id)), ...parts);
}

function list(entries: readonly HTMLElement[], more = 0): HTMLElement {
  const found = html("ul", {}, ...entries);
  if (more > 0) found.append(html("li", { class: "type" }, `and ${more} more`));
  return found;
}
