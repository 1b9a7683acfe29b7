"""What the graph's bodies are made of: nodes, edges and missing references, as clients know them.

Objects are named by UID, as the original design has it; what has none, such as an image, by its id. A field
that does not apply is left out, so that these structures are the schema of the OpenAPI document as well.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import singledispatch

import msgspec
from msgspec import UNSET, UnsetType, field

from astrolabe.graph.delta import Edge, Missing, Node
from astrolabe.graph.facts import Detail, EdgeType, Status, kind_of
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models import details


class Body(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Base of all bodies: frozen, in camel case, without what is not set."""


def words(node: Node) -> str:
    """Return the message of an object, which begins with the reason where the object is not Ready.

    Clients of the original design show the message alone.
    """
    if node.status == "Ready" or not node.reason or node.reason in node.message:
        return node.message
    return f"{node.reason}: {node.message}" if node.message else node.reason


def since(node: Node) -> str | UnsetType:
    """Return when it came to an object's status, in RFC 3339; unset where that is not known."""
    return instant(node.since) or UNSET


def instant(seconds: float) -> str:
    """Write a time in RFC 3339; empty for 0, which stands for an unknown one."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z") if seconds else ""


class Replicas(Body, frozen=True, gc=False):
    """Numbers of Pods of a Deployment, StatefulSet, ReplicaSet or DaemonSet."""

    desired: int
    current: int
    ready: int
    available: int


class ClaimReference(Body, frozen=True, gc=False):
    """The claim that a PersistentVolume is bound to or kept for."""

    kind: str
    namespace: str
    name: str
    uid: str | UnsetType = UNSET


class ScaleTargetReference(Body, frozen=True, gc=False):
    """What a HorizontalPodAutoscaler scales."""

    kind: str
    name: str
    namespace: str | UnsetType = UNSET


class RemoteRelation(Body, frozen=True, gc=False):
    """A relation to an object of another cluster, which is named as the object names it."""

    type: EdgeType
    id: str
    """The other object's id in its cluster. Whether it exists is not known here."""
    cluster: str | UnsetType = UNSET
    """Name of the cluster; left out where only its server is named, or neither."""
    server: str | UnsetType = UNSET
    """URL of its API server."""


class Metadata(Body, frozen=True, gc=False):
    """What applies to an object of its kind; a number that applies is given when it is 0, too."""

    node_name: str | UnsetType = UNSET
    image: str | UnsetType = UNSET
    """Of the first container."""
    restart_count: int | UnsetType = UNSET
    replicas: Replicas | UnsetType = UNSET
    volume_name: str | UnsetType = UNSET
    claim_ref: ClaimReference | UnsetType = UNSET
    cluster_ip: str | UnsetType = field(default=UNSET, name="clusterIP")
    service_type: str | UnsetType = UNSET
    ingress_class: str | UnsetType = UNSET
    scale_target_ref: ScaleTargetReference | UnsetType = UNSET
    min_replicas: int | UnsetType = UNSET
    max_replicas: int | UnsetType = UNSET
    current_replicas: int | UnsetType = UNSET
    desired_replicas: int | UnsetType = UNSET
    remote_relations: list[RemoteRelation] | UnsetType = UNSET


class GraphNode(Body, frozen=True, gc=False):
    """An object in the graph. Kind, namespace and name are those of its id."""

    uid: str
    name: str
    namespace: str
    """Empty when cluster-scoped."""
    kind: str
    """With the API group for custom resources: `Rollout.argoproj.io`."""
    status: Status
    message: str
    """Begins with the reason where the object is not Ready."""
    reason: str | UnsetType = UNSET
    """One word of Kubernetes' own vocabulary, where it has one: `CrashLoopBackOff`, `AtRest`."""
    since: str | UnsetType = UNSET
    """When it came to this, where the object says it."""
    chart: str | UnsetType = UNSET
    release: str | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class GraphEdge(Body, frozen=True, gc=False):
    """A relation between two objects of the same answer."""

    type: EdgeType
    source: str = field(name="from")
    """UID."""
    target: str = field(name="to")
    """UID."""


class MissingReference(Body, frozen=True, gc=False):
    """A reference to something that does not exist."""

    type: EdgeType
    source: str = field(name="from")
    """UID of the object that refers."""
    target: str = field(name="to")
    """Id of what is missing: it has no UID."""
    kind: str
    namespace: str
    name: str
    optional: bool


