"""Custom resources that make Pods of a template: at zero they rest, and so does what selects their Pods."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.graph import Graph
from astrolabe.kinds import service
from astrolabe.kinds.custom import custom
from astrolabe.kinds.judges.registry import JUDGES
from tests.kinds.objects import facts, words

ROLLOUT = custom("argoproj.io", "rollouts", "Rollout", ("v1alpha1",), namespaced=True)
TEMPLATE = {"metadata": {"labels": {"app": "web"}}}
HEALTHY = {"phase": "Healthy"}
ZERO = ("Ready", "AtRest", "Scaled to zero (0/0)")


def test_at_zero_it_rests() -> None:
    assert words(facts(ROLLOUT, spec={"replicas": 0, "template": TEMPLATE}, status=HEALTHY)) == ZERO
    assert words(facts(ROLLOUT, spec={"template": TEMPLATE}, status=HEALTHY)) == ("Ready", "", "Healthy")
    assert facts(ROLLOUT, spec={"replicas": 0}, status={"phase": "Failed"}).status == "Error"


@pytest.mark.parametrize(
    "spec", [None, {"replicas": "two"}, {"template": 7}, {"template": {"metadata": None}}]
)
def test_another_shape_says_nothing_of_pods(spec: Any) -> None:
    assert facts(ROLLOUT, spec=spec, status=HEALTHY).template is None


def test_a_service_of_nothing_else_rests_with_it_whatever_comes_first() -> None:
    graph = Graph(JUDGES)
    for kind in ("EndpointSlice", "Pod"):
        graph.cover(kind)

    def is_said() -> tuple[str, str, str]:
        node = graph.get("Service/shop/web")
        assert node is not None
        return node.status, node.reason, node.message

    graph.apply(facts(service.KIND, spec={"selector": {"app": "web"}}))
    assert is_said()[1] == "SelectorMatchesNothing"
    graph.apply(facts(ROLLOUT, spec={"replicas": 2, "template": TEMPLATE}, status=HEALTHY))
    assert is_said() == ("Error", "NoReadyEndpoints", "Rollout.argoproj.io web has no Pods")
    graph.apply(facts(ROLLOUT, spec={"replicas": 0, "template": TEMPLATE}, status=HEALTHY))
    assert is_said()[:2] == ("Ready", "AtRest")
    graph.remove("Rollout.argoproj.io/shop/web")
    assert is_said()[1] == "SelectorMatchesNothing"
