"""LimitRanges: how much one object of a namespace may ask for, and what it gets that does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import TypeAlias

from astrolabe.graph.facts import Facts, Verdict, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.untrusted import one_line

Amount: TypeAlias = str | int | float | None
"""A quantity as YAML has it: `1`, `0.5`, `64Mi`."""
_NAMED_AT_MOST = 3


class Limit(Model):
    """What holds for each object of one type."""

    type: str | None = None
    max: dict[str, Amount] | None = None
    min: dict[str, Amount] | None = None
    max_limit_request_ratio: dict[str, Amount] | None = None
    default: dict[str, Amount] | None = None
    default_request: dict[str, Amount] | None = None

    def amounts(self) -> Iterator[tuple[str, Mapping[str, Amount]]]:
        """Yield its parts with their names: first those by which admission refuses."""
        yield "max", self.max or {}
        yield "min", self.min or {}
        yield "max limit/request", self.max_limit_request_ratio or {}
        yield "default limit", self.default or {}
        yield "default request", self.default_request or {}


class LimitRangeSpec(Model):
    """What is wanted."""

    limits: list[Limit] | None = None


class LimitRange(Model):
    """A LimitRange."""

    metadata: Metadata
    spec: LimitRangeSpec | None = None


def describe(limit_range: LimitRange, context: Context) -> Facts:
    """Turn a LimitRange into facts. It has no status: it is, and says what it allows."""
    namespace = limit_range.metadata.namespace or ""
    refs = (ref("governs", "Namespace", "", namespace),) if namespace else ()
    verdict = Verdict(message=_words(limit_range.spec or LimitRangeSpec()))
    return facts_of(limit_range.metadata, context, verdict, refs=refs)


def _words(spec: LimitRangeSpec) -> str:
    parts = [
        f"{one_line(limit.type)} {one_line(name)} {bound} {one_line(str(amount))}"
        for limit in spec.limits or ()
        for bound, amounts in limit.amounts()
        for name, amount in sorted(amounts.items(), key=itemgetter(0))
        if amount is not None
    ]
    if not parts:
        return "Limits nothing"
    more = f" and {len(parts) - _NAMED_AT_MOST} more" if len(parts) > _NAMED_AT_MOST else ""
    return f"{', '.join(parts[:_NAMED_AT_MOST])}{more}"


KIND = Kind(name="LimitRange", plural="limitranges", layer="services", model=LimitRange, describe=describe)
