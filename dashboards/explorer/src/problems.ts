/** What is broken, by cause: one row for each cause, the one that most things wait for first. */

import { byLabel, label, type Rows, type RowsOf, type Questions } from "./answers.ts";
import { compare, isPart, toneOf, type Tone } from "./objects.ts";
import { added, atMost, distinct, is, series, value } from "./promql.ts";

export interface Problem {
  readonly id: string;
  readonly tone: Tone;
  readonly reason: string;
  readonly message: string;
  /** How many entry points and workloads wait for it; null where nobody says. */
  readonly affected: number | null;
  /** Since when, Unix seconds; null where the object does not say so, as what is missing cannot. */
  readonly since: number | null;
  /** When it changed last and what, within a day. */
  readonly changed: { readonly what: string; readonly at: number } | null;
}

const CAUSE = "astrolabe_cause_info";

/** The questions of a list of problems: of the cluster, or of what matchers of the labels of objects leave of it. */
export function problemQuestions(cluster: string, ...matchers: string[]) {
  const causes = series(CAUSE, cluster, ...matchers);
  const of = (metric: string, ...only: string[]) => `${series(metric, cluster, ...only)} and on (cluster, id) ${distinct(causes, "id")}`;
  return {
    causes: { expr: distinct(causes, "id", "kind", "namespace", "name", "reason", "message") },
    status: { expr: distinct(of("astrolabe_resource_status", 'status!="Ready"', ...matchers), "id", "status", "reason") },
    affected: { expr: added(`(${of("astrolabe_cause_affected")})`, cluster, "id") },
    since: { expr: value(of("astrolabe_resource_status_since_timestamp_seconds", ...matchers), "id") },
    changed: { expr: value(of("astrolabe_last_change_timestamp_seconds", ...matchers), "id", "change") },
  } satisfies Questions;
}

export function problems(rows: RowsOf<ReturnType<typeof problemQuestions>>): Problem[] {
  const affected = byLabel(rows.affected, "id");
  const since = byLabel(rows.since, "id");
  const changed = newest(rows.changed);
  const status = new Map(rows.status.map((row) => [label(row, "id"), toneOf(label(row, "status"), label(row, "reason"))]));
  const found = new Map<string, Problem>();
  for (const row of rows.causes) {
    const id = label(row, "id");
    found.set(id, {
      id,
      tone: status.get(id) ?? "Missing",
      reason: label(row, "reason"),
      message: label(row, "message"),
      affected: affected.get(id) ?? null,
      since: since.get(id) ?? null,
      changed: changed.get(id) ?? null,
    });
  }
  return [...found.values()].sort(
    (one, other) => (other.affected ?? -1) - (one.affected ?? -1) || (other.since ?? 0) - (one.since ?? 0) || compare(one.id, other.id),
  );
}

function newest(rows: Rows): Map<string, NonNullable<Problem["changed"]>> {
  const found = new Map<string, NonNullable<Problem["changed"]>>();
  for (const row of rows) {
    const at = row.values[row.values.length - 1] ?? 0;
    const id = label(row, "id");
    if (at > (found.get(id)?.at ?? 0)) found.set(id, { what: label(row, "change"), at });
  }
  return found;
}

/** So many of what waits for a cause are named; all are counted. */
export const MOST_WAITING = 100;

export function waitingQuestions(cluster: string, cause: string) {
  const waiting = distinct(series("astrolabe_root_cause_info", cluster, is("cause", cause)), "id", "distance");
  return {
    waiting: { expr: atMost(MOST_WAITING, waiting) },
    count: { expr: `count by (cluster) (${waiting})` },
  } satisfies Questions;
}

/** The ids of what waits: entry points and workloads, then their parts, the nearest first. */
export function waiting(rows: Rows): string[] {
  return [...rows]
    .map((row) => ({ id: label(row, "id"), distance: Number(label(row, "distance")) }))
    .sort((one, other) => Number(isPart(one.id)) - Number(isPart(other.id)) || one.distance - other.distance || compare(one.id, other.id))
    .map(({ id }) => id);
}
