"""Reads what became of Pods: most of what an API server tells, and most of it is about their status alone.

A Pod's specification can hardly change, nor do its labels and owners. What was read from them once is taken
over from the earlier facts where their JSON is the same, which a hash of it tells. So an event costs what it
says, and looks nothing up among what thousands of other objects share. A Pod that is new takes over what the
JSON of its neighbours was read as.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from sys import intern

import msgspec
from msgspec import Raw
from msgspec.structs import force_setattr, replace

from astrolabe.graph.facts import Facts, Owner, Verdict, object_id, share_verdict, unneeded
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.models.metadata import (
    NOTHING,
    Annotations,
    Labelled,
    Model,
    Name,
    OwnerReference,
    Time,
    ending,
    labelled,
    owners_of,
    release_of,
    seconds,
)
from astrolabe.kinds.models.podmeaning import (
    NO_PARTED_SPEC,
    Meaning,
    PartedSpec,
    Parts,
    shared_meaning,
)
from astrolabe.kinds.models.podspec import Container
from astrolabe.kinds.models.podstatus import NO_STATUS, Look, PodStatus
from astrolabe.kinds.models.podverdict import RUNNING, judge, limit_of
from astrolabe.kinds.models.requests import of_pod

_SHARED = 1 << 8
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Metadata(Model):
    """ObjectMeta; what hardly changes stays undecoded."""

    name: Name
    uid: Name
    namespace: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    creation_timestamp: Raw = NOTHING
    deletion_timestamp: Time | None = None
    labels: Raw = NOTHING
    annotations: Raw = NOTHING
    owner_references: Raw = NOTHING
    finalizers: list[str] | None = None


class _News(Model):
    """A Pod whose specification stays undecoded."""

    metadata: _Metadata
    spec: PartedSpec | None = None
    status: PodStatus | None = None


_decode = msgspec.json.Decoder(_News).decode
_annotations = msgspec.json.Decoder(Annotations | None).decode
_containers = msgspec.json.Decoder(list[Container] | None).decode
_labels = msgspec.json.Decoder(dict[str, str] | None).decode
_owners = msgspec.json.Decoder(list[OwnerReference] | None).decode
_time = msgspec.json.Decoder(Time | None).decode


class _Texts(msgspec.Struct, frozen=True, gc=False):
    """The JSON of what stays undecoded in metadata; empty where there is none."""

    labels: bytes
    annotations: bytes
    owners: bytes
    created: bytes


def read(
    data: bytes | Raw,
    known: Mapping[str, Facts],
    describe: Callable[[], Facts],
    complete: Callable[[Facts, bytes | Raw], None] | None = None,
) -> Facts:
    """Return a Pod's facts, by the earlier ones in `known` where they are of use.

    A Pod that says nothing new has the very same ones. What cannot be read here is left to `describe`, and
    raises what that raises. What was read of more than a status may be completed.
    """
    try:
        news = _decode(data)
    except _FAILURES:
        return describe()
    metadata, spec, status = news.metadata, news.spec or NO_PARTED_SPEC, news.status or NO_STATUS
    pod = object_id("Pod", metadata.namespace or "", metadata.name)
    parts = spec.parts()
    texts = _Texts(
        metadata.labels and bytes(metadata.labels),
        metadata.annotations and bytes(metadata.annotations),
        metadata.owner_references and bytes(metadata.owner_references),
        metadata.creation_timestamp and bytes(metadata.creation_timestamp),
    )
    look = status.look()
    source = _source(parts, texts, news, status, look)
    earlier = known.get(pod)
    if earlier is not None and earlier.uid == metadata.uid:
        detail = earlier.detail
        if isinstance(detail, PodDetail) and detail.source == source:
            return _refreshed(earlier, detail, metadata, parts, status, look)
    try:
        facts = _described(pod, metadata, parts, texts, spec.node_name, status, look)
    except _FAILURES:
        facts = describe()
    if complete is not None:
        complete(facts, data)
    detail = facts.detail
    assert detail is not None
    if earlier is not None and isinstance(earlier.detail, PodDetail):
        # How it was read is no part of what the Pod says: an annotation, for one, may say nothing here.
        force_setattr(detail, "source", earlier.detail.source)
        if earlier.absorb(facts):
            force_setattr(earlier, "detail", detail)
            facts = earlier
    # The detail was made just now: nobody else has seen it.
    force_setattr(detail, "source", source)
    return facts


def detail_of(meaning: Meaning, node: str | None, status: PodStatus, look: Look) -> PodDetail:
    """Return what only Pods carry."""
    requests = meaning.requests
    if look.allotments:
        requests = of_pod(meaning.spec, look.allotments, infeasible=look.infeasible)
    return PodDetail(
        # Pods by the thousand say the same of these.
        intern(node or ""),
        meaning.image,
        look.restarts,
        intern(status.phase or ""),
        requests,
        meaning.node_selector,
        meaning.pull_secrets,
        meaning.access,
    )


def _described(
    pod: str,
    metadata: _Metadata,
    parts: Parts,
    texts: _Texts,
    node: str | None,
    status: PodStatus,
    look: Look,
) -> Facts:
    """Return what `describe` would; raises what `msgspec` raises."""
    namespace = intern(metadata.namespace) if metadata.namespace else ""
    labelled = _labelled(texts.labels)
    meaning = shared_meaning(parts, namespace, pull_refused=look.pull_refused)
    refs = meaning.refs(namespace, metadata.name, metadata.uid, node)
    verdict = RUNNING
    if not look.well:
        verdict = judge(meaning.spec.init_containers or (), status, lambda name: limit_of(meaning.spec, name))
        verdict = share_verdict(verdict)
    deleted = metadata.deletion_timestamp
    end = ending(deleted, metadata.finalizers, verdict) if deleted is not None else None
    annotations = _annotations(texts.annotations) if texts.annotations else None
    return Facts(
        id=pod,
        kind="Pod",
        namespace=namespace,
        uid=metadata.uid,
        api_version="v1",
        resource_version=metadata.resource_version or "",
        created=_created(texts.created) if texts.created else 0.0,
        labels=labelled.labels,
        verdict=end or verdict,
        release=release_of(annotations, labelled, namespace),
        chart=labelled.chart,
        owners=_owned(texts.owners) if texts.owners else (),
        refs=unneeded(refs) if end is not None or status.ended else refs,
        selectable=True,
        detail=detail_of(meaning, node, status, look),
    )


@lru_cache(_SHARED)
def _labelled(text: bytes) -> Labelled:
    return labelled(_labels(text) if text else None)


@lru_cache(_SHARED)
def _owned(text: bytes) -> tuple[Owner, ...]:
    return owners_of(_owners(text))


@lru_cache(_SHARED)
def _created(text: bytes) -> float:
    return seconds(_time(text))


def _refreshed(
    earlier: Facts, detail: PodDetail, metadata: _Metadata, parts: Parts, status: PodStatus, look: Look
) -> Facts:
    end = ending(metadata.deletion_timestamp, metadata.finalizers)
    verdict = end or (RUNNING if look.well else _judged(parts, status))
    restarts, phase = look.restarts, status.phase or ""
    if restarts != detail.restarts or phase != detail.phase:
        detail = replace(detail, restarts=restarts, phase=intern(phase))
    version = metadata.resource_version or ""
    if detail is earlier.detail and verdict == earlier.verdict:
        force_setattr(earlier, "resource_version", version)
        return earlier
    return replace(
        earlier,
        resource_version=version,
        verdict=share_verdict(verdict),
        detail=detail,
    )


def _judged(parts: Parts, status: PodStatus) -> Verdict:
    # Only sidecars matter to the status, and only once something is said of them.
    inits = None
    if parts.init_containers and status.init_container_statuses:
        inits = _containers(parts.init_containers)
    return judge(inits or (), status, lambda name: limit_of(parts.decoded(), name))


def _source(parts: Parts, texts: _Texts, news: _News, status: PodStatus, look: Look) -> int:
    """Hash everything that facts are made of, except what is read each time."""
    # What a Pod needs depends on these.
    needs = (
        news.spec.node_name if news.spec is not None else None,
        status.ended or news.metadata.deletion_timestamp is not None,
        look.pull_refused,
        look.infeasible,
    )
    if not look.allotments:
        return hash((parts, texts, needs))
    sizes = [
        (name, bytes(one.resources), bytes(one.allocated_resources)) for name, one in look.allotments.items()
    ]
    return hash((parts, texts, needs, *sizes))
