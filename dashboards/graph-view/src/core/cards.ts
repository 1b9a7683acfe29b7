/** What is drawn: cards, and links between them. */

import type { Thing } from "./model.ts";
import type { Status } from "./status.ts";

export interface Card {
  readonly id: string;
  /** An object; many leaves of one parent; or a whole group. */
  readonly form: "object" | "stack" | "group";
  /** The object, for a card of one. */
  readonly thing: Thing | null;
  readonly title: string;
  readonly subtitle: string;
  readonly message: string;
  readonly status: Status;
  /** What its frame says: its own status, or the worst of its Pods'. */
  readonly tone: Status;
  readonly layer: number;
  readonly group: string;
  /** What stands within it, in order, itself left out. */
  readonly members: readonly Thing[];
  /** Whether what stands within it is drawn beside it. */
  readonly open: boolean;
}

export interface Link {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly type: string;
  /** Relations that it stands for. */
  readonly count: number;
  /** One end is missing. */
  readonly missing: boolean;
  /** It leads from something broken to the nearest cause of that, in the direction of the link or against it. */
  readonly trouble: boolean;
}

export interface Box {
  readonly name: string;
  readonly title: string;
  /** Cards in it, in order of layer, title and id. One, of the whole group, where it is folded. */
  readonly cards: readonly Card[];
  /** Cards that others stand for: of the whole group, or of what nothing is wrong with. */
  readonly folded: ReadonlyMap<string, string>;
  readonly open: boolean;
  /** Objects in it by status. */
  readonly tally: ReadonlyMap<Status, number>;
}

export interface Scene {
  /** In the order of names. */
  readonly boxes: readonly Box[];
  readonly cards: ReadonlyMap<string, Card>;
  readonly links: readonly Link[];
  /** The card that each object is drawn in; objects that are filtered away have none. */
  readonly cardOf: ReadonlyMap<string, string>;
  /** Types of all relations with their number, drawn or not. */
  readonly types: ReadonlyMap<string, number>;
  /** Sentences about what is left out. */
  readonly notes: readonly string[];
}

/** What people chose. */
export interface Choices {
  readonly groupBy: "namespace" | "release" | "none";
  readonly hidden: ReadonlySet<string>;
  /** So many leaves become one; each layer's own number if absent. */
  readonly foldFrom?: number | undefined;
  /** Cards that were opened, by id. */
  readonly opened: ReadonlySet<string>;
  /** Groups that were folded or unfolded by hand, by name. */
  readonly groups: ReadonlyMap<string, boolean>;
}
