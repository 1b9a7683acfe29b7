/** Which objects stand within others: Pods and ReplicaSets in their workload, EndpointSlices in their Service. */

import { isInner } from "./kinds.ts";
import type { Model, Thing } from "./model.ts";

/** Owners of owners beyond this are taken for a circle. */
const DEPTH = 16;

/** For each object that stands within another the outermost one. */
export function rollUp(model: Model): ReadonlyMap<string, string> {
  const owner = new Map<string, string>();
  for (const { source, target, type } of model.relations) {
    const inner = model.things.get(target) as Thing;
    if (type === "owns" && isInner(inner.kind) && source !== target && !owner.has(target)) owner.set(target, source);
  }
  for (const thing of model.things.values()) {
    if (owner.has(thing.id) || !isInner(thing.kind)) continue;
    const root = rootOf(thing, model);
    if (root) owner.set(thing.id, root);
  }
  const outer = new Map<string, string>();
  for (const id of owner.keys()) {
    const found = outermost(id, owner, model);
    if (found !== id) outer.set(id, found);
  }
  return outer;
}

/** A ReplicaSet or Job of nobody keeps its Pods; a Pod that a Node owns (from a file of it) is its own. */
function outermost(id: string, owner: ReadonlyMap<string, string>, model: Model): string {
  let found = id;
  for (let depth = 0; depth < DEPTH; depth++) {
    const above = owner.get(found);
    if (above === undefined || above === id || model.things.get(above)?.kind === "Node") break;
    found = above;
  }
  return found;
}

function rootOf(thing: Thing, model: Model): string | null {
  const slash = thing.root.indexOf("/");
  if (slash < 0 || thing.root.startsWith("Node/")) return null;
  const id = `${thing.root.slice(0, slash)}/${thing.namespace}/${thing.root.slice(slash + 1)}`;
  return model.things.has(id) && id !== thing.id ? id : null;
}
