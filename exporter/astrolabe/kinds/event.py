"""Events: what controllers and kubelets tell about an object beside its status. Evidence, never nodes."""

from __future__ import annotations

import re

from astrolabe.graph.facts import Facts, Note, object_id
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.groups import kind_label_of
from astrolabe.kinds.models.metadata import Metadata, Model, Time, seconds
from astrolabe.kinds.models.untrusted import one_line, shortened

MESSAGE_CHARACTERS = 400
"""Characters of a message that are kept: there may be many."""
PROBES = frozenset({"Unhealthy", "ProbeWarning"})
"""Reasons of what a probe answers."""
_PROBE = re.compile(r"(Startup|Liveness|Readiness) probe ")
_CONTAINER = re.compile(r"spec\.(?:initContainers|containers)\{([a-z0-9-]{1,63})\}")
_VAGUE = re.compile(
    r"Error: (?:ErrImagePull|ImagePullBackOff)$|Unable to attach or mount volumes: unmounted volumes="
)
"""What a kubelet says once more of what it has told in other words, with the same reason."""


class About(Model):
    """The object that it is about."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None
    api_version: str | None = None
    field_path: str | None = None
    """Which part of it; kubelets name containers so."""


class Series(Model):
    """How often it was told again."""

    last_observed_time: Time | None = None


class Event(Model):
    """An Event of the core group."""

    metadata: Metadata
    involved_object: About | None = None
    type: str | None = None
    reason: str | None = None
    message: str | None = None
    last_timestamp: Time | None = None
    first_timestamp: Time | None = None
    event_time: Time | None = None
    series: Series | None = None


_NOTHING = About()


def describe(event: Event, context: Context) -> Facts:
    """Turn an Event into a note about its object; one that names no object is a note about nothing."""
    metadata = event.metadata
    about = event.involved_object or _NOTHING
    reason = event.reason or ""
    namespace = metadata.namespace or ""
    note = None
    if about.kind and about.name and reason.isidentifier() and event.type != "Normal":
        kind = kind_label_of(about.api_version or "", about.kind)
        words = one_line(event.message)
        vague = _VAGUE.match(words) is not None
        topic = ""
        if reason in PROBES:
            probe = _PROBE.match(words)
            container = _CONTAINER.fullmatch(about.field_path or "")
            topic = probe[1] if probe else ""
            words = f"Container {container[1]}: {words}" if container and words else words
        note = Note(
            object_id(kind, about.namespace or "", about.name),
            about.uid or "",
            reason,
            shortened(words, MESSAGE_CHARACTERS),
            _last(event),
            topic,
            vague,
        )
    return Facts(
        id=object_id(context.kind, namespace, metadata.name),
        kind=context.kind,
        namespace=namespace,
        uid=metadata.uid,
        api_version=context.api_version,
        resource_version=metadata.resource_version or "",
        note=note or NO_NOTE,
    )


NO_NOTE = Note("", "", "", "", 0.0)


def _last(event: Event) -> float:
    """Return when it was told last, in Unix seconds."""
    series = event.series.last_observed_time if event.series is not None else None
    return seconds(series or event.last_timestamp or event.event_time or event.first_timestamp)


EVENTS_KEPT = 10_000
"""Events that are kept, at most: the newest. The API server forgets them after an hour by itself."""

KIND = Kind(
    name="Event",
    plural="events",
    fields="type!=Normal",
    most=EVENTS_KEPT,
    model=Event,
    describe=describe,
    node=False,
)
