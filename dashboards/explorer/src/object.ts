/** What an object is and how it is doing, at the end of the range. */

import { label, last, only, type RowsOf, type Questions } from "./answers.ts";
import { compare, partsOf, toneOf, type Tone } from "./objects.ts";
import { added, distinct, is, renamed, series, value } from "./promql.ts";

export interface Cause {
  readonly id: string;
  readonly distance: number;
  readonly reason: string;
  readonly message: string;
}

export interface Facts {
  readonly id: string;
  /** null where there is no such object and nobody refers to one. */
  readonly tone: Tone | null;
  readonly reason: string;
  /** What it says of itself; of what is no cause the metrics carry no text. */
  readonly message: string;
  /** Unix seconds; null where it does not say so. */
  readonly since: number | null;
  readonly created: number | null;
  readonly apiVersion: string;
  readonly release: string;
  readonly chart: string;
  /** How many Services and Ingresses depend on it while it is not Ready. */
  readonly impact: number | null;
  /** The nearest first; without itself. */
  readonly causes: readonly Cause[];
  /** How many entry points and workloads wait for it as their cause. */
  readonly affected: number | null;
  readonly alerts: readonly Alert[];
  /** The workload that a Pod belongs to; empty for others. */
  readonly workload: string;
  /** Whether an exporter was scraped at all. */
  readonly scraped: boolean;
}

export interface Alert {
  readonly name: string;
  readonly severity: string;
  readonly state: string;
}

const CAUSES = "astrolabe_root_cause_info";

export function factQuestions(cluster: string, id: string) {
  const own = is("id", id);
  const { kind, namespace, name } = partsOf(id);
  const causes = series(CAUSES, cluster, own);
  const said = series("astrolabe_cause_info", cluster);
  const pod = series("astrolabe_pod_workload_info", cluster, is("namespace", kind === "Pod" ? namespace : ""), is("pod", name));
  return {
    scraped: { expr: `count by (cluster) (${series("astrolabe_shard", cluster)})` },
    info: { expr: distinct(series("astrolabe_resource_info", cluster, own), "api_version", "helm_release", "helm_chart") },
    status: { expr: distinct(series("astrolabe_resource_status", cluster, own), "status", "reason") },
    since: { expr: value(series("astrolabe_resource_status_since_timestamp_seconds", cluster, own), "id") },
    created: { expr: value(series("astrolabe_resource_created_timestamp_seconds", cluster, own), "id") },
    impact: { expr: added(series("astrolabe_impact", cluster, own), cluster, "id") },
    affected: { expr: added(series("astrolabe_cause_affected", cluster, own), cluster, "id") },
    own: { expr: distinct(series("astrolabe_cause_info", cluster, own), "reason", "message") },
    causes: { expr: distinct(causes, "cause", "distance", "reason") },
    said: { expr: distinct(`${said} and on (cluster, id) ${renamed(distinct(causes, "cause"), "id", "cause")}`, "id", "message") },
    missed: { expr: `count by (cluster) (${distinct(series("astrolabe_reference_missing_info", cluster, is("target", id)), "type", "source")})` },
    alerts: { expr: distinct(series("ALERTS", cluster, own), "alertname", "alertstate", "severity") },
    workload: { expr: distinct(pod, "namespace", "workload_kind", "workload") },
  } satisfies Questions;
}

export function facts(id: string, rows: RowsOf<ReturnType<typeof factQuestions>>): Facts {
  const [info] = rows.info;
  const [status] = rows.status;
  const [own] = rows.own;
  const [workload] = rows.workload;
  const messages = new Map(rows.said.map((row) => [label(row, "id"), label(row, "message")]));
  const missing = !status && only(rows.missed) !== null;
  return {
    id,
    tone: status ? toneOf(label(status, "status"), label(status, "reason")) : missing ? "Missing" : null,
    reason: status ? label(status, "reason") : missing ? "NotFound" : "",
    message: own ? label(own, "message") : "",
    since: only(rows.since),
    created: only(rows.created),
    apiVersion: info ? label(info, "api_version") : "",
    release: info ? label(info, "helm_release") : "",
    chart: info ? label(info, "helm_chart") : "",
    impact: only(rows.impact),
    causes: rows.causes
      .map((row) => ({ id: label(row, "cause"), distance: Number(label(row, "distance")), reason: label(row, "reason"), message: messages.get(label(row, "cause")) ?? "" }))
      .sort((one, other) => one.distance - other.distance || compare(one.id, other.id)),
    affected: only(rows.affected),
    alerts: rows.alerts
      .filter((row) => last(row) > 0)
      .map((row) => ({ name: label(row, "alertname"), severity: label(row, "severity"), state: label(row, "alertstate") }))
      .sort((one, other) => compare(one.name, other.name)),
    workload: workload && label(workload, "workload_kind") !== "Pod" ? `${label(workload, "workload_kind")}/${label(workload, "namespace")}/${label(workload, "workload")}` : "",
    scraped: only(rows.scraped) !== null,
  };
}
