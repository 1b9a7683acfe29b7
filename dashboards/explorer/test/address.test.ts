import assert from "node:assert/strict";
import { test } from "node:test";

import { href, parse, type Place } from "../src/address.ts";
import { partsOf } from "../src/objects.ts";

const SCOPE = { from: "now-1h", to: "now", ds: "", cluster: "" };
const ROOT = "/a/astrolabe-graph-app";

function parsed(address: string): ReturnType<typeof parse> {
  const [path = "", search = ""] = address.split("?");
  return parse(path, search ? `?${search}` : "");
}

test("an address without more is the start, an hour back from now", () => {
  assert.deepEqual(parsed(ROOT), { place: { page: "start", search: "" }, ...SCOPE });
  assert.equal(href(SCOPE, { page: "start", search: "" }), ROOT);
});

test("what an address says is read back, whatever the names are", () => {
  const places: Place[] = [
    { page: "start", search: "a&b=c d" },
    { page: "object", id: "Deployment/shop/web" },
    { page: "object", id: "Image/ghcr.io/a/b:1@sha256:ab" },
    { page: "object", id: "ClusterRole/system:a?b#c d" },
    { page: "object", id: "Pod/ü/𝒳" },
    { page: "release", namespace: "shop", name: "a+b" },
  ];
  const scope = { from: "1772445600000", to: "1772446200000", ds: "p 1", cluster: "a/b" };
  for (const place of places) {
    assert.deepEqual(parsed(href(scope, place)), { place, ...scope });
    // The history may have decoded the path once already.
    const [path = "", search = ""] = href(scope, place).split("?");
    if (!path.includes("%23") && !path.includes("%3F")) assert.deepEqual(parse(decodeURI(path), search).place, place);
  }
});

test("an id that is encoded as a whole, as boards do it", () => {
  assert.deepEqual(parsed(`${ROOT}/object/Pod%2Fshop%2Fweb-1`).place, { page: "object", id: "Pod/shop/web-1" });
});

test("a Grafana below a folder", () => {
  assert.deepEqual(parsed(`/grafana${ROOT}/object/Node/a`).place, { page: "object", id: "Node/a" });
});

test("a namespace and a node have short addresses", () => {
  assert.deepEqual(parsed(`${ROOT}/namespace/shop`).place, { page: "object", id: "Namespace/shop" });
  assert.deepEqual(parsed(`${ROOT}/node/node-1`).place, { page: "object", id: "Node/node-1" });
});

test("what is no page is nowhere, and no exception", () => {
  for (const path of ["/object", "/object/Pod", "/release/a", "/release/a/b/c", "/foo", "/%E0%A4%A"])
    assert.equal(parsed(ROOT + path).place.page, "nowhere", path);
});

test("ids", () => {
  assert.deepEqual(partsOf("Deployment/shop/web"), { kind: "Deployment", namespace: "shop", name: "web" });
  assert.deepEqual(partsOf("Node/a"), { kind: "Node", namespace: "", name: "a" });
  assert.deepEqual(partsOf("Image/ghcr.io/a/b:1"), { kind: "Image", namespace: "", name: "ghcr.io/a/b:1" });
  assert.deepEqual(partsOf(""), { kind: "", namespace: "", name: "" });
});
