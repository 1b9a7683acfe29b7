/** Which card an arrow key leads to: the nearest one in that direction. */

import type { Spot } from "./strips.ts";

export type Direction = "left" | "right" | "up" | "down";

/** How much farther a step to the side counts than one ahead. */
const ASIDE = 2.2;

export function towards(from: string, direction: Direction, spots: ReadonlyMap<string, Spot>): string | null {
  const here = spots.get(from);
  if (!here) return null;
  let [best, least] = [null as string | null, Number.POSITIVE_INFINITY];
  for (const [id, spot] of spots) {
    const dx = spot.x + spot.width / 2 - here.x - here.width / 2;
    const dy = spot.y + spot.height / 2 - here.y - here.height / 2;
    const [ahead, aside] =
      direction === "left" ? [-dx, dy] : direction === "right" ? [dx, dy] : direction === "up" ? [-dy, dx] : [dy, dx];
    if (ahead <= 1) continue;
    const far = ahead + ASIDE * Math.abs(aside);
    if (far < least) [best, least] = [id, far];
  }
  return best;
}
