/** What whoever embeds the view says to it and hears from it. */

import type { EdgeFrame, NodeFrame } from "./frames.ts";

export type Theme = "light" | "dark" | "auto";
export type GroupBy = "namespace" | "release" | "none";

export interface GraphViewOptions {
  /** `auto`, the default, follows `prefers-color-scheme`. */
  readonly theme?: Theme;
  /** What is drawn in one box; `namespace` if absent. People can change it in the view. */
  readonly groupBy?: GroupBy;
  /**
   * Types of edges that are switched off at first. If absent: none in a small graph, and those of access,
   * placement, classes and images in a large one.
   */
  readonly hidden?: readonly string[];
  /**
   * So many healthy leaves of one node are drawn as one with their number, 2 at least. If absent: 3, of
   * policies 2, of Pods 9.
   */
  readonly foldFrom?: number;
  /** Whether there are search, grouping and zoom buttons above the picture; true if absent. */
  readonly toolbar?: boolean;
  /** Whether there is a legend that filters; true if absent. */
  readonly legend?: boolean;
  /** Called when a person selects an object, with null when nothing is selected any more. */
  readonly onSelect?: (id: string | null) => void;
  /** Called when a person opens an object that does not unfold (Enter, double click). */
  readonly onOpen?: (id: string) => void;
}

export interface GraphView {
  /**
   * Draw these nodes and edges instead of what was drawn. What is open, selected and filtered stays, and so
   * does the place of what is still there. Resolves when the picture stands; a later call supersedes it.
   */
  update(nodes: readonly NodeFrame[], edges: readonly EdgeFrame[]): Promise<void>;
  /** Select an object, unfold what hides it and bring it into view; null selects nothing. */
  select(id: string | null): void;
  /** Show everything. */
  fit(): void;
  setTheme(theme: Theme): void;
  /** Remove everything that `createGraphView` added, listeners included. */
  destroy(): void;
}
