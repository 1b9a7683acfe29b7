/** Where objects of a kind stand: layers from left to right. Kinds are named as in ids. */

import { KINDS } from "./generated.ts";

/** Layers by number, in the order of the generated ones. Those that nothing is in take no room. */
export const LAYERS = [
  "Entry",
  "Services and policies",
  "Workloads",
  "Pods",
  "Configuration",
  "Storage, accounts",
  "Volumes, access",
  "Cluster",
] as const;

const LAYER_OF: ReadonlyMap<string, number> = new Map(
  Object.values(KINDS).flatMap((kinds, layer) => kinds.map((kind) => [kind, layer] as const)),
);

export const POD_LAYER = 3;

/** Layers in the order in which they decide about the order of others. */
export const SPINE: readonly number[] = [2, 1, 0, 3, 4, 5, 6, 7];

/** Where a kind stands. Custom resources stand with what leads to workloads, unless nothing leads on. */
export function layerOf(kind: string, leadsOn: boolean): number {
  return LAYER_OF.get(kind) ?? (leadsOn ? 1 : 4);
}

/** What many healthy leaves of one parent are called together. */
const STACKED: readonly string[] = ["entry", "policy", "workload", "Pod", "setting", "claim", "grant", "object"];

export function stackedAs(layer: number): string {
  return STACKED[layer] ?? "object";
}

/** Kinds that stand within another object as long as nobody asks for them. */
const INNER = new Set(["Pod", "ReplicaSet", "Job", "EndpointSlice"]);

export function isInner(kind: string): boolean {
  return INNER.has(kind);
}

/** A kind as people say it: without its API group. */
export function shortKind(kind: string): string {
  const dot = kind.indexOf(".");
  return dot > 0 ? kind.slice(0, dot) : kind;
}