def uid_of(node: Node) -> str:
    """Return what stands for an object in graph bodies: its UID, or its id where there is none."""
    return node.facts.uid or node.facts.id


def node_body(node: Node) -> GraphNode:
    """Return an object as a graph body has it."""
    facts = node.facts
    return GraphNode(
        uid=uid_of(node),
        name=facts.name,
        namespace=facts.namespace,
        kind=facts.kind,
        status=node.status,
        message=words(node),
        reason=node.reason or UNSET,
        since=since(node),
        chart=node.chart or UNSET,
        release=node.release.name if node.release is not None else UNSET,
        metadata=metadata(facts.detail),
    )


def edge_body(graph: Relations, edge: Edge) -> GraphEdge:
    """Return an edge as a graph body has it; both ends are in the graph."""
    return GraphEdge(edge.type, _uid(graph, edge.source), _uid(graph, edge.target))


def missing_body(graph: Relations, missing: Missing) -> MissingReference:
    """Return a missing reference as a graph body has it; the object that refers is in the graph."""
    kind, namespace, name = parts_of(missing.target)
    return MissingReference(
        missing.type, _uid(graph, missing.source), missing.target, kind, namespace, name, missing.optional
    )


def parts_of(node_id: str) -> tuple[str, str, str]:
    """Return kind, namespace and name of the id of an object; the namespace is empty for the cluster's."""
    kind = kind_of(node_id)
    namespace, slash, name = node_id[len(kind) + 1 :].partition("/")
    return (kind, namespace, name) if slash else (kind, "", namespace)


def _uid(graph: Relations, node_id: str) -> str:
    node = graph.get(node_id)
    assert node is not None
    return uid_of(node)


@singledispatch
def metadata(_detail: Detail | None) -> Metadata | UnsetType:
    """Return what a kind's detail says in graph bodies; of most kinds nothing."""
    return UNSET


@metadata.register
def _(detail: details.PodDetail) -> Metadata:
    return Metadata(
        node_name=detail.node or UNSET, image=detail.image or UNSET, restart_count=detail.restarts
    )


@metadata.register
def _(detail: details.ReplicasDetail) -> Metadata:
    return Metadata(image=detail.image or UNSET, replicas=replicas(detail))


@metadata.register
def _(detail: details.JobDetail | details.CronJobDetail) -> Metadata | UnsetType:
    return Metadata(image=detail.image) if detail.image else UNSET


@metadata.register
def _(detail: details.ServiceDetail) -> Metadata | UnsetType:
    if not detail.cluster_ip and not detail.type:
        return UNSET
    return Metadata(cluster_ip=detail.cluster_ip or UNSET, service_type=detail.type or UNSET)


@metadata.register
def _(detail: details.IngressDetail) -> Metadata | UnsetType:
    return Metadata(ingress_class=detail.ingress_class) if detail.ingress_class else UNSET


@metadata.register
def _(detail: details.ClaimDetail) -> Metadata | UnsetType:
    return Metadata(volume_name=detail.volume) if detail.volume else UNSET


@metadata.register
def _(detail: details.VolumeDetail) -> Metadata | UnsetType:
    claim = detail.claim
    if claim is None:
        return UNSET
    return Metadata(claim_ref=ClaimReference(claim.kind, claim.namespace, claim.name, claim.uid or UNSET))


@metadata.register
def _(detail: details.ScaleDetail) -> Metadata:
    target = detail.target
    return Metadata(
        scale_target_ref=ScaleTargetReference(target.kind, target.name, target.namespace or UNSET),
        min_replicas=detail.minimum,
        max_replicas=detail.maximum,
        current_replicas=detail.current,
        desired_replicas=detail.desired,
    )


@metadata.register
def _(detail: details.ElsewhereDetail) -> Metadata:
    return Metadata(
        remote_relations=[
            RemoteRelation(each.type, each.target, each.cluster or UNSET, each.server or UNSET)
            for each in detail.edges
        ]
    )


def replicas(detail: details.ReplicasDetail) -> Replicas:
    """Return the numbers of a workload's Pods."""
    return Replicas(detail.desired, detail.current, detail.ready, detail.available)
