/** What layouts are compared on: the cards and lines of a graph, and our own way of placing them. */

import { causesOf } from "../src/core/explaining.ts";
import type { Item, Tie } from "../src/core/component.ts";
import { HIDDEN_WHEN_LARGE } from "../src/core/edgetypes.ts";
import { read } from "../src/core/model.ts";
import { stage } from "../src/core/scene.ts";
import { body } from "../src/core/sizes.ts";
import { inside } from "../src/core/strips.ts";
import type { EdgeFrame, NodeFrame } from "../src/frames.ts";

interface Cards {
  readonly items: readonly Item[];
  readonly ties: readonly Tie[];
}

export function cards({ nodes, edges }: { nodes: NodeFrame[]; edges: EdgeFrame[] }): Cards {
  const model = read(nodes, edges);
  const hidden = new Set(HIDDEN_WHEN_LARGE);
  const scene = end(stage(model, causesOf(model), { groupBy: "none", hidden, opened: new Set(), groups: new Map() }));
  const measure = (text: string) => text.length * 7;
  const items = [...scene.cards.values()].map((card) => {
    const { width, height } = body(card, measure);
    return { id: card.id, title: card.title, layer: card.layer, width, height };
  });
  return { items, ties: scene.links };
}

export function own({ items, ties }: Cards): ReadonlyMap<string, { x: number; y: number }> {
  const { spots } = end(inside(items, ties, new Map(), new Map()));
  return new Map([...spots].map(([id, { x, y, width, height }]) => [id, { x: x + width / 2, y: y + height / 2 }]));
}

function end<T>(work: Generator<undefined, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
