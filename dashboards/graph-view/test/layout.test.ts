import assert from "node:assert/strict";
import { test } from "node:test";

import { Layout, type Picture } from "../src/core/layout.ts";
import { towards } from "../src/core/neighbours.ts";
import type { Staged } from "../src/core/scene.ts";
import type { Spot } from "../src/core/strips.ts";
import { DEMO, edge, laid, measure, node, shuffled, staged, within, type Given } from "./given.ts";

const CATALOG = within(DEMO.secret as Given, "shop-catalog");

const overlap = (a: Spot, b: Spot) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function check(scene: Staged, picture: Picture): void {
  const spots = [...picture.spots];
  assert.equal(spots.length, scene.cards.size);
  spots.forEach(([id, spot], index) => {
    for (const [other, place] of spots.slice(index + 1)) assert.ok(!overlap(spot, place), `${id} lies on ${other}`);
    assert.ok(spot.x >= 0 && spot.y >= 0 && spot.x + spot.width <= picture.width && spot.y + spot.height <= picture.height, id);
  });
  for (const frame of picture.frames)
    for (const [id, spot] of spots) {
      const inside = scene.cards.get(id)?.group === frame.box.name;
      assert.equal(overlap(spot, frame), inside, `${id} and the box of ${frame.box.name}`);
    }
}

for (const [moment, given] of Object.entries(DEMO))
  for (const groupBy of ["namespace", "release", "none"] as const)
    test(`nothing lies on anything else: ${moment} by ${groupBy}`, () => {
      const scene = staged(given.nodes, given.edges, { groupBy });
      check(scene, laid(scene));
    });

test("layers go from left to right by what things are", () => {
  const kinds = ["Ingress", "Service", "Deployment", "Secret", "PersistentVolumeClaim", "PersistentVolume", "Node"];
  const ids = kinds.map((kind) => `${kind}/s/x`);
  const scene = staged(ids.map((id) => node(id)), ids.slice(1).map((id, index) => edge(ids[index] as string, "uses", id)));
  const { spots } = laid(scene);
  const places = ids.map((id) => (spots.get(id) as Spot).x);
  assert.deepEqual(places, [...new Set(places)].sort((a, b) => a - b));
});

test("lines that pass a layer go between its cards", () => {
  const scene = staged(CATALOG.nodes, CATALOG.edges);
  const { ways, spots } = laid(scene);
  let lanes = 0;
  for (const link of scene.links)
    for (const [, x, y] of (ways.get(link.id)?.path ?? "").matchAll(/L([\d.]+) ([\d.]+)/g)) {
      lanes++;
      const hit = [...spots].find(([, spot]) => overlap({ x: Number(x) - 100, y: Number(y) - 0.5, width: 1, height: 1 }, spot));
      assert.equal(hit?.[0], undefined, `${link.id} runs over it`);
    }
  assert.ok(lanes > 2);
});

test("the order of input does not matter", () => {
  const draw = ({ nodes, edges }: Pick<Given, "nodes" | "edges">) => {
    const scene = staged(nodes, edges);
    const { spots, ways, frames } = laid(scene);
    return JSON.stringify([[...spots].sort(), [...ways].sort(), frames.map((frame) => [frame.box.name, frame.x, frame.y])]);
  };
  for (const given of Object.values(DEMO))
    assert.equal(draw({ nodes: shuffled(given.nodes), edges: shuffled(given.edges, 3) }), draw(given));
});

test("what is remembered of the last picture changes nothing but the time", () => {
  const layout = new Layout(measure);
  const scenes = Object.values(DEMO).map((given) => staged(given.nodes, given.edges));
  for (const scene of scenes) assert.deepEqual([...laid(scene, layout).spots], [...laid(scene).spots]);
});

test("what stays keeps its order when one object goes, whichever", () => {
  const full = staged(CATALOG.nodes, CATALOG.edges);
  const before = laid(full);
  let moved = 0;
  let pairs = 0;
  for (const gone of full.cards.keys()) {
    const nodes = CATALOG.nodes.filter((each) => each.id !== gone);
    if (nodes.length === CATALOG.nodes.length) continue;
    const scene = staged(nodes, CATALOG.edges.filter((each) => each.source !== gone && each.target !== gone));
    const after = laid(scene);
    const kept = [...scene.cards.values()].filter((card) => full.cards.has(card.id));
    for (const one of kept)
      for (const other of kept) {
        if (one.layer !== other.layer || one.id >= other.id) continue;
        const [a, b, c, d] = [before.spots.get(one.id), before.spots.get(other.id), after.spots.get(one.id), after.spots.get(other.id)] as Spot[];
        if (a?.x !== b?.x || c?.x !== d?.x) continue;
        pairs++;
        if (Math.sign(a!.y - b!.y) !== Math.sign(c!.y - d!.y)) moved++;
      }
  }
  assert.ok(pairs > 1000, `${pairs}`);
  assert.ok(moved / pairs < 0.02, `${moved} of ${pairs} pairs changed their order`);
});

test("circles and relations within a layer are drawn", () => {
  const ids = ["Deployment/s/a", "Deployment/s/b", "Service/s/c"];
  const scene = staged(ids.map((id) => node(id)), ids.flatMap((id) => ids.map((other) => edge(id, "uses", other))));
  const picture = laid(scene);
  check(scene, picture);
  assert.equal(picture.ways.size, 6);
});

test("arrow keys lead to the nearest card in their direction, and back", () => {
  const spots = new Map(
    [["a", 0, 0], ["b", 300, 10], ["c", 300, 200], ["d", 0, 210]].map(([id, x, y]) => [id as string, { x: x as number, y: y as number, width: 200, height: 50 }]),
  );
  assert.deepEqual(
    [towards("a", "right", spots), towards("a", "down", spots), towards("c", "up", spots), towards("c", "left", spots), towards("a", "up", spots)],
    ["b", "d", "b", "d", null],
  );
});
