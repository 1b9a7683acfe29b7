"""The rights that the backends need, from the settings: nothing for what is not enabled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from astrolabe.override.direct.sleepers import SLEEPERS, Sleeper
from astrolabe.override.settings import Environment, Settings

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
                    "rules": rules(way_of(environment), sorted(sleepinfos.get(place, ()))),
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


WAYS: tuple[str, ...] = ("direct", "gitops", *SLEEPERS)
"""How an environment can be changed."""


def way_of(environment: Environment) -> str:
    """Return how an environment is changed, one of `WAYS`."""
    if environment.sleeper in SLEEPERS:
        return environment.sleeper
    return "direct" if environment.gitops is None else "gitops"


def rules(way: str, sleepinfos: list[str]) -> list[Manifest]:
    """Return the rules of the Role in one namespace."""
    if way in SLEEPERS:
        return _annotating(SLEEPERS[way])
    # In git, SleepInfos are changed by whoever brings it to the cluster.
    green = ["get", "list"] if way == "gitops" else ["get", "list", "patch"]
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


def _annotating(sleeper: Sleeper) -> list[Manifest]:
    """Return what sets annotations; RBAC knows no narrower right than to patch the object."""
    groups: dict[str, list[str]] = {}
    for version, plural in sleeper.kinds.values():
        groups.setdefault(version.partition("/")[0], []).append(plural)
    return [
        {"apiGroups": [group], "resources": plurals, "verbs": ["get", "list", "patch"]}
        for group, plurals in groups.items()
    ]
