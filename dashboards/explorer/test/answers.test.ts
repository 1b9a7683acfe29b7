import assert from "node:assert/strict";
import { test } from "node:test";

import { body, byLabel, only, read } from "../src/answers.ts";
import { row } from "./given.ts";

const A = { A: { expr: "up" } };
const frame = (labels: Record<string, string>, values: unknown[], entities?: unknown[]) => ({
  schema: { fields: [{ name: "Time", type: "time" }, { name: "Value", type: "number", labels }] },
  data: { values: [values.map((_, index) => index * 1000), values], ...(entities ? { entities } : {}) },
});

test("one request asks everything: an instant for the end of the range, a range with its step", () => {
  const asked = body({ A: { expr: "a" }, B: undefined, C: { expr: "c", step: 15 } }, { uid: "p", type: "prometheus" }, 0, 60_000);
  assert.deepEqual(JSON.parse(JSON.stringify(asked)), {
    from: "0",
    to: "60000",
    queries: [
      { refId: "A", datasource: { uid: "p", type: "prometheus" }, expr: "a", instant: true, range: false, format: "time_series" },
      { refId: "C", datasource: { uid: "p", type: "prometheus" }, expr: "c", instant: false, range: true, format: "time_series", interval: "15s", intervalMs: 15000, maxDataPoints: 5 },
    ],
  });
});

test("series come with their labels, and with values that JSON cannot write", () => {
  const answer = { results: { A: { frames: [frame({ id: "x" }, [1, null, null, null], [null, { Inf: [1], NegInf: [2], NaN: [3] }])] } } };
  const { rows, errors } = read(A, answer);
  assert.deepEqual(errors, []);
  assert.deepEqual(rows.A[0]?.values, [1, Infinity, -Infinity, NaN]);
  assert.deepEqual(rows.A[0]?.labels, { id: "x" });
});

test("what failed is named once, and the rest is there", () => {
  const { rows, errors } = read({ A: { expr: "" }, B: { expr: "" }, C: { expr: "" } }, { results: { A: { error: "boom" }, B: { frames: [frame({}, [2])] }, C: { error: "boom" } } });
  assert.deepEqual(errors, ["boom"]);
  assert.equal(only(rows.B), 2);
  assert.deepEqual(rows.A, []);
});

test("an answer of another form is no exception", () => {
  for (const answer of [null, undefined, 7, "", {}, { results: null }, { results: { A: {} } }, { results: { A: { frames: [{}] } } }]) assert.deepEqual(read(A, answer).rows.A, []);
  assert.deepEqual(read(A, null).errors, ["The data source did not answer every query."]);
});

test("zero is a number, and nothing is none", () => {
  assert.equal(only([row({}, 0)]), 0);
  assert.equal(only([]), null);
  assert.equal(only([row({}, NaN)]), null);
  assert.deepEqual(byLabel([row({ id: "a" }, 1, 2), row({ id: "a" }, 3)], "id"), new Map([["a", 2]]));
});
