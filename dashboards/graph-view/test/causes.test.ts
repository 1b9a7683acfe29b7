import assert from "node:assert/strict";
import { test } from "node:test";

import { causesOf } from "../src/core/explaining.ts";
import { read } from "../src/core/model.ts";
import { DEMO, edge, node } from "./given.ts";

for (const [moment, given] of Object.entries(DEMO))
  test(`causes are the exporter's: ${moment}`, () => {
    const causes = causesOf(read(given.nodes, given.edges));
    const broken = Object.entries(given.causes);
    assert.ok(broken.length > 5);
    for (const [id, paths] of broken) assert.deepEqual(causes.of(id).map((cause) => cause.path), paths, id);
  });

test("what is said counts, whatever the relations of the picture would say", () => {
  const nodes = [
    node("Service/s/a", "Pending", { detail__causes: "Pod/s/a Secret/s/key,Pod/s/b Node/away" }),
    node("Pod/s/a", "Error", { detail__causes: "Secret/s/key" }),
    node("Pod/s/b", "Error"),
    node("Secret/s/key", "Missing"),
    node("Node/near", "Error"),
  ];
  const causes = causesOf(read(nodes, [edge("Pod/s/b", "runs-on", "Node/near"), edge("Service/s/a", "selects", "Pod/s/a")]));
  assert.deepEqual(causes.of("Service/s/a").map((cause) => cause.path), [["Pod/s/a", "Secret/s/key"], ["Pod/s/b", "Node/away"]]);
  assert.deepEqual(causes.of("Pod/s/b"), []);
  assert.deepEqual(new Map(causes.steps()), new Map([["Service/s/a", "Pod/s/a"], ["Pod/s/a", "Secret/s/key"]]));
  assert.deepEqual([...causes.explained], [["Secret/s/key", 2]]);
});

test("a way that is said goes on through what says none", () => {
  const causes = causesOf(read([node("A/s/1", "Error", { detail__causes: "A/s/2 A/s/3 A/s/4" }), node("A/s/2", "Error")], []));
  assert.deepEqual(new Map(causes.steps()), new Map([["A/s/1", "A/s/2"], ["A/s/2", "A/s/3"], ["A/s/3", "A/s/4"]]));
});

test("what is said of nothing, or badly, is no cause", () => {
  const long = Array.from({ length: 400 }, (_, index) => `A/s/${index}`).join(" ");
  for (const said of ["", " ", ",,", long, 7 as unknown as string])
    assert.deepEqual(causesOf(read([node("A/s/x", "Error", { detail__causes: said })], [])).of("A/s/x"), []);
});

test("a missing Secret explains everything above it", () => {
  const model = read(
    [node("Service/s/a", "Pending"), node("Pod/s/a", "Error"), node("Secret/s/key", "Missing"), node("ConfigMap/s/fine")],
    [edge("Service/s/a", "selects", "Pod/s/a"), edge("Pod/s/a", "uses-secret", "Secret/s/key"), edge("Pod/s/a", "uses-configmap", "ConfigMap/s/fine")],
  );
  const causes = causesOf(model);
  assert.deepEqual(causes.of("Service/s/a"), [{ id: "Secret/s/key", path: ["Pod/s/a", "Secret/s/key"] }]);
  assert.equal(causes.explained.get("Secret/s/key"), 2);
  assert.deepEqual(new Map(causes.steps()), new Map([["Pod/s/a", "Secret/s/key"], ["Service/s/a", "Pod/s/a"]]));
});

test("equally near causes are in the order of their ids, missing or not", () => {
  const nodes = [node("Pod/s/a", "Pending"), node("Node/n", "Error"), node("Secret/s/key", "Missing")];
  const edges = [edge("Pod/s/a", "uses-secret", "Secret/s/key"), edge("Pod/s/a", "scheduled-on", "Node/n")];
  assert.deepEqual(causesOf(read(nodes, edges)).of("Pod/s/a").map((cause) => cause.id), ["Node/n", "Secret/s/key"]);
});

test("a cause is found however far away it is", () => {
  const names = Array.from({ length: 30 }, (_, index) => `Service/s/${index}`);
  const edges = names.slice(1).map((name, index) => edge(names[index] as string, "routes-to", name));
  const [cause] = causesOf(read(names.map((name) => node(name, "Error")), edges)).of("Service/s/0");
  assert.deepEqual(cause?.path, names.slice(1));
});

test("what is optional is no cause", () => {
  const nodes = [node("Pod/s/a", "Error"), node("ConfigMap/s/extra", "Missing")];
  const optional = { ...edge("Pod/s/a", "uses-configmap", "ConfigMap/s/extra"), detail__optional: "true" };
  assert.deepEqual(causesOf(read(nodes, [optional])).of("Pod/s/a"), []);
});

test("a claim waits for its missing class, whichever way that edge points", () => {
  const nodes = [node("PersistentVolumeClaim/s/data", "Pending"), node("StorageClass/fast", "Missing")];
  for (const each of [edge("PersistentVolumeClaim/s/data", "provisions", "StorageClass/fast"), edge("StorageClass/fast", "provisions", "PersistentVolumeClaim/s/data")])
    assert.deepEqual(causesOf(read(nodes, [each])).of("PersistentVolumeClaim/s/data").map((cause) => cause.id), ["StorageClass/fast"]);
});

test("images and sleep schedules explain nothing", () => {
  const nodes = [node("Pod/s/a", "Error"), node("Image/x", "Error"), node("SleepInfo/s/night", "Error")];
  const causes = causesOf(read(nodes, [edge("Pod/s/a", "runs-image", "Image/x"), edge("SleepInfo/s/night", "sleeps", "Pod/s/a")]));
  assert.deepEqual([causes.of("Pod/s/a"), causes.of("SleepInfo/s/night")], [[], []]);
});

test("a circle of broken things ends", () => {
  const nodes = [node("A/s/1", "Error"), node("A/s/2", "Error"), node("A/s/3", "Error")];
  const circle = [edge("A/s/1", "owns", "A/s/2"), edge("A/s/2", "owns", "A/s/3"), edge("A/s/3", "owns", "A/s/1"), edge("A/s/1", "owns", "A/s/1")];
  assert.deepEqual(causesOf(read(nodes, circle)).of("A/s/1"), []);
});
