/**
 * Compares layouts of the same cards and lines: `node compare/layouts.mjs FRAMES.json …` after a build of
 * compare/cards.ts. Prints milliseconds (the least of five, of two in large graphs), lines that cross, and how many pairs of cards of
 * one column changed their order when one card went, on average over 41, in large graphs over two.
 */

import { readFileSync } from "node:fs";
import ELK from "elkjs";
import { Graph, layout } from "@dagrejs/dagre";

import { cards, own } from "../tested/cards.mjs";

const elk = new ELK();

const byDagre = ({ items, ties }) => {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 62 });
  for (const { id, width, height } of items) graph.setNode(id, { width, height });
  for (const { source, target } of ties) graph.setEdge(source, target, {});
  layout(graph);
  return new Map(items.map(({ id }) => [id, graph.node(id)]));
};

const byElk = async ({ items, ties }) => {
  const done = await elk.layout({
    id: "root",
    layoutOptions: { "elk.algorithm": "layered", "elk.direction": "RIGHT", "elk.partitioning.activate": "true" },
    children: items.map(({ id, width, height, layer }) => ({
      id, width, height, layoutOptions: { "elk.partitioning.partition": String(layer) },
    })),
    edges: ties.map(({ source, target }, index) => ({ id: `e${index}`, sources: [source], targets: [target] })),
  });
  return new Map(done.children.map(({ id, x, y, width, height }) => [id, { x: x + width / 2, y: y + height / 2 }]));
};

const crossings = (places, { ties }) => {
  const lines = ties.map(({ source, target }) => [places.get(source), places.get(target)]);
  let found = 0;
  const side = (a, b, c) => Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
  lines.forEach(([a, b], index) => {
    for (const [c, d] of lines.slice(index + 1))
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) found++;
  });
  return found;
};

/** How often something is done with so many cards: large graphs take some layouts a minute. */
const rounds = ({ items }, most) => (items.length < 100 ? most : Math.min(most, 2));

const flips = async (lay, given) => {
  const before = await lay(given);
  const chosen = given.items.filter((_, index) => index % Math.ceil(given.items.length / rounds(given, 41)) === 0);
  let sum = 0;
  for (const gone of chosen) {
    const items = given.items.filter((item) => item !== gone);
    const after = await lay({ items, ties: given.ties.filter((tie) => tie.source !== gone.id && tie.target !== gone.id) });
    let pairs = 0;
    let changed = 0;
    for (const one of items)
      for (const other of items) {
        const [a, b, c, d] = [before.get(one.id), before.get(other.id), after.get(one.id), after.get(other.id)];
        if (one.id >= other.id || one.layer !== other.layer || a.x !== b.x || c.x !== d.x) continue;
        pairs++;
        if (Math.sign(a.y - b.y) !== Math.sign(c.y - d.y)) changed++;
      }
    sum += pairs ? changed / pairs : 0;
  }
  return (100 * sum) / chosen.length;
};

const time = async (lay, given) => {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds(given, 5); round++) {
    const begin = performance.now();
    await lay(given);
    least = Math.min(least, performance.now() - begin);
  }
  return least;
};

for (const file of process.argv.slice(2)) {
  const given = cards(JSON.parse(readFileSync(file, "utf8")));
  console.log(`${file}: ${given.items.length} cards, ${given.ties.length} lines`);
  for (const [name, lay] of [["ours with dagre", own], ["elkjs", byElk], ["dagre by itself", byDagre]]) {
    const places = await lay(given);
    const figures = [await time(lay, given), crossings(places, given), await flips(lay, given)];
    console.log(`  ${name}: ${figures[0].toFixed(0)} ms, ${figures[1]} crossings, ${figures[2].toFixed(1)} % changed order`);
  }
}
