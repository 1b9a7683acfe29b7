"""A tour of every dashboard over a day of the demo: which panel shows something, and when first.

`python -m tests.dashboards.tour` plays the day, asks everything, prints what was seen as a table. It visits
the core edition; the app's boards have the same queries (a test holds that), so one answer serves both.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from astrolabe.demo.day.story import clock_face
from tests.dashboards.prometheus import Prometheus, holding
from tests.dashboards.recording import Recording, record
from tests.dashboards.rendering import BOARDS, panels
from tests.dashboards.visit import Answer, Visit

EVERY = 2
"""Scrapes from one visit to the next: half a minute, 36 minutes of the story."""

_PRICING = {"namespace": "shop-catalog", "workload_kind": "Deployment", "workload": "pricing"}
_GATEWAY = {"namespace": "shop-payments", "workload_kind": "Deployment", "workload": "gateway"}
_ASLEEP = {"namespace": "staging-catalog", "workload_kind": "Deployment", "workload": "products"}
CHOICES: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "relationship-graph": (
        {},
        {"namespace": "shop-catalog", "object": "Deployment/shop-catalog/pricing"},
        {"namespace": "shop-payments", "object": "Deployment/shop-payments/gateway"},
        {"namespace": "shop-catalog", "object": "ServiceAccount/shop-catalog/pricing"},
        {"namespace": "dev-orders", "limit": "100"},
    ),
    "workload": ({}, _PRICING, _GATEWAY, _ASLEEP),
    "helm-releases": ({}, {"namespace": "shop-catalog", "release": "pricing"}),
    "access": ({}, {"namespace": "shop-catalog"}, {"namespace": "monitoring"}),
}
"""What visitors choose, besides nothing."""
RANGES: Mapping[str, tuple[str, ...]] = {"overview": ("", "now-10m"), "helm-releases": ("", "now-10m")}
"""Time ranges that they choose, besides the board's own: the demo is not old enough for six hours ago."""

RIGHTLY_EMPTY = {
    "overview: Alerts: A": "no rules are evaluated over the recording",
    "sleep: How long operations take: A": "the demo's operations end within the second in which they begin",
    "cost: A year at this rate: A": "the demo's day is shorter than a day",
    "cost: Data held: A": "the demo's day holds no full hour",
    "overview: Kinds not synced: A": "every kind of the demo is synced by the first scrape",
    "helm-releases: Not deployed: A": "Helm itself succeeds in the demo; what fails are Pods",
    "access: Readers gained: A": "nobody's rights change in the demo's day",
    "cost: Asleep with unknown cost: A": "the exporter saw everything awake before it slept",
    "exporter: Kinds not synced: A": "as above",
    "exporter: Shards missing: A": "the demo is one shard, and it runs",
    "exporter: Decode errors: A": "the demo's API server sends nothing that cannot be understood",
    "exporter: Lists: good": "each kind is listed once, before the first scrape",
    "exporter: Lists: bad": "the demo's API server refuses nothing",
    "exporter: Watches: bad": "the demo's API server refuses nothing",
    "exporter: Internal errors: A": "nothing goes wrong inside the exporter",
}
"""Queries that find nothing, or nought, in the demo's whole day, and why that is right."""


@dataclass(frozen=True)
class Tried:
    """A query of a panel, and where it first showed something."""

    board: str
    number: int
    panel: str
    ref: str
    seen: str
    """The story's time, or empty."""

    @property
    def where(self) -> str:
        return f"{self.board}: {self.panel}: {self.ref}"


def shows(panel: dict[str, Any], answer: Answer) -> bool:
    """Whether an answer fills a panel: rows of a table, elsewhere a value that is neither 0 nor no number."""
    if panel["type"] in {"table", "nodeGraph", "astrolabe-graph-panel"}:
        return bool(answer)
    return any(value and not math.isnan(value) for _, values in answer for value in values)


def visits(prometheus: Prometheus, name: str, board: dict[str, Any], at: int) -> Iterator[Visit]:
    """Open a board at a moment in every way in which it is tried."""
    for chosen in CHOICES.get(name, ({},)):
        for since in RANGES.get(name, ("",)):
            yield Visit(prometheus, board, at, chosen, since)


def tour(prometheus: Prometheus, recording: Recording) -> Iterator[Tried]:
    """Ask every query throughout the day, each until it shows something."""
    for name, board in BOARDS.items():
        left = {
            (panel["id"], target["refId"]): (panel, target)
            for panel in panels(board)
            for target in panel["targets"]
        }
        for at in recording.scrapes[::EVERY]:
            time = clock_face(recording.time_of_day(at))
            for visit in visits(prometheus, name, board, at) if left else ():
                for key, (panel, target) in list(left.items()):
                    if shows(panel, visit.answer(panel, target)):
                        del left[key]
                        yield Tried(name, panel["id"], panel["title"], key[1], time)
        for (number, ref), (panel, _) in left.items():
            yield Tried(name, number, panel["title"], ref, "")


def table(tried: list[Tried]) -> str:
    """Return what was seen as a table in Markdown, a line per dashboard."""
    lines = [
        "| dashboard | panels with queries | queries tried | with data | rightly empty |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in BOARDS:
        ours = [each for each in tried if each.board == name]
        seen = sum(bool(each.seen) for each in ours)
        empty = sum(not each.seen and each.where in RIGHTLY_EMPTY for each in ours)
        shown = len({each.number for each in ours})
        lines.append(f"| {name} | {shown} | {len(ours)} | {seen} | {empty} |")
    return "\n".join(lines)


def main() -> None:
    """Play the day and print the table; exit 1 where a query found nothing and should have."""
    with tempfile.TemporaryDirectory() as folder:
        recording = record(Path(folder))
        with holding(Path(folder), recording.samples()) as prometheus:
            tried = list(tour(prometheus, recording))
    sys.stdout.write(table(tried) + "\n")
    wrong = [each for each in tried if bool(each.seen) is (each.where in RIGHTLY_EMPTY)]
    for each in wrong:
        sys.stderr.write(f"{each.where}: {each.seen or 'finds nothing'}\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
