"""What holds up deletion: a Namespace or a definition that waits for objects which finalizers hold."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.derived.diagnosis.explanations import Explanations
from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.details import WebhookDetail
from tests.diagnosis.test_causes import why
from tests.graph.test_graph import facts

HELD = Verdict("Pending", "Terminating", "Waits for finalizers: example.com/cloud")
GOES = Verdict("Pending", "Terminating", "Is being deleted")
ENDS = Verdict("Pending", "Terminating", "Some content in the namespace has finalizers remaining")
WIDGET = facts("Widget.example.com", "w", verdict=HELD)


def namespace(verdict: Verdict = ENDS) -> Facts:
    return facts("Namespace", "shop", "", verdict=verdict)


def definition(verdict: Verdict = HELD) -> Facts:
    detail = WebhookDetail(defines="Widget.example.com")
    return facts("CustomResourceDefinition", "widgets.example.com", "", verdict=verdict, detail=detail)


def cluster(*objects: Facts) -> Graph:
    graph = Graph(JUDGES)
    for each in objects:
        graph.apply(each)
    return graph


@pytest.mark.parametrize("waiting", [namespace(), definition()], ids=lambda each: each.kind)
def test_what_a_finalizer_holds_explains_what_cannot_go(waiting: Facts) -> None:
    others = (
        facts("Widget.example.com", "goes", verdict=GOES),
        facts("Widget.example.com", "ill", verdict=Verdict("Error", "Failed", "finalizer")),
        facts("Gadget.example.com", "elsewhere", "other", verdict=HELD),
        # In no namespace, and called like one.
        facts("Project.example.com", "shop", "", verdict=HELD),
    )
    assert why(cluster(WIDGET, waiting, *others), waiting.id) == [(WIDGET.id, 1)]
    assert why(cluster(waiting, *others), waiting.id) == []


@pytest.mark.parametrize("waiting", [namespace(GOES), definition(GOES)], ids=lambda each: each.kind)
def test_what_waits_for_nothing_is_explained_by_nothing(waiting: Facts) -> None:
    assert why(cluster(WIDGET, waiting), waiting.id) == []


@pytest.mark.parametrize("waiting", [namespace(), definition()], ids=lambda each: each.kind)
def test_whatever_is_held_and_let_go_is_told(waiting: Facts) -> None:
    graph = cluster(waiting)
    explanations = Explanations(graph)

    def told(delta: Any) -> bool:
        explanations.follow(delta)
        return waiting.id in set(explanations.stale())

    assert not told(graph.apply(facts("Widget.example.com", "w", verdict=Verdict())))
    assert told(graph.apply(WIDGET))
    assert told(graph.remove(WIDGET.id))
