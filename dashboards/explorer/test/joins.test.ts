import assert from "node:assert/strict";
import { test } from "node:test";

import { accessOf, aboutQuestions, costOf, sleepOf } from "../src/about.ts";
import { counts, explained } from "../src/inside.ts";
import { facts, factQuestions } from "../src/object.ts";
import { problemQuestions, problems, waiting } from "../src/problems.ts";
import { phrase, relationQuestions, relations, states, TYPES } from "../src/relations.ts";
import { hits, searchQuestions, wordsOf } from "../src/searching.ts";
import { NEEDING } from "../../graph-view/src/core/generated.ts";
import { HOSTILE, row, rowsOf } from "./given.ts";

test("problems: what most things wait for first, unknown last, zero is not unknown", () => {
  const cause = (id: string, reason = "NotFound") => row({ id, reason, message: `${id} says` });
  const found = problems(
    rowsOf(problemQuestions(""), {
      causes: [cause("Pod/s/b", "CrashLoopBackOff"), cause("Secret/s/a"), cause("Node/n"), cause("Pod/s/b", "CrashLoopBackOff")],
      status: [row({ id: "Pod/s/b", status: "Error", reason: "CrashLoopBackOff" })],
      affected: [row({ id: "Secret/s/a" }, 0), row({ id: "Pod/s/b" }, 4)],
      since: [row({ id: "Pod/s/b" }, 100)],
      changed: [row({ id: "Pod/s/b", change: "template" }, 90), row({ id: "Pod/s/b", change: "replicas" }, 95)],
    }),
  );
  assert.deepEqual(found.map(({ id, tone, affected }) => [id, tone, affected]), [["Pod/s/b", "Error", 4], ["Secret/s/a", "Missing", 0], ["Node/n", "Missing", null]]);
  assert.deepEqual(found[0]?.changed, { what: "replicas", at: 95 });
});

test("what waits: workloads before their parts, the nearest first", () => {
  const at = (id: string, distance: string) => row({ id, distance });
  assert.deepEqual(waiting([at("Pod/s/p", "1"), at("Ingress/s/i", "10"), at("Deployment/s/d", "2")]), ["Deployment/s/d", "Ingress/s/i", "Pod/s/p"]);
});

test("search: the name itself, then its beginnings, parts after what they are part of", () => {
  assert.deepEqual(wordsOf("  web  shop web "), ["web", "shop"]);
  const state = (id: string, status = "Ready", reason = "") => row({ id, status, reason });
  const found = hits(
    ["Web"],
    rowsOf(searchQuestions("", ["Web"]), {
      exact: [state("Service/s/web", "Ready", "AtRest")],
      objects: [state("Pod/s/web-1"), state("Deployment/s/web-a", "Error"), state("ConfigMap/s/old-web")],
      missing: [row({ target: "Secret/s/web-key" }), row({ target: "Service/s/web" })],
      count: [row({}, 700)],
      missingCount: [row({}, 2)],
    }),
  );
  assert.deepEqual(found.shown.map(({ id, tone }) => [id, tone]), [
    ["Service/s/web", "AtRest"], ["Deployment/s/web-a", "Error"], ["Secret/s/web-key", "Missing"], ["Pod/s/web-1", "Ready"], ["ConfigMap/s/old-web", "Ready"],
  ]);
  assert.equal(found.count, 702);
});

test("an object: its status, causes with what they say, alerts that are there", () => {
  const found = facts(
    "Pod/s/a",
    rowsOf(factQuestions("", "Pod/s/a"), {
      status: [row({ status: "Error", reason: "CreateContainerConfigError" })],
      causes: [row({ cause: "Node/n", distance: "10", reason: "NotReady" }), row({ cause: "Secret/s/k", distance: "2", reason: "NotFound" })],
      said: [row({ id: "Secret/s/k", message: "It does not exist" })],
      alerts: [row({ alertname: "B", alertstate: "firing", severity: "warning" }), row({ alertname: "A", alertstate: "pending" }, 0)],
      workload: [row({ namespace: "s", workload_kind: "Deployment", workload: "web" })],
      since: [row({}, 0)],
    }),
  );
  assert.deepEqual(found.causes.map(({ id, message }) => [id, message]), [["Secret/s/k", "It does not exist"], ["Node/n", ""]]);
  assert.deepEqual(found.alerts, [{ name: "B", severity: "warning", state: "firing" }]);
  assert.deepEqual([found.tone, found.workload, found.since, found.impact], ["Error", "Deployment/s/web", 0, null]);
});

test("what nobody has and somebody refers to is missing, what nobody refers to is nothing", () => {
  const questions = factQuestions("", "Secret/s/k");
  assert.equal(facts("Secret/s/k", rowsOf(questions, { missed: [row({}, 2)] })).tone, "Missing");
  assert.equal(facts("Secret/s/k", rowsOf(questions, {})).tone, null);
  assert.equal(facts("Secret/s/k", rowsOf(questions, {})).scraped, false);
});

