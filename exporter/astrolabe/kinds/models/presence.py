"""Kinds of which it matters only that they exist."""

from __future__ import annotations

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import Context
from astrolabe.kinds.models.metadata import MetadataOnly, facts_of


def describe(resource: MetadataOnly, context: Context) -> Facts:
    """Turn the metadata of an object into facts: what exists is Ready."""
    return facts_of(resource.metadata, context)
