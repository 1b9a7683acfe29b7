"""The stage itself: what the exporter is tried on behaves as a cluster does."""

from __future__ import annotations

import pytest

from tests.real.cluster import Cluster
from tests.real.kubelet import Kubelet
from tests.real.manifests import web


@pytest.mark.usefixtures("kubelet")
def test_a_deployment_becomes_pods_and_endpoints(cluster: Cluster, namespace: str) -> None:
    cluster.apply(web(replicas=3), namespace)
    deployment = cluster.wait(
        f"/apis/apps/v1/namespaces/{namespace}/deployments/web",
        lambda seen: seen.get("status", {}).get("readyReplicas") == 3,
        "3 replicas are ready",
    )
    [replicaset] = cluster.items(f"/apis/apps/v1/namespaces/{namespace}/replicasets")
    assert replicaset["metadata"]["ownerReferences"][0]["uid"] == deployment["metadata"]["uid"]
    pods = cluster.items(f"/api/v1/namespaces/{namespace}/pods")
    assert {pod["spec"]["nodeName"] for pod in pods} <= {"node-a", "node-b"}
    addresses = {pod["status"]["podIP"] for pod in pods}
    assert len(addresses) == 3
    cluster.wait(
        f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
        lambda seen: (
            {
                address
                for piece in seen["items"]
                for endpoint in piece.get("endpoints") or ()
                if endpoint["conditions"]["ready"]
                for address in endpoint["addresses"]
            }
            == addresses
        ),
        "the Service's endpoints are the Pods",
    )


def test_pods_fail_and_heal_on_command(cluster: Cluster, kubelet: Kubelet, namespace: str) -> None:
    cluster.apply(web(replicas=1), namespace)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    cluster.wait(path, lambda seen: seen.get("status", {}).get("readyReplicas") == 1, "web is ready")
    kubelet.fail(namespace, "web-")
    cluster.wait(path, lambda seen: "readyReplicas" not in seen["status"], "web is not ready")
    [pod] = cluster.items(f"/api/v1/namespaces/{namespace}/pods")
    assert pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    kubelet.heal(namespace, "web-")
    cluster.wait(path, lambda seen: seen["status"].get("readyReplicas") == 1, "web is ready again")


@pytest.mark.usefixtures("kubelet")
def test_pods_end_when_their_deployment_is_deleted(cluster: Cluster, namespace: str) -> None:
    cluster.apply(web(replicas=2), namespace)
    pods = f"/api/v1/namespaces/{namespace}/pods"
    cluster.wait(pods, lambda seen: len(seen["items"]) == 2, "there are 2 Pods")
    cluster.delete(f"/apis/apps/v1/namespaces/{namespace}/deployments/web")
    cluster.wait(pods, lambda seen: seen["items"] == [], "there are no Pods")


@pytest.mark.usefixtures("kubelet")
def test_a_job_completes(cluster: Cluster, namespace: str) -> None:
    container = {"name": "main", "image": "busybox"}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    metadata = {"name": "once"}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": template}}
    cluster.apply(job, namespace)
    cluster.wait(
        f"/apis/batch/v1/namespaces/{namespace}/jobs/once",
        lambda seen: seen.get("status", {}).get("succeeded") == 1,
        "the Job succeeded",
    )
