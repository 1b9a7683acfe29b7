"""HelmReleases of Flux, beyond what test_custom.py says of all custom resources."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Release
from astrolabe.kinds.custom import custom
from tests.kinds.objects import facts, verdict

KIND = custom("helm.toolkit.fluxcd.io", "helmreleases", "HelmRelease", ["v2"], namespaced=True)
LONG = "a-release-with-a-name-that-is-longer-than-helm-can-have"


@pytest.mark.parametrize(
    ("spec", "release"),
    [
        ({}, Release("shop", "web")),
        ({"releaseName": "site"}, Release("shop", "site")),
        ({"targetNamespace": "prod"}, Release("prod", "prod-web", stored="shop")),
        ({"targetNamespace": "shop"}, Release("shop", "shop-web")),
        ({"targetNamespace": "prod", "releaseName": "site"}, Release("prod", "site", stored="shop")),
        ({"storageNamespace": "records"}, Release("shop", "web", stored="records")),
        (
            {"targetNamespace": "prod", "storageNamespace": "prod", "releaseName": "site"},
            Release("prod", "site"),
        ),
        # 40 characters, and the first twelve of SHA-256's sum in hexadecimal.
        ({"releaseName": LONG}, Release("shop", "a-release-with-a-name-that-is-longer-tha-e7b93d1a131a")),
        # In another cluster.
        ({"kubeConfig": {"secretRef": {"name": "remote"}}}, None),
        ("text", None),
        (None, None),
    ],
)
def test_belongs_to_the_release_that_it_makes(spec: Any, release: Release | None) -> None:
    described = facts(KIND, spec=spec)
    assert described.release == release
    assert verdict(described) == ("Unknown", "Its status says nothing")


def test_one_that_is_part_of_a_release_belongs_to_that() -> None:
    annotations = {"meta.helm.sh/release-name": "umbrella"}
    assert facts(KIND, metadata={"annotations": annotations}, spec={}).release == Release("shop", "umbrella")


def test_another_group_has_another_one() -> None:
    kind = custom("helm.fluxcd.io", "helmreleases", "HelmRelease", ["v1"], namespaced=True)
    assert facts(kind, spec={}).release is None
