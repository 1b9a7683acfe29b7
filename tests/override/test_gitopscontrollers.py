"""Which GitOps controller keeps an object."""

from __future__ import annotations

import pytest

from astrolabe.override.direct.client import MANAGER, Object
from astrolabe.override.direct.gitopscontrollers import gitops_controller
from tests.override.objects import obj


@pytest.mark.parametrize(
    ("metadata", "controller"),
    [
        ({}, ""),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:d/w"}},
            "Argo CD (application shop)",
        ),
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, "Argo CD (application shop)"),
        ({"labels": {"app.kubernetes.io/instance": "shop"}}, ""),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}, "Flux (Kustomization apps)"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "apps"}}, "Flux (HelmRelease apps)"),
        ({"managedFields": [{"manager": "kubectl"}, {"manager": "argocd-controller"}]}, "Argo CD"),
        ({"managedFields": [{"manager": "kustomize-controller"}]}, "Flux"),
        ({"managedFields": [{"manager": MANAGER}, {"manager": None}, {}]}, ""),
    ],
)  # fmt: skip
def test_gitops_controllers(metadata: Object, controller: str) -> None:
    assert gitops_controller(obj(**metadata)) == controller
