/** What the panel shows: the graph, or in words why there is none. */

import { LoadingState, type DataFrame, type PanelData } from "@grafana/data";
import { read, type Graph } from "./frames.ts";

export interface Words {
  readonly tone: "status" | "alert";
  readonly title: string;
  readonly lines: readonly string[];
  /** For whoever builds the dashboard: shown on a click. */
  readonly help: readonly string[];
}

/** While loading, words are for a panel that has nothing to go on showing. */
export type Shown = { readonly graph: Graph } | { readonly words: Words; readonly loading: boolean };

/** What the panel draws. */
const NEEDED = [
  "The panel draws two tables: nodes, with the field id (and title, subtitle, mainstat, color), and edges, with the fields source and target (and mainstat).",
  "For Prometheus: two queries named nodes and edges, with format Table and type Instant.",
];

/** Decide what is shown. Errors of a query matter where it leaves nothing to draw: Grafana marks the panel itself. */
export function shown(
  series: readonly DataFrame[],
  state: LoadingState,
  errors: PanelData["errors"],
  css: (colour: string) => string,
  empty: string,
): Shown {
  const found = read(series, css);
  if (found.kind === "graph") return { graph: found.graph };
  if (found.kind === "unfit") return say("alert", "This cannot be drawn", [`${found.why}.`], NEEDED);
  if (state === LoadingState.Loading || state === LoadingState.NotStarted) return { ...say("status", "Loading …", []), loading: true };
  const faults = (errors ?? []).map((error) => error.message ?? error.data?.message ?? "The query failed.");
  if (state === LoadingState.Error || faults.length) return say("alert", "The query failed", faults);
  return say("status", empty || "Nothing to draw", ["Choose another object, namespace or time range."], NEEDED);
}

function say(tone: Words["tone"], title: string, lines: readonly string[], help: readonly string[] = []) {
  return { words: { tone, title, lines, help }, loading: false };
}
