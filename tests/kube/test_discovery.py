"""What an API server serves, from the documents of every age."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kube.discovery import Discovery, Served, discover
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from tests.kube.canned import Canned

FOLLOWED = frozenset({"get", "list", "watch"})


def aggregated(*groups: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 200, {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "items": list(groups),
    }


def entry(plural: str, kind: str, scope: str = "Namespaced") -> dict[str, Any]:
    return {
        "resource": plural,
        "responseKind": {"group": "", "version": "", "kind": kind},
        "scope": scope,
        "verbs": ["get", "list", "watch"],
        "subresources": [{"subresource": "status", "verbs": ["get"]}],
        "singularResource": kind.lower(),
    }


CORE = aggregated(
    {
        "metadata": {},
        "versions": [{"version": "v1", "resources": [entry("pods", "Pod")], "freshness": "Current"}],
    }
)


async def test_aggregated() -> None:
    transport = Canned(
        {
            "/api": CORE,
            "/apis": aggregated(
                {
                    "metadata": {"name": "autoscaling"},
                    "versions": [
                        {
                            "version": "v2",
                            "resources": [entry("horizontalpodautoscalers", "HorizontalPodAutoscaler")],
                        },
                        {
                            "version": "v1",
                            "resources": [entry("horizontalpodautoscalers", "HorizontalPodAutoscaler")],
                        },
                    ],
                }
            ),
        }
    )
    assert await discover(transport) == Discovery(
        (
            Served("", "v1", "pods", "Pod", namespaced=True, verbs=FOLLOWED),
            Served(
                "autoscaling",
                "v2",
                "horizontalpodautoscalers",
                "HorizontalPodAutoscaler",
                namespaced=True,
                verbs=FOLLOWED,
            ),
            Served(
                "autoscaling",
                "v1",
                "horizontalpodautoscalers",
                "HorizontalPodAutoscaler",
                namespaced=True,
                verbs=FOLLOWED,
            ),
        )
    )
    assert [path for path, _ in transport.asked] == ["/api", "/apis"]


async def test_a_stale_group_is_named_and_the_rest_is_there() -> None:
    stale = {"metadata": {"name": "metrics.k8s.io"}, "versions": [{"version": "v1", "freshness": "Stale"}]}
    found = await discover(Canned({"/api": CORE, "/apis": aggregated(stale)}))
    assert found.broken == {"metrics.k8s.io"}
    assert [served.plural for served in found.served] == ["pods"]


LEGACY = {
    "/api": (200, {"kind": "APIVersions", "versions": ["v1"]}),
    "/apis": (
        200,
        {
            "kind": "APIGroupList",
            "groups": [
                {
                    "name": "apps",
                    "versions": [
                        {"groupVersion": "apps/v1beta1", "version": "v1beta1"},
                        {"groupVersion": "apps/v1", "version": "v1"},
                    ],
                    "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"},
                },
                {"name": "metrics.k8s.io", "versions": [{"version": "v1beta1"}]},
                {"name": "away.example.com", "versions": [{"version": "v1"}]},
            ],
        },
    ),
    "/api/v1": (
        200,
        {
            "resources": [
                {"name": "nodes", "kind": "Node", "namespaced": False, "verbs": ["list", "watch"]},
                {"name": "nodes/status", "kind": "Node", "namespaced": False, "verbs": ["get"]},
            ]
        },
    ),
    "/apis/apps/v1": (
        200,
        {
            "resources": [
                {"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["list", "watch"]}
            ]
        },
    ),
    "/apis/apps/v1beta1": (200, {"resources": None}),
    "/apis/metrics.k8s.io/v1beta1": (503, "service unavailable"),
    "/apis/away.example.com/v1": None,
}


async def test_legacy_documents_with_broken_groups() -> None:
    transport = Canned(LEGACY)
    found = await discover(transport)
    verbs = frozenset({"list", "watch"})
    assert found == Discovery(
        (
            Served("", "v1", "nodes", "Node", namespaced=False, verbs=verbs),
            Served("apps", "v1", "deployments", "Deployment", namespaced=True, verbs=verbs),
        ),
        frozenset({"metrics.k8s.io", "away.example.com"}),
    )
    # The preferred version comes first.
    assert [path for path, _ in transport.asked][3:5] == ["/apis/apps/v1", "/apis/apps/v1beta1"]


async def test_nothing_else_is_taken_for_discovery() -> None:
    with pytest.raises(Unreachable, match=r"^/api: no discovery document of Kubernetes: JSON is malformed"):
        await discover(Canned({"/api": (200, "<html>a captive portal</html>")}))
    with pytest.raises(ApiFailure, match=r"^/api: 404 404 page not found$"):
        await discover(Canned({}))


def test_find_prefers_the_versions_that_are_understood() -> None:
    def served(version: str, *verbs: str) -> Served:
        return Served("g", version, "things", "Thing", namespaced=True, verbs=frozenset(verbs))

    found = Discovery((served("v2", "list", "watch"), served("v1", "list", "watch"), served("v0", "get")))
    assert found.find("g", "things", ("v3", "v1", "v2")) == served("v1", "list", "watch")
    assert found.find("g", "things", ("v0",)) is None
    assert found.find("g", "others", ("v1",)) is None


async def test_a_refused_token_is_renewed_once() -> None:
    transport = Canned({"/api": (401, {"kind": "Status", "message": "Unauthorized"})})
    with pytest.raises(ApiFailure, match=r"^/api: 401 Unauthorized$"):
        await discover(transport)
    assert (transport.renewals, len(transport.asked)) == (1, 2)
