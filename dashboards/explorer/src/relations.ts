/** What an object is related to, one step both ways. */

import { label, type Question, type Rows, type RowsOf, type Questions } from "./answers.ts";
import { compare, compareTones, toneOf, type Tone } from "./objects.ts";
import { atMost, distinct, is, isAny, series } from "./promql.ts";

export interface Related {
  readonly id: string;
  readonly tone: Tone;
  readonly reason: string;
  /** The reference says that it does without. */
  readonly optional: boolean;
}

export interface Relation {
  readonly type: string;
  /** Whether the object is the source. */
  readonly out: boolean;
  /** The worst first, what is optional last. */
  readonly shown: readonly Related[];
  /** How many there are, those that are not shown among them. */
  readonly count: number;
}

/** So many of one type and direction are asked for. */
export const MOST_OF_A_TYPE = 100;

const EDGE = "astrolabe_edge_info";
const MISSING = "astrolabe_reference_missing_info";

export function relationQuestions(cluster: string, id: string) {
  const out = distinct(series(EDGE, cluster, is("source", id)), "type", "target");
  const back = distinct(series(EDGE, cluster, is("target", id)), "type", "source");
  const most = (expression: string) => `topk by (cluster, type) (${MOST_OF_A_TYPE}, ${expression})`;
  return {
    out: { expr: most(out) },
    back: { expr: most(back) },
    outCount: { expr: `count by (cluster, type) (${out})` },
    backCount: { expr: `count by (cluster, type) (${back})` },
    missing: { expr: distinct(series(MISSING, cluster, is("source", id)), "type", "target", "optional") },
    // Who refers to the object while it does not exist.
    missed: { expr: atMost(MOST_OF_A_TYPE, distinct(series(MISSING, cluster, is("target", id)), "type", "source", "optional")) },
    missedCount: { expr: `count by (cluster, type) (${distinct(series(MISSING, cluster, is("target", id)), "type", "source")})` },
  } satisfies Questions;
}

export type RelationRows = RowsOf<ReturnType<typeof relationQuestions>>;

/** The ids at the other ends. */
export function neighbours(rows: RelationRows): string[] {
  const targets = [...rows.out, ...rows.missing].map((row) => label(row, "target"));
  const sources = [...rows.back, ...rows.missed].map((row) => label(row, "source"));
  return [...new Set([...targets, ...sources])].sort(compare);
}

/** How those ids are doing. */
export function statusQuestion(cluster: string, ids: readonly string[]): Question {
  return { expr: distinct(series("astrolabe_resource_status", cluster, isAny("id", ids)), "id", "status", "reason") };
}

export interface State {
  readonly status: string;
  readonly reason: string;
}

export function states(rows: Rows): Map<string, State> {
  return new Map(rows.map((row) => [label(row, "id"), { status: label(row, "status"), reason: label(row, "reason") }]));
}

export function relations(rows: RelationRows, known: ReadonlyMap<string, State>): Relation[] {
  const found = new Map<string, { type: string; out: boolean; shown: Map<string, Related> }>();
  const add = (type: string, out: boolean, id: string, missing: boolean, optional: boolean) => {
    const key = `${out ? ">" : "<"}${type}`;
    const group = found.get(key) ?? { type, out, shown: new Map<string, Related>() };
    found.set(key, group);
    const state = known.get(id);
    const tone = missing ? "Missing" : toneOf(state?.status ?? "", state?.reason ?? "");
    // Required once is required.
    if (optional && group.shown.has(id)) return;
    group.shown.set(id, { id, tone, reason: missing ? "NotFound" : (state?.reason ?? ""), optional });
  };
  for (const row of rows.out) add(label(row, "type"), true, label(row, "target"), false, false);
  for (const row of rows.missing) add(label(row, "type"), true, label(row, "target"), true, label(row, "optional") === "true");
  for (const row of rows.back) add(label(row, "type"), false, label(row, "source"), false, false);
  for (const row of rows.missed) add(label(row, "type"), false, label(row, "source"), false, label(row, "optional") === "true");
  const counted = (groups: Rows, type: string) => groups.filter((row) => label(row, "type") === type).reduce((sum, row) => sum + (row.values[0] ?? 0), 0);
  return [...found.values()]
    .map(({ type, out, shown }) => ({
      type,
      out,
      shown: [...shown.values()].sort((one, other) => Number(one.optional) - Number(other.optional) || compareTones(one.tone, other.tone) || compare(one.id, other.id)),
      count: Math.max(
        shown.size,
        out ? counted(rows.outCount, type) + rows.missing.filter((row) => label(row, "type") === type).length : counted(rows.backCount, type) + counted(rows.missedCount, type),
      ),
    }))
    .sort((one, other) => compare(one.type, other.type));
}

const PHRASES: Readonly<Record<string, readonly [out: string, back: string]>> = {
  owns: ["owns", "is owned by"],
  selects: ["selects", "is selected by"],
  endpoints: ["has endpoints", "is an endpoint of"],
  "routes-to": ["routes to", "is routed to by"],
  mounts: ["mounts", "is mounted by"],
  binds: ["is bound to", "is bound by"],
  provisions: ["provisions", "is provisioned by"],
  "uses-configmap": ["uses", "is used by"],
  "uses-secret": ["uses", "is used by"],
  "uses-sa": ["runs as", "runs"],
  scales: ["scales", "is scaled by"],
  "runs-on": ["runs on", "runs"],
  "runs-image": ["runs", "is run by"],
  classifies: ["is the class of", "has the class"],
  grants: ["grants", "is granted by"],
  sleeps: ["puts to sleep", "is put to sleep by"],
  calls: ["calls", "is called by"],
  serves: ["serves", "is served by"],
  attaches: ["attaches", "is attached by"],
  governs: ["governs", "is governed by"],
  prioritizes: ["prioritizes", "is prioritized by"],
  parent: ["has the parent", "is the parent of"],
  refers: ["refers to", "is referred to by"],
  produces: ["produces", "is produced by"],
  headless: ["has its names from", "gives names to"],
};

/** A relation in words, from the object's side; the type's own name where this list is too old for it. */
export function phrase({ type, out }: Pick<Relation, "type" | "out">): string {
  return PHRASES[type]?.[out ? 0 : 1] ?? (out ? type : `${type} (from)`);
}

/** The types that have a phrase. */
export const TYPES: readonly string[] = Object.keys(PHRASES);
