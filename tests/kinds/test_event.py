"""Events: notes about other objects."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Note
from astrolabe.kinds.event import KIND, MESSAGE_CHARACTERS, NO_NOTE
from tests.kinds.objects import CREATED, CREATED_SECONDS, facts

POD = {"kind": "Pod", "namespace": "shop", "name": "web-1", "uid": "u1", "apiVersion": "v1"}


def note(**fields: Any) -> Note:
    event = {"involvedObject": POD, "type": "Warning", "reason": "Unhealthy", "message": "no", **fields}
    found = facts(KIND, **event).note
    assert found is not None
    return found


def test_it_is_about_its_object() -> None:
    assert note(lastTimestamp=CREATED) == Note("Pod/shop/web-1", "u1", "Unhealthy", "no", CREATED_SECONDS)
    rollout = {"kind": "Rollout", "apiVersion": "argoproj.io/v1alpha1", "namespace": "a", "name": "b"}
    assert note(involvedObject=rollout).about == "Rollout.argoproj.io/a/b"
    assert note(involvedObject={"kind": "Node", "name": "node-1"}).about == "Node/node-1"


@pytest.mark.parametrize(
    "fields",
    [
        {"series": {"lastObservedTime": CREATED}, "eventTime": "2026-01-01T00:00:00Z"},
        {"lastTimestamp": CREATED, "firstTimestamp": "2026-01-01T00:00:00Z"},
        {"eventTime": CREATED},
        {"firstTimestamp": CREATED},
    ],
)
def test_when_it_was_told_last(fields: Any) -> None:
    assert note(**fields).at == CREATED_SECONDS


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "Normal"},
        {"reason": None},
        {"reason": "no word"},
        {"involvedObject": None},
        {"involvedObject": {"kind": "Pod"}},
    ],
)
def test_what_tells_nothing_is_about_nothing(fields: Any) -> None:
    assert note(**fields) == NO_NOTE


def test_long_texts_are_cut_and_secrets_masked() -> None:
    assert len(note(message="x" * 5000).message) == MESSAGE_CHARACTERS
    assert note(message="pull https://user:hunter2@host failed").message == "pull https://***@host failed"
