"""Helm releases, gathered from the objects that name them and from Helm's own records."""

from __future__ import annotations

from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import Release
from astrolabe.kinds.models.details import HelmRecord
from astrolabe.metrics.rows import Values


class _Members:
    __slots__ = ("charts", "count", "records")

    def __init__(self) -> None:
        self.count = 0
        self.charts: dict[str, int] = {}
        self.records: dict[str, HelmRecord] = {}


class Releases:
    """Follows the graph and knows each release's chart, newest revision and its status.

    The chart is the one that most objects of the release name (subcharts name others), the first by name
    where several are equal.
    """

    def __init__(self) -> None:
        self._members: dict[Release, _Members] = {}

    def follow(self, delta: Delta) -> set[Release]:
        """Count what a delta changes; return the releases that it touches."""
        touched: set[Release] = set()
        for before, after in delta.nodes.values():
            if before is not None and before.release is not None:
                if after is not None and _same(before, after):
                    continue
                touched.add(before.release)
                self._count(before, before.release, -1)
            if after is not None and after.release is not None:
                touched.add(after.release)
                self._count(after, after.release, 1)
        for release in touched:
            if not self._members[release].count:
                del self._members[release]
        return touched

    def values(self, release: Release) -> Values | None:
        """Return the label values of a release; None for one that has no objects."""
        members = self._members.get(release)
        return _values(release, members) if members is not None else None

    def _count(self, node: Node, release: Release, step: int) -> None:
        facts = node.facts
        members = self._members.get(release)
        if members is None:
            members = self._members[release] = _Members()
        members.count += step
        if facts.chart:
            members.charts[facts.chart] = members.charts.get(facts.chart, 0) + step
        if isinstance(facts.detail, HelmRecord):
            if step > 0:
                members.records[facts.id] = facts.detail
            else:
                members.records.pop(facts.id, None)


def _same(before: Node, after: Node) -> bool:
    return (
        before.release == after.release
        and before.facts.chart == after.facts.chart
        and before.facts.detail == after.facts.detail
    )


def _values(release: Release, members: _Members) -> Values:
    charts = [(-count, chart) for chart, count in members.charts.items() if count > 0]
    chart = min(charts)[1] if charts else ""
    newest = max(members.records.values(), key=lambda record: record.revision, default=None)
    if newest is None:
        return (release.namespace, release.name, chart, "", "")
    return (release.namespace, release.name, chart, str(newest.revision), newest.status)
