/** What an object costs, whether it sleeps, and how many can read it: what applies to its kind, and nothing else. */

import { label, last, only, type Question, type Rows } from "./answers.ts";
import { compare, partsOf } from "./objects.ts";
import { distinct, is, series, value } from "./promql.ts";

const WORKLOADS = new Set(["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ReplicaSet", "Rollout.argoproj.io"]);
const SLEEPERS = new Set(["Deployment", "StatefulSet", "CronJob"]);

/** What is asked of an object. Absent names do not apply to its kind. */
export type AboutName =
  | "cost" | "baseline" | "priced" | "asleep" | "schedules" | "scheduled" | "next" | "readers" | "guarded" | "counted" | "findings" | "tokens" | "saved";

export function aboutQuestions(cluster: string, id: string): Partial<Record<AboutName, Question>> {
  const { kind, namespace, name } = partsOf(id);
  const inside = is("namespace", kind === "Namespace" ? name : namespace);
  const workload = [inside, is("workload_kind", kind), is("workload", name)];
  const sum = (metric: string, by: string, ...matchers: string[]) => `sum by (cluster, ${by}) (${value(series(metric, cluster, ...matchers), by, "namespace", "workload_kind", "workload", "persistentvolumeclaim")})`;
  const found: Partial<Record<AboutName, Question>> = {};
  if (WORKLOADS.has(kind) || kind === "Namespace") {
    const chosen = kind === "Namespace" ? [inside] : workload;
    found.cost = { expr: sum("astrolabe_workload_cost_hourly_dollars", "resource", ...chosen) };
    found.baseline = { expr: `sum by (cluster) (${value(series("astrolabe_workload_baseline_cost_hourly_dollars", cluster, ...chosen), "workload_kind", "workload")})` };
  }
  if (kind === "Namespace") found.saved = { expr: `max by (cluster) (${series("kube_green_cost_savings_dollars_total", cluster, inside)})` };
  if (kind === "PersistentVolumeClaim") found.cost = { expr: sum("astrolabe_volume_cost_hourly_dollars", "storageclass", inside, is("persistentvolumeclaim", name)) };
  if (found.cost) found.priced = { expr: `count by (cluster) (${series("astrolabe_price_dollars", cluster)})` };
  if (SLEEPERS.has(kind)) found.asleep = { expr: `max by (cluster) (${series("astrolabe_workload_asleep", cluster, ...workload)})` };
  if (kind === "Namespace") found.asleep = { expr: `count by (cluster) (${distinct(`${series("astrolabe_workload_asleep", cluster, inside)} == 1`, "workload_kind", "workload")})` };
  if (SLEEPERS.has(kind) || kind === "Namespace" || kind === "SleepInfo") {
    const chosen = kind === "SleepInfo" ? [inside, is("sleepinfo", name)] : [inside];
    found.schedules = { expr: distinct(series("astrolabe_sleepinfo_info", cluster, ...chosen), "sleepinfo", "weekdays", "sleep_at", "wake_up_at", "time_zone") };
    found.scheduled = { expr: value(series("astrolabe_sleepinfo_scheduled_asleep", cluster, ...chosen), "sleepinfo") };
    found.next = { expr: value(series("astrolabe_sleepinfo_next_operation_timestamp_seconds", cluster, ...chosen), "sleepinfo", "operation") };
  }
  if (kind === "Secret" || kind === "Namespace") {
    found.readers = { expr: value(series("astrolabe_access_secret_readers", cluster, inside), "how") };
    found.counted = { expr: `count by (cluster) (${series("astrolabe_access_admins", cluster)})` };
  }
  if (kind === "Secret") found.guarded = { expr: value(series("astrolabe_access_guarded_secret_readers", cluster, inside, is("name", name)), "how") };
  if (kind === "ServiceAccount") found.tokens = { expr: value(series("astrolabe_serviceaccount_token_mounts", cluster, inside, is("serviceaccount", name)), "needed") };
  if (/^(Cluster)?Role(Binding)?$|^ServiceAccount$|^Secret$/.test(kind)) found.findings = { expr: distinct(series("astrolabe_access_finding_info", cluster, is("id", id)), "rule", "severity") };
  return found;
}

