"""Relations to objects of other clusters: where they are is said as the object says it, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.kinds.custom import custom
from astrolabe.kinds.models.details import ElsewhereDetail
from tests.kinds.objects import edges, facts

APPLICATION = custom("argoproj.io", "applications", "Application", ["v1alpha1"], namespaced=True)
KUSTOMIZATION = custom(
    "kustomize.toolkit.fluxcd.io", "kustomizations", "Kustomization", ["v1"], namespaced=True
)
HELM_RELEASE = custom("helm.toolkit.fluxcd.io", "helmreleases", "HelmRelease", ["v2"], namespaced=True)
IMPORT = custom("multicluster.x-k8s.io", "serviceimports", "ServiceImport", ["v1alpha1"], namespaced=True)

MANAGED = [
    {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "web"},
    {"version": "v1", "kind": "Namespace", "name": "shop"},
]
INVENTORY = {"inventory": {"entries": [{"id": "shop_web_apps_Deployment", "v": "v1"}]}}


def elsewhere(of: Facts) -> list[str]:
    """Write relations to other clusters as `type → cluster server target`, with `?` for what is not said."""
    detail = of.detail if isinstance(of.detail, ElsewhereDetail) else ElsewhereDetail()
    return [
        f"{each.type} → {each.cluster or '?'} {each.server or '?'} {each.target}" for each in detail.edges
    ]


def application(**destination: Any) -> Facts:
    spec = {"project": "default", "destination": {"namespace": "shop", **destination}}
    return facts(APPLICATION, spec=spec, status={"resources": MANAGED})


@pytest.mark.parametrize(
    "destination",
    [
        pytest.param({"server": "https://kubernetes.default.svc"}, id="server"),
        pytest.param({"server": "https://kubernetes.default.svc/"}, id="slash"),
        pytest.param({"name": "in-cluster"}, id="name"),
        pytest.param({}, id="none"),
        pytest.param({"name": "", "server": None}, id="empty"),
        pytest.param({"name": 7, "server": []}, id="no-text"),
    ],
)
def test_what_an_application_manages_in_its_own_cluster_is_there(destination: dict[str, Any]) -> None:
    of = application(**destination)
    assert edges(of) == [
        "refers → Deployment/shop/web (optional)",
        "refers → Namespace/shop (optional)",
        "refers → AppProject.argoproj.io/shop/default",
    ]
    assert elsewhere(of) == []


@pytest.mark.parametrize(
    ("destination", "place"),
    [
        pytest.param({"name": "east"}, "east ?", id="name"),
        pytest.param({"server": "https://10.0.0.9:6443/"}, "? https://10.0.0.9:6443", id="server"),
        pytest.param({"server": "https://user:secret@west"}, "? https://west", id="login"),
        pytest.param({"name": "east", "server": ""}, "east ?", id="name-alone"),
    ],
)
def test_what_an_application_manages_in_another_cluster_is_not_here(
    destination: dict[str, Any], place: str
) -> None:
    of = application(**destination)
    assert edges(of) == ["refers → AppProject.argoproj.io/shop/default"]
    assert elsewhere(of) == [f"refers → {place} Deployment/shop/web", f"refers → {place} Namespace/shop"]


@pytest.mark.parametrize("kind", [KUSTOMIZATION, HELM_RELEASE], ids=lambda kind: kind.name.partition(".")[0])
def test_what_flux_manages_with_a_kubeconfig_is_in_a_cluster_that_is_not_said(kind: Any) -> None:
    spec = {
        "sourceRef": {"kind": "GitRepository", "name": "git"},
        "chartRef": {"kind": "OCIRepository", "name": "git"},
    }
    here = facts(kind, spec=spec, status=INVENTORY | {"helmChart": "shop/web"})
    there = facts(
        kind,
        spec=spec | {"kubeConfig": {"secretRef": {"name": "east"}}},
        status=INVENTORY | {"helmChart": "shop/web"},
    )
    managed = "refers → Deployment/shop/web (optional)"
    assert managed in edges(here)
    assert edges(there) == [each for each in edges(here) if each != managed]
    assert (elsewhere(here), elsewhere(there)) == ([], ["refers → ? ? Deployment/shop/web"])


def test_an_export_means_the_service_of_its_name() -> None:
    kind = custom("multicluster.x-k8s.io", "serviceexports", "ServiceExport", ["v1alpha1"], namespaced=True)
    assert edges(facts(kind)) == ["refers → Service/shop/web"]


def test_an_import_leads_to_the_service_in_each_cluster_that_exports_it() -> None:
    clusters = [
        {"cluster": "east"},
        {"cluster": "west"},
        {"cluster": ""},
        {"cluster": 7},
        "east",
        {"cluster": "east"},
    ]
    of = facts(IMPORT, spec={"type": "ClusterSetIP", "ports": []}, status={"clusters": clusters})
    assert elsewhere(of) == ["routes-to → east ? Service/shop/web", "routes-to → west ? Service/shop/web"]
    assert (edges(of), elsewhere(facts(IMPORT, status={"clusters": 7})), elsewhere(facts(IMPORT))) == (
        [],
        [],
        [],
    )
