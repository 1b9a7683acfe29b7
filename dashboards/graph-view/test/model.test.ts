import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_NODES, read } from "../src/core/model.ts";
import { wrap } from "../src/core/text.ts";
import type { NodeFrame } from "../src/frames.ts";
import { edge, measure, node } from "./given.ts";

test("what is not said is read from the id", () => {
  const things = read([node("Secret/shop/key", "Missing"), node("Node/node-07", "Error"), node("Image/docker.io/library/nginx:1")], []).things;
  const [image, host, secret] = ["Image/docker.io/library/nginx:1", "Node/node-07", "Secret/shop/key"].map((id) => things.get(id));
  assert.deepEqual([secret?.kind, secret?.namespace, secret?.name, secret?.status], ["Secret", "shop", "key", "Missing"]);
  assert.deepEqual([host?.kind, host?.namespace, host?.name], ["Node", "", "node-07"]);
  assert.deepEqual([image?.kind, image?.namespace], ["Image", ""]);
});

test("what Grafana's dashboards write for no namespace is none", () => {
  const found = read([{ ...node("Node/node-07", "Error"), detail__namespace: "-" }], []).things.get("Node/node-07");
  assert.equal(found?.namespace, "");
});

test("Grafana's frames are enough: kind in the subtitle, type in the edge's mainstat", () => {
  const stack = { id: "Deployment/shop/web~30~ConfigMap", title: "30 × ConfigMap", subtitle: "folded", mainstat: "Ready" };
  const found = read([stack, node("Deployment/shop/web")], [{ id: "1", source: "Deployment/shop/web", target: stack.id, mainstat: "uses" }]);
  assert.equal(found.things.get(stack.id)?.title, "30 × ConfigMap");
  assert.deepEqual(found.relations.map((each) => each.type), ["uses"]);
});

test("what cannot be taken in is left out, and said", () => {
  const nodes = [node("Pod/a/x"), node("Pod/a/x", "Error"), { id: "" }, null as unknown as NodeFrame, node("Pod/a/y")];
  const edges = [
    edge("Pod/a/x", "owns", "Pod/a/y"),
    edge("Pod/a/x", "owns", "Pod/a/y"),
    edge("Pod/a/x", "owns", "Pod/a/gone"),
    edge("Pod/a/gone", "owns", "Pod/a/x"),
  ];
  const found = read(nodes, edges);
  assert.deepEqual([...found.things.keys()], ["Pod/a/x", "Pod/a/y"]);
  assert.equal(found.relations.length, 1);
  assert.deepEqual(found.leftOut, [
    "2 nodes left out: without an id",
    "1 node left out: with an id that another has",
    "2 edges left out: with an end that is not among the nodes",
    "1 edge left out: that another says already",
  ]);
});

test("of two nodes with one id the same is taken in any order", () => {
  const [one, other] = [node("Pod/a/x", "Error"), node("Pod/a/x", "Ready")];
  assert.deepEqual(read([one, other], []).things, read([other, one], []).things);
});

test("more than a browser bears is left out", () => {
  const found = read(Array.from({ length: MOST_NODES + 3 }, (_, index) => node(`Pod/a/${index}`)), []);
  assert.equal(found.things.size, MOST_NODES);
  assert.deepEqual(found.leftOut, [`3 nodes left out: beyond ${MOST_NODES}`]);
});

test("text that would reorder its neighbours is made harmless", () => {
  const thing = read([node("Pod/a/x", "Ready", { title: "evil\u202etxt.exe\nline" })], []).things.get("Pod/a/x");
  assert.equal(thing?.title, "evil txt.exe line");
});

test("names are wrapped at separators and never cut", () => {
  const names = ["pricing-api-key", "pvc-402988fd-f8cc-4f3b-959b-148ffa7bff5f", "a".repeat(253), "x", "ProgressDeadlineExceededOnceMore", "😀".repeat(40)];
  for (const name of names) {
    const lines = wrap(name, 120, "title", measure);
    assert.equal(lines.join(""), name);
    for (const line of lines) assert.ok(measure(line, "title") <= 120, line);
    assert.ok(lines.every((line) => !/[\ud800-\udbff]$/.test(line)), "half a character");
  }
  assert.deepEqual(wrap("shop-recommendations", 120, "title", measure), ["shop-", "recommendations"]);
});

test("a colour counts where the status is none", () => {
  const given = [node("a", "Ready", { color: "red" }), node("b", "12 req/s", { color: "teal" }), node("c", "", { color: "teal" })];
  const things = [...read(given, []).things.values()];
  assert.deepEqual(things.map(({ status, said, colour }) => [status, said, colour]), [
    ["Ready", "", ""],
    ["Unknown", "12 req/s", "teal"],
    ["Unknown", "", "teal"],
  ]);
});
