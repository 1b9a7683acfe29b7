/** Relations between objects become links between the cards that the objects are drawn in. */

import type { Link } from "./cards.ts";
import type { Causes } from "./causes.ts";
import type { Model, Relation, Thing } from "./model.ts";
import { compare } from "./text.ts";

/** In every namespace, and in every Pod by its projected token: it would draw a star around nothing. */
const EVERYWHERE = /^ConfigMap\/[^/]+\/(kube-root-ca[.]crt|openshift-service-ca[.]crt)$/;

export interface Lifted {
  /** In the order of their ids. */
  readonly links: readonly Link[];
  /** Objects that are related to something outside their own card, whether that is drawn or not. */
  readonly related: ReadonlySet<string>;
}

/** Where objects are drawn that stand within others: those of opened workloads by themselves. */
export class Hosts {
  constructor(
    private readonly outer: ReadonlyMap<string, string>,
    private readonly opened: ReadonlySet<string>,
    private readonly model: Model,
  ) {}

  /** The card of an object. */
  of(id: string): string {
    const outer = this.outer.get(id);
    if (outer === undefined) return id;
    return this.opened.has(outer) && (this.model.things.get(id) as Thing).kind === "Pod" ? id : outer;
  }

  /** The workload of an object that stands within one, the object itself otherwise. */
  outside(id: string): string {
    return this.outer.get(id) ?? id;
  }
}

/** Lift relations; what `hidden` types would hide stays where it leads to a cause. */
export function lift(model: Model, hosts: Hosts, causes: Causes, hidden: ReadonlySet<string>): Lifted {
  const links = new Map<string, Link>();
  const related = new Set<string>();
  const next = new Map(causes.steps());
  const declared = declarations(model, hosts);
  for (const relation of model.relations) {
    const [source, target] = hostsOf(relation, hosts, declared);
    if (source === target) continue;
    const missing = isMissing(model, relation.source) || isMissing(model, relation.target);
    if (!missing && EVERYWHERE.test(relation.target)) continue;
    related.add(source).add(target);
    const trouble = next.get(relation.source) === relation.target || next.get(relation.target) === relation.source;
    if (hidden.has(relation.type) && !trouble) continue;
    const id = `${source} ${relation.type} ${target}`;
    const known = links.get(id);
    links.set(id, {
      id,
      source,
      target,
      type: relation.type,
      count: (known?.count ?? 0) + 1,
      missing: missing || (known?.missing ?? false),
      trouble: trouble || (known?.trouble ?? false),
    });
  }
  return { links: once([...links.values()], hidden).sort((a, b) => compare(a.id, b.id)), related };
}

/** What is shown for its trouble alone gives way to another relation of the same two, which shows the trouble. */
function once(links: readonly Link[], hidden: ReadonlySet<string>): Link[] {
  const pairs = new Map<string, Link[]>();
  for (const link of links) {
    const key = `${link.source} ${link.target}`;
    const pair = pairs.get(key);
    if (pair) pair.push(link);
    else pairs.set(key, [link]);
  }
  return [...pairs.values()].flatMap((pair) => {
    const [chosen, ...others] = pair.filter((link) => !hidden.has(link.type));
    if (!chosen) return pair.slice(0, 1);
    return [{ ...chosen, trouble: pair.some((link) => link.trouble) }, ...others.map((link) => ({ ...link, trouble: false }))];
  });
}

/** What is said of a Pod from outside is said of its workload; what all its Pods need, the workload needs. */
function hostsOf(relation: Relation, hosts: Hosts, declared: ReadonlySet<string>): readonly [string, string] {
  const outside = hosts.outside(relation.source);
  const within = outside === hosts.outside(relation.target);
  const source = declared.has(`${outside} ${relation.type} ${relation.target}`) ? outside : hosts.of(relation.source);
  if (!within) return [source, hosts.outside(relation.target)];
  // Between a workload and its own: drawn as one step, however many there are between.
  return relation.type === "owns" ? [outside, hosts.of(relation.target)] : [outside, outside];
}

function declarations(model: Model, hosts: Hosts): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { source, type, target } of model.relations)
    if (hosts.outside(source) === source) found.add(`${source} ${type} ${target}`);
  return found;
}

function isMissing(model: Model, id: string): boolean {
  return model.things.get(id)?.status === "Missing";
}
