"""The cases as objects that are read one by one, in any order."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from astrolabe.graph.graph import Graph
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.registry import KINDS
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.snapshot import plain
from tests.cases import CASES, REBOUND, Case, Object, id_of, told

_KINDS = {kind.name: kind for kind in KINDS}
ORDERS = 5


def merged(obj: Object, patch: Object) -> Object:
    """Add to an object, as a merge patch does."""
    for key, value in patch.items():
        obj[key] = merged(obj.get(key, {}), value) if isinstance(value, dict) else value
    return obj


def stored(case: Case) -> list[Object]:
    """Return the objects as an API server has them, and what it has in every namespace."""
    objects = copy.deepcopy(case.objects())
    for obj in objects:
        obj["metadata"] |= {"uid": f"uid-{id_of(obj)}", "resourceVersion": "1", "generation": 1}
        if id_of(obj) in case.kubelet:
            obj["status"] = case.kubelet[id_of(obj)]
        merged(obj, case.controllers.get(id_of(obj), {}))
    for namespace in {obj["metadata"].get("namespace", "") for obj in objects} - {""}:
        account = {"name": "default", "namespace": namespace, "uid": f"uid-default-{namespace}"}
        objects.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    return objects


def exposed(objects: list[Object]) -> str:
    """Return /metrics of a cluster with these objects."""
    graph = Graph()
    exposition = Exposition(graph)
    for kind in KINDS:
        exposition.follow(graph.cover(kind.name))
    for obj in objects:
        kind = _KINDS[obj["kind"]]
        facts = kind.reader(kind.versions[0], KindOptions())(json.dumps(obj).encode(), {})
        exposition.follow(graph.apply(facts))
    return b"".join(plain(exposition.snapshot_now().pieces())).decode()


@pytest.mark.parametrize("case", [*CASES, REBOUND], ids=lambda case: case.name)
def test_case(case: Case) -> None:
    objects = stored(case)
    for seed in range(ORDERS):
        Random(seed).shuffle(objects)
        families = {family.name: family for family in text_string_to_metric_families(exposed(objects))}

        def labels(metric: str, families: dict[str, Any] = families) -> list[dict[str, str]]:
            return [dict(sample.labels) for sample in families[metric].samples] if metric in families else []

        assert told(case, labels) == case.expected
