/** The ways of lines: out of a card to the right, through lanes between other cards, into a card from the left. */

import type { Link } from "./cards.ts";
import type { Spot } from "./strips.ts";

export interface Way {
  /** As an SVG path. */
  readonly path: string;
  /** Where the head of the arrow is, and whether it points to the right. */
  readonly head: readonly [number, number, boolean];
}

type Passes = readonly (readonly [number, number, number])[];
const STEP = 7;
const EDGE = 10;
const HEAD = 7;

export function route(links: readonly Link[], spots: ReadonlyMap<string, Spot>, lanes: ReadonlyMap<string, Passes>): ReadonlyMap<string, Way> {
  const ports = portsOf(links, spots);
  const ways = new Map<string, Way>();
  for (const link of links) {
    const from = spots.get(link.source) as Spot;
    const to = spots.get(link.target) as Spot;
    const start = from.y + from.height / 2 + (ports.get(`${link.id} out`) ?? 0);
    const end = to.y + to.height / 2 + (ports.get(`${link.id} in`) ?? 0);
    ways.set(link.id, way(from, start, to, end, lanes.get(link.id) ?? []));
  }
  return ways;
}

function way(from: Spot, start: number, to: Spot, end: number, lanes: Passes): Way {
  if (from.x === to.x) {
    const x = from.x + from.width;
    const bulge = x + 30;
    return { path: `M${x} ${start}C${bulge} ${start} ${bulge} ${end} ${x + HEAD} ${end}`, head: [x, end, false] };
  }
  const rightwards = from.x < to.x;
  const left = rightwards ? from.x + from.width : to.x + to.width + HEAD;
  const right = rightwards ? to.x - HEAD : from.x;
  const [first, last] = rightwards ? [start, end] : [end, start];
  let path = `M${left} ${first}`;
  let [x, y] = [left, first];
  for (const [begin, finish, at] of lanes) {
    path += `${curve(x, y, begin, at)}L${finish} ${at}`;
    [x, y] = [finish, at];
  }
  path += curve(x, y, right, last);
  return { path, head: rightwards ? [to.x, end, true] : [to.x + to.width, end, false] };
}

function curve(x: number, y: number, toX: number, toY: number): string {
  const bend = Math.max(18, (toX - x) / 2);
  return `C${x + bend} ${y} ${toX - bend} ${toY} ${toX} ${toY}`;
}

/** Lines that share a side of a card leave it in the order of where they go, a little apart. */
function portsOf(links: readonly Link[], spots: ReadonlyMap<string, Spot>): ReadonlyMap<string, number> {
  const sides = new Map<string, { key: string; towards: number; id: string }[]>();
  const add = (card: string, right: boolean, key: string, other: Spot, id: string) => {
    const side = `${right ? "right" : "left"} ${card}`;
    const port = { key, towards: other.y + other.height / 2, id };
    const known = sides.get(side);
    if (known) known.push(port);
    else sides.set(side, [port]);
  };
  for (const link of links) {
    const from = spots.get(link.source) as Spot;
    const to = spots.get(link.target) as Spot;
    add(link.source, from.x <= to.x, `${link.id} out`, to, link.id);
    add(link.target, from.x >= to.x, `${link.id} in`, from, link.id);
  }
  const offsets = new Map<string, number>();
  for (const [side, ports] of sides) {
    const height = (spots.get(side.slice(side.indexOf(" ") + 1)) as Spot).height;
    const step = Math.min(STEP, (height - 2 * EDGE) / Math.max(1, ports.length - 1));
    ports
      .sort((a, b) => a.towards - b.towards || (a.id < b.id ? -1 : 1))
      .forEach((port, index) => offsets.set(port.key, (index - (ports.length - 1) / 2) * step));
  }
  return offsets;
}