export type AboutRows = Partial<Readonly<Record<AboutName, Rows>>>;

export interface Cost {
  /** Dollars an hour by what they are for. */
  readonly parts: readonly { readonly what: string; readonly dollars: number }[];
  readonly total: number;
  /** What it would cost awake; null where nobody says. */
  readonly awake: number | null;
  /** What sleeping has saved in a namespace so far; null where it does not apply. */
  readonly saved: number | null;
}

/** null where cost does not apply, "unknown" where it does and nobody says. */
export function costOf(rows: AboutRows): Cost | "unknown" | null {
  if (!rows.cost) return null;
  if (!rows.cost.length) return "unknown";
  const parts = rows.cost.map((row) => ({ what: label(row, "resource") || label(row, "storageclass"), dollars: last(row) })).sort((one, other) => compare(one.what, other.what));
  return { parts, total: parts.reduce((sum, { dollars }) => sum + dollars, 0), awake: rows.baseline ? only(rows.baseline) : null, saved: rows.saved ? only(rows.saved) : null };
}

export interface Schedule {
  readonly name: string;
  readonly weekdays: string;
  readonly sleepAt: string;
  readonly wakeAt: string;
  readonly zone: string;
  /** null where the schedule cannot be read. */
  readonly asleep: boolean | null;
  /** Unix seconds. */
  readonly nextSleep: number | null;
  readonly nextWake: number | null;
}

export interface Sleep {
  /** How many sleep; of a workload 0 or 1. */
  readonly asleep: number;
  readonly schedules: readonly Schedule[];
}

/** null where sleep does not apply, or nothing of it is there. */
export function sleepOf(rows: AboutRows): Sleep | null {
  if (!rows.schedules) return null;
  const schedules = rows.schedules
    .map((row): Schedule => {
      const name = label(row, "sleepinfo");
      const scheduled = rows.scheduled?.find((each) => label(each, "sleepinfo") === name);
      const next = (operation: string) => only(rows.next?.filter((each) => label(each, "sleepinfo") === name && label(each, "operation") === operation) ?? []);
      return {
        name,
        weekdays: label(row, "weekdays"),
        sleepAt: label(row, "sleep_at"),
        wakeAt: label(row, "wake_up_at"),
        zone: label(row, "time_zone"),
        asleep: scheduled ? last(scheduled) === 1 : null,
        nextSleep: next("sleep"),
        nextWake: next("wake_up"),
      };
    })
    .sort((one, other) => compare(one.name, other.name));
  const asleep = (rows.asleep ? only(rows.asleep) : null) ?? 0;
  return asleep || schedules.length ? { asleep, schedules } : null;
}

export interface Access {
  /** Whether the figures are of this Secret alone, and not of some Secret of its namespace. */
  readonly exact: boolean;
  /** By what they do first; the most first. */
  readonly readers: readonly { readonly how: string; readonly count: number }[];
  /** null where access is not worked out. */
  readonly total: number | null;
  readonly findings: readonly { readonly rule: string; readonly severity: string }[];
  /** Pods that have a token of the account, and whether they need it. */
  readonly tokens: readonly { readonly needed: boolean; readonly count: number }[];
}

export function accessOf(rows: AboutRows): Access | null {
  if (!rows.readers && !rows.findings) return null;
  const exact = Boolean(rows.guarded?.length);
  const readers = ((exact ? rows.guarded : rows.readers) ?? [])
    .map((row) => ({ how: label(row, "how"), count: last(row) }))
    .sort((one, other) => other.count - one.count || compare(one.how, other.how));
  const worked = rows.counted ? only(rows.counted) !== null : true;
  return {
    exact,
    readers,
    total: rows.readers && worked ? readers.reduce((sum, { count }) => sum + count, 0) : null,
    findings: (rows.findings ?? []).map((row) => ({ rule: label(row, "rule"), severity: label(row, "severity") })).sort((one, other) => compare(one.rule, other.rule)),
    tokens: (rows.tokens ?? []).map((row) => ({ needed: label(row, "needed") === "true", count: last(row) })),
  };
}
