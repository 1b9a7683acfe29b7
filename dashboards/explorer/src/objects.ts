/** Ids of objects: `Kind/namespace/name`, or `Kind/name` outside namespaces. */

export interface Parts {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function partsOf(id: string): Parts {
  const [kind = "", ...rest] = id.split("/");
  // An image is a reference with slashes of its own.
  if (kind === "Image" || rest.length < 2) return { kind, namespace: "", name: rest.join("/") };
  return { kind, namespace: rest[0] as string, name: rest.slice(1).join("/") };
}

export function idOf(kind: string, namespace: string, name: string): string {
  return namespace ? `${kind}/${namespace}/${name}` : `${kind}/${name}`;
}

/** A kind without its API group: `Rollout.argoproj.io` is a `Rollout`. */
export function shortKind(kind: string): string {
  return kind.split(".", 1)[0] as string;
}

/** Kinds that others stand for: people look for a workload, and not for what it is made of. */
const PARTS = new Set(["Pod", "ReplicaSet", "EndpointSlice", "Image", "Job"]);

/** Whether something is a part of something that people look for first. */
export function isPart(id: string): boolean {
  return PARTS.has(partsOf(id).kind);
}

/** How something is doing. `Missing` is what is referred to and does not exist. */
export type Status = "Ready" | "Pending" | "Error" | "Unknown" | "Missing";

/** What a status is drawn as: at rest is healthy, and still not the same as ready. */
export type Tone = Status | "AtRest";

const WORST: readonly Tone[] = ["Error", "Missing", "Pending", "Unknown", "AtRest", "Ready"];

export function toneOf(status: string, reason: string): Tone {
  if (reason === "AtRest" && status === "Ready") return "AtRest";
  return WORST.includes(status as Tone) ? (status as Tone) : "Unknown";
}

/** The worst first. */
export function compareTones(one: Tone, other: Tone): number {
  return WORST.indexOf(one) - WORST.indexOf(other);
}

/** Plain order of code units, the same in every browser. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
