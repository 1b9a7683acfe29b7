/** What is in a namespace, in a release, or on a node. */

import { label, last, type Rows, type Questions } from "./answers.ts";
import { compare, compareTones, idOf, toneOf, type Tone } from "./objects.ts";
import { added, atMost, distinct, is, renamed, series } from "./promql.ts";

export interface Count {
  readonly kind: string;
  readonly tones: ReadonlyMap<Tone, number>;
}

export interface Member {
  readonly id: string;
  readonly tone: Tone;
  readonly reason: string;
}

export const MOST_MEMBERS = 300;

const STATUS = "astrolabe_resource_status";
const TROUBLE = 'status=~"Error|Pending|Unknown"';

/** A namespace: how many there are by kind and status, what is in trouble, and its releases. */
export function namespaceQuestions(cluster: string, namespace: string) {
  const inside = is("namespace", namespace);
  return {
    counts: { expr: added(series("astrolabe_resources", cluster, inside), cluster, "kind", "status") },
    resting: { expr: `count by (cluster, kind) (${distinct(series(STATUS, cluster, inside, is("reason", "AtRest")), "id", "kind")})` },
    members: { expr: atMost(MOST_MEMBERS, distinct(series(STATUS, cluster, inside, TROUBLE), "id", "status", "reason")) },
    releases: { expr: distinct(series("astrolabe_helm_release_info", cluster, inside), "namespace", "release", "chart", "revision", "status") },
  } satisfies Questions;
}

/** A release: its own record, its objects, and what explains those that are not Ready. */
export function releaseQuestions(cluster: string, namespace: string, release: string) {
  const info = series("astrolabe_resource_info", cluster, is("namespace", namespace), is("helm_release", release));
  const status = distinct(`${series(STATUS, cluster, is("namespace", namespace))} and on (cluster, id) ${distinct(info, "id")}`, "id", "kind", "status", "reason");
  const causes = distinct(`${series("astrolabe_root_cause_info", cluster, is("namespace", namespace))} and on (cluster, id) ${distinct(info, "id")}`, "id", "cause", "reason");
  return {
    releases: { expr: distinct(series("astrolabe_helm_release_info", cluster, is("namespace", namespace), is("release", release)), "namespace", "release", "chart", "revision", "status") },
    counts: { expr: `count by (cluster, kind, status) (${status})` },
    resting: { expr: `count by (cluster, kind) (${distinct(`${series(STATUS, cluster, is("namespace", namespace), is("reason", "AtRest"))} and on (cluster, id) ${distinct(info, "id")}`, "id", "kind")})` },
    members: { expr: atMost(MOST_MEMBERS, status) },
    causes: { expr: `count by (cluster, cause, reason) (${causes})` },
    said: { expr: distinct(`${series("astrolabe_cause_info", cluster)} and on (cluster, id) ${renamed(distinct(causes, "cause"), "id", "cause")}`, "id", "message") },
  } satisfies Questions;
}

/** A node: the workloads whose Pods run there. */
export function nodeQuestions(cluster: string, node: string) {
  const pods = distinct(series("astrolabe_pod_workload_info", cluster, is("node", node)), "namespace", "pod", "workload_kind", "workload");
  return { workloads: { expr: `count by (cluster, namespace, workload_kind, workload) (${pods})` } } satisfies Questions;
}

/** By kind, those in trouble first. */
export function counts(rows: Rows, resting: Rows): Count[] {
  const found = new Map<string, Map<Tone, number>>();
  const of = (kind: string) => {
    const known = found.get(kind) ?? new Map<Tone, number>();
    found.set(kind, known);
    return known;
  };
  for (const row of rows) if (last(row) > 0) of(label(row, "kind")).set(toneOf(label(row, "status"), ""), last(row));
  for (const row of resting) {
    const tones = of(label(row, "kind"));
    const ready = (tones.get("Ready") ?? 0) - last(row);
    tones.set("AtRest", last(row));
    if (ready > 0) tones.set("Ready", ready);
    else tones.delete("Ready");
  }
  const worst = (tones: ReadonlyMap<Tone, number>) => [...tones.keys()].sort(compareTones)[0] ?? "Ready";
  return [...found]
    .map(([kind, tones]) => ({ kind, tones: new Map([...tones].sort(([one], [other]) => compareTones(one, other))) }))
    .sort((one, other) => compareTones(worst(one.tones), worst(other.tones)) || compare(one.kind, other.kind));
}

export function members(rows: Rows): Member[] {
  return rows
    .map((row) => ({ id: label(row, "id"), tone: toneOf(label(row, "status"), label(row, "reason")), reason: label(row, "reason") }))
    .sort((one, other) => compareTones(one.tone, other.tone) || compare(one.id, other.id));
}

export interface Release {
  readonly namespace: string;
  readonly name: string;
  readonly chart: string;
  readonly revision: string;
  readonly status: string;
}

export function releases(rows: Rows): Release[] {
  return rows
    .map((row) => ({ namespace: label(row, "namespace"), name: label(row, "release"), chart: label(row, "chart"), revision: label(row, "revision"), status: label(row, "status") }))
    .sort((one, other) => compare(one.name, other.name));
}

/** The workloads on a node, those with the most Pods first. */
export function workloads(rows: Rows): { readonly id: string; readonly pods: number }[] {
  return rows
    .map((row) => ({ id: idOf(label(row, "workload_kind"), label(row, "namespace"), label(row, "workload")), pods: last(row) }))
    .sort((one, other) => other.pods - one.pods || compare(one.id, other.id));
}

/** What explains the objects of a release, what explains most of them first. */
export function explained(rows: Rows, said: Rows): { readonly id: string; readonly reason: string; readonly message: string; readonly count: number }[] {
  const messages = new Map(said.map((row) => [label(row, "id"), label(row, "message")]));
  return rows
    .map((row) => ({ id: label(row, "cause"), reason: label(row, "reason"), message: messages.get(label(row, "cause")) ?? "", count: last(row) }))
    .sort((one, other) => other.count - one.count || compare(one.id, other.id));
}
