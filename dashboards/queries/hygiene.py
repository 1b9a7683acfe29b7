"""What nobody uses, and what points nowhere."""

from __future__ import annotations

from dashboards.queries.health import OBJECT
from dashboards.queries.promql import NAMESPACES, distinct, parted, renamed


def _objects(matchers: str) -> str:
    return distinct(f"astrolabe_resource_status{{{NAMESPACES}, {matchers}}}", *OBJECT)


def _related(end: str, matchers: str) -> str:
    return renamed(distinct(f"astrolabe_edge_info{{{NAMESPACES}, {matchers}}}", end), "id", end)


def _unused(objects: str, edges: str) -> str:
    return f"{_objects(objects)} unless on (cluster, id) {_related('target', edges)}"


UNUSED_CONFIGMAPS = _unused(
    'kind="ConfigMap", name!~"kube-root-ca[.]crt|openshift-service-ca[.]crt"', 'type="uses-configmap"'
)
UNUSED_SECRETS = _unused(
    # Helm's releases, kube-green's memory and bootstrap tokens are used by programs, not by Pods.
    'kind="Secret", name!~"sh[.]helm[.]release[.].*|sleepinfo-.*|bootstrap-token-.*"',
    'type="uses-secret"',
)
UNUSED_ACCOUNTS = _unused('kind="ServiceAccount", name!="default"', 'type="uses-sa"')

_SELECTING = _related("source", 'type="selects"')
_ASLEEP = distinct(f"astrolabe_workload_asleep{{{NAMESPACES}}} == 1", "namespace")
"""Namespaces where something sleeps."""

_UNMOUNTED = _unused('kind="PersistentVolumeClaim"', 'type="mounts"')
UNUSED_CLAIMS = f"{_UNMOUNTED} unless on (cluster, namespace) {_ASLEEP}"
"""Claims that no Pod mounts, where nothing sleeps: those of a sleeper are mounted again in the morning."""

_UNREADY_SERVICES = _objects('kind="Service", status!="Ready"')
IDLE_SERVICES = (
    f"{_UNREADY_SERVICES} unless on (cluster, id) {_SELECTING} unless on (cluster, namespace) {_ASLEEP}"
)
"""Services whose selector selects nothing, where nothing sleeps.

A Service without a selector is Ready by rule, so it is not among them.
"""
_POLICIES = _objects('kind=~"PodDisruptionBudget|NetworkPolicy"')
IDLE_POLICIES = f"{_POLICIES} unless on (cluster, id) {_SELECTING} unless on (cluster, namespace) {_ASLEEP}"
"""PodDisruptionBudgets and NetworkPolicies that select no Pod, where nothing sleeps."""

SELECTS_NOTHING = f"{IDLE_SERVICES} or {IDLE_POLICIES}"


def missing(matchers: str) -> str:
    """Return the references that point nowhere, of a type."""
    return distinct(
        f"astrolabe_reference_missing_info{{{NAMESPACES}, {matchers}}}",
        *("type", "namespace", "source", "target"),
    )


def references(matchers: str) -> str:
    """Return the same with the parts of both ends; a Pod only where no template refers to it too."""
    inner = 'source_kind=~"Pod|ReplicaSet|Job"'
    outer = missing(f'{matchers}, source_kind!~"Pod|ReplicaSet|Job"')
    alone = f"{missing(f'{matchers}, {inner}')} unless on (cluster, target) {outer}"
    return parted(parted(f"({outer} or {alone})", "source"), "target")


REQUIRED, OPTIONAL = 'optional!="true"', 'optional="true"'
MISSING_TARGETS = distinct(missing(REQUIRED), "target")
"""What does not exist and has to: each thing once, whoever refers to it."""
OPTIONAL_TARGETS = distinct(missing(OPTIONAL), "target")
