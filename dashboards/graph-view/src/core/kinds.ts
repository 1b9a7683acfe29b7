/** Where objects of a kind stand: layers from left to right. Kinds are named as in ids. */

/** Layers by number. Those that nothing is in take no room. */
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

const LAYER_OF: Readonly<Record<string, number>> = {
  Ingress: 0, IngressClass: 0,
  Service: 1, HorizontalPodAutoscaler: 1, PodDisruptionBudget: 1, NetworkPolicy: 1, SleepInfo: 1,
  "SleepInfo.kube-green.com": 1, EndpointSlice: 1, "ScaledObject.keda.sh": 1,
  Deployment: 2, StatefulSet: 2, DaemonSet: 2, ReplicaSet: 2, Job: 2, CronJob: 2,
  Pod: 3,
  ConfigMap: 4, Secret: 4, Image: 4,
  PersistentVolumeClaim: 5, ServiceAccount: 5,
  PersistentVolume: 6, RoleBinding: 6, ClusterRoleBinding: 6,
  Node: 7, StorageClass: 7, Role: 7, ClusterRole: 7, Namespace: 7,
};
export const WORKLOAD_LAYER = 2;
export const POD_LAYER = 3;

/** Layers in the order in which they decide about the order of others. */
export const SPINE: readonly number[] = [2, 1, 0, 3, 4, 5, 6, 7];

/** Where a kind stands. Custom resources stand with what leads to workloads, unless nothing leads on. */
export function layerOf(kind: string, leadsOn: boolean): number {
  return LAYER_OF[kind] ?? (leadsOn ? 1 : 4);
}

/** What many healthy leaves of one parent are called together. */
const HEAP_OF: readonly string[] = ["entry", "policy", "workload", "Pod", "setting", "claim", "grant", "object"];

export function heapOf(layer: number): string {
  return HEAP_OF[layer] ?? "object";
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
