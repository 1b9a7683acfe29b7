import assert from "node:assert/strict";
import { test } from "node:test";

import { firstStep, readersOf, whereToAsk } from "../src/readers.ts";

const SECRET = "Secret/shop/db";
const SET = { exporterUrl: "http://astrolabe:8080" };

test("without an address nobody is asked", () => {
  assert.deepEqual(whereToAsk({}, "", SECRET), { unset: true });
  assert.deepEqual(whereToAsk({ exporterUrl: "", exporterCluster: "east" }, "east", SECRET), { unset: true });
});

test("the exporter is asked through Grafana, for the value of the Secret", () => {
  assert.deepEqual(whereToAsk(SET, "", SECRET), {
    address: "/api/plugin-proxy/astrolabe-graph-app/who-can",
    query: { verb: "get", resource: "secrets/db", namespace: "shop" },
  });
});

test("the exporter of one cluster is not asked about another", () => {
  assert.deepEqual(whereToAsk({ ...SET, exporterCluster: "east" }, "west", SECRET), { only: "east" });
  assert.deepEqual(whereToAsk(SET, "west", SECRET), { only: "" });
  assert.ok("address" in whereToAsk({ ...SET, exporterCluster: "east" }, "east", SECRET));
});

test("somebody with two ways is named once, with both", () => {
  const ways = [
    { subject: "User/alice", how: "read", steps: [] },
    { subject: "Group/on-call", how: "exec", steps: [] },
    { subject: "User/alice", how: "token", steps: [] },
  ];
  assert.deepEqual(readersOf({ request: "get secrets db in shop", ways, incomplete: ["Role"], truncated: true }), {
    readers: [
      { subject: "User/alice", how: ["read", "token"] },
      { subject: "Group/on-call", how: ["exec"] },
    ],
    incomplete: ["Role"],
    truncated: true,
    exists: true,
  });
  const none = { readers: [], incomplete: [], truncated: false };
  assert.deepEqual(readersOf({ request: "get secrets db in shop", grants: [], exists: false }), { ...none, exists: false });
});

test("what is no answer of the exporter is not taken for nobody", () => {
  for (const answer of ["<html>", 1, null, {}, { request: "", ways: "x" }]) assert.throws(() => readersOf(answer), /no exporter of Astrolabe/);
});

test("a way that is not known is named as it is", () => {
  assert.equal(firstStep("read"), "read it");
  assert.equal(firstStep("telepathy"), "telepathy");
});
