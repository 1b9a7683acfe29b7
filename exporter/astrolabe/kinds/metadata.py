"""What all objects share: metadata, and the facts that follow from it alone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from sys import intern
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, field

from astrolabe.graph.facts import (
    Detail,
    EdgeType,
    Facts,
    Owner,
    Ref,
    Release,
    Selection,
    Status,
    object_id,
    owner,
    release,
    share_labels,
    unneeded,
)
from astrolabe.kinds.groups import kind_label_of
from astrolabe.kinds.kind import Context

Time: TypeAlias = Annotated[datetime, Meta(tz=True)]
"""An instant as the API server writes it (RFC 3339); one without a zone is refused."""

Name: TypeAlias = Annotated[str, Meta(min_length=1)]


class Model(msgspec.Struct, gc=False, rename="camel"):
    """Base of everything decoded: only the fields in use, each of which may be null or absent."""


class Annotations(Model):
    """The annotations in use. All others are skipped while decoding: on a Secret one may have its values."""

    release_name: str | None = field(default=None, name="meta.helm.sh/release-name")
    release_namespace: str | None = field(default=None, name="meta.helm.sh/release-namespace")
    ingress_class: str | None = field(default=None, name="kubernetes.io/ingress.class")
    default_ingress_class: str | None = field(
        default=None, name="ingressclass.kubernetes.io/is-default-class"
    )
    storage_class: str | None = field(default=None, name="volume.beta.kubernetes.io/storage-class")
    downscaled: str | None = field(default=None, name="downscaler/original-replicas")
    paused_replicas: str | None = field(default=None, name="autoscaling.keda.sh/paused-replicas")


NO_ANNOTATIONS = Annotations()
_FLUX_HOME = "helm.toolkit.fluxcd.io/namespace"
"""The label by which Flux names the namespace of a HelmRelease on all that it installs."""


class OwnerReference(Model):
    """One owner; the API server refuses entries that lack a field."""

    uid: str
    kind: str
    name: str
    api_version: str | None = None
    controller: bool | None = None


class Metadata(Model):
    """ObjectMeta. An object without a name and a UID is none."""

    name: Name
    uid: Name
    namespace: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None
    labels: dict[str, str] | None = None
    annotations: Annotations | None = None
    owner_references: list[OwnerReference] | None = None


class Resource(Model):
    """An object of which nothing but metadata is read."""

    metadata: Metadata


def seconds(time: datetime | None) -> float:
    """Return Unix seconds, 0 when unknown."""
    return time.timestamp() if time is not None else 0.0


def timestamp(time: datetime) -> str:
    """Write an instant as the API server does."""
    return time.isoformat().replace("+00:00", "Z")


def unobserved(metadata: Metadata, observed_generation: int | None) -> bool:
    """Whether a controller has yet to see the newest generation of its object."""
    return (observed_generation or 0) < (metadata.generation or 0)


def ending(deleted: datetime | None) -> tuple[Status, str] | None:
    """Return the status of an object that is being deleted, whatever its kind says, with a message."""
    return ("Pending", "Terminating") if deleted is not None else None


def facts_of(
    metadata: Metadata,
    context: Context,
    status: Status = "Ready",
    message: str = "Exists",
    *,
    refs: tuple[Ref, ...] = (),
    selections: tuple[Selection, ...] = (),
    selectable: bool = False,
    ready_with: EdgeType | None = None,
    ready_with_kind: str = "",
    ready_with_message: str = "",
    alias: str = "",
    detail: Detail | None = None,
    hidden: bool = False,
) -> Facts:
    """Assemble the facts of an object.

    One that is being deleted is Pending, whatever its kind says, and needs nothing any more: with a namespace
    go the Secrets and the Pods that use them, in any order.
    """
    end = ending(metadata.deletion_timestamp)
    if end is not None:
        status, message = end
        refs = unneeded(refs)
        ready_with, ready_with_kind, ready_with_message = None, "", ""
    namespace = intern(metadata.namespace) if metadata.namespace else ""
    labels = metadata.labels
    return Facts(
        id=object_id(context.kind, namespace, metadata.name),
        kind=context.kind,
        namespace=namespace,
        uid=metadata.uid,
        api_version=context.api_version,
        resource_version=metadata.resource_version or "",
        created=seconds(metadata.creation_timestamp),
        labels=share_labels(labels),
        status=status,
        message=intern(message),
        release=_release(metadata.annotations, labels, namespace),
        chart=(labels.get("helm.sh/chart") or "") if labels else "",
        owners=_owners(metadata.owner_references),
        refs=refs,
        selections=selections,
        selectable=selectable,
        ready_with=ready_with,
        ready_with_kind=ready_with_kind,
        ready_with_message=ready_with_message,
        alias=alias,
        detail=detail,
        hidden=hidden,
    )


def _release(
    annotations: Annotations | None, labels: dict[str, str] | None, namespace: str
) -> Release | None:
    """Read the release as Helm writes it on everything that it installs, and where Flux keeps its records."""
    if annotations is None or not annotations.release_name:
        return None
    stored = (labels or {}).get(_FLUX_HOME, "")
    return release(annotations.release_namespace or namespace, annotations.release_name, stored)


def _owners(references: list[OwnerReference] | None) -> tuple[Owner, ...]:
    if not references:
        return ()
    owners = tuple(
        owner(
            entry.uid,
            kind_label_of(entry.api_version or "", entry.kind),
            entry.name,
            controller=bool(entry.controller),
        )
        for entry in references
    )
    return _share(owners)


@lru_cache(1 << 13)
def _share(owners: tuple[Owner, ...]) -> tuple[Owner, ...]:
    return owners
