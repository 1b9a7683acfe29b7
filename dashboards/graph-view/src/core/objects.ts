/** Cards of single objects, with what stands within them. */

import type { Card } from "./cards.ts";
import { layerOf, POD_LAYER, shortKind } from "./kinds.ts";
import type { Hosts, Lifted } from "./lifting.ts";
import type { Model, Thing } from "./model.ts";
import { troubled, worst } from "./status.ts";
import { compare, count } from "./text.ts";

/** A card for each object that does not stand within another, in the order of ids. */
export function objectCards(
  model: Model,
  hosts: Hosts,
  groups: ReadonlyMap<string, string>,
  opened: ReadonlySet<string>,
  lifted: Lifted,
): Card[] {
  const members = new Map<string, Thing[]>();
  for (const thing of model.things.values()) {
    const host = hosts.outside(thing.id);
    if (host === thing.id) continue;
    const known = members.get(host);
    if (known) known.push(thing);
    else members.set(host, [thing]);
  }
  const leadsOn = new Set(lifted.links.map((link) => link.source));
  return [...model.things.values()]
    .filter((thing) => hosts.of(thing.id) === thing.id)
    .map((thing) => {
      const within = (members.get(thing.id) ?? []).sort((a, b) => compare(a.name, b.name));
      return objectCard(thing, within, groups, opened, leadsOn.has(thing.id), hosts);
    });
}

function objectCard(
  thing: Thing,
  members: readonly Thing[],
  groups: ReadonlyMap<string, string>,
  opened: ReadonlySet<string>,
  leadsOn: boolean,
  hosts: Hosts,
): Card {
  const layer = layerOf(thing.kind, leadsOn);
  const pods = members.filter((member) => member.kind === "Pod");
  const bad = pods.filter((pod) => troubled(pod.status));
  const tone = worst([thing.status, ...bad.map((pod) => pod.status)]);
  return {
    id: thing.id,
    form: "object",
    thing,
    title: thing.title,
    subtitle: shortKind(thing.kind),
    message: troubled(thing.status) ? thing.message : bad.length ? `${bad.length} of ${count(pods.length, "Pod")} in trouble` : thing.said,
    status: thing.status,
    tone,
    layer: hosts.outside(thing.id) === thing.id ? layer : POD_LAYER,
    group: groups.get(hosts.outside(thing.id)) ?? "",
    members,
    open: opened.has(thing.id) && members.some((member) => member.kind === "Pod"),
  };
}

/** Whether something in a card should be looked at. */
export function needsLook(card: Card): boolean {
  return troubled(card.status) || card.members.some((member) => troubled(member.status));
}

/** Pods within a card, which are its dots. */
export function podsOf(card: Card): readonly Thing[] {
  return card.members.filter((member) => member.kind === "Pod");
}
