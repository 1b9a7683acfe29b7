"""The schema `cartography`: labels and relationship types that users of Cartography know."""

from __future__ import annotations

import json
from collections.abc import Iterator

from astrolabe.graph.delta import Edge, Node
from astrolabe.graph.facts import kind_of
from astrolabe.graphdb.rows import Columns, EdgeRow, End, NodeRow, Value
from astrolabe.graphdb.schema import Schema, end_of, filled
from astrolabe.kinds.models.details import BindingDetail, IngressDetail, PodDetail, RoleDetail, ServiceDetail
from astrolabe.kinds.models.podparts import parts_of

LABELS = {
    kind: f"Kubernetes{kind}"
    for kind in (
        "Namespace",
        "Node",
        "Pod",
        "Service",
        "Ingress",
        "Secret",
        "ServiceAccount",
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
    )
}
"""Labels by kind."""
CLUSTER, CONTAINER = "KubernetesCluster", "KubernetesContainer"
_NAMED = frozenset({"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"})
"""Kinds whose `id` is made of names and not the UID."""

_COMMON: Columns = {
    "id": "text",
    "uid": "text",
    "name": "text",
    "namespace": "text",
    "cluster_name": "text",
    "creation_timestamp": "real",
}
_MORE: dict[str, Columns] = {
    "Namespace": {"status_phase": "text"},
    "Pod": {"status_phase": "text", "node": "text", "labels": "text", "service_account_name": "text"},
    "Service": {"type": "text", "cluster_ip": "text"},
    "Ingress": {"ingress_class_name": "text"},
    "Role": {"api_groups": "texts", "resources": "texts", "verbs": "texts"},
    "ClusterRole": {"api_groups": "texts", "resources": "texts", "verbs": "texts"},
    "RoleBinding": {"role_name": "text", "role_kind": "text"},
    "ClusterRoleBinding": {"role_name": "text", "role_kind": "text"},
}
_COLUMNS: dict[str, Columns] = {label: {**_COMMON, **_MORE.get(kind, {})} for kind, label in LABELS.items()}


class Cartography(Schema):
    """What Cartography's Kubernetes module writes, as far as the graph knows it."""

    name = "cartography"
    contains = True

    def columns(self, label: str) -> Columns:
        """See `Schema`."""
        match label:
            case "KubernetesCluster":
                return {"id": "text", "name": "text"}
            case "KubernetesContainer":
                return {**_COMMON, "image": "text"}
            case _:
                return _COLUMNS[label]

    def edge_columns(self, _relation: str) -> Columns:
        """See `Schema`: relationships carry nothing."""
        return {}

    def end(self, node: Node) -> End | None:
        """See `Schema`."""
        facts = node.facts
        label = LABELS.get(facts.kind)
        return end_of(label, self.cluster, facts.uid or facts.id) if label is not None else None

    def root(self) -> NodeRow:
        """See `Schema`."""
        return NodeRow(self._cluster, {"id": self.cluster, "name": self.cluster})

    @property
    def _cluster(self) -> End:
        return End(CLUSTER, f"{self.cluster}/")

    def node(self, node: Node) -> NodeRow | None:
        """See `Schema`."""
        end = self.end(node)
        return NodeRow(end, filled(self.columns(end.label), self._values(node))) if end is not None else None

    def inner(self, node: Node) -> Iterator[NodeRow]:
        """See `Schema`: a Pod's containers."""
        for container in parts_of(node.facts.detail).containers:
            values: dict[str, Value] = {
                "id": f"{node.facts.uid}-{container.name}",
                "name": container.name,
                "namespace": node.facts.namespace,
                "cluster_name": self.cluster,
                "image": container.image,
            }
            place = self._container(node, container.name)
            yield NodeRow(place, filled(self.columns(CONTAINER), values))

    def _values(self, node: Node) -> dict[str, Value]:
        facts, detail = node.facts, node.facts.detail
        place = "/".join(filter(None, (self.cluster, facts.namespace, facts.name)))
        values: dict[str, Value] = {
            "id": place if facts.kind in _NAMED else facts.uid,
            "uid": facts.uid,
            "name": facts.name,
            "namespace": facts.namespace,
            "cluster_name": self.cluster,
            "creation_timestamp": facts.created or None,
        }
        match detail:
            case PodDetail():
                labels = json.dumps(dict(facts.labels), separators=(",", ":"))
                values |= {
                    "status_phase": detail.phase,
                    "node": detail.node,
                    "labels": labels,
                    "service_account_name": detail.access.account,
                }
            case ServiceDetail():
                values |= {"type": detail.type, "cluster_ip": detail.cluster_ip}
            case IngressDetail():
                values |= {"ingress_class_name": detail.ingress_class}
            case RoleDetail():
                values |= {
                    "api_groups": sorted({name for rule in detail.rules for name in rule.groups}),
                    "resources": sorted({name for rule in detail.rules for name in rule.resources}),
                    "verbs": sorted({name for rule in detail.rules for name in rule.verbs}),
                }
            case BindingDetail() if detail.role:
                values |= {
                    "role_kind": kind_of(detail.role),
                    "role_name": detail.role.rpartition("/")[2],
                }
        if facts.kind == "Namespace":
            values["status_phase"] = "Active" if node.status == "Ready" else "Terminating"
        return values

    def edges(self, node: Node, namespace: Node | None) -> Iterator[EdgeRow]:
        """See `Schema`: what belongs to the cluster, to a Namespace, to a Pod."""
        end = self.end(node)
        if end is None:
            return
        ends = [end]
        for container in parts_of(node.facts.detail).containers:
            ends.append(self._container(node, container.name))
            yield EdgeRow("CONTAINS", end, ends[-1], {})
        space = self.end(namespace) if namespace is not None else None
        for each in ends:
            yield EdgeRow("RESOURCE", self._cluster, each, {})
            if space is not None:
                yield EdgeRow("CONTAINS", space, each, {})

    def relations(self, edge: Edge, source: Node, target: Node) -> Iterator[EdgeRow]:
        """See `Schema`."""
        first, second = self.end(source), self.end(target)
        if first is None or second is None:
            return
        kinds = source.facts.kind, target.facts.kind
        match edge.type:
            case "selects" if kinds == ("Service", "Pod"):
                yield EdgeRow("TARGETS", first, second, {})
            case "routes-to" if kinds == ("Ingress", "Service"):
                yield EdgeRow("TARGETS", first, second, {})
            case "runs-on":
                yield EdgeRow("RUNS_ON", first, second, {})
            case "uses-sa" if kinds[0] == "Pod":
                yield EdgeRow("USES_SERVICE_ACCOUNT", first, second, {})
            case "uses-secret" if kinds[0] == "Pod":
                uses = parts_of(source.facts.detail).uses
                use = next((u for u in uses if (u.kind, u.name) == ("Secret", target.facts.name)), None)
                if use is not None and use.variables:
                    yield EdgeRow("USES_SECRET_ENV", first, second, {})
                if use is not None and use.paths:
                    yield EdgeRow("USES_SECRET_VOLUME", first, second, {})
            case "grants":
                relation = "SUBJECT" if kinds[1] == "ServiceAccount" else "ROLE_REF"
                yield EdgeRow(relation, first, second, {})

    def parts(self, node: Node) -> object:
        """See `Schema`: what a Pod is made of."""
        return parts_of(node.facts.detail)

    def _container(self, pod: Node, name: str) -> End:
        return End(CONTAINER, f"{self.key(pod)}/{name}")
