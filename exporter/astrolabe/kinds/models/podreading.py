"""Reads what became of Pods: most of what an API server tells, and most of it is about their status alone.

A Pod's specification can hardly change, nor do its labels and owners. What was read from them once is taken
over from the earlier facts where their JSON is the same, which a hash of it tells. So an event costs what it
says, and looks nothing up among what thousands of other objects share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from sys import intern

import msgspec
from msgspec import Raw
from msgspec.structs import force_setattr, replace

from astrolabe.graph.facts import Facts, object_id, share_verdict
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.models.metadata import Model, Name, Time, ending
from astrolabe.kinds.models.podspec import Container, PodSpec
from astrolabe.kinds.models.podstatus import NO_STATUS, PodStatus
from astrolabe.kinds.models.podverdict import judge, limit_of


class _Metadata(Model):
    """ObjectMeta; what hardly changes stays undecoded."""

    name: Name
    uid: Name
    namespace: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    creation_timestamp: Raw = Raw()
    deletion_timestamp: Time | None = None
    finalizers: list[str] | None = None
    labels: Raw = Raw()
    annotations: Raw = Raw()
    owner_references: Raw = Raw()


class _News(Model):
    """A Pod whose specification stays undecoded."""

    metadata: _Metadata
    spec: Raw = Raw()
    status: PodStatus | None = None


class _Inits(Model):
    """The part of a specification that the status is judged by."""

    init_containers: list[Container] | None = None


_decode = msgspec.json.Decoder(_News).decode
_spec = msgspec.json.Decoder(_Inits | None).decode
_whole = msgspec.json.Decoder(PodSpec | None).decode


def read(data: bytes | Raw, known: Mapping[str, Facts], describe: Callable[[], Facts]) -> Facts:
    """Return a Pod's facts, by the earlier ones in `known` where they are of use, else by `describe`.

    A Pod that says nothing new has the very same ones. Raises what `describe` raises: what cannot be read
    here is left to it.
    """
    try:
        news = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return describe()
    metadata, status = news.metadata, news.status or NO_STATUS
    source = _source(news, status)
    earlier = known.get(object_id("Pod", metadata.namespace or "", metadata.name))
    if earlier is not None and earlier.uid == metadata.uid:
        detail = earlier.detail
        if isinstance(detail, PodDetail) and detail.source == source:
            return _refreshed(earlier, detail, news, status)
    facts = describe()
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


def _refreshed(earlier: Facts, detail: PodDetail, news: _News, status: PodStatus) -> Facts:
    # Only sidecars matter to the status, and only once something is said of them.
    spec = _spec(news.spec) if news.spec and status.init_container_statuses else None
    inits = (spec.init_containers if spec is not None else None) or ()
    metadata = news.metadata
    verdict = ending(metadata.deletion_timestamp, metadata.finalizers) or judge(
        inits, status, lambda name: _limit(news.spec, name)
    )
    restarts, phase = status.restarts, status.phase or ""
    if (restarts, phase) != (detail.restarts, detail.phase):
        detail = replace(detail, restarts=restarts, phase=intern(phase))
    version = news.metadata.resource_version or ""
    if detail is earlier.detail and verdict == earlier.verdict:
        force_setattr(earlier, "resource_version", version)
        return earlier
    return replace(
        earlier,
        resource_version=version,
        verdict=share_verdict(verdict),
        detail=detail,
    )


def _limit(spec: Raw, container: str) -> str:
    """Look up a container's memory limit: a specification is decoded for that only when one was OOMKilled."""
    decoded = _whole(spec) if spec else None
    return limit_of(decoded, container) if decoded is not None else ""


def _source(news: _News, status: PodStatus) -> int:
    """Hash everything that facts are made of, except what is read each time."""
    metadata = news.metadata
    allotments = status.allotments()
    return hash(
        (
            bytes(news.spec),
            bytes(metadata.labels),
            bytes(metadata.annotations),
            bytes(metadata.owner_references),
            bytes(metadata.creation_timestamp),
            # What a Pod needs depends on these.
            status.ended or metadata.deletion_timestamp is not None,
            status.pull_refused,
            bool(allotments) and status.refused,
            *(
                (name, bytes(one.resources), bytes(one.allocated_resources))
                for name, one in allotments.items()
            ),
        )
    )
