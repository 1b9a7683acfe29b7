"""What changed lately, as the times when it did, in milliseconds as Grafana has them."""

from __future__ import annotations

from dashboards.queries.one_workload import WORKLOAD_ID
from dashboards.queries.promql import CLUSTER, NAMESPACE, NAMESPACES, renamed

_CHANGE = "astrolabe_last_change_timestamp_seconds"


def _times(changes: str) -> str:
    return f"max by (cluster, id, kind, change) ({changes}) * 1000"


CHANGED = _times(f'{_CHANGE}{{{NAMESPACES}}} or {_CHANGE}{{{CLUSTER}, kind="Node"}}')
"""In the chosen namespaces, and of Nodes."""

_USED = renamed(
    f'astrolabe_edge_info{{{NAMESPACE}, type=~"uses-configmap|uses-secret", source="{WORKLOAD_ID}"}}',
    "id",
    "target",
)
CHANGED_FOR_WORKLOAD = _times(
    f'{_CHANGE}{{{NAMESPACE}, id="{WORKLOAD_ID}"}} or {_CHANGE}{{{NAMESPACE}}} and on (cluster, id) {_USED}'
)
"""Of the workload itself, and of the configuration that it uses."""
