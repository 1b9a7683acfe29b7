"""The rights that the backends need, from the settings: nothing for what is not enabled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from astrolabe.override.settings import Settings

NAME = "astrolabe-override"

Manifest = dict[str, Any]


def manifests(
    settings: Settings, sleepinfos: Mapping[str, Iterable[str]], *, namespace: str, account: str = NAME
) -> list[Manifest]:
    """Return a Role and its binding for each namespace of the environments.

    `sleepinfos` names those of each namespace: of Secrets, kube-green's own for each of them may be read, and
    no other one.
    """
    found: list[Manifest] = []
    for environment in settings.environments.values():
        for place in environment.namespaces:
            metadata = {"name": NAME, "namespace": place}
            found.append(
                {
                    "apiVersion": "rbac.authorization.k8s.io/v1",
                    "kind": "Role",
                    "metadata": metadata,
                    "rules": rules(sorted(sleepinfos.get(place, ())), in_git=environment.gitops is not None),
                }
            )
            found.append(
                {
                    "apiVersion": "rbac.authorization.k8s.io/v1",
                    "kind": "RoleBinding",
                    "metadata": metadata,
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": NAME},
                    "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
                }
            )
    return found


def rules(sleepinfos: list[str], *, in_git: bool) -> list[Manifest]:
    """Return the rules of the Role in one namespace."""
    # In git, SleepInfos are changed by whoever brings it to the cluster.
    green = ["get", "list"] if in_git else ["get", "list", "patch"]
    found: list[Manifest] = [
        {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets"], "verbs": ["get", "list"]},
        {
            "apiGroups": ["apps"],
            "resources": ["deployments/scale", "statefulsets/scale"],
            "verbs": ["patch"],
        },
        {"apiGroups": ["batch"], "resources": ["cronjobs"], "verbs": ["get", "list", "patch"]},
        {"apiGroups": ["kube-green.com"], "resources": ["sleepinfos"], "verbs": green},
    ]
    if sleepinfos:
        found.append(
            {
                "apiGroups": [""],
                "resources": ["secrets"],
                "resourceNames": [f"sleepinfo-{name}" for name in sleepinfos],
                "verbs": ["get"],
            }
        )
    return found
