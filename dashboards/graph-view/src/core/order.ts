/** The order of cards within a layer: few crossings, and the same for those that stay when others come or go. */

import { compare } from "./text.ts";

/** A card, or the place of a line that passes a layer. */
export interface Vertex {
  readonly id: string;
  readonly layer: number;
  readonly title: string;
}

/**
 * Order the vertices of each layer.
 *
 * One layer, the `spine`, is ordered by title. From there to both sides, a vertex stands where its middle
 * neighbour in the layer before stands; equal ones by title. What comes or goes elsewhere does not change that
 * comparison, so nothing else changes its order; a sweep for the fewest crossings would move everything.
 */
export function order(
  vertices: readonly Vertex[],
  links: readonly (readonly [string, string])[],
  spine: number,
): ReadonlyMap<string, number> {
  const layers = new Map<number, Vertex[]>();
  for (const vertex of vertices) {
    const known = layers.get(vertex.layer);
    if (known) known.push(vertex);
    else layers.set(vertex.layer, [vertex]);
  }
  const near = new Map<string, string[]>(vertices.map((vertex) => [vertex.id, []]));
  for (const [source, target] of links) {
    near.get(source)?.push(target);
    near.get(target)?.push(source);
  }
  const placed = new Map<string, number>();
  const place = (layer: number) => {
    const key = new Map<string, number>();
    for (const { id } of layers.get(layer) as Vertex[]) {
      const before = (near.get(id) as string[]).map((other) => placed.get(other)).filter((at) => at !== undefined);
      key.set(id, before.length ? middle(before) : Number.MAX_SAFE_INTEGER);
    }
    (layers.get(layer) as Vertex[])
      .sort((a, b) => (key.get(a.id) as number) - (key.get(b.id) as number) || compare(a.title, b.title) || compare(a.id, b.id))
      .forEach((vertex, index) => placed.set(vertex.id, index));
  };
  const present = [...layers.keys()].sort((a, b) => a - b);
  for (const layer of present.filter((each) => each >= spine)) place(layer);
  for (const layer of present.filter((each) => each < spine).reverse()) place(layer);
  return placed;
}

/** The lower median, which is the place of one of them: a mean would change when others come between. */
function middle(places: readonly number[]): number {
  return [...places].sort((a, b) => a - b)[(places.length - 1) >> 1] as number;
}
