"""Which GitOps controller keeps an object as git has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from astrolabe.override.direct.client import labels_of

_WRITERS = {
    "argocd-controller": "Argo CD",
    "argocd-application-controller": "Argo CD",
    "kustomize-controller": "Flux",
    "helm-controller": "Flux",
}
"""Field managers of GitOps controllers."""


def gitops_controller(obj: Mapping[str, Any]) -> str:
    """Name the GitOps controller that keeps an object as git has it; empty where there is none."""
    annotations = obj["metadata"].get("annotations") or {}
    labels = labels_of(obj)
    if tracking := annotations.get("argocd.argoproj.io/tracking-id"):
        return f"Argo CD (application {tracking.partition(':')[0]})"
    if instance := labels.get("argocd.argoproj.io/instance"):
        return f"Argo CD (application {instance})"
    for key, kind in (
        ("kustomize.toolkit.fluxcd.io/name", "Kustomization"),
        ("helm.toolkit.fluxcd.io/name", "HelmRelease"),
    ):
        if name := labels.get(key):
            return f"Flux ({kind} {name})"
    # Argo CD may track by a label that Helm sets as well; as a writer it gives its own name.
    managers = {str(entry.get("manager") or "") for entry in obj["metadata"].get("managedFields") or ()}
    for manager, name in _WRITERS.items():
        if manager in managers:
            return name
    return ""
