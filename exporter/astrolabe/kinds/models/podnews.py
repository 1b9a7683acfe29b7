"""A Pod as it was just sent: its status decoded, of the rest only what a glance needs."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from astrolabe.graph.facts import object_id
from astrolabe.kinds.models.metadata import NOTHING, Model, Name, Time
from astrolabe.kinds.models.podmeaning import PartedSpec, Parts
from astrolabe.kinds.models.podstatus import NO_STATUS, Look, PodStatus

_NO_SPEC = PartedSpec()


class Metadata(Model):
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


class _Pod(Model):
    metadata: Metadata
    spec: PartedSpec | None = None
    status: PodStatus | None = None


_decode = msgspec.json.Decoder(_Pod).decode


class Texts(msgspec.Struct, frozen=True, gc=False):
    """The JSON of what stays undecoded in metadata; empty where there is none."""

    labels: bytes
    annotations: bytes
    owners: bytes
    created: bytes


class News(msgspec.Struct, frozen=True, gc=False):
    """What was sent of a Pod."""

    id: str
    metadata: Metadata
    texts: Texts
    node: str | None
    parts: Parts
    status: PodStatus
    look: Look

    def source(self) -> int:
        """Hash everything that facts are made of, except what is read each time."""
        look = self.look
        # What a Pod needs depends on these.
        needs = (
            self.node,
            self.status.ended or self.metadata.deletion_timestamp is not None,
            look.pull_refused,
            look.infeasible,
        )
        if not look.allotments:
            return hash((self.parts, self.texts, needs))
        sizes = [
            (name, bytes(one.resources), bytes(one.allocated_resources))
            for name, one in look.allotments.items()
        ]
        return hash((self.parts, self.texts, needs, *sizes))


def news_of(data: bytes | Raw) -> News:
    """Read what was sent; raises what `msgspec` raises."""
    pod = _decode(data)
    metadata, spec, status = pod.metadata, pod.spec or _NO_SPEC, pod.status or NO_STATUS
    return News(
        object_id("Pod", metadata.namespace or "", metadata.name),
        metadata,
        Texts(
            metadata.labels and bytes(metadata.labels),
            metadata.annotations and bytes(metadata.annotations),
            metadata.owner_references and bytes(metadata.owner_references),
            metadata.creation_timestamp and bytes(metadata.creation_timestamp),
        ),
        spec.node_name,
        spec.parts(),
        status,
        status.look(),
    )
