"""The samples of all kinds in one graph: every relation that kinds declare, the way its edge points."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.graph.graph import Graph
from astrolabe.kinds import registry
from tests.kinds.objects import facts, read
from tests.kinds.samples import KINDS, SAMPLES

EDGES = """\
binds: PersistentVolumeClaim/shop/data → PersistentVolume/pv-1
classifies: IngressClass/nginx → Ingress/shop/web
endpoints: EndpointSlice/shop/web-xyz → Pod/shop/web-abc-1
endpoints: Service/shop/web → EndpointSlice/shop/web-xyz
grants: ClusterRoleBinding/viewers → ClusterRole/viewer
grants: ClusterRoleBinding/viewers → ServiceAccount/shop/runner
grants: RoleBinding/shop/readers → Role/shop/reader
grants: RoleBinding/shop/readers → ServiceAccount/shop/runner
mounts: Pod/shop/web-abc-1 → PersistentVolumeClaim/shop/data
owns: CronJob/shop/report → Job/shop/import
owns: Deployment/shop/web → ReplicaSet/shop/web-abc
owns: ReplicaSet/shop/web-abc → Pod/shop/web-abc-1
provisions: StorageClass/fast → PersistentVolume/pv-1
provisions: StorageClass/fast → PersistentVolumeClaim/shop/data
routes-to: Ingress/shop/web → Service/shop/web
runs-image: Pod/shop/web-abc-1 → Image/docker.io/library/busybox:latest
runs-image: Pod/shop/web-abc-1 → Image/docker.io/library/envoy:latest
runs-image: Pod/shop/web-abc-1 → Image/docker.io/library/nginx:1.27
runs-on: Pod/shop/web-abc-1 → Node/node-1
scales: HorizontalPodAutoscaler/shop/web → Deployment/shop/web
selects: NetworkPolicy/shop/web → Pod/shop/web-abc-1
selects: PodDisruptionBudget/shop/web → Pod/shop/web-abc-1
selects: Service/shop/web → Pod/shop/web-abc-1
sleeps: SleepInfo/shop/nights → StatefulSet/shop/db
uses-configmap: CronJob/shop/report → ConfigMap/shop/settings
uses-configmap: DaemonSet/shop/agent → ConfigMap/shop/settings
uses-configmap: Deployment/shop/web → ConfigMap/shop/settings
uses-configmap: Job/shop/import → ConfigMap/shop/settings
uses-configmap: Pod/shop/web-abc-1 → ConfigMap/shop/settings
uses-configmap: ReplicaSet/shop/web-abc → ConfigMap/shop/settings
uses-configmap: StatefulSet/shop/db → ConfigMap/shop/settings
uses-sa: CronJob/shop/report → ServiceAccount/shop/runner
uses-sa: DaemonSet/shop/agent → ServiceAccount/shop/runner
uses-sa: Deployment/shop/web → ServiceAccount/shop/runner
uses-sa: Job/shop/import → ServiceAccount/shop/runner
uses-sa: Pod/shop/web-abc-1 → ServiceAccount/shop/runner
uses-sa: ReplicaSet/shop/web-abc → ServiceAccount/shop/runner
uses-sa: StatefulSet/shop/db → ServiceAccount/shop/runner
uses-secret: CronJob/shop/report → Secret/shop/tls
uses-secret: DaemonSet/shop/agent → Secret/shop/tls
uses-secret: Deployment/shop/web → Secret/shop/tls
uses-secret: Ingress/shop/web → Secret/shop/tls
uses-secret: Job/shop/import → Secret/shop/tls
uses-secret: Pod/shop/web-abc-1 → Secret/shop/tls
uses-secret: ReplicaSet/shop/web-abc → Secret/shop/tls
uses-secret: StatefulSet/shop/db → Secret/shop/tls
"""


def edges_of(names: Iterable[str]) -> str:
    graph = Graph()
    for kind in registry.KINDS:
        graph.cover(kind.name)
    edges: dict[str, bool] = {}
    described = [read(KINDS[name], SAMPLES[name]) for name in names]
    # Beside the sample of a Secret, which Helm wrote, one that is used.
    for of in (*described, facts(KINDS["Secret"], name="tls")):
        delta = graph.apply(of)
        for edge, came in delta.edges.items():
            edges[f"{edge.type}: {edge.source} → {edge.target}\n"] = came
    return "".join(sorted(edge for edge, there in edges.items() if there))


def test_edges() -> None:
    assert edges_of(SAMPLES) == EDGES


def test_edges_do_not_depend_on_the_order_of_arrival() -> None:
    assert edges_of(reversed(SAMPLES)) == EDGES
