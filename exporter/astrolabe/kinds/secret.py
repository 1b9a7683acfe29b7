"""Secrets, without their content: it is not asked for, and what annotations have of it is skipped."""

from __future__ import annotations

import msgspec

from astrolabe.graph.facts import Facts
from astrolabe.kinds import helm
from astrolabe.kinds.details import SleepRecord
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.managedfields import Written, newest
from astrolabe.kinds.metadata import Metadata, Resource, seconds

_SLEEP_RECORD = "sleepinfo-"
_entries = msgspec.json.Decoder(list[Written] | None).decode


class SecretMetadata(Metadata):
    """With who wrote it, read of kube-green's Secrets alone."""

    managed_fields: msgspec.Raw = msgspec.Raw(b"null")


class Secret(Resource):
    """The metadata of a Secret."""

    metadata: SecretMetadata


def describe(secret: Secret, context: Context) -> Facts:
    """Turn the metadata of a Secret into facts."""
    facts = helm.describe(secret, context)
    if facts.detail is None and secret.metadata.name.startswith(_SLEEP_RECORD):
        return msgspec.structs.replace(facts, detail=_record(secret.metadata.managed_fields))
    return facts


def _record(managed_fields: msgspec.Raw) -> SleepRecord:
    try:
        written = newest(_entries(managed_fields) or ())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        written = None
    if written is None:
        return SleepRecord()
    return SleepRecord(written.manager or "", seconds(written.time))


KIND = Kind(
    name="Secret",
    plural="secrets",
    metadata_only=True,
    model=Secret,
    describe=describe,
)
