/** Heights of what hangs together: cards in their layers, and lanes for lines that pass a layer, by dagre. */

import { Graph, layout } from "@dagrejs/dagre";

import { SPINE } from "./kinds.ts";
import { order, type Vertex } from "./order.ts";

export interface Item {
  readonly id: string;
  readonly title: string;
  readonly layer: number;
  readonly width: number;
  readonly height: number;
}

export interface Tie {
  readonly id: string;
  readonly source: string;
  readonly target: string;
}

export interface Placed {
  readonly items: readonly Item[];
  readonly ties: readonly Tie[];
  readonly height: number;
  /** Tops of items by id. */
  readonly tops: ReadonlyMap<string, number>;
  /** By tie: heights at which it passes the layers between its ends, by layer. */
  readonly lanes: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/** Vertical distances in px. */
const BETWEEN = 16;
const LANE = 8;

/** With more cards, columns are only stacked in order: dagre would keep the browser from answering. */
const MOST = 300;

/** Place one component. */
export function place(items: readonly Item[], ties: readonly Tie[]): Placed {
  const columns = [...new Set(items.map((item) => item.layer))].sort((a, b) => a - b);
  const [only] = items;
  if (items.length === 1 && only)
    return { items, ties, height: only.height, tops: new Map([[only.id, 0]]), lanes: new Map() };
  if (items.length > MOST) return stack(items, ties, columns);
  // Between two columns dagre wants a rank of its own.
  const rank = new Map(items.map((item) => [item.id, 2 * columns.indexOf(item.layer)]));
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", ranker: "none", nodesep: BETWEEN, edgesep: LANE, ranksep: 1 });
  for (const { id, height } of items) graph.setNode(id, { width: 1, height, rank: rank.get(id) as number });
  const across = ties.filter((tie) => rank.get(tie.source) !== rank.get(tie.target));
  for (const tie of across) graph.setEdge(...pair(tie, rank), {});
  const spine = 2 * columns.indexOf(spineOf(columns));
  layout(graph, { customOrder: (laid: Graph) => sort(laid, items, spine) });
  return heights(graph, items, ties, columns, rank);
}

/** Put each column's cards below each other, the columns beside each other's middle. */
function stack(items: readonly Item[], ties: readonly Tie[], columns: readonly number[]): Placed {
  const steps = ties.map(({ source, target }) => [source, target] as const);
  const placed = order(items, steps, spineOf(columns));
  const tops = new Map<string, number>();
  const total = (column: readonly Item[]) => column.reduce((sum, item) => sum + item.height + BETWEEN, -BETWEEN);
  const filled = columns.map((layer) =>
    items.filter((item) => item.layer === layer).sort((a, b) => (placed.get(a.id) as number) - (placed.get(b.id) as number)),
  );
  const height = filled.reduce((most, column) => Math.max(most, total(column)), 0);
  for (const column of filled) {
    let top = Math.round((height - total(column)) / 2);
    for (const item of column) {
      tops.set(item.id, top);
      top += item.height + BETWEEN;
    }
  }
  return { items, ties, height, tops, lanes: new Map() };
}

function spineOf(columns: readonly number[]): number {
  return SPINE.find((layer) => columns.includes(layer)) ?? (columns[0] as number);
}

/** The ends of a tie from left to right. */
function pair({ source, target }: Tie, rank: ReadonlyMap<string, number>): [string, string] {
  return (rank.get(source) as number) < (rank.get(target) as number) ? [source, target] : [target, source];
}

/** Give the cards and the lanes of long ties, which dagre made nodes of, their order. */
function sort(laid: Graph, items: readonly Item[], spine: number): void {
  const titles = new Map(items.map((item) => [item.id, item.title]));
  const vertices: Vertex[] = laid.nodes().map((id) => {
    const { rank, edgeObj } = laid.node(id);
    return { id: edgeObj ? `${edgeObj.v} ${edgeObj.w} ${rank}` : id, layer: rank, title: titles.get(edgeObj?.w ?? id) ?? "" };
  });
  const own = new Map(laid.nodes().map((id, index) => [id, (vertices[index] as Vertex).id]));
  const steps = laid.edges().map(({ v, w }) => [own.get(v) as string, own.get(w) as string] as const);
  const placed = order(vertices, steps, spine);
  for (const [id, vertex] of own) laid.node(id).order = placed.get(vertex);
}

function heights(
  graph: Graph,
  items: readonly Item[],
  ties: readonly Tie[],
  columns: readonly number[],
  rank: ReadonlyMap<string, number>,
): Placed {
  const lanes = new Map<string, ReadonlyMap<number, number>>();
  const bounds = items.flatMap(({ id, height }) => [graph.node(id).y - height / 2, graph.node(id).y + height / 2]);
  for (const tie of ties) {
    const [left, right] = pair(tie, rank);
    // A point at each end, and one for each rank between: every second is in a column.
    const points: { y: number }[] = graph.edge(left, right)?.points?.slice(1, -1) ?? [];
    const passed = points.filter((_, index) => index % 2 === 1).map((point) => point.y);
    bounds.push(...passed.flatMap((y) => [y - LANE, y + LANE]));
    const first = (rank.get(left) as number) / 2 + 1;
    if (passed.length) lanes.set(tie.id, new Map(passed.map((y, index) => [columns[first + index] as number, y])));
  }
  const top = bounds.reduce((least, y) => Math.min(least, y), Number.POSITIVE_INFINITY);
  const bottom = bounds.reduce((most, y) => Math.max(most, y), 0);
  const down = (y: number) => Math.round(y - top);
  return {
    items,
    ties,
    height: down(bottom),
    tops: new Map(items.map(({ id, height }) => [id, down(graph.node(id).y - height / 2)])),
    lanes: new Map([...lanes].map(([tie, at]) => [tie, new Map([...at].map(([layer, y]) => [layer, down(y)]))])),
  };
}
