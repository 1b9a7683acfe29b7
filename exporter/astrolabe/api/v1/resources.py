"""GET /api/v1/resources: every object with its status, message and the names of related objects."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from time import time

from aiohttp import web
from msgspec import UNSET, UnsetType, field
from msgspec.structs import replace

from astrolabe.api.v1 import paging
from astrolabe.api.v1.answers import Answer, array, wants_gzip
from astrolabe.api.v1.bodies import Body, Metadata, Replicas, instant, metadata, since, words
from astrolabe.api.v1.query import PageQuery, canonical, read
from astrolabe.api.v1.reading import READING
from astrolabe.api.v1.selection import select
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import EdgeType, Status, kind_of
from astrolabe.graph.relations import Relations

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


class OwnerReference(Body, frozen=True, gc=False):
    """An owner that an object names."""

    kind: str
    name: str


class Resource(Body, frozen=True, gc=False):
    """An object. What does not apply, or is empty or 0, is left out."""

    name: str
    namespace: str
    """Empty when cluster-scoped."""
    kind: str
    """With the API group for custom resources: `Rollout.argoproj.io`."""
    api_version: str
    status: Status
    message: str
    """Begins with the reason where the object is not Ready."""
    chart: str
    release: str
    age: str
    """In one unit: `42s`, `5m`, `3h`, `12d`."""
    creation_timestamp: str
    """RFC 3339; empty where the API server told none."""
    reason: str | UnsetType = UNSET
    """One word of Kubernetes' own vocabulary, where it has one: `CrashLoopBackOff`, `AtRest`."""
    since: str | UnsetType = UNSET
    """When it came to this, where the object says it; RFC 3339."""
    image: str | UnsetType = UNSET
    node_name: str | UnsetType = UNSET
    restart_count: int | UnsetType = UNSET
    replicas: Replicas | UnsetType = UNSET
    owner_references: list[OwnerReference] | UnsetType = UNSET
    volume_name: str | UnsetType = UNSET
    claim_ref: str | UnsetType = UNSET
    """`namespace/name` of the claim, as in kubectl's column CLAIM."""
    target_pods: list[str] | UnsetType = UNSET
    mounted_claims: list[str] | UnsetType = field(default=UNSET, name="mountedPVCs")
    used_config_maps: list[str] | UnsetType = UNSET
    used_secrets: list[str] | UnsetType = UNSET
    service_account_name: str | UnsetType = UNSET


_NONE = Metadata()


async def resources(request: web.Request) -> web.StreamResponse:
    """Serve the objects that are meant, in the order of their ids."""
    reading = request.app[READING]
    page = read(request, PageQuery)
    assert page.requirements is not None
    after = paging.start(request.path, page)
    gzip = wants_gzip(request)

    async def make() -> Answer:
        selected = await select(reading.moments, page, after, partial(_read, reading.graph))
        now = time()
        bodies = (replace(body, age=age(created, now)) for _, (created, body) in selected.items)
        link = paging.link(request.rel_url, page, selected.after) if selected.after else ""
        return Answer(*await reading.answers.of_parts((*array(bodies), b"\n"), gzip=gzip), link=link)

    question = (*map(repr, canonical(page)), page.limit, page.continue_)
    return await reading.answers.give(request, make, question)


def _read(graph: Relations, node: Node) -> tuple[float, Resource] | None:
    body = resource_body(graph, node)
    return (node.facts.created, body) if body is not None else None


def resource_body(graph: Relations, node: Node) -> Resource | None:
    """Return an object as this list has it, without its age; None for an image: it is no object."""
    facts = node.facts
    if not facts.uid:
        return None
    extra = metadata(facts.detail) or _NONE
    claim = extra.claim_ref
    accounts = _used(node, "uses-sa")
    return Resource(
        name=facts.name,
        namespace=facts.namespace,
        kind=facts.kind,
        api_version=facts.api_version,
        status=node.status,
        message=words(node),
        chart=node.chart,
        release=node.release.name if node.release is not None else "",
        age="",
        creation_timestamp=instant(facts.created),
        reason=node.reason or UNSET,
        since=since(node),
        image=extra.image,
        node_name=extra.node_name,
        restart_count=extra.restart_count or UNSET,
        replicas=extra.replicas,
        owner_references=[OwnerReference(owner.kind, owner.name) for owner in facts.owners] or UNSET,
        volume_name=extra.volume_name,
        claim_ref=UNSET if claim is UNSET else f"{claim.namespace}/{claim.name}",
        target_pods=_sorted(_targets(graph, node)),
        mounted_claims=_used(node, "mounts"),
        used_config_maps=_used(node, "uses-configmap"),
        used_secrets=_used(node, "uses-secret"),
        service_account_name=UNSET if accounts is UNSET else accounts[0],
    )


def age(created: float, now: float) -> str:
    """Write how long ago something was created, rounded down to one unit; empty when that is unknown."""
    if not created:
        return ""
    seconds = max(0, int(now - created))
    if seconds < _MINUTE:
        return f"{seconds}s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}m"
    if seconds < _DAY:
        return f"{seconds // _HOUR}h"
    return f"{seconds // _DAY}d"


def _used(node: Node, edge_type: EdgeType) -> list[str] | UnsetType:
    """Return the names that an object itself refers to, whether they are there or not."""
    return _sorted(
        _name(ref.target)
        for ref in node.facts.refs
        if ref.type == edge_type and not ref.reverse and not ref.alias
    )


def _targets(graph: Relations, node: Node) -> Iterable[str]:
    """Yield the names of the Pods that an object selects, or sends requests to."""
    for edge_type, target in graph.selected_ids(node):
        if edge_type == "selects" and kind_of(target) == "Pod":
            yield _name(target)
    for ref, target in graph.references(node):
        if ref.type == "endpoints" and not ref.reverse and kind_of(target) == "Pod":
            yield _name(target)


def _name(node_id: str) -> str:
    return node_id.rpartition("/")[2]


def _sorted(names: Iterable[str]) -> list[str] | UnsetType:
    return sorted(set(names)) or UNSET
