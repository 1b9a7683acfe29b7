"""What follows from metadata alone, whatever the kind."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from astrolabe.graph.facts import Owner, Release
from astrolabe.kinds.configmap import KIND as CONFIG_MAP
from astrolabe.kinds.kind import Kind, KindOptions
from astrolabe.kinds.node import KIND as NODE
from astrolabe.kinds.registry import KINDS
from tests.kinds.objects import CREATED_SECONDS, GONE, GONE_SECONDS, facts, make, read, words

NODES = tuple(kind for kind in KINDS if kind.node)
"""What becomes a node."""


@pytest.mark.parametrize("kind", NODES, ids=lambda kind: kind.name)
def test_kind_and_version_come_from_what_is_watched(kind: Kind) -> None:
    described = facts(kind)
    scope = "shop/" if kind.namespaced else ""
    version = kind.versions[0]
    assert (described.id, described.name) == (f"{kind.name}/{scope}web", "web")
    assert described.kind == kind.name
    assert described.namespace == scope.rstrip("/")
    assert described.api_version == (f"{kind.group}/{version}" if kind.group else version)
    assert described.group == kind.group
    assert (described.uid, described.resource_version) == (f"uid-{kind.name}-web", "42")
    assert described.created == CREATED_SECONDS


@pytest.mark.parametrize("kind", NODES, ids=lambda kind: kind.name)
def test_an_object_that_is_being_deleted_is_pending(kind: Kind) -> None:
    described = facts(kind, metadata=GONE)
    assert words(described) == ("Pending", "Terminating", "Is being deleted")
    assert described.verdict.since == GONE_SECONDS
    held = facts(kind, metadata={**GONE, "finalizers": ["example.com/hold", "other"]})
    assert words(held) == ("Pending", "Terminating", "Waits for finalizers: example.com/hold, other")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("field", ["name", "uid"])
@pytest.mark.parametrize("value", [..., None, "", 7])
def test_an_object_without_name_or_uid_is_none(kind: Kind, field: str, value: Any) -> None:
    obj = make(kind)
    if value is ...:
        del obj["metadata"][field]
    else:
        obj["metadata"][field] = value
    with pytest.raises(msgspec.ValidationError, match=r"metadata"):
        read(kind, obj)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_all_that_may_be_null_may_be_null(kind: Kind) -> None:
    obj = make(kind, spec=None, status=None, endpoints=None, subjects=None, roleRef=None, secrets=None)
    for field in obj["metadata"]:
        if field not in {"name", "uid"}:
            obj["metadata"][field] = None
    obj["metadata"] |= {"labels": None, "annotations": None, "ownerReferences": None, "generation": None}
    described = read(kind, obj)
    assert described.created == 0.0
    assert described.labels == ()
    assert described.owners == ()
    assert described.release is None


def test_owners_carry_the_label_of_their_kind() -> None:
    references = [
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "a", "uid": "1", "controller": True},
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "name": "b",
            "uid": "2",
            "controller": False,
        },
        {"apiVersion": "v1", "kind": "Node", "name": "c", "uid": "3"},
        {"apiVersion": "kube-green.com/v1alpha1", "kind": "SleepInfo", "name": "d", "uid": "4"},
    ]
    assert facts(CONFIG_MAP, metadata={"ownerReferences": references}).owners == (
        Owner("1", "ReplicaSet", "a", controller=True),
        Owner("2", "Rollout.argoproj.io", "b"),
        Owner("3", "Node", "c"),
        Owner("4", "SleepInfo", "d"),
    )


@pytest.mark.parametrize(
    ("annotations", "release"),
    [
        ({"meta.helm.sh/release-name": "a", "meta.helm.sh/release-namespace": "ops"}, Release("ops", "a")),
        ({"meta.helm.sh/release-name": "a"}, Release("shop", "a")),
        ({"meta.helm.sh/release-namespace": "ops"}, None),
        ({"meta.helm.sh/release-name": ""}, None),
        ({}, None),
        (None, None),
    ],
)
def test_release(annotations: dict[str, str] | None, release: Release | None) -> None:
    assert facts(CONFIG_MAP, metadata={"annotations": annotations}).release == release


@pytest.mark.parametrize(
    ("home", "release"),
    [
        ("flux-system", Release("prod", "a", stored="flux-system")),
        ("prod", Release("prod", "a")),
        ("", Release("prod", "a")),
    ],
)
def test_flux_keeps_the_records_of_a_release_where_its_helm_release_is(home: str, release: Release) -> None:
    metadata = {
        "labels": {"helm.toolkit.fluxcd.io/name": "a", "helm.toolkit.fluxcd.io/namespace": home},
        "annotations": {"meta.helm.sh/release-name": "a", "meta.helm.sh/release-namespace": "prod"},
    }
    assert facts(CONFIG_MAP, metadata=metadata).release == release
    assert facts(CONFIG_MAP, metadata={"labels": metadata["labels"]}).release is None


def test_release_of_a_cluster_scoped_object() -> None:
    annotations = {"meta.helm.sh/release-name": "a", "meta.helm.sh/release-namespace": "ops"}
    assert facts(NODE, metadata={"annotations": annotations}).release == Release("ops", "a")


def test_chart() -> None:
    assert facts(CONFIG_MAP, metadata={"labels": {"helm.sh/chart": "shop-1.2.3"}}).chart == "shop-1.2.3"


@pytest.mark.parametrize("written", ["2026-03-01T12:00:00", "yesterday", 7])
def test_a_time_that_is_none_is_refused(written: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match="creationTimestamp"):
        facts(CONFIG_MAP, metadata={"creationTimestamp": written})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"metadata": {"name": "a\\ud800", "uid": "1"}}',
        b'{"metadata": {"name": "a\xff", "uid": "1"}}',
        b'{"metadata": {"name": "a", "uid": "1"}, "deep": ' + b"[" * 100_000,
    ],
    ids=["nothing", "cut off", "no object", "lone surrogate", "no UTF-8", "endless nesting"],
)
def test_what_is_no_object_is_refused_in_one_way(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        CONFIG_MAP.reader("v1", KindOptions())(data, {})
