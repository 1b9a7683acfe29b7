/** Why things are not Ready: what the exporter says, where the nodes carry it; what the picture shows otherwise. */

import type { Cause, Causes } from "./causes.ts";
import type { Model } from "./model.ts";
import { Found } from "./reasons.ts";

/** What is said counts for the whole picture: a thing of which nothing is said has no cause then. */
export function causesOf(model: Model): Causes {
  return [...model.things.values()].some((thing) => thing.ways) ? new Told(model) : new Found(model);
}

class Told implements Causes {
  readonly explained = new Map<string, number>();
  private readonly causes = new Map<string, readonly Cause[]>();
  private readonly next = new Map<string, string>();

  constructor(model: Model) {
    for (const { id, ways } of model.things.values()) {
      const causes = (ways ?? []).map((path) => ({ id: path[path.length - 1] as string, path }));
      const [nearest] = causes;
      if (!nearest) continue;
      this.causes.set(id, causes);
      this.next.set(id, nearest.path[0] as string);
      this.explained.set(nearest.id, (this.explained.get(nearest.id) ?? 0) + 1);
    }
    // What a way leads through is broken as well: where its own way is not said, it goes on along this one.
    for (const [nearest] of this.causes.values())
      nearest?.path.slice(1).forEach((id, index) => {
        const before = nearest.path[index] as string;
        if (!this.next.has(before)) this.next.set(before, id);
      });
  }

  of(id: string): readonly Cause[] {
    return this.causes.get(id) ?? [];
  }

  steps(): Iterable<readonly [string, string]> {
    return this.next;
  }
}
