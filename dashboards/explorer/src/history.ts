/** How something was doing over time, and what changed. */

import { label, type Question, type Questions, type Rows, type RowsOf } from "./answers.ts";
import { compare, toneOf, type Tone } from "./objects.ts";
import { distinct, is, isAny, series } from "./promql.ts";

/** A stretch of one status and reason. Times are Unix milliseconds. */
export interface Stretch {
  readonly begin: number;
  readonly end: number;
  /** null while nothing was known: it did not exist, or nobody looked. */
  readonly tone: Tone | null;
  readonly reason: string;
}

const MOST_POINTS = 300;
const LEAST_STEP = 15;
/** What comes with the last point has at least so much of the picture. */
const LAST_MS = 1000;
const STEPS = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Seconds between the points of a range: few enough points to draw. */
export function stepOf(from: number, to: number): number {
  const least = (to - from) / 1000 / MOST_POINTS;
  return STEPS.find((step) => step >= Math.max(least, LEAST_STEP)) ?? Math.ceil(least);
}

/** The status of an object; while there is none and somebody refers to it, that it is missing. */
export function historyQuestions(cluster: string, id: string, step: number) {
  return {
    history: { expr: distinct(series("astrolabe_resource_status", cluster, is("id", id)), "status", "reason"), step },
    missed: { expr: `group by (cluster) (${series("astrolabe_reference_missing_info", cluster, is("target", id))})`, step },
  } satisfies Questions;
}

/** Join points to stretches that fill the range. A status holds until the next point. */
export function stretches(rows: RowsOf<ReturnType<typeof historyQuestions>>, from: number, to: number, step: number): Stretch[] {
  const points = new Map<number, { tone: Tone; reason: string }>();
  for (const row of rows.missed) for (const time of row.times) points.set(time, { tone: "Missing", reason: "NotFound" });
  for (const row of rows.history)
    for (const time of row.times) points.set(time, { tone: toneOf(label(row, "status"), label(row, "reason")), reason: label(row, "reason") });
  const found: Stretch[] = [];
  const add = (begin: number, end: number, tone: Tone | null, reason: string) => {
    if (end <= begin) return;
    const before = found[found.length - 1];
    if (before && before.tone === tone && before.reason === reason) found[found.length - 1] = { ...before, end };
    else found.push({ begin, end, tone, reason });
  };
  let at = from;
  const sorted = [...points].sort(([one], [other]) => one - other).map(([time, state]) => ({ ...state, time, begin: Math.min(Math.max(time, from), to - LAST_MS) }));
  sorted.forEach(({ time, begin, tone, reason }, index) => {
    const end = Math.min(time + step * 1000, sorted[index + 1]?.begin ?? to, to);
    add(at, begin, null, "");
    add(begin, end, tone, reason);
    at = Math.max(at, begin, end);
  });
  add(at, to, null, "");
  return found;
}

export interface Change {
  readonly id: string;
  readonly what: string;
  /** Unix seconds. */
  readonly at: number;
}

const USED = new Set(["uses-configmap", "uses-secret", "runs-on"]);

/** Whose changes matter to an object: its own, what it uses, and what it is part of or made of. */
export function changing(id: string, relations: readonly { readonly type: string; readonly out: boolean; readonly shown: readonly { readonly id: string }[] }[]): string[] {
  const others = relations.filter(({ type, out }) => (out && USED.has(type)) || (type === "owns" && !out));
  return [id, ...others.flatMap(({ shown }) => shown.map((each) => each.id))];
}

export function changesQuestion(cluster: string, ids: readonly string[], step: number): Question {
  return { expr: `max by (cluster, id, change) (${series("astrolabe_last_change_timestamp_seconds", cluster, isAny("id", ids))})`, step };
}

/** Each change within the range once, the newest first. */
export function changes(rows: Rows, from: number, to: number): Change[] {
  const found = new Map<string, Change>();
  for (const row of rows)
    for (const at of row.values) {
      const change = { id: label(row, "id"), what: label(row, "change"), at };
      if (at * 1000 >= from && at * 1000 <= to) found.set(JSON.stringify(change), change);
    }
  return [...found.values()].sort((one, other) => other.at - one.at || compare(one.id, other.id));
}

/** What a kind of change is in words. */
export function changed(what: string): string {
  return (
    { template: "its Pod template changed", replicas: "its replicas changed", config: "it was written or deleted", node: "its status changed, or it was cordoned" }[what] ?? what
  );
}
