import assert from "node:assert/strict";
import { test } from "node:test";

import { objectLinks, releaseLinks } from "../src/links.ts";

const SEEN = { scope: { from: "now-1h", to: "now", ds: "p", cluster: "" }, source: { uid: "p 1", type: "prometheus" } };
const found = (id: string, release = "") => Object.fromEntries(objectLinks(SEEN, id, release).map(({ title, href }) => [title, new URL(href, "http://g")]));

test("an object leads to the boards of its kind, on itself, with the time and the data source", () => {
  const links = found("Deployment/shop/web", "web");
  assert.deepEqual(Object.keys(links), ["Relationship graph", "Workload", "Helm releases", "Explore"]);
  const graph = links["Relationship graph"] as URL;
  assert.equal(graph.pathname, "/d/astrolabe-app-graph");
  assert.deepEqual(Object.fromEntries(graph.searchParams), { "var-datasource": "p 1", from: "now-1h", to: "now", "var-object": "Deployment/shop/web", "var-namespace": "shop" });
  assert.equal((links["Workload"] as URL).searchParams.get("var-workload_kind"), "Deployment");
});

test("what a kind has not is no link", () => {
  assert.deepEqual(Object.keys(found("Node/a")), ["Relationship graph", "Explore"]);
  assert.deepEqual(Object.keys(found("Secret/s/k")), ["Relationship graph", "Access", "Explore"]);
  assert.deepEqual(Object.keys(found("Namespace/s")), ["Relationship graph", "Overview", "Explore"]);
});

test("Explore gets the query and the range, whatever the name holds", () => {
  const [, explore] = releaseLinks({ ...SEEN, scope: { ...SEEN.scope, cluster: "c" } }, "s", 'a"&b');
  const panes = JSON.parse(new URL(explore?.href ?? "", "http://g").searchParams.get("panes") ?? "");
  assert.equal(panes.a.queries[0].expr, 'astrolabe_helm_release_info{cluster="c", namespace="s", release="a\\"&b"}');
  assert.deepEqual(panes.a.range, { from: "now-1h", to: "now" });
});
