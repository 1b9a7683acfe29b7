"""The cases on a real control plane: its controllers do what they do, kubelets speak by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cases import CASES, REBOUND, RELEASED, Case, id_of, told
from tests.real import control_plane as planes
from tests.real.cluster import Cluster
from tests.real.exporter import Exporter
from tests.real.processes import until

Start = Callable[..., Exporter]
AUTOSCALER_SECONDS = 40
"""The controller of HorizontalPodAutoscalers looks every 15 seconds."""


@pytest.fixture
def applied(cluster: Cluster) -> Iterator[Callable[[Case], None]]:
    """Apply cases; what they made goes in the end."""
    cases: list[Case] = []

    def apply(case: Case) -> None:
        cases.append(case)
        for namespace in {each["metadata"].get("namespace", "") for each in case.objects()} - {""}:
            cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
            cluster.wait(
                f"/api/v1/namespaces/{namespace}/serviceaccounts/default", bool, f"{namespace} takes Pods"
            )
        for each in case.objects():
            cluster.apply(each)
            status = case.kubelet.get(id_of(each))
            if status is not None:
                cluster.patch(f"{cluster.path(each)}/status", {"status": status})

    yield apply
    for case in cases:
        for each in case.objects():
            cluster.delete(cluster.path(each))
        for namespace in {each["metadata"].get("namespace", "") for each in case.objects()} - {""}:
            cluster.delete(f"/api/v1/namespaces/{namespace}")


def see(exporter: Exporter, case: Case) -> None:
    """Wait until /metrics says what is right."""
    seen = ""

    def right() -> bool:
        nonlocal seen
        seen = told(case, exporter.labels)
        return seen == case.expected

    with contextlib.suppress(pytest.fail.Exception):
        until(right, f"what is said of {case.name}", AUTOSCALER_SECONDS)
    assert seen == case.expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, applied: Callable[[Case], None], exporter: Start) -> None:
    applied(case)
    see(exporter(), case)


def test_a_claim_is_bound_to_another_volume_while_it_is_watched(
    applied: Callable[[Case], None], exporter: Start
) -> None:
    applied(RELEASED)
    watching = exporter()
    see(watching, RELEASED)
    applied(REBOUND)
    see(watching, REBOUND)


SLOW = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: slow, namespace: default}
spec:
  replicas: 1
  selector: {matchLabels: {app: slow}}
  template:
    metadata: {labels: {app: slow}, finalizers: [example.com/slow]}
    spec:
      schedulerName: nobody
      containers: [{name: a, image: x}]
"""


def test_on_an_older_api_server_pods_that_stop_still_belong_to_their_deployment(
    tmp_path: Path, exporter: Start
) -> None:
    """It does not count them, so their ReplicaSet looks idle and is left out."""
    with planes.control_plane(tmp_path, "DeploymentReplicaSetTerminatingReplicas=false") as server:
        cluster, sets = server.cluster, "/apis/apps/v1/namespaces/default/replicasets"
        cluster.wait("/api/v1/namespaces/default/serviceaccounts/default", bool, "Pods can be made")
        cluster.apply(SLOW)
        cluster.wait(
            "/api/v1/namespaces/default/pods", lambda seen: len(seen["items"]) == 1, "there is a Pod"
        )
        watching = exporter(kubeconfig=server.kubeconfig)
        [pod] = watching.labels("astrolabe_pod_workload_info")
        assert (pod["workload_kind"], pod["workload"]) == ("Deployment", "slow")
        cluster.patch("/apis/apps/v1/namespaces/default/deployments/slow", {"spec": {"replicas": 0}})
        idle = cluster.wait(sets, lambda seen: not seen["items"][0]["status"].get("replicas"), "it is idle")
        assert "terminatingReplicas" not in idle["items"][0]["status"]
        gone = 'kind="ReplicaSet"'
        until(lambda: gone not in "".join(watching.samples("astrolabe_resource_info")), "it is left out")
        for one in (watching, exporter(kubeconfig=server.kubeconfig)):
            assert one.labels("astrolabe_pod_workload_info") == [pod]
            kinds = [each["kind"] for each in one.labels("astrolabe_resource_info")]
            assert "ReplicaSet" not in kinds
            assert "Pod" in kinds


def test_kubernetes_itself_misses_nothing_that_it_needs(exporter: Start) -> None:
    """It brings bindings for accounts that this cluster does not have."""
    missing = [
        each
        for each in exporter().labels("astrolabe_reference_missing_info")
        if each["namespace"] in ("", "kube-system", "kube-public", "kube-node-lease")
    ]
    assert [each for each in missing if each["optional"] == "false"] == []
    assert {each["type"] for each in missing} == {"grants"}
