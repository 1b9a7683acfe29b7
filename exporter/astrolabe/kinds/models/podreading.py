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

from astrolabe.graph.facts import Facts, Owner, Verdict, share_verdict, unneeded
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.models.metadata import (
    Annotations,
    Labelled,
    OwnerReference,
    Time,
    ending,
    labelled,
    owners_of,
    release_of,
    seconds,
)
from astrolabe.kinds.models.podmeaning import Meaning, Parts, shared_meaning
from astrolabe.kinds.models.podnews import News, news_of
from astrolabe.kinds.models.podspec import Container
from astrolabe.kinds.models.podstatus import Look, PodStatus
from astrolabe.kinds.models.podverdict import RUNNING, judge, limit_of
from astrolabe.kinds.models.podwaiting import held_by
from astrolabe.kinds.models.requests import of_pod

_SHARED = 1 << 8
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_annotations = msgspec.json.Decoder(Annotations | None).decode
_containers = msgspec.json.Decoder(list[Container] | None).decode
_labels = msgspec.json.Decoder(dict[str, str] | None).decode
_owners = msgspec.json.Decoder(list[OwnerReference] | None).decode
_time = msgspec.json.Decoder(Time | None).decode


def read(
    data: bytes | Raw,
    known: Mapping[str, Facts],
    describe: Callable[[], Facts],
    complete: Callable[[Facts, bytes | Raw], None] | None = None,
) -> Facts:
    """Return a Pod's facts, by the earlier ones in `known` where they are of use.

    A Pod that says nothing new has the very same ones. What cannot be read here is left to `describe`, and
    raises what that raises. Facts of which more than the status was read are passed to `complete`.
    """
    try:
        news = news_of(data)
    except _FAILURES:
        return _completed(describe(), data, complete)
    source = news.source()
    earlier = known.get(news.id)
    if earlier is not None and earlier.uid == news.metadata.uid:
        detail = earlier.detail
        if isinstance(detail, PodDetail) and detail.source == source:
            return _refreshed(earlier, detail, news)
    try:
        facts = _described(news)
    except _FAILURES:
        facts = describe()
    detail = _completed(facts, data, complete).detail
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


def _completed(
    facts: Facts, data: bytes | Raw, complete: Callable[[Facts, bytes | Raw], None] | None
) -> Facts:
    if complete is not None:
        complete(facts, data)
    return facts


def detail_of(meaning: Meaning, node: str | None, phase: str | None, look: Look) -> PodDetail:
    """Return what only Pods carry."""
    requests = meaning.requests
    if look.allotments:
        requests = of_pod(meaning.spec, look.allotments, infeasible=look.infeasible)
    return PodDetail(
        # Pods by the thousand say the same of these.
        intern(node or ""),
        meaning.image,
        look.restarts,
        intern(phase or ""),
        requests,
        meaning.node_selector,
        meaning.pull_secrets,
        meaning.access,
    )


def _described(news: News) -> Facts:
    """Return what `describe` would; raises what `msgspec` raises."""
    metadata, texts, status, look = news.metadata, news.texts, news.status, news.look
    namespace = intern(metadata.namespace) if metadata.namespace else ""
    labels = _labelled(texts.labels)
    meaning = shared_meaning(news.parts, namespace, pull_refused=look.pull_refused)
    refs = meaning.refs(namespace, metadata.name, metadata.uid, news.node)
    verdict = RUNNING
    if not look.well:
        spec = meaning.spec
        verdict = judge(
            spec.init_containers or (), status, lambda name: limit_of(spec, name), lambda: held_by(spec)
        )
        verdict = share_verdict(verdict)
    deleted = metadata.deletion_timestamp
    end = ending(deleted, metadata.finalizers, verdict) if deleted is not None else None
    annotations = _annotations(texts.annotations) if texts.annotations else None
    return Facts(
        id=news.id,
        kind="Pod",
        namespace=namespace,
        uid=metadata.uid,
        api_version="v1",
        resource_version=metadata.resource_version or "",
        created=_created(texts.created) if texts.created else 0.0,
        labels=labels.labels,
        verdict=end or verdict,
        release=release_of(annotations, labels, namespace),
        chart=labels.chart,
        owners=_owned(texts.owners) if texts.owners else (),
        refs=unneeded(refs) if end is not None or status.ended else refs,
        selectable=True,
        detail=detail_of(meaning, news.node, status.phase, look),
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


def _refreshed(earlier: Facts, detail: PodDetail, news: News) -> Facts:
    metadata, status, look = news.metadata, news.status, news.look
    verdict = ending(metadata.deletion_timestamp, metadata.finalizers)
    if verdict is None:
        verdict = RUNNING if look.well else _judged(news.parts, status)
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
    return judge(
        inits or (),
        status,
        lambda name: limit_of(parts.decoded(), name),
        lambda: held_by(parts.decoded()),
    )
