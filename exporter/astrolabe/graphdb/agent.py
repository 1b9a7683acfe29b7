"""The schema `agent`: Pods, what is in them, and what they use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from astrolabe.graph.delta import Edge, Missing, Node
from astrolabe.graph.facts import EdgeType, kind_of
from astrolabe.graphdb.rows import Columns, EdgeRow, End, NodeRow, Value
from astrolabe.graphdb.schema import Schema, end_of, filled
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.models.image import complete
from astrolabe.kinds.models.podparts import parts_of

OBJECT: Columns = {
    "uid": "text",
    "id": "text",
    "name": "text",
    "namespace": "text",
    "status": "text",
    "missing": "flag",
}
POD: Columns = {
    "serviceAccountName": "text",
    "nodeName": "text",
    "phase": "text",
    "restarts": "number",
    "image": "text",
}
VOLUME: Columns = {"name": "text", "namespace": "text", "type": "text", "pod": "text"}
IMAGE: Columns = {
    "image": "text",
    "registry": "text",
    "repository": "text",
    "tag": "text",
    "digest": "text",
}
MISSING: Columns = {"missing": "flag", "optional": "flag"}
USES: Columns = {"variables": "texts", "paths": "texts"}
_COLUMNS: Mapping[str, Columns] = {
    "Pod": {**OBJECT, **POD, "reason": "text", "message": "text"},
    "Volume": VOLUME,
    "ContainerImage": IMAGE,
}
"""By label, where they are not those of every object."""
_EDGE_COLUMNS: Mapping[str, Columns] = {
    "USES_CONFIGMAP": {**USES, **MISSING},
    "USES_SECRET": {**USES, **MISSING},
    "USES_VOLUME": {"paths": "texts"},
    "RUNS_IMAGE": {"containers": "texts"},
    "BACKED_BY": MISSING,
    "RUNS_AS": MISSING,
}
"""By relationship type, where it carries something."""
_NONE: Columns = {}
_USED: Mapping[EdgeType, str] = {"uses-configmap": "ConfigMap", "uses-secret": "Secret"}
"""Kinds whose uses a Pod's parts tell, by the type of the edge."""

LABELS = {
    "Pod": "Pod",
    "ConfigMap": "ConfigMap",
    "Secret": "Secret",
    "ServiceAccount": "ServiceAccount",
    "PersistentVolumeClaim": "PVC",
    "Image": "ContainerImage",
}
"""Labels by kind."""
RELATIONS: dict[EdgeType, str] = {
    "uses-configmap": "USES_CONFIGMAP",
    "uses-secret": "USES_SECRET",
    "runs-image": "RUNS_IMAGE",
    "uses-sa": "RUNS_AS",
}


