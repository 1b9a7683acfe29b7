"""ReferenceGrants."""

from __future__ import annotations

from astrolabe.kinds.referencegrant import KIND
from tests.kinds.objects import edges, facts, words

GATEWAYS = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "public"}
SAMPLE = {
    "spec": {
        "from": [GATEWAYS, {**GATEWAYS, "kind": "HTTPRoute"}],
        "to": [{"group": "", "kind": "Secret", "name": "tls"}, {"group": "", "kind": "Service"}],
    }
}


def test_it_is_ready_and_refers_to_whom_it_lets_in_and_to_what_it_names() -> None:
    described = facts(KIND, **SAMPLE)
    assert words(described) == ("Ready", "", "Exists")
    assert edges(described) == [
        "refers → Namespace/public (optional)",
        "refers → Secret/shop/tls (optional)",
    ]


def test_one_that_says_nothing_refers_to_nothing() -> None:
    assert edges(facts(KIND, spec=None)) == []
    assert edges(facts(KIND, spec={"from": [{"namespace": None}], "to": None})) == []
