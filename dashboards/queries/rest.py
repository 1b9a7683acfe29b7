"""What is not Ready only because a workload sleeps: it is at rest, and no trouble.

The rules are those of the alerts (`alerts/rules/troubles.libsonnet`). No metric says what a selector would
select, so a Service or a PodDisruptionBudget that selects nothing, where something sleeps, is taken for a
sleeper's; one that selects a Pod is not. Without metrics of sleep nothing is at rest.
"""

from __future__ import annotations

from dashboards.queries.promql import NAMESPACES, distinct, joined, renamed


def sleeping_namespaces(scope: str = NAMESPACES, offset: str = "") -> str:
    """Return the namespaces where something sleeps."""
    return distinct(_asleep(scope, offset), "namespace")


def at_rest(scope: str = NAMESPACES, offset: str = "", status: str = "Error|Pending") -> str:
    """Return the status of each object at rest, as often as it is scraped, where it matches.

    Whoever takes it away from figures of `astrolabe_resources` is right while two exporters are scraped,
    since both count twice then.
    """
    given = f'{scope}, status=~"{status}"'
    slices = f"{_status('EndpointSlice', given, offset)} and on (cluster, id) {_slices(scope, offset)}"
    scalers = f"astrolabe_resource_status{{{given}}}{offset} and on (cluster, id) {_scalers(scope, offset)}"
    return f"({_idle('Service|PodDisruptionBudget', scope, offset, given)} or {slices} or {scalers})"


def awake(objects: str, scope: str = NAMESPACES, offset: str = "") -> str:
    """Return `objects`, which have an id, without those at rest."""
    return f"({objects} unless on (cluster, id) {at_rest(scope, offset)})"


def _idle(kinds: str, scope: str, offset: str, given: str = "") -> str:
    """Return what selects nothing, where something sleeps; of that, what is `given`."""
    selects = f'astrolabe_edge_info{{{scope}, type="selects", source_kind=~"{kinds}"}}{offset}'
    return (
        f"{_status(kinds, given or scope, offset)}"
        f" and on (cluster, namespace) {sleeping_namespaces(scope, offset)}"
        f" unless on (cluster, id) {renamed(selects, 'id', 'source')}"
    )


def _slices(scope: str, offset: str) -> str:
    """Return what stands behind idle Services."""
    behind = f'astrolabe_edge_info{{{scope}, type="endpoints", source_kind="Service"}}{offset}'
    services = renamed(f"({_idle('Service', scope, offset)})", "source", "id")
    return renamed(f"({behind} and on (cluster, source) {services})", "id", "target")


def _scalers(scope: str, offset: str) -> str:
    """Return what scales a sleeping workload."""
    scales = f'astrolabe_edge_info{{{scope}, type="scales"}}{offset}'
    workloads = joined(_asleep(scope, offset), "target", "/", "workload_kind", "namespace", "workload")
    return renamed(f"({scales} and on (cluster, target) {workloads})", "id", "source")


def _status(kinds: str, given: str, offset: str) -> str:
    return f'astrolabe_resource_status{{{given}, kind=~"{kinds}", status="Pending"}}{offset}'


def _asleep(scope: str, offset: str) -> str:
    return f"astrolabe_workload_asleep{{{scope}}}{offset} == 1"
