"""TLSRoutes: they say and lead to what HTTPRoutes do."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds import httproute
from astrolabe.kinds.tlsroute import KIND
from tests.kinds.objects import condition, edges, facts, words

SAMPLE = {
    "metadata": {"generation": 1},
    "spec": {
        "hostnames": ["db.example"],
        "parentRefs": [{"name": "web"}],
        "rules": [{"backendRefs": [{"name": "web", "port": 443}]}],
    },
    "status": {
        "parents": [
            {
                "parentRef": {"name": "web"},
                "conditions": [condition("ResolvedRefs", "False", "BackendNotFound", "no Service web", 1)],
            }
        ]
    },
}


@pytest.mark.parametrize("parts", [SAMPLE, SAMPLE | {"status": None}])
def test_is_what_an_http_route_of_the_same_words_is(parts: dict[str, Any]) -> None:
    described, other = facts(KIND, **parts), facts(httproute.KIND, **parts)
    assert words(described) == words(other)
    assert described.refs == other.refs
    assert described.detail == other.detail
    assert described.id == "TLSRoute.gateway.networking.k8s.io/shop/web"


def test_status_and_edges() -> None:
    described = facts(KIND, **SAMPLE)
    assert words(described) == ("Error", "BackendNotFound", "no Service web")
    assert edges(described) == [
        "parent → Gateway.gateway.networking.k8s.io/shop/web",
        "routes-to → Service/shop/web",
    ]
