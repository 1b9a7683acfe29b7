"""VolumeAttachments."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.volumeattachment import KIND
from tests.kinds.objects import CREATED, CREATED_SECONDS, GONE, edges, facts, unneeded, words

SPEC = {
    "attacher": "disks.example",
    "nodeName": "node-1",
    "source": {"persistentVolumeName": "pv-1"},
}
SAMPLE = {
    "name": "csi-1",
    "spec": SPEC,
    "status": {"attached": False, "attachError": {"time": CREATED, "message": "no such volume"}},
}
EDGES = ["attaches → PersistentVolume/pv-1", "attaches → Node/node-1"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"attached": True}, ("Ready", "", "Attached")),
        (
            SAMPLE["status"],
            ("Error", "FailedAttachVolume", "Cannot be attached to Node node-1: no such volume"),
        ),
        (
            {"attachError": {}},
            (
                "Error",
                "FailedAttachVolume",
                "Cannot be attached to Node node-1: the driver does not say why",
            ),
        ),
        (
            {"attachError": {"message": "login as https://root:hunter2@disks.example failed"}},
            (
                "Error",
                "FailedAttachVolume",
                "Cannot be attached to Node node-1: login as https://***@disks.example failed",
            ),
        ),
        (
            None,
            ("Pending", "Attaching", "Waits for the driver disks.example to attach it to Node node-1"),
        ),
    ],
)
def test_status(status: Any, expected: tuple[str, str, str]) -> None:
    assert words(facts(KIND, spec=SPEC, status=status)) == expected


def test_since_when_it_fails() -> None:
    assert facts(KIND, **SAMPLE).verdict.since == CREATED_SECONDS


def test_one_that_cannot_be_detached_says_why() -> None:
    status = {"attached": True, "detachError": {"time": CREATED, "message": "timed out"}}
    metadata = {**GONE, "finalizers": ["external-attacher/disks-example"]}
    described = facts(KIND, metadata=metadata, spec=SPEC, status=status)
    assert words(described) == ("Pending", "Terminating", "Cannot be detached from Node node-1: timed out")
    assert edges(described) == unneeded(EDGES)
    # What failed once and is not wanted any more is no fault.
    assert facts(KIND, spec=SPEC, status=status).status == "Ready"
    waits = facts(KIND, metadata=metadata, spec=SPEC, status={"attached": True})
    assert waits.message == "Waits for finalizers: external-attacher/disks-example"


def test_edges() -> None:
    assert edges(facts(KIND, **SAMPLE)) == EDGES
    assert edges(facts(KIND, spec={"source": {"inlineVolumeSpec": {}}})) == []
