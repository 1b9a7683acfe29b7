/**
 * From Grafana's frames to the rows that the view draws.
 *
 * Which frame is which is told as Grafana's node graph tells it: by refId or name (`nodes`, `edges`), by
 * `preferredVisualisationType`, or by its fields. Names of fields are taken in any case: `mainStat` is `mainstat`.
 */

import type { DataFrame, Field } from "@grafana/data";
import type { EdgeFrame, NodeFrame } from "../src/index.ts";

/** A row of a frame, from which its links are made. */
export interface Row {
  readonly frame: DataFrame;
  readonly index: number;
}

export interface Graph {
  readonly nodes: readonly NodeFrame[];
  readonly edges: readonly EdgeFrame[];
  /** Where the node with an id comes from. Without nodes of its own, a graph is what its edges join. */
  readonly rows: ReadonlyMap<string, Row>;
  /** The node that the frame says is `highlighted`; the first of several. */
  readonly highlighted: string | null;
}

export type Found =
  | { readonly kind: "graph"; readonly graph: Graph }
  | { readonly kind: "empty" }
  | { readonly kind: "unfit"; readonly why: string };

const NAMES: readonly string[] = ["nodes", "edges"];

/** Read the frames of a panel. `css` makes a colour of CSS of one of Grafana's names. */
export function read(frames: readonly DataFrame[], css: (colour: string) => string): Found {
  const filled = frames.filter((frame) => frame.length > 0);
  if (!filled.length) return { kind: "empty" };
  const ours = filled.filter(isOurs);
  if (!ours.length) return unfit(`No table is named nodes or edges, or has a field id: ${filled.map(described).join("; ")}`);
  const edgeFrames = ours.filter(isEdges);
  const nodeFrames = ours.filter((frame) => !isEdges(frame));
  for (const frame of edgeFrames)
    for (const name of ["source", "target"])
      if (!field(frame, name)) return unfit(`Edges have no field ${name}: ${described(frame)}`);
  for (const frame of nodeFrames) if (!field(frame, "id")) return unfit(`Nodes have no field id: ${described(frame)}`);
  const edges = edgeFrames.flatMap((frame) => rowsOf(frame).map((row) => edge(row)));
  const rows = new Map<string, Row>();
  const nodes = nodeFrames.flatMap((frame) => rowsOf(frame).map((row) => node(row, css)));
  nodeFrames.flatMap(rowsOf).forEach((row, index) => {
    const id = nodes[index]?.id;
    if (id && !rows.has(id)) rows.set(id, row);
  });
  if (!nodeFrames.length) nodes.push(...ends(edges));
  const highlighted = [...rows].find(([, row]) => text(row, "highlighted") === "true")?.[0] ?? null;
  return { kind: "graph", graph: { nodes, edges, rows, highlighted } };
}

function isOurs(frame: DataFrame): boolean {
  return (
    frame.meta?.preferredVisualisationType === "nodeGraph" ||
    NAMES.includes(frame.name ?? "") ||
    NAMES.includes(frame.refId ?? "") ||
    field(frame, "id") !== undefined
  );
}

/** What is named nodes is none of edges, even where objects carry a label `source`. */
function isEdges(frame: DataFrame): boolean {
  const named = [frame.refId, frame.name].find((name) => NAMES.includes(name ?? ""));
  return named ? named === "edges" : field(frame, "source") !== undefined;
}

function unfit(why: string): Found {
  return { kind: "unfit", why };
}

function described(frame: DataFrame): string {
  const fields = frame.fields.map((each) => each.name).join(", ");
  return `${frame.refId ?? frame.name ?? "a table"} has ${fields || "no fields"}`;
}

function field(frame: DataFrame, name: string): Field | undefined {
  return frame.fields.find((each) => each.name.toLowerCase() === name);
}

function rowsOf(frame: DataFrame): Row[] {
  return Array.from({ length: frame.length }, (_, index) => ({ frame, index }));
}

function node(row: Row, css: (colour: string) => string): NodeFrame {
  const colour = text(row, "color");
  return {
    ...details(row),
    id: text(row, "id"),
    title: text(row, "title"),
    subtitle: text(row, "subtitle"),
    mainstat: text(row, "mainstat"),
    color: colour && css(colour),
  };
}

function edge(row: Row): EdgeFrame {
  return { ...details(row), source: text(row, "source"), target: text(row, "target"), mainstat: text(row, "mainstat") };
}

function ends(edges: readonly EdgeFrame[]): NodeFrame[] {
  return [...new Set(edges.flatMap(({ source, target }) => [source, target]))].map((id) => ({ id }));
}

function details({ frame, index }: Row): Record<`detail__${string}`, string> {
  const found: Record<`detail__${string}`, string> = {};
  for (const each of frame.fields) {
    const name = each.name.toLowerCase();
    if (name.startsWith("detail__")) found[name as `detail__${string}`] = shown(each, index);
  }
  return found;
}

function text({ frame, index }: Row, name: string): string {
  const found = field(frame, name);
  return found ? shown(found, index) : "";
}

/** Words as they are, numbers with their unit. */
function shown(from: Field, index: number): string {
  const value: unknown = from.values[index];
  if (value === null || value === undefined) return "";
  if (typeof value !== "number" || !from.display) return String(value);
  const { prefix = "", text: number, suffix = "" } = from.display(value);
  return `${prefix}${number}${suffix}`;
}
