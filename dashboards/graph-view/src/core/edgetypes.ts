/** Types of edges: which end needs the other, and how their lines look. */

import { NEEDING } from "./generated.ts";

export type Line = "traffic" | "ownership" | "configuration" | "secret" | "storage" | "access" | "placement" | "control";

/** Dash patterns in px, and widths: a type is told by its line without its colour. */
export const LINES: Readonly<Record<Line, { readonly dash: string; readonly width: number }>> = {
  traffic: { dash: "", width: 2.2 },
  ownership: { dash: "", width: 1.1 },
  configuration: { dash: "1 4", width: 1.8 },
  secret: { dash: "6 3 1 3", width: 1.6 },
  storage: { dash: "9 4", width: 1.8 },
  access: { dash: "4 3", width: 1.2 },
  placement: { dash: "1 6", width: 1.3 },
  control: { dash: "12 3 3 3", width: 1.3 },
};

const LINE_OF: ReadonlyMap<string, Line> = new Map([
  ["routes-to", "traffic"], ["selects", "traffic"], ["endpoints", "traffic"],
  ["owns", "ownership"],
  ["uses", "configuration"], ["uses-configmap", "configuration"], ["uses-secret", "secret"],
  ["mounts", "storage"], ["binds", "storage"], ["provisions", "storage"], ["attaches", "storage"],
  ["uses-sa", "access"], ["grants", "access"],
  ["runs-on", "placement"], ["runs-image", "placement"],
  ["scales", "control"], ["sleeps", "control"], ["classifies", "control"], ["governs", "control"], ["prioritizes", "control"],
]);

export function lineOf(type: string): Line {
  return LINE_OF.get(type) ?? "ownership";
}

/** What a large graph does not show at first: they join everything with everything. */
export const HIDDEN_WHEN_LARGE: readonly string[] = [
  "classifies", "endpoints", "grants", "prioritizes", "provisions", "runs-image", "runs-on", "uses-sa",
];

const TARGET_NEEDS_SOURCE = new Set(NEEDING.target);
const INDEPENDENT = new Set(NEEDING.neither);

export interface Ends {
  readonly dependent: string;
  readonly dependency: string;
}

/**
 * Read an edge as "this cannot work without that"; null where neither needs the other.
 *
 * An owner works as well as what it owns, a Service as well as the Pods that it selects, a Pod only with its
 * Secrets, claims and Node. What an image or a sleep schedule is related to does not depend on it. The
 * table is the exporter's (`astrolabe.derived.diagnosis.needs`).
 */
export function ends(source: string, target: string, type: string): Ends | null {
  if (INDEPENDENT.has(type)) return null;
  if (TARGET_NEEDS_SOURCE.has(type)) return { dependent: target, dependency: source };
  return { dependent: source, dependency: target };
}