class Agent(Schema):
    """Nodes Pod, Volume, ConfigMap, Secret, PVC, ServiceAccount, ContainerImage, and how Pods use them."""

    name = "agent"

    def __init__(self, cluster: str) -> None:
        """See `Schema`."""
        super().__init__(cluster)
        self._shared = lru_cache(maxsize=8192)(self._told)

    def columns(self, label: str) -> Columns:
        """See `Schema`."""
        return _COLUMNS.get(label, OBJECT)

    def edge_columns(self, relation: str) -> Columns:
        """See `Schema`."""
        return _EDGE_COLUMNS.get(relation, _NONE)

    def end(self, node: Node) -> End | None:
        """See `Schema`."""
        facts = node.facts
        label = self.label(facts.kind)
        return end_of(label, self.cluster, facts.uid or facts.id) if label else None

    def label(self, kind: str) -> str:
        """Return the label of a kind; empty for what is left out."""
        return LABELS.get(kind, "")

    def relation(self, edge: Edge | Missing) -> str:
        """Return the relationship type of an edge; empty for what is left out."""
        return RELATIONS.get(edge.type, "") if kind_of(edge.source) == "Pod" else ""

    def node(self, node: Node) -> NodeRow | None:
        """See `Schema`."""
        end = self.end(node)
        return NodeRow(end, filled(self.columns(end.label), self.values(node))) if end is not None else None

    def inner(self, node: Node) -> Iterator[NodeRow]:
        """See `Schema`: a Pod's volumes."""
        for volume in parts_of(node.facts.detail).volumes:
            values: dict[str, Value] = {
                "name": volume.name,
                "namespace": node.facts.namespace,
                "type": volume.type,
                "pod": node.facts.name,
            }
            yield NodeRow(self._volume(node, volume.name), values)

    def values(self, node: Node) -> dict[str, Value]:
        """Return the properties of an object."""
        facts = node.facts
        if facts.kind == "Image":
            return image_values(facts.name)
        values: dict[str, Value] = {
            "uid": facts.uid,
            "id": facts.id,
            "name": facts.name,
            "namespace": facts.namespace,
            "status": node.status,
            "reason": node.reason,
            "message": node.message,
        }
        if isinstance(facts.detail, PodDetail):
            values |= {
                "serviceAccountName": facts.detail.access.account,
                "nodeName": facts.detail.node,
                "phase": facts.detail.phase,
                "restarts": facts.detail.restarts,
                "image": facts.detail.image,
            }
        return values

    def edges(self, node: Node, _namespace: Node | None) -> Iterator[EdgeRow]:
        """See `Schema`: a Pod's volumes."""
        end = self.end(node)
        if end is None:
            return
        for volume in parts_of(node.facts.detail).volumes:
            values = self._shared("USES_VOLUME", ("paths", volume.paths))
            yield EdgeRow("USES_VOLUME", end, self._volume(node, volume.name), values)

    def relations(self, edge: Edge, source: Node, target: Node) -> list[EdgeRow]:
        """See `Schema`."""
        first, second = self.end(source), self.end(target)
        if first is None or second is None:
            return []
        rows = []
        if relation := self.relation(edge):
            rows.append(EdgeRow(relation, first, second, self._of(relation, edge, source, target.facts.name)))
        if edge.type == "mounts":
            rows.extend(self._backed(source, target.facts.name, second, {}))
        return rows

    def missing(self, missing: Missing, declarer: Node) -> tuple[NodeRow, list[EdgeRow]] | None:
        """See `Schema`."""
        end, ghost = self.end(declarer), self.absent(missing.target)
        if end is None or ghost is None:
            return None
        name = missing.target.rpartition("/")[2]
        flags: dict[str, Value] = {"missing": True, "optional": missing.optional}
        rows = []
        if relation := self.relation(missing):
            values = {**self._of(relation, missing, declarer, name), **flags}
            rows.append(EdgeRow(relation, end, ghost, values))
        if missing.type == "mounts":
            rows.extend(self._backed(declarer, name, ghost, flags))
        return (self._ghost(missing.target, ghost), rows) if rows else None

    def absent(self, node_id: str) -> End | None:
        """See `Schema`."""
        label = self.label(kind_of(node_id))
        return End(label, f"{self.cluster}/{node_id}") if label else None

    def parts(self, node: Node) -> object:
        """See `Schema`: what a Pod is made of."""
        return parts_of(node.facts.detail)

    def _ghost(self, node_id: str, end: End) -> NodeRow:
        kind, _, rest = node_id.partition("/")
        namespace, slash, name = rest.partition("/")
        values: dict[str, Value] = {
            "id": node_id,
            "kind": kind,
            "namespace": namespace if slash else "",
            "name": name if slash else rest,
            "status": "Missing",
            "missing": True,
        }
        return NodeRow(end, filled(self.columns(end.label), values))

    def _volume(self, pod: Node, name: str) -> End:
        return End("Volume", f"{self.key(pod)}/{name}")

    def _backed(self, pod: Node, claim: str, end: End, flags: dict[str, Value]) -> Iterator[EdgeRow]:
        for volume in parts_of(pod.facts.detail).volumes:
            if volume.claim == claim:
                yield EdgeRow("BACKED_BY", self._volume(pod, volume.name), end, filled(MISSING, flags))

    def _of(self, relation: str, edge: Edge | Missing, pod: Node, name: str) -> Mapping[str, Value]:
        """Return the properties of a relationship; the target's name is given."""
        if edge.type == "runs-image":
            containers = parts_of(pod.facts.detail).containers
            named = [each.name for each in containers if each.image and complete(each.image) == name]
            return self._shared(relation, ("containers", tuple(named)))
        kind = _USED.get(edge.type)
        if kind is not None:
            for use in parts_of(pod.facts.detail).uses:
                if use.name == name and use.kind == kind:
                    return self._shared(relation, ("variables", use.variables), ("paths", use.paths))
        return self._shared(relation)

    def _told(self, relation: str, *told: tuple[str, tuple[str, ...]]) -> Mapping[str, Value]:
        """Return properties from what is told: one object for all relationships that have the same."""
        return filled(self.edge_columns(relation), {name: list(texts) for name, texts in told})


def image_values(reference: str) -> dict[str, Value]:
    """Take a complete image reference apart: `docker.io/library/nginx:1.27@sha256:…`."""
    rest, _, digest = reference.partition("@")
    registry, _, path = rest.partition("/")
    repository, colon, tag = path.rpartition(":")
    if not colon:
        repository, tag = path, ""
    return {
        "image": reference,
        "registry": registry,
        "repository": repository,
        "tag": tag,
        "digest": digest,
    }