test("relations: both ways, missing ones too, the worst first, optional last, all counted", () => {
  const rows = rowsOf(relationQuestions("", "Pod/s/a"), {
    out: [row({ type: "uses-secret", target: "Secret/s/fine" })],
    outCount: [row({ type: "uses-secret" }, 150)],
    back: [row({ type: "owns", source: "ReplicaSet/s/r" })],
    backCount: [row({ type: "owns" }, 1)],
    missing: [row({ type: "uses-secret", target: "Secret/s/gone", optional: "false" }), row({ type: "uses-secret", target: "Secret/s/maybe", optional: "true" })],
  });
  const found = relations(rows, states([row({ id: "ReplicaSet/s/r", status: "Error", reason: "X" }), row({ id: "Secret/s/fine", status: "Ready", reason: "" })]));
  assert.deepEqual(found.map(({ type, out, count }) => [type, out, count]), [["owns", false, 1], ["uses-secret", true, 152]]);
  assert.deepEqual(found[1]?.shown.map(({ id, tone, optional }) => [id, tone, optional]), [["Secret/s/gone", "Missing", false], ["Secret/s/fine", "Ready", false], ["Secret/s/maybe", "Missing", true]]);
  assert.equal(phrase({ type: "owns", out: false }), "is owned by");
  assert.equal(phrase({ type: "new", out: true }), "new");
});

test("types that need, and those that do not, all have words", () => {
  for (const type of [...NEEDING.target, ...NEEDING.neither]) assert.ok(TYPES.includes(type), type);
});

test("what does not apply to a kind is not asked, and shows nothing", () => {
  assert.deepEqual(Object.keys(aboutQuestions("", "Ingress/s/web")), []);
  assert.equal(costOf({}), null);
  assert.equal(sleepOf({}), null);
  assert.equal(accessOf({}), null);
});

test("cost: zero is 0, unknown is unknown", () => {
  assert.equal(costOf({ cost: [] }), "unknown");
  assert.deepEqual(costOf({ cost: [row({ resource: "memory" }, 0), row({ resource: "cpu" }, 0)], baseline: [row({}, 2)] }), {
    parts: [{ what: "cpu", dollars: 0 }, { what: "memory", dollars: 0 }], total: 0, awake: 2, saved: null,
  });
});

test("sleep: the next operation of each schedule, and one that cannot be read", () => {
  const found = sleepOf({
    schedules: [row({ sleepinfo: "b", sleep_at: "20:00" }), row({ sleepinfo: "a", sleep_at: "x" })],
    scheduled: [row({ sleepinfo: "b" }, 1)],
    next: [row({ sleepinfo: "b", operation: "wake_up" }, 7)],
    asleep: [row({}, 3)],
  });
  assert.equal(found?.asleep, 3);
  assert.deepEqual(found?.schedules.map(({ name, asleep, nextSleep, nextWake }) => [name, asleep, nextSleep, nextWake]), [["a", null, null, null], ["b", true, null, 7]]);
});

test("access: figures of the Secret itself where there are any; nobody is 0, not worked out is unknown", () => {
  const readers = [row({ how: "read" }, 2), row({ how: "exec" }, 5)];
  assert.deepEqual(accessOf({ readers, guarded: [], counted: [row({}, 1)] })?.readers.map(({ how }) => how), ["exec", "read"]);
  assert.deepEqual([accessOf({ readers, guarded: [row({ how: "read" }, 1)], counted: [row({}, 1)] })].map((found) => [found?.exact, found?.total]), [[true, 1]]);
  assert.equal(accessOf({ readers: [], counted: [row({}, 1)] })?.total, 0);
  assert.equal(accessOf({ readers: [], counted: [] })?.total, null);
});

test("what is at rest is counted apart from what is ready", () => {
  const found = counts([row({ kind: "Pod", status: "Ready" }, 3), row({ kind: "Service", status: "Ready" }, 2), row({ kind: "Job", status: "Error" }, 1), row({ kind: "X", status: "Ready" }, 0)], [row({ kind: "Service" }, 2), row({ kind: "Pod" }, 1)]);
  assert.deepEqual(found.map(({ kind, tones }) => [kind, [...tones]]), [["Job", [["Error", 1]]], ["Pod", [["AtRest", 1], ["Ready", 2]]], ["Service", [["AtRest", 2]]]]);
});

test("what explains a release, most of it first", () => {
  const found = explained([row({ cause: "Node/n", reason: "A" }, 1), row({ cause: "Secret/s/k", reason: "B" }, 3)], [row({ id: "Node/n", message: "m" })]);
  assert.deepEqual(found.map(({ id, message, count }) => [id, message, count]), [["Secret/s/k", "", 3], ["Node/n", "m", 1]]);
});

test("hostile ids make questions, each on one line", () => {
  for (const name of HOSTILE) {
    const id = `Secret/s/${name}`;
    const asked = { ...factQuestions(name, id), ...relationQuestions(name, id), ...aboutQuestions(name, id), ...searchQuestions(name, [name]) };
    for (const question of Object.values(asked)) assert.ok(!question?.expr.includes("\n"));
  }
});
