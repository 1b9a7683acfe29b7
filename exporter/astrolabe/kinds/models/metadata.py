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
    Facts,
    Labels,
    Owner,
    Ref,
    Release,
    Selection,
    Verdict,
    object_id,
    owner,
    release,
    share_labels,
    share_verdict,
    unneeded,
)
from astrolabe.kinds.kind import Context
from astrolabe.kinds.models.groups import kind_label_of
from astrolabe.kinds.models.untrusted import one_line

Time: TypeAlias = Annotated[datetime, Meta(tz=True)]
"""An instant as the API server writes it (RFC 3339); one without a zone is refused."""

TERMINATING = "Terminating"
"""The reason of what is being deleted."""

Name: TypeAlias = Annotated[str, Meta(min_length=1)]


NOTHING: msgspec.Raw = b""  # type: ignore[assignment]
"""No JSON: what stays undecoded, where there is none. Unlike an empty `Raw` it is a value of its own."""


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
    selected_node: str | None = field(default=None, name="volume.kubernetes.io/selected-node")
    downscaled: str | None = field(default=None, name="downscaler/original-replicas")
    paused_replicas: str | None = field(default=None, name="autoscaling.keda.sh/paused-replicas")
    token_of: str | None = field(default=None, name="kubernetes.io/service-account.name")
    token_of_uid: str | None = field(default=None, name="kubernetes.io/service-account.uid")
    access_silence: str | None = field(default=None, name="astrolabe/access-silence")


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
    finalizers: list[str] | None = None


EXISTS = Verdict(message="Exists")
"""How an object is that cannot be otherwise."""


class MetadataOnly(Model):
    """An object of which nothing but metadata is read."""

    metadata: Metadata


def seconds(time: datetime | None) -> float:
    """Return Unix seconds, 0 when unknown."""
    return time.timestamp() if time is not None else 0.0


def silenced(metadata: Metadata) -> str:
    """Return the annotation that silences findings of access; empty where there is none."""
    return (metadata.annotations.access_silence if metadata.annotations is not None else None) or ""


def timestamp(time: datetime) -> str:
    """Write an instant as the API server does."""
    return time.isoformat().replace("+00:00", "Z")


def unobserved(metadata: Metadata, observed_generation: int | None) -> bool:
    """Whether a controller has yet to see the newest generation of its object."""
    return (observed_generation or 0) < (metadata.generation or 0)


def ending(
    deleted: datetime | None, finalizers: list[str] | None = None, own: Verdict = EXISTS
) -> Verdict | None:
    """Judge an object that is being deleted, whatever its kind says; its own words about that stay."""
    if deleted is None:
        return None
    if own.reason == TERMINATING and own.message:
        return Verdict("Pending", TERMINATING, own.message, seconds(deleted), own.faults)
    waits = f"Waits for finalizers: {one_line(', '.join(finalizers))}" if finalizers else "Is being deleted"
    return Verdict("Pending", TERMINATING, waits, seconds(deleted))


def facts_of(
    metadata: Metadata,
    context: Context,
    verdict: Verdict = EXISTS,
    *,
    refs: tuple[Ref, ...] = (),
    selections: tuple[Selection, ...] = (),
    selectable: bool = False,
    template: Labels | None = None,
    alias: str = "",
    detail: Detail | None = None,
    hidden: bool = False,
) -> Facts:
    """Assemble the facts of an object.

    One that is being deleted is Pending, whatever its kind says, and needs nothing any more: with a namespace
    go the Secrets and the Pods that use them, in any order.
    """
    if metadata.deletion_timestamp is not None:
        verdict = ending(metadata.deletion_timestamp, metadata.finalizers, verdict) or verdict
        refs = unneeded(refs)
    namespace = intern(metadata.namespace) if metadata.namespace else ""
    labels = labelled(metadata.labels)
    return Facts(
        id=object_id(context.kind, namespace, metadata.name),
        kind=context.kind,
        namespace=namespace,
        uid=metadata.uid,
        api_version=context.api_version,
        resource_version=metadata.resource_version or "",
        created=seconds(metadata.creation_timestamp),
        labels=labels.labels,
        verdict=verdict if verdict is EXISTS else share_verdict(verdict),
        release=release_of(metadata.annotations, labels, namespace),
        chart=labels.chart,
        owners=owners_of(metadata.owner_references),
        refs=refs,
        selections=selections,
        selectable=selectable,
        template=template,
        alias=alias,
        detail=detail,
        hidden=hidden,
    )


class Labelled(msgspec.Struct, frozen=True, gc=False):
    """What labels say."""

    labels: Labels = ()
    chart: str = ""
    home: str = ""
    """Where Flux keeps the records of the release."""


_UNLABELLED = Labelled()


def labelled(labels: dict[str, str] | None) -> Labelled:
    """Return what labels say."""
    if not labels:
        return _UNLABELLED
    return Labelled(share_labels(labels), labels.get("helm.sh/chart", ""), labels.get(_FLUX_HOME, ""))


def release_of(annotations: Annotations | None, labels: Labelled, namespace: str) -> Release | None:
    """Read the release as Helm writes it on everything that it installs, and where Flux keeps its records."""
    if annotations is None or not annotations.release_name:
        return None
    return release(annotations.release_namespace or namespace, annotations.release_name, labels.home)


def owners_of(references: list[OwnerReference] | None) -> tuple[Owner, ...]:
    """Return the shared owners of an object."""
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
