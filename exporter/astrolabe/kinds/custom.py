"""Custom resources: judged by the conventions of their status, related by a table of references."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from astrolabe.graph.facts import Detail, Facts, Ref, Verdict
from astrolabe.kinds import elsewhere, helmrelease, podmaker, scaledobject
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import customstatus
from astrolabe.kinds.models.groups import kind_label
from astrolabe.kinds.models.metadata import Metadata, Model, ending, facts_of
from astrolabe.kinds.models.references import distinct


class CustomResource(Model):
    """An object of a kind unknown beforehand. Spec and status may be of any shape, so they are read later."""

    metadata: Metadata
    spec: msgspec.Raw = msgspec.Raw(b"null")
    status: msgspec.Raw = msgspec.Raw(b"null")


_any = msgspec.json.Decoder()


def describe(resource: CustomResource, context: Context) -> Facts:
    """Turn a custom resource into facts."""
    metadata = resource.metadata
    refs, detail = _relations(resource, context)
    if context.kind == scaledobject.NAME:
        detail = scaledobject.paused(metadata, resource.spec)
    facts = facts_of(metadata, context, _judge(resource), refs=refs, detail=detail)
    if context.kind in podmaker.NAMES:
        return podmaker.made(facts, resource.spec)
    if context.kind == helmrelease.NAME and facts.release is None:
        return msgspec.structs.replace(facts, release=helmrelease.declared(metadata, resource.spec))
    return facts


def _judge(resource: CustomResource) -> Verdict:
    """Judge an object by its status. One that is held while it is being deleted says what keeps it."""
    metadata = resource.metadata
    if metadata.deletion_timestamp is None:
        return customstatus.judge(resource.status, metadata.generation or 0, resource.spec)
    # That it is to go is a generation of its own.
    said = customstatus.judge(resource.status, 0, resource.spec)
    held = ending(metadata.deletion_timestamp, metadata.finalizers)
    if held is None or not metadata.finalizers or said.status != "Error":
        return said
    return Verdict(held.status, held.reason, f"{held.message}; {said.message}")


def _relations(resource: CustomResource, context: Context) -> tuple[tuple[Ref, ...], Detail | None]:
    """Return what an object refers to in its own cluster, and in others."""
    group = context.api_version.partition("/")[0]
    kind = context.kind.partition(".")[0]
    references = context.options.references
    metadata = resource.metadata
    namespace = metadata.namespace or ""
    detail: Detail | None = None
    obj: dict[str, Any] = {"metadata": {"name": metadata.name, "labels": metadata.labels or {}}}
    for part, raw in (("spec", resource.spec), ("status", resource.status)):
        if context.kind in elsewhere.MANAGERS or references.wanted(group, kind, part, bytes(raw)):
            obj[part] = _read(raw)
    if context.kind == elsewhere.IMPORT:
        detail = elsewhere.imported(metadata, _read(resource.status))
    elif (found := elsewhere.taken_out(context.kind, obj)) is not None:
        place, there = found
        detail = elsewhere.managed(place, distinct(references.refs(group, kind, there, namespace)))
    return distinct(references.refs(group, kind, obj, namespace)), detail


def _read(raw: msgspec.Raw) -> object:
    try:
        return _any.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def custom(group: str, plural: str, kind: str, versions: Iterable[str], *, namespaced: bool) -> Kind:
    """Build the entry for a kind that a CustomResourceDefinition serves, best version first."""
    return Kind(
        name=kind_label(group, kind),
        group=group,
        plural=plural,
        versions=tuple(versions),
        namespaced=namespaced,
        model=CustomResource,
        describe=describe,
    )
