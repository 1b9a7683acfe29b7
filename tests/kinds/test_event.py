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


@pytest.mark.parametrize(
    ("message", "path", "topic", "told"),
    [
        (
            "Liveness probe failed: 500",
            "spec.containers{web}",
            "Liveness",
            "Container web: Liveness probe failed: 500",
        ),
        (
            "Startup probe failed: 404",
            "spec.initContainers{proxy}",
            "Startup",
            "Container proxy: Startup probe failed: 404",
        ),
        ("Readiness probe errored: no shell", None, "Readiness", "Readiness probe errored: no shell"),
        ("Liveness probe failed: 500", "spec", "Liveness", "Liveness probe failed: 500"),
        ("", "spec.containers{web}", "", ""),
    ],
)
def test_which_container_does_not_answer_which_probe(
    message: str, path: str | None, topic: str, told: str
) -> None:
    said = note(message=message, involvedObject={**POD, "fieldPath": path})
    assert (said.topic, said.message) == (topic, told)
    assert (
        note(reason="Failed", message=message, involvedObject={**POD, "fieldPath": path}).message == message
    )


@pytest.mark.parametrize(
    ("message", "vague"),
    [
        ("Error: ErrImagePull", True),
        ("Error: ImagePullBackOff", True),
        ('Error: secret "db" not found', False),
        ("Unable to attach or mount volumes: unmounted volumes=[c], unattached volumes=[]: timed out", True),
        ('MountVolume.SetUp failed for volume "c" : no such server', False),
    ],
)
def test_what_only_says_that_there_is_trouble(message: str, *, vague: bool) -> None:
    assert note(message=message).vague is vague


def test_long_texts_lose_their_middle_and_secrets_are_masked() -> None:
    cut = note(message="mount " + "x" * 900 + " access denied").message
    assert len(cut) == MESSAGE_CHARACTERS
    assert cut.startswith("mount xxx")
    assert cut.endswith("xxx access denied")
    assert note(message="pull https://user:hunter2@host failed").message == "pull https://***@host failed"
