import assert from "node:assert/strict";
import { test } from "node:test";

import { added, alike, atMost, contains, distinct, is, isAny, literal, quoted, series, value } from "../src/promql.ts";
import { HOSTILE } from "./given.ts";

/** Where a quoted string ends, as Prometheus reads it. */
function end(text: string): number {
  for (let index = 1; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === '"') return index;
  }
  return -1;
}

test("whatever a name holds, it ends where its quotes end, and is on one line", () => {
  for (const name of HOSTILE) {
    const text = quoted(name);
    assert.equal(end(text), text.length - 1, name);
    assert.ok(!text.includes("\n"), name);
    assert.equal(JSON.parse(text), name.replace("\ud800", "\ufffd"));
  }
});

test("a literal matches itself alone", () => {
  for (const name of HOSTILE) {
    const pattern = new RegExp(`^(?:${literal(name)})$`);
    assert.ok(pattern.test(name), name);
    for (const other of HOSTILE) if (other !== name) assert.ok(!pattern.test(other), `${name} ${other}`);
  }
});

test("matchers", () => {
  assert.equal(is("id", 'a"b'), 'id="a\\"b"');
  assert.equal(isAny("id", ["b.c", "a", "a"]), 'id=~"a|b\\\\.c"');
  assert.equal(isAny("id", []), 'id=~""');
  assert.deepEqual(contains("id", ["Web", "x.y"]), ['id=~"(?i:.*Web.*)"', 'id=~"(?i:.*x\\\\.y.*)"']);
  assert.equal(alike("name", "Web"), 'name=~"(?i:Web)"');
});

test("a cluster is a matcher only where one is chosen", () => {
  assert.equal(series("up", ""), "up");
  assert.equal(series("up", "west", is("job", "a")), 'up{cluster="west", job="a"}');
});

test("clusters stay apart, replicas count once, and parts of shards are added up", () => {
  assert.equal(distinct("a", "id"), "group by (cluster, id) (a)");
  assert.equal(value("a", "id"), "max by (cluster, id) (a)");
  assert.equal(atMost(3, "a"), "topk by (cluster) (3, a)");
  const shards = 'group by (cluster, job, instance, shard) (count_values by (cluster, job, instance) ("shard", astrolabe_shard{cluster="east"}))';
  assert.equal(
    added("a", "east", "id"),
    `sum by (cluster, id) (max by (cluster, shard, id) (a * on (cluster, job, instance) group_left (shard) ${shards}))`,
  );
});
