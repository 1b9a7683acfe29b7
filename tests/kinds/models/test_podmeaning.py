"""What the specifications of Pods mean: alike ones are read once, and no Pod is given what is another's."""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec
import pytest

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.models import podmeaning
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.models.podmeaning import Meaning, PartedSpec, shared_meaning
from astrolabe.kinds.pod import KIND
from tests.kinds.objects import edges, make
from tests.kinds.samples import SAMPLES

decode = msgspec.json.Decoder(PartedSpec).decode
reader = KIND.reader("v1", KindOptions())


def text_of(value: Any) -> bytes:
    """Write JSON as an API server does, without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def meaning(spec: dict[str, Any], namespace: str = "shop", *, pull_refused: bool = False) -> Meaning:
    return shared_meaning(decode(text_of(spec)).parts(), namespace, pull_refused=pull_refused)


def with_token(
    name: str, path: str = "/var/run/secrets/kubernetes.io/serviceaccount", **more: Any
) -> dict[str, Any]:
    """Return a specification as admission completes it: with a volume of the token, whose name it made up."""
    mount = {"name": name, "readOnly": True, "mountPath": path}
    sources = [{"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}]
    return {
        "volumes": [
            {"name": "tls", "secret": {"secretName": "tls"}},
            {"name": name, "projected": {"sources": sources}},
        ],
        "initContainers": [{"name": "init", "image": "init", "volumeMounts": [mount]}],
        "containers": [{"name": "web", "image": "web", "volumeMounts": [mount], **more}],
        "serviceAccountName": "runner",
    }


def pod(name: str, spec: dict[str, Any]) -> Facts:
    return reader(text_of(make(KIND, name=name, spec=spec)), {})


def test_the_specification_of_a_neighbour_on_another_node_is_not_read_again() -> None:
    spec = SAMPLES["Pod"]["spec"]
    assert meaning({**spec, "nodeName": "node-2", "hostname": "web"}) is meaning(spec)
    assert meaning(spec, "other") is not meaning(spec)
    assert meaning(spec, pull_refused=True) is not meaning(spec)


@pytest.mark.parametrize("part", [part for part in SAMPLES["Pod"]["spec"] if part != "nodeName"])
def test_each_part_makes_another_specification(part: str) -> None:
    spec = SAMPLES["Pod"]["spec"]
    assert meaning({**spec, part: None}) != meaning(spec)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("nodeSelector", {"disk": "fast"}),
        ("resources", {"requests": {"cpu": "5"}}),
        ("overhead", {"cpu": "5"}),
        ("serviceAccount", "other"),
        ("automountServiceAccountToken", False),
    ],
)
def test_each_part_that_is_rare_makes_another_specification(part: str, value: Any) -> None:
    spec = {**with_token("kube-api-access-aaaaa"), "serviceAccountName": None}
    assert meaning({**spec, part: value}) != meaning(spec)


def test_the_made_up_name_of_a_token_makes_no_difference() -> None:
    one, other = meaning(with_token("kube-api-access-aaaaa")), meaning(with_token("kube-api-access-bbbbb"))
    assert one is other
    assert one.access.token


def test_a_token_that_is_mounted_elsewhere_is_one() -> None:
    assert meaning(with_token("kube-api-access-aaaaa", "/elsewhere")).access.token


def test_a_token_that_is_not_mounted_is_told_from_one_that_is() -> None:
    spec = with_token("kube-api-access-aaaaa")
    bare = {
        **with_token("kube-api-access-bbbbb"),
        "initContainers": None,
        "containers": [{"name": "web", "image": "web"}],
    }
    assert meaning(spec).access.token
    assert not meaning(bare).access.token


@pytest.mark.parametrize(
    "more",
    [
        {"envFrom": [{"secretRef": {"name": "NAME"}}]},
        {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "NAME", "key": "k"}}}]},
        {"image": "NAME"},
        {"volumeMounts": [{"name": "NAME", "mountPath": "/elsewhere"}]},
    ],
)
def test_what_has_the_made_up_name_as_well_is_the_pods_own(more: dict[str, Any]) -> None:
    for name in ("kube-api-access-aaaaa", "kube-api-access-bbbbb"):
        spec = with_token(name, **json.loads(json.dumps(more).replace("NAME", name)))
        facts = pod("web", spec)
        written = f"{edges(facts)} {facts.detail}"
        assert (name in written) == ("volumeMounts" not in more)
        assert isinstance(facts.detail, PodDetail)
        assert facts.detail.access.token


def test_ephemeral_claims_are_named_like_each_pod() -> None:
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    spec = {"volumes": [{"name": "scratch", "ephemeral": {}}, claim]}
    for name in ("web-1", "web-2"):
        assert [edge for edge in edges(pod(name, spec)) if edge.startswith("mounts")] == [
            f"mounts → PersistentVolumeClaim/shop/{name}-scratch = uid-Pod-{name}",
            "mounts → PersistentVolumeClaim/shop/data",
        ]


def test_a_long_specification_is_not_kept() -> None:
    spec = {"containers": [{"name": "web", "image": "web", "args": ["x" * podmeaning._LONGEST]}]}
    assert meaning(spec) is not meaning(spec)
    assert meaning(spec) == meaning(spec)


def test_no_text_of_a_specification_is_kept() -> None:
    """The values of variables stand in it, and some of them are passwords."""
    container = {"env": [{"name": "PASSWORD", "value": "-"}], "resources": {"requests": {"cpu": "1"}}}
    parts = decode(text_of({"containers": [container], "initContainers": [container]})).parts()
    held = [parts, parts.containers, parts.init_containers]
    before = [sys.getrefcount(each) for each in held]
    asked = shared_meaning(parts, "shop", pull_refused=False)
    assert shared_meaning(parts, "shop", pull_refused=False) is asked
    assert [sys.getrefcount(each) for each in held] == before
