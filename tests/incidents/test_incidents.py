"""Incidents on a real control plane: what is broken, because of what, and words to act on."""

from __future__ import annotations

import re

import pytest

from tests.incidents.conftest import Asked, matches
from tests.incidents.entries import ALL
from tests.incidents.making import ITSELF, Incident


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_incident(one: Incident, real_cluster: Asked) -> None:
    node = real_cluster.get(one, one.symptom)["node"]
    causes = real_cluster.get(one, one.symptom, "/causes")
    assert re.fullmatch(one.status, node["status"]), node
    if one.cause == ITSELF:
        assert causes == []
        told = node
    else:
        assert causes, node
        told = causes[0]
        assert matches(one.cause, one, told["id"]), causes
    reason = "NotFound" if told.get("missing") else told.get("reason", "")
    assert re.fullmatch(one.reason or ".*", reason), told
    assert all(word in told["message"] for word in one.words), told
    for node_id in one.well:
        beside = real_cluster.get(one, node_id)["node"]
        assert beside["status"] == "Ready", beside
        assert real_cluster.get(one, node_id, "/causes") == []
    if one.changed:
        texts = [each["text"] for each in real_cluster.get(one, one.symptom, "/changed")]
        assert all(any(word in text for text in texts) for word in one.changed), texts


def test_each_name_is_told_once_and_each_rule_is_there() -> None:
    assert len({one.name for one in ALL}) == len(ALL)
    assert {one.rule for one in ALL} == set(range(11))
