/** Why things are not Ready where nobody says: what they need, by the relations of the picture, and what is unhealthy or missing of that. */

import type { Cause, Causes } from "./causes.ts";
import { ends } from "./edgetypes.ts";
import type { Model } from "./model.ts";
import { unhealthy } from "./status.ts";
import { compare } from "./text.ts";

/** Causes that are given for one object. */
const MOST = 3;

export class Found implements Causes {
  /** For each thing that is not Ready what it needs that is unhealthy or missing, in order. */
  private readonly reasons = new Map<string, string[]>();
  /** The next step to the nearest cause. */
  private readonly next = new Map<string, string>();
  /** How many broken things each cause is the nearest one of. */
  readonly explained = new Map<string, number>();
  private readonly broken: readonly string[];

  constructor(model: Model) {
    const status = (id: string) => model.things.get(id)?.status ?? "Unknown";
    for (const { source, target, type, optional } of model.relations) {
      // Whoever refers to something missing needs it, whichever way the edge would point.
      const missing = status(target) === "Missing" ? target : status(source) === "Missing" ? source : "";
      const pair = missing
        ? { dependent: missing === target ? source : target, dependency: missing }
        : ends(source, target, type);
      if (!pair || (missing && optional) || pair.dependent === pair.dependency) continue;
      if (!unhealthy(status(pair.dependent)) || !(missing || unhealthy(status(pair.dependency)))) continue;
      const known = this.reasons.get(pair.dependent);
      if (!known) this.reasons.set(pair.dependent, [pair.dependency]);
      else if (!known.includes(pair.dependency)) known.push(pair.dependency);
    }
    this.broken = [...model.things.values()].filter((thing) => unhealthy(thing.status)).map((thing) => thing.id);
    for (const reasons of this.reasons.values()) reasons.sort();
    this.spread();
  }

  /** Explain one thing: nearest causes first, equally near ones by id, at most three. */
  of(id: string): Cause[] {
    const found: Cause[] = [];
    const ways = new Map<string, readonly string[]>([[id, []]]);
    let level = [id];
    while (level.length && found.length < MOST) {
      const below = new Map<string, readonly string[]>();
      for (const here of level) {
        const path = ways.get(here) as readonly string[];
        const further = this.reasons.get(here) ?? [];
        if (path.length && !further.length) found.push({ id: here, path });
        for (const reason of further) if (!ways.has(reason) && !below.has(reason)) below.set(reason, [...path, reason]);
      }
      for (const [reason, path] of below) ways.set(reason, path);
      level = [...below.keys()].sort(compare);
    }
    return found.slice(0, MOST);
  }

  /** The steps that lead from broken things to their nearest causes, as dependent and dependency. */
  *steps(): Iterable<readonly [string, string]> {
    yield* this.next;
  }

  /** Walk from all causes upwards at once: every broken thing learns its nearest one in one pass. */
  private spread(): void {
    const dependents = new Map<string, string[]>();
    for (const [dependent, reasons] of this.reasons)
      for (const reason of reasons) {
        const known = dependents.get(reason);
        if (known) known.push(dependent);
        else dependents.set(reason, [dependent]);
      }
    const cause = new Map<string, string>();
    let front = [...dependents.keys()].filter((id) => !this.reasons.has(id)).sort();
    for (const root of front) cause.set(root, root);
    while (front.length) {
      const further: string[] = [];
      for (const id of front)
        for (const dependent of dependents.get(id) ?? []) {
          if (cause.has(dependent)) continue;
          cause.set(dependent, cause.get(id) as string);
          this.next.set(dependent, id);
          further.push(dependent);
        }
      front = further.sort();
    }
    for (const id of this.broken) {
      const root = cause.get(id);
      if (root && root !== id) this.explained.set(root, (this.explained.get(root) ?? 0) + 1);
    }
  }
}
