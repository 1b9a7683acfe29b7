"""Objects as an API server writes them, and facts in the short form that tests compare."""

from __future__ import annotations

import json
from typing import Any

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import Kind, KindOptions

CREATED = "2026-03-01T12:00:00Z"
CREATED_SECONDS = 1772366400.0
GONE = {"deletionTimestamp": "2026-03-02T00:00:00Z", "deletionGracePeriodSeconds": 30}
GONE_SECONDS = 1772409600.0

MANAGED_FIELDS = [
    {
        "manager": "kubectl-client-side-apply",
        "operation": "Update",
        "apiVersion": "v1",
        "time": CREATED,
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}, "f:spec": {}, "f:status": {}},
    }
]


def make(
    kind: Kind, *, metadata: dict[str, Any] | None = None, name: str = "web", **parts: Any
) -> dict[str, Any]:
    """Build an object of a kind; `metadata` replaces or adds to its usual metadata."""
    partial = kind.metadata_only
    group_version = f"{kind.group}/{kind.versions[0]}" if kind.group else kind.versions[0]
    return {
        "kind": "PartialObjectMetadata" if partial else kind.name.partition(".")[0],
        "apiVersion": "meta.k8s.io/v1" if partial else group_version,
        "metadata": {
            "name": name,
            **({"namespace": "shop"} if kind.namespaced else {}),
            "uid": f"uid-{kind.name}-{name}",
            "resourceVersion": "42",
            "creationTimestamp": CREATED,
            "managedFields": MANAGED_FIELDS,
            **(metadata or {}),
        },
        "unknown": {"to": ["this", "program", None]},
        **parts,
    }


def read(kind: Kind, obj: dict[str, Any], options: KindOptions | None = None) -> Facts:
    """Go the way of every object: from JSON to facts."""
    return kind.reader(kind.versions[0], options or KindOptions())(json.dumps(obj).encode(), {})


def facts(
    kind: Kind,
    *,
    metadata: dict[str, Any] | None = None,
    name: str = "web",
    options: KindOptions | None = None,
    **parts: Any,
) -> Facts:
    """Make an object and read it."""
    return read(kind, make(kind, metadata=metadata, name=name, **parts), options)


def verdict(of: Facts) -> tuple[str, str]:
    """Return the status, and the reason or else the message."""
    return of.status, of.reason or of.message


def words(of: Facts) -> tuple[str, str, str]:
    """Return the status, the reason and the message."""
    return of.status, of.reason, of.message


def edges(of: Facts) -> list[str]:
    """Write references as `type → target`, or `type ← target` where the edge comes from there.

    Where one object alone is meant, its UID or its controller's follows: `type → target = UID`.
    """
    return [
        f"{ref.type} {'←' if ref.reverse else '→'} {ref.target}"
        f"{f' = {ref.uid}' if ref.uid else ''}"
        f"{' (optional)' if ref.optional else ''}{' (alias)' if ref.alias else ''}"
        for ref in of.refs
    ]


def owned_by(kind: str, name: str, api_version: str = "apps/v1") -> dict[str, Any]:
    """Build metadata of an object with a controller."""
    return {
        "ownerReferences": [
            {
                "apiVersion": api_version,
                "kind": kind,
                "name": name,
                "uid": f"uid-{kind}-{name}",
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    }


def unneeded(edges: list[str]) -> list[str]:
    """Write edges as those of what needs nothing any more, or nothing for now."""
    return [edge if edge.endswith("(optional)") else f"{edge} (optional)" for edge in edges]


TEMPLATE: dict[str, Any] = {
    "metadata": {"creationTimestamp": None, "labels": {"app": "web"}},
    "spec": {
        "containers": [
            {
                "name": "web",
                "image": "nginx",
                "envFrom": [{"configMapRef": {"name": "settings"}}],
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "imagePullPolicy": "Always",
            }
        ],
        "volumes": [
            {"name": "tls", "secret": {"secretName": "tls", "defaultMode": 420}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        ],
        "restartPolicy": "Always",
        "serviceAccountName": "runner",
        "schedulerName": "default-scheduler",
        "securityContext": {},
    },
}
"""A Pod template with one of each that counts, and a claim, which does not."""

TEMPLATE_EDGES = [
    "uses-sa → ServiceAccount/shop/runner",
    "uses-secret → Secret/shop/tls",
    "uses-configmap → ConfigMap/shop/settings",
]


def condition(
    name: str, status: str = "True", reason: str = "", message: str = "", seen: int | None = 2
) -> dict[str, Any]:
    """A condition with all that the Gateway API's controllers write."""
    return {
        "type": name,
        "status": status,
        "reason": reason or name,
        "message": message,
        "lastTransitionTime": CREATED,
        "observedGeneration": seen,
    }
