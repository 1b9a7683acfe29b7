/** Links to Grafana's other pages: the app's boards, and Explore. */

import type { Scope } from "./address.ts";
import { partsOf } from "./objects.ts";
import { is, series } from "./promql.ts";

export interface Link {
  readonly title: string;
  readonly href: string;
}

export interface Seen {
  readonly scope: Scope;
  /** The uid and type of the data source that is in use. */
  readonly source: { readonly uid: string; readonly type: string };
}

const WORKLOADS = new Set(["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"]);
const ACCESS = /^(Cluster)?Role(Binding)?$|^ServiceAccount$|^Secret$/;

function board(seen: Seen, name: string, title: string, variables: Readonly<Record<string, string>> = {}): Link {
  const query = new URLSearchParams({ "var-datasource": seen.source.uid, from: seen.scope.from, to: seen.scope.to });
  if (seen.scope.cluster) query.set("var-cluster", seen.scope.cluster);
  for (const [variable, value] of Object.entries(variables)) query.set(`var-${variable}`, value);
  return { title, href: `/d/astrolabe-app-${name}?${query}` };
}

/** What to look at next of an object. */
export function objectLinks(seen: Seen, id: string, release: string): Link[] {
  const { kind, namespace, name } = partsOf(id);
  const inside = kind === "Namespace" ? name : namespace;
  return [
    board(seen, "graph", "Relationship graph", { object: id, ...(inside ? { namespace: inside } : {}) }),
    ...(WORKLOADS.has(kind) ? [board(seen, "workload", "Workload", { namespace, workload_kind: kind, workload: name })] : []),
    ...(release && namespace ? [board(seen, "helm-releases", "Helm releases", { namespace, release })] : []),
    ...(ACCESS.test(kind) && namespace ? [board(seen, "access", "Access", { namespace })] : []),
    ...(kind === "Namespace" ? [board(seen, "overview", "Overview", { namespace: name })] : []),
    ...(kind === "SleepInfo" ? [board(seen, "sleep", "Sleep")] : []),
    explore(seen, series("astrolabe_resource_status", seen.scope.cluster, is("id", id))),
  ];
}

export function releaseLinks(seen: Seen, namespace: string, release: string): Link[] {
  return [
    board(seen, "helm-releases", "Helm releases", { namespace, release }),
    explore(seen, series("astrolabe_helm_release_info", seen.scope.cluster, is("namespace", namespace), is("release", release))),
  ];
}

/** A query in Explore, as Grafana 11 and newer write it in an address. */
export function explore({ scope, source }: Seen, expr: string): Link {
  const panes = { a: { datasource: source.uid, queries: [{ refId: "A", datasource: source, expr, range: true }], range: { from: scope.from, to: scope.to } } };
  return { title: "Explore", href: `/explore?${new URLSearchParams({ schemaVersion: "1", panes: JSON.stringify(panes) })}` };
}
