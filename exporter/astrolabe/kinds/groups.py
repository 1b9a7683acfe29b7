"""Which API groups are Kubernetes' own: their kinds are named plainly, all others `Kind.group`."""

from __future__ import annotations

from functools import lru_cache

BUILT_IN_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "extensions",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)

# The one kind of a foreign group that has a module of its own.
_NAMED_PLAINLY = frozenset({("kube-green.com", "SleepInfo")})


def kind_label(group: str, kind: str) -> str:
    """Return a kind as ids and labels have it: `Deployment`, `Rollout.argoproj.io`."""
    return kind if group in BUILT_IN_GROUPS or (group, kind) in _NAMED_PLAINLY else f"{kind}.{group}"


@lru_cache(1 << 10)
def kind_label_of(api_version: str, kind: str) -> str:
    """Return the label of a kind that is referred to by apiVersion (`apps/v1`; may be empty) and kind."""
    group, slash, _ = api_version.partition("/")
    return kind_label(group if slash else "", kind)
