/** What hangs together stands below each other in columns; what gets too high goes on in a strip beside. */

import { LAYERS, SPINE } from "./kinds.ts";
import { components } from "./components.ts";
import { place, type Item, type Placed, type Tie } from "./component.ts";
import { WIDTH } from "./sizes.ts";
import { compare } from "./text.ts";

export const GAP = 62;
export const MARGIN = 18;
const BETWEEN = 22;
const BETWEEN_STRIPS = 44;
const ASPECT = 1.6;
export const HEADER = 34;
export const COLUMN_HEADER = 20;

export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Heading extends Spot {
  readonly text: string;
}

/** The inside of a box, its corner at 0, 0. */
export interface Inside {
  readonly width: number;
  readonly height: number;
  readonly spots: ReadonlyMap<string, Spot>;
  /** By tie: what it passes through on its way, from left to right: left end, right end, height. */
  readonly lanes: ReadonlyMap<string, readonly (readonly [number, number, number])[]>;
  readonly headings: readonly Heading[];
}

/** Results of `place` by what went in: what did not change is not worked out again. */
export type Memory = Map<string, Placed>;

/** Lay out the inside of a box. Yields between its parts. */
export function* inside(items: readonly Item[], ties: readonly Tie[], memory: Memory, used: Memory): Generator<undefined, Inside> {
  const key = new Map<readonly Item[], string>();
  const parts = components(items, ties);
  for (const [members] of parts) key.set(members, lead(members));
  parts.sort(([a], [b]) => compare(key.get(a) as string, key.get(b) as string));
  const found: Placed[] = [];
  for (const [members, among] of parts) {
    const signature = JSON.stringify([members.map((i) => [i.id, i.title, i.layer, i.height]), among]);
    const placed = memory.get(signature) ?? place(members, among);
    used.set(signature, placed);
    found.push(placed);
    yield;
  }
  let best = spread(found, 1);
  for (let strips = 2; strips <= Math.min(8, found.length); strips++) {
    const next = spread(found, strips);
    if (Math.abs(Math.log(next.width / next.height / ASPECT)) < Math.abs(Math.log(best.width / best.height / ASPECT))) best = next;
  }
  return best;
}

/** What a component is sorted by: its first card in the most telling layer. */
function lead(items: readonly Item[]): string {
  const keys = items.map((item) => `${SPINE.indexOf(item.layer)} ${item.title} ${item.id}`).sort(compare);
  return `${items.length > 1 ? 0 : /^(rest|stack):/.test(items[0]?.id ?? "") ? 2 : 1} ${keys[0]}`;
}

function spread(found: readonly Placed[], strips: number): Inside {
  const total = found.reduce((sum, each) => sum + each.height + BETWEEN, 0);
  const highest = Math.max(total / strips, ...found.map((each) => each.height));
  const spots = new Map<string, Spot>();
  const lanes = new Map<string, [number, number, number][]>();
  const headings: Heading[] = [];
  let x = MARGIN;
  let height = 0;
  let rest = [...found];
  while (rest.length) {
    let taken = 0;
    let y = 0;
    while (taken < rest.length && (!taken || y + (rest[taken] as Placed).height / 2 <= highest)) y += (rest[taken++] as Placed).height + BETWEEN;
    const strip = rest.slice(0, taken);
    rest = rest.slice(taken);
    const layers = [...new Set(strip.flatMap((each) => each.items.map((item) => item.layer)))].sort((a, b) => a - b);
    const left = new Map(layers.map((layer, index) => [layer, x + index * (WIDTH + GAP)]));
    for (const [layer, at] of left)
      headings.push({ text: LAYERS[layer] ?? "", x: at, y: HEADER, width: WIDTH, height: COLUMN_HEADER });
    let top = HEADER + COLUMN_HEADER;
    for (const each of strip) {
      for (const item of each.items)
        spots.set(item.id, { x: left.get(item.layer) as number, y: top + (each.tops.get(item.id) as number), width: item.width, height: item.height });
      for (const [tie, passes] of each.lanes)
        lanes.set(tie, [...passes].sort(([a], [b]) => a - b).map(([layer, y]) => [left.get(layer) as number, (left.get(layer) as number) + WIDTH, top + y]));
      top += each.height + BETWEEN;
    }
    height = Math.max(height, top - BETWEEN);
    x += layers.length * (WIDTH + GAP) - GAP + BETWEEN_STRIPS;
  }
  return { width: x - BETWEEN_STRIPS + MARGIN, height: height + MARGIN, spots, lanes, headings };
}
