"""Nodes as graph bodies have them, kind by kind."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from astrolabe.api.v1.bodies import node_body, uid_of
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Detail, Facts, Release, Verdict, object_id
from astrolabe.kinds.models import details


def graph_node(some: Node) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(node_body(some))
    return body


def node(kind: str, namespace: str = "shop", *, uid: str = "u-1", detail: Detail | None = None) -> Node:
    facts = Facts(
        id=object_id(kind, namespace, "web"),
        kind=kind,
        namespace=namespace,
        uid=uid,
        api_version="v1",
        detail=detail,
    )
    return Node(facts, Verdict("Pending", "PartiallyReady", "Partially ready (1/3)"), None, None, "")


@pytest.mark.parametrize(
    ("kind", "detail", "metadata"),
    [
        ("ConfigMap", None, None),
        (
            "Pod",
            details.PodDetail(node="one", image="nginx", restarts=3),
            {"nodeName": "one", "image": "nginx", "restartCount": 3},
        ),
        ("Pod", details.PodDetail(), {"restartCount": 0}),
        (
            "Deployment",
            details.ReplicasDetail(desired=3, current=2, ready=1, image="nginx"),
            {"image": "nginx", "replicas": {"desired": 3, "current": 2, "ready": 1, "available": 0}},
        ),
        ("Job", details.JobDetail(image="nginx"), {"image": "nginx"}),
        ("CronJob", details.CronJobDetail(image="nginx"), {"image": "nginx"}),
        ("CronJob", details.CronJobDetail(), None),
        (
            "Service",
            details.ServiceDetail("10.0.0.1", "ClusterIP"),
            {"clusterIP": "10.0.0.1", "serviceType": "ClusterIP"},
        ),
        ("Service", details.ServiceDetail(type="ExternalName"), {"serviceType": "ExternalName"}),
        ("Service", details.ServiceDetail(), None),
        ("Ingress", details.IngressDetail("nginx"), {"ingressClass": "nginx"}),
        (
            "ServiceImport.multicluster.x-k8s.io",
            details.ElsewhereDetail(
                (
                    details.Away("routes-to", "Service/shop/web", "east"),
                    details.Away("refers", "Namespace/shop", server="https://west"),
                )
            ),
            {
                "remoteRelations": [
                    {"type": "routes-to", "id": "Service/shop/web", "cluster": "east"},
                    {"type": "refers", "id": "Namespace/shop", "server": "https://west"},
                ]
            },
        ),
        ("Ingress", details.IngressDetail(), None),
        ("PersistentVolumeClaim", details.ClaimDetail("pv-1", "fast", 1), {"volumeName": "pv-1"}),
        ("PersistentVolumeClaim", details.ClaimDetail(), None),
        (
            "PersistentVolume",
            details.VolumeDetail(details.ClaimRef("PersistentVolumeClaim", "shop", "data", "u-2")),
            {
                "claimRef": {
                    "kind": "PersistentVolumeClaim",
                    "namespace": "shop",
                    "name": "data",
                    "uid": "u-2",
                }
            },
        ),
        (
            "PersistentVolume",
            details.VolumeDetail(details.ClaimRef("PersistentVolumeClaim", "shop", "data")),
            {"claimRef": {"kind": "PersistentVolumeClaim", "namespace": "shop", "name": "data"}},
        ),
        ("PersistentVolume", details.VolumeDetail(), None),
        (
            "HorizontalPodAutoscaler",
            details.ScaleDetail(details.ScaleTarget("Deployment", "shop", "web"), 0, 5, 0, 2),
            {
                "scaleTargetRef": {"kind": "Deployment", "namespace": "shop", "name": "web"},
                "minReplicas": 0,
                "maxReplicas": 5,
                "currentReplicas": 0,
                "desiredReplicas": 2,
            },
        ),
        ("SleepInfo.kube-green.com", details.SleepDetail(), None),
    ],
)
def test_what_applies_to_a_kind_stands_in_metadata_and_nothing_else(
    kind: str, detail: Detail | None, metadata: dict[str, Any] | None
) -> None:
    expected: dict[str, Any] = {
        "uid": "u-1",
        "name": "web",
        "namespace": "shop",
        "kind": kind,
        "status": "Pending",
        "message": "PartiallyReady: Partially ready (1/3)",
        "reason": "PartiallyReady",
    }
    if metadata is not None:
        expected["metadata"] = metadata
    assert graph_node(node(kind, detail=detail)) == expected


def test_release_and_chart_stand_there_where_there_are_any() -> None:
    plain = node("Pod")
    released = Node(plain.facts, Verdict(), None, Release("shop", "web"), "web-1.2.3")
    body = graph_node(plain)
    del body["reason"]
    assert graph_node(released) == {
        **body,
        "status": "Ready",
        "message": "",
        "chart": "web-1.2.3",
        "release": "web",
    }


def test_what_has_no_uid_goes_by_its_id() -> None:
    image = node("Image", "", uid="")
    assert uid_of(image) == graph_node(image)["uid"] == "Image/web"
    assert graph_node(image)["namespace"] == ""


@pytest.mark.parametrize(
    ("verdict", "message", "reason", "since"),
    [
        (Verdict("Error", "OOMKilled", "Container web", 60.0), "OOMKilled: Container web", "OOMKilled", True),
        (
            Verdict("Error", "Evicted", "The node was low: Evicted"),
            "The node was low: Evicted",
            "Evicted",
            False,
        ),
        (Verdict("Pending", "Waiting"), "Waiting", "Waiting", False),
        (Verdict("Ready", "AtRest", "Scaled to zero"), "Scaled to zero", "AtRest", False),
        (Verdict("Unknown", "", "Not known"), "Not known", None, False),
    ],
)
def test_a_message_begins_with_the_reason_of_what_is_not_ready(
    verdict: Verdict, message: str, reason: str | None, since: bool
) -> None:
    body = graph_node(Node(node("Pod").facts, verdict, None, None, ""))
    assert body["message"] == message
    assert body.get("reason") == reason
    assert body.get("since") == ("1970-01-01T00:01:00Z" if since else None)
