import assert from "node:assert/strict";
import { test } from "node:test";

import { HIDDEN_WHEN_LARGE } from "../src/core/edgetypes.ts";
import { MOST_CARDS } from "../src/core/scene.ts";
import { podsOf } from "../src/core/objects.ts";
import { troubled } from "../src/core/status.ts";
import { DEMO, edge, node, staged, type Given } from "./given.ts";

const WEB = "Deployment/shop/web";
const web = (pods: number, status = "Ready") => {
  const names = Array.from({ length: pods }, (_, index) => `Pod/shop/web-${index}`);
  return {
    nodes: [node(WEB), node("ReplicaSet/shop/web-1"), node("Service/shop/web"), ...names.map((id) => node(id, status))],
    edges: [
      edge(WEB, "owns", "ReplicaSet/shop/web-1"),
      ...names.flatMap((id) => [edge("ReplicaSet/shop/web-1", "owns", id), edge("Service/shop/web", "selects", id)]),
    ],
  };
};

test("Pods and ReplicaSets stand within their workload, and their relations are its", () => {
  const { nodes, edges } = web(3);
  const scene = staged(nodes, edges);
  assert.deepEqual([...scene.cards.keys()].sort(), [WEB, "Service/shop/web"]);
  assert.equal(podsOf(scene.cards.get(WEB)!).length, 3);
  assert.deepEqual(scene.links.map(({ id, count }) => [id, count]), [[`Service/shop/web selects ${WEB}`, 3]]);
});

test("an opened workload shows its Pods and what only they need", () => {
  const { nodes, edges } = web(2);
  const more = [node("Secret/shop/all"), node("PersistentVolumeClaim/shop/one")];
  const uses = [
    edge(WEB, "uses-secret", "Secret/shop/all"),
    edge("Pod/shop/web-0", "uses-secret", "Secret/shop/all"),
    edge("Pod/shop/web-0", "mounts", "PersistentVolumeClaim/shop/one"),
  ];
  const scene = staged([...nodes, ...more], [...edges, ...uses], { opened: new Set([WEB]) });
  const links = scene.links.map((link) => link.id);
  assert.deepEqual(links, [
    `${WEB} owns Pod/shop/web-0`,
    `${WEB} owns Pod/shop/web-1`,
    `${WEB} uses-secret Secret/shop/all`,
    "Pod/shop/web-0 mounts PersistentVolumeClaim/shop/one",
    `Service/shop/web selects ${WEB}`,
  ]);
});

test("a Pod finds its workload by its root where nothing in between is known", () => {
  const pod = node("Pod/shop/web-x", "Ready", { detail__root: "Deployment/web" });
  assert.equal(staged([node(WEB), pod], []).cardOf.get(pod.id), WEB);
});

test("a Pod that a Node owns is its own", () => {
  const scene = staged([node("Node/n1"), node("Pod/kube-system/etcd")], [edge("Node/n1", "owns", "Pod/kube-system/etcd")]);
  assert.ok(scene.cards.has("Pod/kube-system/etcd"));
});

const settings = (count: number, status = "Ready"): Given => {
  const ids = Array.from({ length: count }, (_, index) => `ConfigMap/shop/c${String(index).padStart(2, "0")}`);
  return { nodes: [node(WEB), ...ids.map((id, index) => node(id, index ? "Ready" : status))], edges: ids.map((id) => edge(WEB, "uses-configmap", id)), causes: {} };
};

test("leaves of one parent fold within their namespace, never into another one's box", () => {
  const pods = ["a", "b"].flatMap((namespace) => Array.from({ length: 12 }, (_, index) => `Pod/${namespace}/p${index}`));
  const scene = staged([node("Node/n1"), ...pods.map((id) => node(id))], pods.map((id) => edge(id, "runs-on", "Node/n1")));
  const stacks = [...scene.cards.values()].filter((card) => card.form === "stack");
  assert.deepEqual(stacks.map((card) => [card.group, card.members.length]).sort(), [["a", 12], ["b", 12]]);
  for (const card of stacks) for (const member of card.members) assert.equal(member.namespace, card.group);
});

