"""ReplicaSets, beyond what test_replicas.py says of all that have replicas."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.kind import Options
from astrolabe.kinds.replicaset import KIND
from tests.kinds.objects import facts, owned_by

OWNED = owned_by("Deployment", "web")
MERELY_OWNED = {
    "ownerReferences": [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "1", "controller": None}
    ]
}


@pytest.mark.parametrize(
    ("metadata", "replicas", "status", "hidden"),
    [
        (OWNED, 0, {"replicas": 0, "observedGeneration": 3}, True),
        (OWNED, 0, {"replicas": 0, "terminatingReplicas": 0}, True),
        (OWNED, 0, {"replicas": 0, "terminatingReplicas": None}, True),
        (OWNED, 0, None, True),
        (OWNED, 0, {"replicas": 0, "terminatingReplicas": 1}, False),
        (OWNED, 0, {"replicas": 1}, False),
        (OWNED, 1, {"replicas": 0}, False),
        (OWNED, None, {"replicas": 0}, False),
        (MERELY_OWNED, 0, {"replicas": 0}, False),
        ({}, 0, {"replicas": 0}, False),
    ],
)
def test_an_idle_one_is_hidden(metadata: Any, replicas: Any, status: Any, *, hidden: bool) -> None:
    described = facts(KIND, metadata=metadata, spec={"replicas": replicas}, status=status)
    assert described.hidden is hidden


def test_an_idle_one_is_shown_on_request() -> None:
    options = Options(idle_replicasets=True)
    assert not facts(KIND, metadata=OWNED, spec={"replicas": 0}, options=options).hidden
