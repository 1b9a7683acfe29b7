"""Helm's own records: one Secret (or ConfigMap, as Helm is configured) for each revision of a release."""

from __future__ import annotations

import msgspec

from astrolabe.graph.facts import Facts, release
from astrolabe.kinds.kind import Context
from astrolabe.kinds.models.details import HelmRecord
from astrolabe.kinds.models.metadata import Metadata, MetadataOnly, facts_of

# A label value has at most 63 characters; a revision of that length is none.
_LONGEST_REVISION = 18


def describe(resource: MetadataOnly, context: Context) -> Facts:
    """Turn the metadata of a ConfigMap or Secret into facts, from its labels a Helm record too.

    A record tells where it is kept, which need not be where its release is.
    """
    record = _record(resource.metadata)
    facts = facts_of(resource.metadata, context, detail=record)
    if record is None:
        return facts
    return msgspec.structs.replace(facts, release=release("", record.release, facts.namespace))


def _record(metadata: Metadata) -> HelmRecord | None:
    labels = metadata.labels
    if not labels or labels.get("owner") != "helm":
        return None
    name, version = labels.get("name", ""), labels.get("version", "")
    if not name or not (version.isascii() and version.isdigit() and len(version) <= _LONGEST_REVISION):
        return None
    return HelmRecord(name, int(version), labels.get("status", "unknown"))
