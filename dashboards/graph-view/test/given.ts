/** What tests draw: small graphs by hand, and the demo's graphs, which the exporter made. */

import { readFileSync } from "node:fs";

import type { Choices } from "../src/core/cards.ts";
import { causesOf } from "../src/core/explaining.ts";
import { Layout, type Picture } from "../src/core/layout.ts";
import { read, type Model } from "../src/core/model.ts";
import { stage, type Staged } from "../src/core/scene.ts";
import type { Measure } from "../src/core/text.ts";
import type { EdgeFrame, NodeFrame } from "../src/frames.ts";

export interface Given {
  readonly nodes: NodeFrame[];
  readonly edges: EdgeFrame[];
  /** What the exporter says are the causes: for each unhealthy object the ways to them. */
  readonly causes: Record<string, string[][]>;
}

/** The demo's graphs by moment. */
export const DEMO: Readonly<Record<string, Given>> = JSON.parse(readFileSync(process.env.GRAPH_VIEW_DEMO as string, "utf8"));

export const measure: Measure = (text, face) => text.length * (face === "title" ? 7.4 : 6);

export const node = (id: string, status = "Ready", more: Partial<NodeFrame> = {}): NodeFrame => ({ id, mainstat: status, ...more });
export const edge = (source: string, type: string, target: string): EdgeFrame => ({ source, target, detail__type: type });

export const choices = (some: Partial<Choices> = {}): Choices => ({
  groupBy: "namespace",
  hidden: new Set(),
  opened: new Set(),
  groups: new Map(),
  ...some,
});

export function staged(nodes: readonly NodeFrame[], edges: readonly EdgeFrame[], some: Partial<Choices> = {}): Staged & { model: Model } {
  const model = read(nodes, edges);
  return { ...drained(stage(model, causesOf(model), choices(some))), model };
}

export function laid(scene: Staged, layout = new Layout(measure)): Picture {
  return drained(layout.lay(scene));
}

function drained<T>(work: Generator<undefined, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** A part of the demo's graph: one namespace and what it is related to. */
export function within(given: Given, namespace: string): Given {
  const inside = (id: string) => id.split("/")[1] === namespace;
  const edges = given.edges.filter((each) => inside(each.source) || inside(each.target));
  const ids = new Set(edges.flatMap((each) => [each.source, each.target]));
  return { nodes: given.nodes.filter((each) => inside(each.id) || ids.has(each.id)), edges, causes: {} };
}

/** The same in another order, the same one each time. */
export function shuffled<T>(items: readonly T[], seed = 7): T[] {
  const found = [...items];
  let state = seed;
  for (let index = found.length - 1; index > 0; index--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (index + 1);
    [found[index], found[other]] = [found[other] as T, found[index] as T];
  }
  return found;
}
