import assert from "node:assert/strict";
import { test } from "node:test";

import { findWay, nextStep, picture, stepQuestions } from "../src/paths.ts";
import { HOSTILE, asking, row } from "./given.ts";

/** Edges as source, type, target; `distance` says how far each object is from the cause. */
function graph(edges: [string, string, string][], distance: Record<string, number>, missing: [string, string, string][] = []) {
  const asked: string[] = [];
  const ask = asking((name, { expr }) => {
    asked.push(name);
    const own = (label: string) => new RegExp(`${label}="([^"]*)"`).exec(expr)?.[1];
    const nearer = /distance="(\d+)"/.exec(expr)?.[1];
    const near = (id: string) => (nearer ? distance[id] === Number(nearer) : true);
    const from = name === "missing" || name === "missed" ? missing : edges;
    return from
      .filter(([source, type, target]) => (own("source") ?? source) === source && (own("target") ?? target) === target && types(expr, type))
      .filter(([source, , target]) => near(name === "backward" ? source : target))
      .map(([source, type, target]) => row({ source, type, target }));
  });
  return { ask, asked };
}

function types(expr: string, type: string): boolean {
  const [, no, pattern] = /type(!?)[=~]+"([^"]*)"/.exec(expr) ?? [];
  return pattern === undefined || pattern.split("|").includes(type) !== (no === "!");
}

test("the way leads on to what is one step nearer, until it is there", async () => {
  const { ask, asked } = graph(
    [["Deployment/s/d", "owns", "ReplicaSet/s/r"], ["Deployment/s/d", "owns", "ReplicaSet/s/old"], ["ReplicaSet/s/r", "owns", "Pod/s/b"], ["ReplicaSet/s/r", "owns", "Pod/s/a"]],
    { "ReplicaSet/s/r": 2, "Pod/s/a": 1, "Pod/s/b": 1 },
    [["Pod/s/a", "uses-secret", "Secret/s/k"]],
  );
  const way = await findWay(ask, "", "Deployment/s/d", "Secret/s/k", 3);
  assert.deepEqual(way.steps.map(({ leadsTo }) => leadsTo), ["ReplicaSet/s/r", "Pod/s/a", "Secret/s/k"]);
  assert.ok(way.whole && way.steps[2]?.missing);
  assert.ok(asked.length <= 8);
});

test("a relation that points the other way is walked backwards", async () => {
  const { ask } = graph([["StorageClass/fast", "provisions", "PersistentVolumeClaim/s/c"]], {});
  const way = await findWay(ask, "", "PersistentVolumeClaim/s/c", "StorageClass/fast", 1);
  assert.deepEqual(way.steps, [{ source: "StorageClass/fast", type: "provisions", target: "PersistentVolumeClaim/s/c", leadsTo: "StorageClass/fast", missing: false }]);
});

test("where the metrics do not say how it goes on, the way ends and says so", async () => {
  const { ask } = graph([["Deployment/s/d", "owns", "Pod/s/a"]], { "Pod/s/a": 1 });
  const way = await findWay(ask, "", "Deployment/s/d", "Secret/s/k", 2);
  assert.deepEqual([way.whole, way.steps.length], [false, 1]);
  const { nodes, edges } = picture("Deployment/s/d", [way], (id) => ({ status: id.startsWith("Secret") ? "Missing" : "Error", message: "" }));
  assert.deepEqual(nodes.map(({ id }) => id), ["Deployment/s/d", "Pod/s/a", "Secret/s/k"]);
  assert.equal(nodes[0]?.detail__causes, "Pod/s/a Secret/s/k");
  assert.deepEqual(edges[1], { source: "Pod/s/a", target: "Secret/s/k", detail__type: "needs, in some way" });
});

test("ways share what they have in common", () => {
  const step = (source: string, target: string) => ({ source, type: "owns", target, leadsTo: target, missing: false });
  const ways = ["Node/n", "Secret/s/k"].map((cause) => ({ cause, distance: 2, whole: true, steps: [step("D/s/d", "P/s/p"), step("P/s/p", cause)] }));
  const drawn = picture("D/s/d", ways, () => ({ status: "Error", message: "" }));
  assert.deepEqual([drawn.nodes.length, drawn.edges.length], [4, 3]);
  assert.equal(drawn.nodes[0]?.detail__causes, "P/s/p Node/n,P/s/p Secret/s/k");
});

test("of equally near ones the first by id; none is none", () => {
  const rows = { forward: [row({ type: "owns", target: "Pod/s/b" }), row({ type: "owns", target: "Pod/s/a" })], backward: [row({ type: "provisions", source: "A/x" })] };
  assert.equal(nextStep("D/s/d", rows)?.leadsTo, "A/x");
  assert.equal(nextStep("D/s/d", {}), null);
});

test("a way that never arrives ends", async () => {
  const everywhere = asking((name) => (name === "forward" ? [row({ type: "owns", target: "Pod/s/loop" })] : []));
  const way = await findWay(everywhere, "", "Pod/s/a", "Node/n", 1e9);
  assert.ok(!way.whole && way.steps.length < 50);
});

test("hostile names stay within their quotes", () => {
  for (const name of HOSTILE)
    for (const distance of [1, 2]) for (const question of Object.values(stepQuestions(name, name, name, distance))) assert.ok(!question.expr.includes("\n"));
});
