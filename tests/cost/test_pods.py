"""What Pods cost an hour, worked out by hand from OpenCost's default prices.

A core costs $0.031611, a GiB $0.004237, a GPU $0.95; on spot Nodes a core $0.006655 and a GiB $0.000892.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from astrolabe.derived.cost.prices import DEFAULTS
from tests.cost.world import Cluster, sized
from tests.kinds.objects import owned_by

COST = "astrolabe_workload_cost_hourly_dollars"
BASELINE = "astrolabe_workload_baseline_cost_hourly_dollars"


def container(name: str, cpu: str, memory: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "resources": {"requests": {"cpu": cpu, "memory": memory}}, **more}


PODS: dict[str, tuple[Any, Any, float, float, float | None]] = {
    "one container": (sized("500m", "1Gi"), {}, 0.0158055, 0.004237, None),
    "nothing requested": (sized(), {}, 0, 0, None),
    "two containers": (
        {"containers": [container("a", "1", "2Gi"), container("b", "500m", "512Mi")]},
        {},
        0.0474165,
        0.0105925,
        None,
    ),
    # 2 cores while it starts, 1 GiB while it runs.
    "an init container": (
        {
            "containers": [container("a", "500m", "1Gi")],
            "initContainers": [container("migrate", "2", "256Mi")],
        },
        {},
        0.063222,
        0.004237,
        None,
    ),
    # 500m + 250m, 1 GiB + 0.5 GiB.
    "a sidecar": (
        {
            "containers": [container("a", "500m", "1Gi")],
            "initContainers": [container("mesh", "250m", "512Mi", restartPolicy="Always")],
        },
        {},
        0.02370825,
        0.0063555,
        None,
    ),
    # 500m + 250m, 1 GiB + 0.125 GiB.
    "overhead": (
        sized("500m", "1Gi", overhead={"cpu": "250m", "memory": "128Mi"}),
        {},
        0.02370825,
        0.004766625,
        None,
    ),
    "limits alone": (
        {"containers": [{"name": "a", "resources": {"limits": {"cpu": "2", "memory": "4Gi"}}}]},
        {},
        0.063222,
        0.016948,
        None,
    ),
    # It gives back from 4 cores to 1, and has not yet.
    "resized in place": (
        sized("1", "1Gi"),
        {"containerStatuses": [{"name": "web", "resources": {"requests": {"cpu": "4", "memory": "1Gi"}}}]},
        0.126444,
        0.004237,
        None,
    ),
    "GPUs": (
        {
            "containers": [
                {"name": "a", "resources": {"limits": {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "2"}}}
            ]
        },
        {},
        0.126444,
        0.067792,
        1.9,
    ),
}


def costs(cluster: Cluster) -> list[float | None]:
    return [cluster.value(COST, resource=resource) for resource in ("cpu", "memory", "gpu")]


@pytest.mark.parametrize("name", PODS)
def test_a_pod(name: str) -> None:
    spec, status, cpu, memory, gpu = PODS[name]
    cluster = Cluster()
    cluster.put("Pod", spec=spec | {"nodeName": "node-1"}, status={"phase": "Running", **status})
    assert costs(cluster) == [cpu, memory, gpu]
    assert cluster.value(BASELINE) == pytest.approx(cpu + memory + (gpu or 0), abs=1e-12)


@pytest.mark.parametrize("name", PODS)
def test_opencost_would_say_the_same(name: str) -> None:
    """Cores, GiB and GPUs of an allocation, each times hours times price, over a month, to the cent."""
    spec, status, *_ = PODS[name]
    cluster = Cluster()
    cluster.put("Pod", spec=spec | {"nodeName": "node-1"}, status={"phase": "Running", **status})
    detail: Any = next(node for node in cluster.graph if node.facts.kind == "Pod").facts.detail
    hours, amounts = 730.0, detail.requests
    opencost = (
        amounts.cpu / 1000 * hours * float(DEFAULTS["CPU"])
        + amounts.memory / 1024 / 1024 / 1024 * hours * float(DEFAULTS["RAM"])
        + amounts.gpu * hours * float(DEFAULTS["GPU"])
    )
    ours = sum(cost or 0 for cost in costs(cluster)) * hours
    assert round(ours, 2) == round(opencost, 2)
    assert ours == pytest.approx(opencost, rel=1e-9)


SPOT = '{"spotLabel": "pool", "spotLabelValue": "spot"}'


@pytest.fixture
def spot_prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.json"
    path.write_text(SPOT)
    return path


def test_spot_by_the_label_of_the_node_in_any_order(spot_prices: Path) -> None:
    pod = {"spec": sized("1", "1Gi", nodeName="node-1"), "status": {"phase": "Running"}}
    labels = {"labels": {"pool": "spot"}}
    cluster = Cluster(spot_prices)
    cluster.put("Pod", **pod)
    assert costs(cluster) == [0.031611, 0.004237, None]
    cluster.put("Node", "node-1", labels)
    assert costs(cluster) == [0.006655, 0.000892, None]
    cluster.put("Node", "node-1", {"labels": {"pool": "other"}})
    assert costs(cluster) == [0.031611, 0.004237, None]
    cluster.put("Node", "node-1", labels)
    cluster.put("Pod", "second", **pod)
    assert cluster.value(COST, workload="second", resource="cpu") == 0.006655
    cluster.remove("Pod/shop/second")
    cluster.remove("Node/node-1")
    assert costs(cluster) == [0.031611, 0.004237, None]
    cluster.remove("Pod/shop/web")
    assert cluster.scrape(COST, BASELINE) == []


def test_pods_of_one_workload_on_both_kinds_of_node(spot_prices: Path) -> None:
    cluster = Cluster(spot_prices)
    cluster.put("Node", "cheap", {"labels": {"pool": "spot"}})
    spec = sized("1", "1Gi")
    cluster.deploy(2, spec)
    cluster.run("a", spec, on="cheap")
    cluster.run("b", spec, on="dear")
    assert costs(cluster) == [0.038266, 0.005129, None]


@pytest.mark.parametrize(
    ("node", "phase", "counts"),
    [
        ("node-1", "Running", True),
        ("node-1", "Pending", True),
        ("", "Pending", False),
        ("node-1", "Succeeded", False),
        ("node-1", "Failed", False),
    ],
)
def test_pods_that_hold_something(node: str, phase: str, counts: bool) -> None:
    cluster = Cluster()
    cluster.put("Pod", spec=sized("1", "1Gi", nodeName=node), status={"phase": phase})
    assert (len(cluster.scrape(COST)) > 0) is counts


def test_a_workload_is_the_sum_of_its_pods() -> None:
    cluster = Cluster()
    spec = sized("500m", "1Gi")
    cluster.deploy(3, spec)
    assert costs(cluster) == [0, 0, None]
    for name in "abc":
        cluster.run(name, spec)
    labels = 'namespace="shop",workload_kind="Deployment",workload="web",environment="shop"'
    assert cluster.scrape(COST, BASELINE) == [
        f'{COST}{{{labels},resource="cpu"}} 0.0474165',
        f'{COST}{{{labels},resource="memory"}} 0.012711',
        f"{BASELINE}{{{labels}}} 0.0601275",
    ]
    cluster.run("a", spec, phase="Succeeded")
    cluster.remove("Pod/shop/b")
    assert costs(cluster) == [0.0158055, 0.004237, None]


def test_a_pod_that_learns_of_its_owner_later() -> None:
    cluster = Cluster()
    spec = sized("1", "1Gi", nodeName="node-1")
    cluster.put("Pod", "a", owned_by("ReplicaSet", "web-1"), spec=spec, status={"phase": "Running"})
    assert cluster.value(COST, workload_kind="ReplicaSet", workload="web-1", resource="cpu") == 0.031611
    cluster.put("ReplicaSet", "web-1", owned_by("Deployment", "web"), spec={"replicas": 1})
    assert cluster.value(COST, workload_kind="ReplicaSet", resource="cpu") is None
    assert cluster.value(COST, workload_kind="Deployment", workload="web", resource="cpu") == 0.031611


def test_volumes_by_capacity_and_class(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"storage": "0.0001", "storageClasses": {"fast": "0.0004"}}')
    cluster = Cluster(path)
    family = "astrolabe_volume_cost_hourly_dollars"
    bound = {"phase": "Bound", "capacity": {"storage": "10Gi"}}
    for name, storage_class in (("data", "fast"), ("logs", "slow")):
        spec = {"volumeName": f"pv-{name}", "storageClassName": storage_class}
        cluster.put("PersistentVolumeClaim", name, spec=spec, status=bound)
    cluster.put("PersistentVolumeClaim", "wanted", spec={"storageClassName": "fast"})
    assert cluster.scrape(family) == [
        f'{family}{{namespace="shop",persistentvolumeclaim="{name}",environment="shop",'
        f'storageclass="{of}"}} {cost}'
        for name, of, cost in (("data", "fast", 0.004), ("logs", "slow", 0.001))
    ]
    cluster.remove("PersistentVolumeClaim/shop/data")
    assert len(cluster.scrape(family)) == 1