test("many leaves of one parent become one card with their number", () => {
  const { nodes, edges } = settings(30);
  const scene = staged(nodes, edges);
  const stack = `stack:4 ${WEB} in shop`;
  assert.deepEqual([...scene.cards.keys()].sort(), [WEB, stack]);
  assert.equal(scene.cards.get(stack)?.title, "30 ConfigMaps");
  assert.equal(scene.cardOf.get("ConfigMap/shop/c07"), stack);
  assert.deepEqual(scene.links.map((link) => link.count), [30]);
  const opened = staged(nodes, edges, { opened: new Set([stack]) });
  assert.equal(opened.cards.size, 31);
  assert.equal(opened.stackOf.get("ConfigMap/shop/c07"), stack);
});

test("what is wrong, what two use and what are few is never folded", () => {
  const { nodes, edges } = settings(4, "Missing");
  const shared = staged([...nodes, node("Deployment/shop/b")], [...edges, edge("Deployment/shop/b", "uses-configmap", "ConfigMap/shop/c01")]);
  assert.deepEqual([...shared.cards.values()].filter((card) => card.form === "stack"), []);
  assert.ok(shared.cards.has("ConfigMap/shop/c00"));
});

test("a type that is switched off takes along what nothing else holds, but not what is a cause", () => {
  const nodes = [node(WEB), node("Pod/shop/web-1", "Error", { detail__root: "Deployment/web" }), node("Node/good"), node("Node/bad", "Error"), node("Secret/shop/s")];
  const edges = [edge("Pod/shop/web-1", "runs-on", "Node/bad"), edge(WEB, "runs-on", "Node/good"), edge(WEB, "uses-secret", "Secret/shop/s")];
  const scene = staged(nodes, edges, { hidden: new Set(["runs-on"]) });
  assert.deepEqual([...scene.cards.keys()].sort(), [WEB, "Node/bad", "Secret/shop/s"]);
  assert.deepEqual(scene.links.filter((link) => link.trouble).map((link) => link.id), [`${WEB} runs-on Node/bad`]);
});

for (const [moment, given] of Object.entries(DEMO))
  test(`every object of the demo is in a card, and whatever is wrong is seen at once: ${moment}`, () => {
    const scene = staged(given.nodes, given.edges);
    const namespaces = given.nodes.filter((each) => each.detail__kind === "Namespace").length;
    assert.ok(scene.cardOf.size >= given.nodes.length - namespaces, `${scene.cardOf.size} of ${given.nodes.length}`);
    const large = staged(given.nodes, given.edges, { hidden: new Set(HIDDEN_WHEN_LARGE) });
    assert.ok(large.cards.size < 130, `${large.cards.size} cards`);
    for (const thing of large.model.things.values()) {
      if (!troubled(thing.status)) continue;
      const card = large.cards.get(large.cardOf.get(thing.id) ?? "");
      assert.ok(card && troubled(card.tone), `${thing.id} is not seen`);
    }
  });

test("what cannot be read is not drawn, what is wrong first, and the rest is counted", () => {
  const ids = Array.from({ length: 2 * MOST_CARDS }, (_, index) => `Deployment/shop/d${index}`);
  const nodes = ids.flatMap((id, index) => [node(id, index === ids.length - 1 ? "Error" : "Ready"), node(id.replace("Deployment", "Service"))]);
  const scene = staged(nodes, ids.map((id) => edge(id.replace("Deployment", "Service"), "selects", id)));
  assert.equal(scene.cards.size, MOST_CARDS);
  assert.ok(scene.cards.has(ids.at(-1)!));
  assert.deepEqual(scene.notes, ["4,500 nodes left out: more than 1500 cannot be read; choose fewer objects"]);
});

test("how many leaves make a stack can be said", () => {
  const leaves = Array.from({ length: 4 }, (_, index) => `ConfigMap/shop/own-${index}`);
  const nodes = [node(WEB), ...leaves.map((id) => node(id))];
  const edges = leaves.map((id) => edge(WEB, "uses-configmap", id));
  const cards = (foldFrom?: number) => staged(nodes, edges, { foldFrom }).cards.size;
  assert.deepEqual([undefined, 0, 2, 4, 5].map(cards), [2, 2, 2, 2, 5]);
});

test("leaves with a colour of their own stay themselves", () => {
  const leaves = Array.from({ length: 4 }, (_, index) => `ConfigMap/shop/own-${index}`);
  const nodes = [node(WEB), ...leaves.map((id) => node(id, "12 req/s", { color: "teal" }))];
  const scene = staged(nodes, leaves.map((id) => edge(WEB, "uses-configmap", id)));
  assert.deepEqual([...scene.cards.keys()].sort(), [...leaves, WEB]);
  assert.equal(scene.cards.get(leaves[0]!)?.message, "12 req/s");
});
