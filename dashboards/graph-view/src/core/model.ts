/** What the frames say, checked and in one order, whatever order it came in. */

import type { EdgeFrame, NodeFrame } from "../frames.ts";
import { isStatus, statusOf, type Status } from "./status.ts";
import { compare, compareAll, count } from "./text.ts";

export interface Thing {
  readonly id: string;
  readonly kind: string;
  /** Empty outside namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly title: string;
  readonly status: Status;
  /** What was said in the place of a status and is none. */
  readonly said: string;
  /** The colour for what is said, as it was given; may be anything. */
  readonly colour: string;
  readonly message: string;
  readonly release: string;
  /** `Kind/name` of the topmost controller, or empty. */
  readonly root: string;
  /** The ways to its causes, as the exporter says them; null where it says nothing. */
  readonly ways: readonly (readonly string[])[] | null;
}

export interface Relation {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  /** The source works without the target. */
  readonly optional: boolean;
}

export interface Model {
  /** By id, in the order of ids. */
  readonly things: ReadonlyMap<string, Thing>;
  readonly relations: readonly Relation[];
  /** Sentences about what could not be taken in. */
  readonly leftOut: readonly string[];
}

/** More is left out: a browser would not answer any more. */
export const MOST_NODES = 20_000;
export const MOST_EDGES = 60_000;

export function read(nodes: readonly NodeFrame[], edges: readonly EdgeFrame[]): Model {
  const leftOut: string[] = [];
  const named = nodes.filter((node) => typeof node?.id === "string" && node.id).sort(byNode);
  note(leftOut, nodes.length - named.length, "node", "without an id");
  note(leftOut, named.length - MOST_NODES, "node", `beyond ${MOST_NODES}`);
  const things = new Map<string, Thing>();
  let twice = 0;
  for (const node of named.slice(0, MOST_NODES)) {
    if (things.has(node.id)) twice++;
    else things.set(node.id, thing(node));
  }
  note(leftOut, twice, "node", "with an id that another has");
  return { things, relations: relations(edges, things, leftOut), leftOut };
}

function relations(edges: readonly EdgeFrame[], things: ReadonlyMap<string, Thing>, leftOut: string[]): Relation[] {
  const found = new Map<string, Relation>();
  let nowhere = 0;
  let twice = 0;
  for (const edge of edges) {
    if (!things.has(edge?.source) || !things.has(edge?.target)) {
      nowhere++;
      continue;
    }
    const type = text(edge.detail__type) || text(edge.mainstat) || "related";
    const relation = { source: edge.source, target: edge.target, type, optional: edge.detail__optional === "true" };
    const key = JSON.stringify([relation.source, relation.type, relation.target]);
    const other = found.get(key);
    if (other) twice++;
    // Required once is required.
    if (!other || (other.optional && !relation.optional)) found.set(key, relation);
  }
  note(leftOut, nowhere, "edge", "with an end that is not among the nodes");
  note(leftOut, twice, "edge", "that another says already");
  note(leftOut, found.size - MOST_EDGES, "edge", `beyond ${MOST_EDGES}`);
  return [...found.values()]
    .sort((a, b) => compare(a.source, b.source) || compare(a.type, b.type) || compare(a.target, b.target))
    .slice(0, MOST_EDGES);
}

/** Of two nodes with an id the same one is taken whichever comes first. */
function byNode(a: NodeFrame, b: NodeFrame): number {
  return compare(a.id, b.id) || compareAll(Object.values(a).map(text), Object.values(b).map(text));
}

/** PromQL leaves out a label that is empty, so dashboards write a sign for no namespace. */
const inside = (namespace: string): string => (namespace === "-" ? "" : namespace);

function thing(node: NodeFrame): Thing {
  const [first = "", ...rest] = text(node.id).split("/");
  const kind = text(node.detail__kind) || (rest.length ? first : text(node.subtitle)) || first;
  const name = text(node.detail__name) || rest.slice(rest.length > 1 ? 1 : 0).join("/") || first;
  const said = text(node.mainstat) || text(node.detail__status);
  const none = !isStatus(said);
  return {
    id: node.id,
    kind,
    namespace: inside(text(node.detail__namespace)) || (rest.length > 1 && first !== "Image" ? (rest[0] ?? "") : ""),
    name,
    title: text(node.title) || name,
    status: statusOf(said),
    said: none ? said : "",
    colour: none ? text(node.color) : "",
    message: text(node.detail__message),
    release: text(node.detail__release),
    root: text(node.detail__root),
    ways: waysOf(node.detail__causes),
  };
}

/** Ways that are longer lead nobody anywhere. */
const MOST_WAYS = 3;
const MOST_STEPS = 64;

function waysOf(causes: unknown): readonly (readonly string[])[] | null {
  if (typeof causes !== "string") return null;
  const ways = causes.split(",", MOST_WAYS).map((way) => way.split(" ", 2 * MOST_STEPS).map(text).filter(Boolean));
  return ways.filter((way) => way.length > 0 && way.length <= MOST_STEPS);
}

/** Text that came from outside: never longer than anybody reads, and without what would reorder its neighbours. */
function text(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return "";
  return value.replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, " ").slice(0, 512);
}

function note(leftOut: string[], number: number, noun: string, why: string): void {
  if (number > 0) leftOut.push(`${count(number, noun)} left out: ${why}`);
}
