import assert from "node:assert/strict";
import { test } from "node:test";

import { changes, changing, stepOf, stretches } from "../src/history.ts";
import { dollars, duration, number } from "../src/words.ts";
import { over, row } from "./given.ts";

const short = (found: ReturnType<typeof stretches>) => found.map(({ begin, end, tone, reason }) => [begin / 1000, end / 1000, tone, reason]);

test("points become stretches that fill the range, with gaps where nothing was known", () => {
  const history = [over({ status: "Ready", reason: "" }, 15, 30), over({ status: "Error", reason: "X" }, 45), over({ status: "Ready", reason: "AtRest" }, 90)];
  assert.deepEqual(short(stretches({ history, missed: [] }, 0, 100_000, 15)), [
    [0, 15, null, ""], [15, 45, "Ready", ""], [45, 60, "Error", "X"], [60, 90, null, ""], [90, 100, "AtRest", "AtRest"],
  ]);
});

test("while it does not exist and somebody refers to it, it is missing", () => {
  const found = stretches({ history: [over({ status: "Ready" }, 30)], missed: [over({}, 0, 15, 30)] }, 0, 45_000, 15);
  assert.deepEqual(short(found), [[0, 30, "Missing", "NotFound"], [30, 45, "Ready", ""]]);
});

test("what comes with the last point is seen, as the page's head has it", () => {
  const history = [over({ status: "Ready", reason: "" }, 15, 30), over({ status: "Error", reason: "X" }, 45)];
  assert.deepEqual(short(stretches({ history, missed: [] }, 0, 45_000, 15)), [[0, 15, null, ""], [15, 44, "Ready", ""], [44, 45, "Error", "X"]]);
});

test("nothing known is one stretch", () => {
  assert.deepEqual(short(stretches({ history: [], missed: [] }, 0, 60_000, 15)), [[0, 60, null, ""]]);
});

test("stretches cover the range once, whatever the points are", () => {
  let seed = 7;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  for (let round = 0; round < 200; round++) {
    const points = Array.from({ length: Math.floor(random() * 12) }, () => Math.floor(random() * 130) - 15);
    const found = stretches({ history: [over({ status: "Ready" }, ...points)], missed: [over({}, ...points.slice(3))] }, 0, 100_000, 15);
    assert.equal(found[0]?.begin, 0);
    assert.equal(found[found.length - 1]?.end, 100_000);
    found.slice(1).forEach((each, index) => assert.equal(each.begin, found[index]?.end));
  }
});

test("few points, none closer than scrapes are", () => {
  assert.equal(stepOf(0, 3_600_000), 15);
  assert.equal(stepOf(0, 86_400_000), 300);
  for (const days of [1, 7, 30, 365, 3650]) assert.ok((days * 86_400) / stepOf(0, days * 86_400_000) <= 300);
});

test("each change within the range once, the newest first", () => {
  const found = changes([row({ id: "a", change: "config" }, 5, 5, 20), row({ id: "b", change: "node" }, 500)], 10_000, 100_000);
  assert.deepEqual(found, [{ id: "a", what: "config", at: 20 }]);
});

test("the changes of what an object uses matter, those of what uses it do not", () => {
  const shown = (id: string) => [{ id }];
  const relations = [{ type: "uses-secret", out: true, shown: shown("Secret/s/k") }, { type: "uses-secret", out: false, shown: shown("Pod/s/p") }, { type: "owns", out: false, shown: shown("ReplicaSet/s/r") }];
  assert.deepEqual(changing("Pod/s/a", relations), ["Pod/s/a", "Secret/s/k", "ReplicaSet/s/r"]);
});

test("zero is 0, unknown is ?, little money is still money", () => {
  assert.deepEqual([number(0), number(null), number(1234)], ["0", "?", "1,234"]);
  assert.deepEqual([dollars(0), dollars(null), dollars(0.0042), dollars(12.345)], ["$0", "?", "$0.0042", "$12.35"]);
  assert.deepEqual([duration(0), duration(59), duration(125), duration(7200), duration(90_061)], ["0 s", "59 s", "2 min 5 s", "2 h", "1 d 1 h"]);
});
