/** Where everything stands: boxes on a plane of a screen's shape, cards in boxes, lines between cards. */

import type { Box, Card, Link, Scene } from "./cards.ts";
import { route, type Way } from "./routes.ts";
import { body, type Body } from "./sizes.ts";
import { HEADER, inside, type Heading, type Inside, type Memory, type Spot } from "./strips.ts";
import type { Measure } from "./text.ts";

const ASPECT = 1.7;
const BETWEEN = 26;

export interface Frame extends Spot {
  readonly box: Box;
  readonly headings: readonly Heading[];
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Frame[];
  readonly spots: ReadonlyMap<string, Spot>;
  readonly bodies: ReadonlyMap<string, Body>;
  readonly ways: ReadonlyMap<string, Way>;
}

/** Lays scenes out, and remembers parts of the last one. */
export class Layout {
  private memory: Memory = new Map();

  constructor(private readonly measure: Measure) {}

  /** Yields now and then, so that whoever runs it may let others go on; returns the picture. */
  *lay(scene: Scene): Generator<undefined, Picture> {
    const bodies = new Map<string, Body>();
    const used: Memory = new Map();
    const found: [Box, Inside][] = [];
    const groupOf = new Map([...scene.cards.values()].map((card) => [card.id, card.group]));
    const ties = new Map<string, Link[]>();
    for (const link of scene.links) {
      const name = groupOf.get(link.source) as string;
      if (name !== groupOf.get(link.target)) continue;
      const known = ties.get(name);
      if (known) known.push(link);
      else ties.set(name, [link]);
    }
    for (const box of scene.boxes) {
      for (const card of box.cards) bodies.set(card.id, body(card, this.measure));
      found.push([box, box.open ? yield* this.open(box, bodies, ties.get(box.name) ?? [], used) : closed(box, bodies)]);
      yield;
    }
    this.memory = used;
    yield;
    return assemble(scene, bodies, found);
  }

  private open(
    box: Box,
    bodies: ReadonlyMap<string, Body>,
    ties: readonly Link[],
    used: Memory,
  ): Generator<undefined, Inside> {
    const items = box.cards.map(({ id, title, layer }) => {
      const { width, height } = bodies.get(id) as Body;
      return { id, title, layer, width, height };
    });
    const bare = ties.map(({ id, source, target }) => ({ id, source, target }));
    return inside(items, bare, this.memory, used);
  }
}

function closed(box: Box, bodies: ReadonlyMap<string, Body>): Inside {
  const card = box.cards[0] as Card;
  const { width, height } = bodies.get(card.id) as Body;
  return { width, height, spots: new Map([[card.id, { x: 0, y: 0, width, height }]]), lanes: new Map(), headings: [] };
}

function assemble(scene: Scene, bodies: ReadonlyMap<string, Body>, found: readonly [Box, Inside][]): Picture {
  const open = found.filter(([box]) => box.open);
  const shut = found.filter(([box]) => !box.open);
  const upper = shelves(open.map(([, within]) => within), bestWidth(found.map(([, within]) => within)));
  const lower = shelves(shut.map(([, within]) => within), Math.max(upper.width, shut.length ? bestWidth(shut.map(([, within]) => within)) : 0));
  const frames: Frame[] = [];
  const spots = new Map<string, Spot>();
  const lanes = new Map<string, readonly (readonly [number, number, number])[]>();
  const below = upper.height ? upper.height + BETWEEN : 0;
  for (const [each, corners, top] of [[open, upper.corners, 0], [shut, lower.corners, below]] as const)
    each.forEach(([box, within], index) => {
      const [x, y] = corners[index] as readonly [number, number];
      for (const [id, spot] of within.spots) spots.set(id, { ...spot, x: spot.x + x, y: spot.y + y + top });
      for (const [id, passes] of within.lanes) lanes.set(id, passes.map(([from, to, at]) => [from + x, to + x, at + y + top]));
      if (box.open) frames.push({ box, x, y: y + top, width: within.width, height: within.height, headings: within.headings });
    });
  return {
    width: Math.max(upper.width, lower.width),
    height: below + lower.height,
    frames,
    spots,
    bodies,
    ways: route(scene.links, spots, lanes),
  };
}

interface Shelves {
  readonly width: number;
  readonly height: number;
  readonly corners: readonly (readonly [number, number])[];
}

/** Put boxes on shelves from left to right, in their order, so that names stay where people look for them. */
function shelves(sizes: readonly { width: number; height: number }[], most: number): Shelves {
  const corners: [number, number][] = [];
  let [x, y, high, width] = [0, 0, 0, 0];
  for (const size of sizes) {
    if (x && x + size.width > most) [x, y, high] = [0, y + high + BETWEEN, 0];
    corners.push([x, y]);
    x += size.width + BETWEEN;
    width = Math.max(width, x - BETWEEN);
    high = Math.max(high, size.height);
  }
  return { width, height: y + high, corners };
}

/** The width that comes nearest to the shape of a screen. */
function bestWidth(sizes: readonly { width: number; height: number }[]): number {
  const widest = Math.max(0, ...sizes.map((size) => size.width));
  const area = sizes.reduce((sum, size) => sum + size.width * (size.height + HEADER), 0);
  let [best, least] = [widest, Number.POSITIVE_INFINITY];
  for (let factor = 0.8; factor < 2.2; factor += 0.1) {
    const most = Math.max(widest, Math.sqrt(area * ASPECT) * factor);
    const { width, height } = shelves(sizes, most);
    const scale = Math.max(width, height * ASPECT);
    if (scale < least) [best, least] = [most, scale];
  }
  return best;
}
