"""What is read of the parts of a Pod."""

from __future__ import annotations

import json

from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.models.podparts import (
    ContainerPart,
    PodParts,
    UsePart,
    VolumePart,
    parts_of,
    read_parts,
    with_parts,
)
from astrolabe.kinds.registry import KINDS

POD = {
    "metadata": {"name": "web-1", "namespace": "shop", "uid": "u1"},
    "spec": {
        "initContainers": [{"name": "wait", "image": "busybox"}],
        "containers": [
            {
                "name": "web",
                "image": "nginx:1.30",
                "env": [
                    {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                    {"name": "MODE", "value": "not read"},
                    {"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "level"}}},
                ],
                "envFrom": [{"secretRef": {"name": "all"}}],
                "volumeMounts": [
                    {"name": "tls", "mountPath": "/tls"},
                    {"name": "data", "mountPath": "/data"},
                ],
            }
        ],
        "volumes": [
            {"name": "tls", "projected": {"sources": [{"secret": {"name": "db"}}]}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data-0"}},
            {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
            {"name": "tmp", "emptyDir": {}},
        ],
    },
}
PARTS = PodParts(
    (ContainerPart("wait", "busybox"), ContainerPart("web", "nginx:1.30")),
    (
        VolumePart("data", "persistentVolumeClaim", "data-0", ("/data",)),
        VolumePart("scratch", "ephemeral", "web-1-scratch"),
        VolumePart("tls", "projected", "", ("/tls",)),
        VolumePart("tmp", "emptyDir"),
    ),
    (
        UsePart("ConfigMap", "settings", ("LEVEL",)),
        UsePart("Secret", "all", ("*",)),
        UsePart("Secret", "db", ("PASSWORD",), ("/tls",)),
    ),
)


def test_parts_by_name() -> None:
    assert read_parts(json.dumps(POD).encode()) == PARTS


def test_what_is_hardly_there_is_read() -> None:
    for text in (b"{}", b'{"spec": null}', b'{"spec": {"volumes": [{}], "containers": [{"env": [{}]}]}}'):
        assert read_parts(text) == PodParts()


def test_parts_stay_when_only_the_status_changes() -> None:
    kind = next(kind for kind in with_parts(KINDS) if kind.name == "Pod")
    read = kind.reader("v1", KindOptions())
    first = read(json.dumps(POD).encode(), {})
    again = read(json.dumps({**POD, "status": {"phase": "Failed"}}).encode(), {first.id: first})
    assert again.status == "Error"
    assert parts_of(first.detail) == parts_of(again.detail) == PARTS


def test_others_read_pods_without() -> None:
    kind = next(kind for kind in KINDS if kind.name == "Pod")
    assert parts_of(kind.reader("v1", KindOptions())(json.dumps(POD).encode(), {}).detail) == PodParts()
