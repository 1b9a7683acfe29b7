import assert from "node:assert/strict";
import { test } from "node:test";

import { KINDS } from "../src/core/generated.ts";
import { LAYERS, layerOf } from "../src/core/kinds.ts";

test("every layer of the exporter's kinds has a heading", () => {
  assert.equal(Object.keys(KINDS).length, LAYERS.length);
});

test("what leads in stands at the left, the Gateway API as well as Ingress", () => {
  for (const kind of ["Ingress", "Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute", "TLSRoute"])
    assert.equal(layerOf(kind === "Ingress" ? kind : `${kind}.gateway.networking.k8s.io`, false), 0, kind);
});
