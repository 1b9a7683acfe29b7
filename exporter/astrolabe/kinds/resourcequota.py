"""ResourceQuotas. One that is used up is as it should be, and may be why others are refused."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import quantity
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.untrusted import one_line

USED_UP = "QuotaUsedUp"
_NAMED_AT_MOST = 3


class ResourceQuotaStatus(Model):
    """What there is."""

    hard: dict[str, str] | None = None
    used: dict[str, str] | None = None


class ResourceQuota(Model):
    """A ResourceQuota."""

    metadata: Metadata
    status: ResourceQuotaStatus | None = None


def describe(quota: ResourceQuota, context: Context) -> Facts:
    """Turn a ResourceQuota into facts."""
    namespace = quota.metadata.namespace or ""
    refs = (ref("governs", "Namespace", "", namespace),) if namespace else ()
    return facts_of(quota.metadata, context, _judge(quota.status or ResourceQuotaStatus()), refs=refs)


def _judge(status: ResourceQuotaStatus) -> Verdict:
    used = status.used or {}
    full = [
        f"{one_line(name)} {one_line(used.get(name, '0'))} of {one_line(hard)}"
        for name, hard in sorted((status.hard or {}).items())
        if _reached(used.get(name, "0"), hard)
    ]
    if not full:
        return Verdict(message="Within its limits")
    more = f" and {len(full) - _NAMED_AT_MOST} more" if len(full) > _NAMED_AT_MOST else ""
    return Verdict("Ready", USED_UP, f"Used up: {', '.join(full[:_NAMED_AT_MOST])}{more}")


def _reached(used: str, hard: str) -> bool:
    try:
        return quantity.parse(used) >= quantity.parse(hard)
    except ValueError:
        return False


KIND = Kind(
    name="ResourceQuota", plural="resourcequotas", layer="services", model=ResourceQuota, describe=describe
)
