"""Secrets, without their content: it is not asked for, and what annotations have of it is skipped."""

from __future__ import annotations

import msgspec

from astrolabe.graph.facts import Facts, ref_to
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import helm
from astrolabe.kinds.models.details import HelmRecord, SecretDetail, SleepRecord
from astrolabe.kinds.models.managedfields import Written, newest
from astrolabe.kinds.models.metadata import Metadata, MetadataOnly, seconds, silenced

_SLEEP_RECORD = "sleepinfo-"
_LAST_USED = "kubernetes.io/legacy-token-last-used"
_entries = msgspec.json.Decoder(list[Written] | None).decode


class SecretMetadata(Metadata):
    """With who wrote it, read of kube-green's Secrets alone."""

    managed_fields: msgspec.Raw = msgspec.Raw(b"null")


class Secret(MetadataOnly):
    """The metadata of a Secret."""

    metadata: SecretMetadata


def describe(secret: Secret, context: Context) -> Facts:
    """Turn the metadata of a Secret into facts."""
    facts = helm.describe(secret, context)
    if facts.detail is not None:
        return facts
    metadata = secret.metadata
    if metadata.name.startswith(_SLEEP_RECORD):
        return msgspec.structs.replace(facts, detail=_record(metadata.managed_fields))
    detail = _token(metadata)
    if detail is None:
        return facts
    if not detail.account:
        return msgspec.structs.replace(facts, detail=detail)
    held = ref_to(
        "uses-secret",
        "ServiceAccount",
        facts.namespace,
        detail.account,
        detail.account_uid,
        optional=True,
        reverse=True,
    )
    return msgspec.structs.replace(facts, refs=(held,), detail=detail)


def _token(metadata: Metadata) -> SecretDetail | None:
    """Return what is said of access. The type of a Secret is no metadata, but whose token it holds is."""
    annotations = metadata.annotations
    if annotations is None or not (annotations.token_of or annotations.access_silence):
        return None
    return SecretDetail(
        annotations.token_of or "",
        (metadata.labels or {}).get(_LAST_USED, ""),
        silenced(metadata),
        (annotations.token_of and annotations.token_of_uid) or "",
    )


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
    layer="configuration",
    metadata_only=True,
    written=True,
    model=Secret,
    describe=describe,
    detail=SecretDetail,
    records={"release_record": HelmRecord, "sleep_record": SleepRecord},
)
