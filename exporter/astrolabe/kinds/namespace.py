"""Namespaces."""

from __future__ import annotations

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import Metadata, Model, facts_of


class NamespaceStatus(Model):
    """What there is."""

    phase: str | None = None


class Namespace(Model):
    """A Namespace."""

    metadata: Metadata
    status: NamespaceStatus | None = None


_NO_STATUS = NamespaceStatus()


def describe(namespace: Namespace, context: Context) -> Facts:
    """Turn a Namespace into facts."""
    match (namespace.status or _NO_STATUS).phase or "Active":
        case "Active":
            return facts_of(namespace.metadata, context, "Ready", "Active")
        case "Terminating":
            return facts_of(namespace.metadata, context, "Pending", "Terminating")
        case other:
            return facts_of(namespace.metadata, context, "Unknown", other)


KIND = Kind(name="Namespace", plural="namespaces", namespaced=False, model=Namespace, describe=describe)
