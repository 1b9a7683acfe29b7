"""A cluster on a clock that only the test moves: real facts, a real graph, real sleep."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from astrolabe.derived.cost.pricefile import PriceFile
from astrolabe.derived.cost.sleepers import Remembered
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep.ledger import Ledger
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.graph import Graph
from astrolabe.kinds import (
    cronjob,
    daemonset,
    deployment,
    horizontalpodautoscaler,
    namespace,
    node,
    persistentvolumeclaim,
    pod,
    replicaset,
    statefulset,
)
from astrolabe.kinds.kind import Kind
from astrolabe.metrics.snapshot import plain
from tests.kinds.objects import facts, owned_by
from tests.metrics.exposing import exposing

HOUR = 3600.0
START = datetime(2026, 3, 2, 20, 0, tzinfo=UTC).timestamp()

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        cronjob.KIND,
        daemonset.KIND,
        deployment.KIND,
        horizontalpodautoscaler.KIND,
        namespace.KIND,
        node.KIND,
        persistentvolumeclaim.KIND,
        pod.KIND,
        replicaset.KIND,
        statefulset.KIND,
    )
}


def sized(cpu: str | None = None, memory: str | None = None, **more: Any) -> dict[str, Any]:
    """A Pod's specification with one container."""
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value is not None}
    return {"containers": [{"name": "web", "image": "nginx", "resources": {"requests": requests}}], **more}


def written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def managed(manager: str, operation: str, at: float, field: str = "f:replicas") -> dict[str, Any]:
    """Metadata that says who scaled."""
    entry = {
        "manager": manager,
        "operation": operation,
        "time": written(at),
        "fieldsV1": {"f:spec": {field: {}}},
    }
    return {"managedFields": [entry]}


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Cluster:
    """The graph, and what is published of it."""

    def __init__(
        self,
        prices: Path | None = None,
        *,
        co2: float = 11.0,
        clock: Clock | None = None,
        remembered: Remembered | None = None,
        ledger: Ledger | None = None,
        label: str = "",
    ) -> None:
        self.clock = clock or Clock()
        self.graph = Graph()
        self.sleep = SleepSource(
            self.graph, environment_label=label, ledger=ledger, now=self.clock, elapsed=self.clock
        )
        self.cost = CostSource(
            self.graph,
            self.sleep,
            PriceFile(str(prices) if prices is not None else ""),
            co2=co2,
            remembered=remembered,
            now=self.clock,
        )
        self.bus, self.page = exposing(self.graph, self.sleep, self.cost, now=self.clock)

    def put(self, kind: str, name: str = "web", metadata: Any = None, **parts: Any) -> None:
        self.bus.follow(self.graph.apply(facts(KINDS[kind], name=name, metadata=metadata, **parts)))

    def remove(self, node_id: str) -> None:
        self.bus.follow(self.graph.remove(node_id))

    def later(self, hours: float) -> None:
        self.clock.now += hours * HOUR

    def scrape(self, *names: str) -> list[str]:
        """The samples of families, in order."""
        text = b"".join(plain(self.page.snapshot_now().pieces(names=names))).decode()
        return [line for line in text.splitlines() if not line.startswith("#")]

    def value(self, name: str, **labels: str) -> float | None:
        """The value of the one series with these labels."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        found = [line for line in self.scrape(name) if wanted <= set(re.findall(r'\w+="[^"]*"', line))]
        assert len(found) <= 1, found
        return float(found[0].rpartition(" ")[2]) if found else None

    # What happens in it

    def deploy(self, replicas: int, spec: Any, *, name: str = "web", metadata: Any = None) -> None:
        template = {"spec": spec}
        self.put("Deployment", name, metadata, spec={"replicas": replicas, "template": template})

    def run(self, name: str, spec: Any, *, of: str = "web", on: str = "node-1", **status: Any) -> None:
        """Run a Pod below a Deployment."""
        self.put("ReplicaSet", f"{of}-1", owned_by("Deployment", of), spec={"replicas": 1})
        self.put(
            "Pod",
            name,
            owned_by("ReplicaSet", f"{of}-1"),
            spec={**spec, "nodeName": on},
            status={"phase": "Running", **status},
        )

    def doze(self, spec: Any, *, name: str = "web", annotations: Any = None) -> None:
        """kube-green puts a Deployment to sleep."""
        metadata = managed("kube-green", "Apply", self.clock.now) | {"annotations": annotations}
        self.deploy(0, spec, name=name, metadata=metadata)

    def wake(self, replicas: int, spec: Any, *, name: str = "web") -> None:
        self.deploy(replicas, spec, name=name, metadata=managed("kube-green", "Update", self.clock.now))
