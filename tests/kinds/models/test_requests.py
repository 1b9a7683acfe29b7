"""Effective requests, by the rules of the scheduler."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds import daemonset, deployment, pod, replicaset, statefulset
from astrolabe.kinds.models.details import NO_REQUESTS, PodDetail, ReplicasDetail, Requests
from tests.kinds.objects import facts

MI = 1 << 20


def sized(cpu: str = "", memory: str = "", name: str = "web", **more: Any) -> dict[str, Any]:
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    return {"name": name, "image": "nginx", "resources": {"requests": requests}, **more}


def limited(name: str = "web", **limits: str) -> dict[str, Any]:
    return {"name": name, "image": "nginx", "resources": {"limits": limits}}


def sidecar(cpu: str, memory: str = "", name: str = "mesh") -> dict[str, Any]:
    return sized(cpu, memory, name, restartPolicy="Always")


def requests(spec: Any, status: Any = None) -> Requests:
    detail = facts(pod.KIND, spec=spec, status=status).detail
    assert isinstance(detail, PodDetail)
    return detail.requests


CASES: dict[str, tuple[dict[str, Any], Requests]] = {
    "nothing": ({"containers": [{"name": "web"}]}, NO_REQUESTS),
    "containers add up": (
        {"containers": [sized("100m", "64Mi"), sized("0.25", "64Mi", "log")]},
        Requests(350, 128 * MI),
    ),
    "an init container that needs less": (
        {"containers": [sized("500m", "64Mi")], "initContainers": [sized("100m", "32Mi", "init")]},
        Requests(500, 64 * MI),
    ),
    "the largest init container, by resource": (
        {
            "containers": [sized("500m", "64Mi")],
            "initContainers": [sized("1", "16Mi", "one"), sized("100m", "256Mi", "two")],
        },
        Requests(1000, 256 * MI),
    ),
    "a sidecar runs beside the containers": (
        {"containers": [sized("500m", "64Mi")], "initContainers": [sidecar("100m", "32Mi")]},
        Requests(600, 96 * MI),
    ),
    "an init container runs beside the sidecars before it": (
        {
            "containers": [sized("100m")],
            "initContainers": [sidecar("200m"), sized("1", name="init"), sidecar("300m", name="late")],
        },
        # While it runs 600m, while it starts 200m beside 1.
        Requests(1200),
    ),
    "overhead comes on top": (
        {"containers": [sized("100m", "64Mi")], "overhead": {"cpu": "250m", "memory": "120Mi"}},
        Requests(350, 184 * MI),
    ),
    "limits where requests are missing": (
        {"containers": [limited(cpu="2", memory="1Gi"), sized("500m", "64Mi", "log")]},
        Requests(2500, 1088 * MI),
    ),
    "limits of one resource alone": (
        {
            "containers": [
                {"name": "web", "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "1"}}},
            ]
        },
        Requests(1000, 1024 * MI),
    ),
    "requests of 0 are requests": (
        {
            "containers": [
                {"name": "web", "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "0"}}},
            ]
        },
        NO_REQUESTS,
    ),
    "GPUs": (
        {
            "containers": [
                limited(**{"nvidia.com/gpu": "2", "cpu": "1"}),
                limited("b", **{"amd.com/gpu": "1"}),
            ]
        },
        Requests(1000, 0, 3),
    ),
    "the whole Pod's requests replace the sum": (
        {
            "containers": [sized("100m", "64Mi")],
            "resources": {"requests": {"cpu": "1"}},
            "overhead": {"cpu": "50m"},
        },
        Requests(1050, 64 * MI),
    ),
    "the whole Pod's limits count where no container says anything": (
        {"containers": [sized(memory="64Mi")], "resources": {"limits": {"cpu": "2", "memory": "1Gi"}}},
        Requests(2000, 64 * MI),
    ),
    "finer than a thousandth rounds up, once": (
        {"containers": [sized("100u"), sized("100u", name="log")]},
        Requests(1),
    ),
    "what no API server lets in": (
        {
            "containers": [
                sized("lots", "-5Mi"),
                {"name": "b", "resources": 5},
                {"name": "c", "resources": []},
            ],
            "initContainers": [{"name": "d", "resources": {"requests": {"cpu": 5}}}],
            "overhead": "none",
        },
        NO_REQUESTS,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_effective_requests(name: str) -> None:
    spec, expected = CASES[name]
    assert requests(spec) == expected


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "kind",
    [deployment.KIND, statefulset.KIND, replicaset.KIND, daemonset.KIND],
    ids=lambda kind: kind.name,
)
def test_a_template_counts_as_its_pods_do(kind: Any, name: str) -> None:
    spec, expected = CASES[name]
    detail = facts(kind, spec={"replicas": 1, "template": {"spec": spec}}).detail
    assert isinstance(detail, ReplicasDetail)
    assert detail.requests == expected


def resized(in_force: Any, allocated: Any, *conditions: dict[str, str], name: str = "web") -> dict[str, Any]:
    one = {"name": name, "resources": in_force and {"requests": in_force}, "allocatedResources": allocated}
    return {"containerStatuses": [one], "conditions": list(conditions)}


PENDING = {"type": "PodResizePending", "status": "True"}
INFEASIBLE = PENDING | {"reason": "Infeasible"}
DEFERRED = PENDING | {"reason": "Deferred"}


@pytest.mark.parametrize(
    ("wanted", "status", "expected"),
    [
        ("500m", resized({"cpu": "500m"}, {"cpu": "500m"}), 500),
        # Growing: what is wanted counts at once.
        ("2", resized({"cpu": "1"}, {"cpu": "2"}), 2000),
        ("2", resized({"cpu": "1"}, {"cpu": "1"}, DEFERRED), 2000),
        # Shrinking: the old size counts until it is given back.
        ("500m", resized({"cpu": "1"}, {"cpu": "500m"}), 1000),
        ("500m", resized({"cpu": "500m"}, {"cpu": "1"}), 1000),
        # Refused for good: what is wanted is void.
        ("64", resized({"cpu": "1"}, {"cpu": "1"}, INFEASIBLE), 1000),
        ("64", resized({"cpu": "1"}, None, INFEASIBLE), 1000),
        ("64", resized(None, None, INFEASIBLE), 64000),
        ("500m", resized(None, {"cpu": "1"}), 1000),
        ("500m", resized({"cpu": "1"}, {"cpu": "1"}, name="another"), 500),
    ],
)
def test_resize_in_place(wanted: str, status: dict[str, Any], expected: int) -> None:
    assert requests({"containers": [sized(wanted)]}, status).cpu == expected


def test_a_sidecar_is_resized_as_well() -> None:
    spec = {"containers": [sized("1")], "initContainers": [sidecar("500m")]}
    status = {"initContainerStatuses": [{"name": "mesh", "resources": {"requests": {"cpu": "750m"}}}]}
    assert requests(spec, status) == Requests(1750)


def test_replicas_share_their_requests() -> None:
    spec = {"containers": [sized("500m", "64Mi")]}
    assert requests(spec) is requests(spec, resized({"cpu": "500m"}, {"cpu": "500m"}))
