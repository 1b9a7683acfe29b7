"""ReplicaSets, beyond what test_replicas.py says of all that have replicas."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Facts, Owner, Release
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.models.details import ReplicasDetail, RevisionDetail
from astrolabe.kinds.replicaset import KIND
from tests.kinds.objects import TEMPLATE, facts, owned_by

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


def test_of_a_hidden_one_only_what_its_pods_inherit_is_kept() -> None:
    """There are ten to a Deployment: what nobody can see must not take memory."""
    metadata = {
        **OWNED,
        "labels": {"pod-template-hash": "abc", "helm.sh/chart": "shop-1.2.3"},
        "annotations": {"meta.helm.sh/release-name": "shop"},
    }
    assert facts(KIND, metadata=metadata, spec={"replicas": 0, "template": TEMPLATE}) == Facts(
        id="ReplicaSet/shop/web",
        kind="ReplicaSet",
        namespace="shop",
        uid="uid-ReplicaSet-web",
        api_version="apps/v1",
        resource_version="42",
        release=Release("shop", "shop"),
        chart="shop-1.2.3",
        owners=(Owner("uid-Deployment-web", "Deployment", "web", controller=True),),
        hidden=True,
    )


def test_an_idle_one_is_shown_on_request() -> None:
    options = KindOptions(idle_replicasets=True)
    assert not facts(KIND, metadata=OWNED, spec={"replicas": 0}, options=options).hidden


@pytest.mark.parametrize(
    ("number", "expected"),
    [("3", 3), ("0", 0), ("-1", 0), ("many", 0), ("1" * 30, 0), ("\u0663", 0), (None, 0)],
)
def test_which_template_of_its_deployment_it_is(number: str | None, expected: int) -> None:
    metadata = {**OWNED, "annotations": {"deployment.kubernetes.io/revision": number}}
    template = {"spec": {"containers": [{"image": "web:1"}]}}
    shown = facts(KIND, metadata=metadata, spec={"replicas": 1, "template": template}).detail
    assert isinstance(shown, ReplicasDetail)
    assert (shown.image, shown.revision) == ("web:1", expected)
    hidden = facts(KIND, metadata=metadata, spec={"replicas": 0, "template": template}).detail
    assert hidden == (RevisionDetail("web:1", expected) if expected else None)
