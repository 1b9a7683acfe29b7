"""The schema `full`: everything that the graph knows, beside what the schema `agent` has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from astrolabe.graph.delta import Edge, Missing, Node
from astrolabe.graph.facts import EDGE_TYPES, Detail
from astrolabe.graphdb.agent import LABELS, OBJECT, RELATIONS, Agent
from astrolabe.graphdb.agent import MISSING as MISSING_COLUMNS
from astrolabe.graphdb.rows import Columns, EdgeRow, End, Type, Value
from astrolabe.graphdb.schema import label_of, relation_of
from astrolabe.kinds.models.details import (
    BudgetDetail,
    ClaimDetail,
    CronJobDetail,
    IngressDetail,
    JobDetail,
    NodeDetail,
    ReplicasDetail,
    ScaleDetail,
    ServiceDetail,
    SleepDetail,
)

_COMMON: Columns = {
    **OBJECT,
    "kind": "text",
    "apiVersion": "text",
    "reason": "text",
    "message": "text",
    "since": "real",
    "created": "real",
    "labels": "texts",
    "release": "text",
    "chart": "text",
    "root": "text",
}
_Getter = Callable[[Any], Value]
_Extra = Mapping[str, tuple[Type, _Getter]]

_WORKLOAD: _Extra = {
    "desired": ("number", lambda detail: detail.desired),
    "current": ("number", lambda detail: detail.current),
    "ready": ("number", lambda detail: detail.ready),
    "available": ("number", lambda detail: detail.available),
    "image": ("text", lambda detail: detail.image),
}
EXTRA: Mapping[str, tuple[type[Detail], _Extra]] = {
    "Deployment": (ReplicasDetail, _WORKLOAD),
    "StatefulSet": (ReplicasDetail, _WORKLOAD),
    "DaemonSet": (ReplicasDetail, _WORKLOAD),
    "ReplicaSet": (ReplicasDetail, _WORKLOAD),
    "Job": (
        JobDetail,
        {
            "active": ("number", lambda detail: detail.active),
            "succeeded": ("number", lambda detail: detail.succeeded),
            "failed": ("number", lambda detail: detail.failed),
            "suspended": ("flag", lambda detail: detail.suspended),
            "image": ("text", lambda detail: detail.image),
        },
    ),
    "CronJob": (
        CronJobDetail,
        {
            "schedule": ("text", lambda detail: detail.schedule),
            "suspended": ("flag", lambda detail: detail.suspended),
            "lastSchedule": ("real", lambda detail: detail.last_schedule or None),
            "image": ("text", lambda detail: detail.image),
        },
    ),
    "Service": (
        ServiceDetail,
        {
            "type": ("text", lambda detail: detail.type),
            "clusterIP": ("text", lambda detail: detail.cluster_ip),
        },
    ),
    "Ingress": (IngressDetail, {"ingressClass": ("text", lambda detail: detail.ingress_class)}),
    "PersistentVolumeClaim": (
        ClaimDetail,
        {
            "volume": ("text", lambda detail: detail.volume),
            "storageClass": ("text", lambda detail: detail.storage_class),
            "capacity": ("number", lambda detail: detail.capacity or None),
        },
    ),
    "HorizontalPodAutoscaler": (
        ScaleDetail,
        {
            "minimum": ("number", lambda detail: detail.minimum),
            "maximum": ("number", lambda detail: detail.maximum),
            "current": ("number", lambda detail: detail.current),
            "desired": ("number", lambda detail: detail.desired),
        },
    ),
    "PodDisruptionBudget": (
        BudgetDetail,
        {
            "healthy": ("number", lambda detail: detail.healthy),
            "desired": ("number", lambda detail: detail.desired),
            "disruptionsAllowed": ("number", lambda detail: detail.disruptions_allowed),
        },
    ),
    "Node": (
        NodeDetail,
        {
            "cordoned": ("flag", lambda detail: detail.cordoned),
            "pressures": ("texts", lambda detail: list(detail.pressures)),
            "reserved": ("flag", lambda detail: detail.reserved),
        },
    ),
    "SleepInfo": (
        SleepDetail,
        {
            "sleepAt": ("text", lambda detail: detail.sleep_at),
            "wakeUpAt": ("text", lambda detail: detail.wake_up_at),
            "timeZone": ("text", lambda detail: detail.time_zone),
        },
    ),
}
"""By kind: what its objects carry beside what all have, and from which sort of detail it is."""
_AGENTS = Agent("")
_COLUMNS: Mapping[str, Columns] = {
    "Volume": _AGENTS.columns("Volume"),
    **{label: {**_COMMON, **_AGENTS.columns(label)} for label in ("Pod", "ContainerImage")},
    **{
        LABELS.get(kind, kind): {**_COMMON, **{name: of for name, (of, _) in extra.items()}}
        for kind, (_, extra) in EXTRA.items()
    },
}
"""By label, where they are not those of every object."""
_RELATION_OF = {edge: RELATIONS.get(edge) or relation_of(edge) for edge in EDGE_TYPES}
_EDGE_COLUMNS: Mapping[str, Columns] = {
    "CAUSED_BY": {"distance": "number", "rank": "number"},
    **{relation: {**_AGENTS.edge_columns(relation), **MISSING_COLUMNS} for relation in _RELATION_OF.values()},
}
"""By relationship type, where they are not those of the schema `agent`."""


class Full(Agent):
    """Every node and edge of the graph, with status, reason and causes, and the parts of Pods."""

    name = "full"
    causes = "CAUSED_BY"

    def columns(self, label: str) -> Columns:
        """See `Schema`."""
        return _COLUMNS.get(label, _COMMON)

    def edge_columns(self, relation: str) -> Columns:
        """See `Schema`."""
        return _EDGE_COLUMNS.get(relation) or super().edge_columns(relation)

    def label(self, kind: str) -> str:
        """See `Agent`."""
        return LABELS.get(kind) or label_of(kind)

    def relation(self, edge: Edge | Missing) -> str:
        """See `Agent`."""
        return _RELATION_OF[edge.type]

    def values(self, node: Node) -> dict[str, Value]:
        """See `Agent`."""
        facts = node.facts
        detail_type, extra = EXTRA.get(facts.kind, (Detail, {}))
        release, root = node.release, node.root
        values: dict[str, Value] = {
            **super().values(node),
            "id": facts.id,
            "kind": facts.kind,
            "name": facts.name,
            "status": node.status,
            "apiVersion": facts.api_version,
            "since": node.since or None,
            "created": facts.created or None,
            "labels": [f"{key}={value}" for key, value in facts.labels],
            "release": f"{release.namespace}/{release.name}" if release is not None else "",
            "chart": node.chart,
            "root": f"{root.kind}/{root.name}" if root is not None else "",
        }
        if extra and isinstance(facts.detail, detail_type):
            values |= {name: get(facts.detail) for name, (_, get) in extra.items()}
        return values

    def cause(self, node: Node, cause: End, rank: int, distance: int) -> EdgeRow:
        """See `Schema`."""
        end = self.end(node)
        assert end is not None
        return EdgeRow(self.causes, end, cause, {"distance": distance, "rank": rank})
