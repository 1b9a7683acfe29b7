/** Which box each object stands in. */

import type { GroupBy } from "../face.ts";
import type { Model, Thing } from "./model.ts";

/** The box of what belongs to no namespace and is shared by several. */
export const CLUSTER = "";

/** For each object the name of its box, by namespace or Helm release. */
export function group(model: Model, by: GroupBy): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  if (by === "none") {
    for (const id of model.things.keys()) groups.set(id, CLUSTER);
    return groups;
  }
  const homeless: Thing[] = [];
  for (const thing of model.things.values()) {
    const own = by === "release" ? releaseOf(thing) : thing.namespace;
    if (own) groups.set(thing.id, own);
    else homeless.push(thing);
  }
  settle(model, groups, homeless);
  return groups;
}

/** A release is unique only within its namespace. */
function releaseOf(thing: Thing): string {
  return thing.release && `${thing.release} in ${thing.namespace || "the cluster"}`;
}

/** What has no box of its own joins the only one that it is related to: a volume stands by its claim. */
function settle(model: Model, groups: Map<string, string>, homeless: readonly Thing[]): void {
  const related = new Map<string, Set<string>>(homeless.map((thing) => [thing.id, new Set()]));
  for (const { source, target } of model.relations) {
    const of = groups.get(source);
    const to = groups.get(target);
    if (to !== undefined) related.get(source)?.add(to);
    if (of !== undefined) related.get(target)?.add(of);
  }
  const all = new Set(groups.values());
  for (const thing of homeless) {
    const near = related.get(thing.id) as Set<string>;
    const [only] = near.size === 1 ? near : all.size === 1 ? all : [];
    groups.set(thing.id, only ?? (thing.namespace || CLUSTER));
  }
}
