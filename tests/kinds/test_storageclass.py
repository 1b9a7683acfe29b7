"""StorageClasses, and claims that wait for their first consumer by them."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds import persistentvolumeclaim
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.details import ClassDetail
from astrolabe.kinds.storageclass import KIND
from tests.kinds.objects import edges, facts, words

WAITS = "WaitForFirstConsumer"


@pytest.mark.parametrize(("mode", "waits"), [(WAITS, True), ("Immediate", False), (None, False)])
def test_facts(mode: Any, *, waits: bool) -> None:
    described = facts(KIND, volumeBindingMode=mode, provisioner="ebs", parameters={"secret": "x"})
    assert words(described) == ("Ready", "", "Exists")
    assert edges(described) == []
    assert described.detail == ClassDetail(waits, "ebs")


def claim(mode: str, **fields: Any) -> Verdict:
    graph = Graph(JUDGES)
    graph.apply(facts(persistentvolumeclaim.KIND, name="data", spec={"storageClassName": "fast"}, **fields))
    graph.apply(facts(KIND, name="fast", volumeBindingMode=mode, provisioner="disks.example"))
    node = graph.get("PersistentVolumeClaim/shop/data")
    assert node is not None
    return node.verdict


def test_a_claim_that_waits_for_its_first_consumer_is_well() -> None:
    assert claim(WAITS).status == "Ready"
    assert claim(WAITS).reason == WAITS
    assert claim("Immediate").status == "Pending"
    chosen = {"annotations": {"volume.kubernetes.io/selected-node": "node-1"}}
    assert claim(WAITS, metadata=chosen).status == "Pending"
    assert claim(WAITS, status={"phase": "Lost"}).status == "Error"


def test_who_makes_the_volumes_is_named_while_a_claim_waits() -> None:
    assert claim("Immediate").message == "Waits for a volume of the class fast, made by disks.example"
