"""A cluster as the exporter sees it, on a clock that the test sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import msgspec

from astrolabe.derived.cost.families import FAMILIES as COST_FAMILIES
from astrolabe.derived.cost.sleepers import Remembered
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep.beginning import KINDS as KINDS_NEEDED
from astrolabe.derived.sleep.beginning import Progress
from astrolabe.derived.sleep.environment import Rule
from astrolabe.derived.sleep.families import FAMILIES
from astrolabe.derived.sleep.ledger import Ledger
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.graph import Graph
from astrolabe.kinds import registry
from astrolabe.kinds.custom import custom
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.kind import Kind, KindOptions
from astrolabe.metrics.family import Family
from astrolabe.metrics.snapshot import plain
from tests.metrics.exposing import exposing

SCALED_OBJECT = custom("keda.sh", "scaledobjects", "ScaledObject", ("v1alpha1",), namespaced=True)
KINDS: dict[str, Kind] = {kind.plural: kind for kind in (*registry.KINDS, SCALED_OBJECT)}
READERS = {plural: kind.reader(kind.versions[0], KindOptions()) for plural, kind in KINDS.items()}
COVERED = tuple(kind for kind in KINDS_NEEDED if kind != SCALED_OBJECT.name)
"""Kinds that are served; that of KEDA is a custom one."""
PLURALS_NEEDED = tuple(plural for plural, kind in KINDS.items() if kind.name in COVERED)
Key: TypeAlias = tuple[str, str, str]
"""Plural, namespace, name."""
Objects: TypeAlias = dict[Key, dict[str, Any]]


def unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


class Away(NamedTuple):
    """An exporter that does not run."""

    kept: bytes
    objects: Objects
    """As they stood when it was stopped."""
    missed: list[tuple[str, dict[str, Any], bool]]
    """What happened since: plural, object, and whether it went."""


class Kept(msgspec.Struct):
    """What one exporter leaves to the next."""

    ledger: Ledger
    cost: Remembered


class Stage:
    """Objects as they stand, and an exporter that can be restarted over them."""

    def __init__(self, time: str | float, *rules: Rule, label: str = "") -> None:
        self.now = unix(time) if isinstance(time, str) else time
        self.offset = 0.0
        """By how much the clock was set, apart from the time that passed."""
        self.objects: Objects = {}
        self._away: Away | None = None
        self._rules = rules
        self._label = label
        self.start(None)

    def clock(self) -> float:
        return self.now + self.offset

    def start(self, kept: Kept | Ledger | None) -> None:
        """Start the exporter over what stands. SleepInfos and Secrets come before most workloads."""
        self.begin(kept, {})
        self.list(*self.objects)

    def list(self, *objects: Key) -> None:
        """Let first lists come, which hold these objects."""
        for key in sorted(objects, reverse=True):
            self._publish(key[0], self.objects[key])
        for kind in COVERED:
            self.bus.follow(self.graph.cover(kind))

    def progress(self, kind: str) -> Progress:
        """Tell how far a kind is known, as the application does."""
        if self.graph.covers(kind) or kind not in COVERED:
            return "known"
        return "resuming" if self.resuming else "awaited"

    def begin(self, kept: Kept | Ledger | None, objects: Objects, *, resuming: bool = False) -> None:
        """Start the exporter; it knows these objects from before, if it is resuming."""
        self.graph = Graph(JUDGES)
        self.resuming = resuming
        self.source = SleepSource(
            self.graph,
            environments=self._rules,
            environment_label=self._label,
            ledger=kept.ledger if isinstance(kept, Kept) else kept,
            progress=self.progress,
            now=self.clock,
            elapsed=lambda: self.now,
        )
        self.cost = CostSource(
            self.graph,
            self.source,
            remembered=kept.cost if isinstance(kept, Kept) else None,
            now=self.clock,
        )
        self.bus, self.exposition = exposing(self.graph, self.source, self.cost, now=self.clock)
        for (plural, _, _), obj in sorted(objects.items(), reverse=True):
            self._publish(plural, obj)
        if resuming:
            self.source.restored()

    def keep(self) -> bytes:
        """What is left to the next exporter, encoded."""
        return msgspec.json.encode(Kept(self.source.ledger(), self.cost.remember()))

    def restart(self, *, remember: bool = True) -> None:
        """Stop and start again, with what is kept or without."""
        kept = self.keep()
        self.start(msgspec.json.decode(kept, type=Kept) if remember else None)

    def stop(self) -> None:
        """Stop; what happens from now on waits for the exporter."""
        if self._away is not None:
            return
        self._away = Away(self.keep(), dict(self.objects), [])

    def resume(self, order: Sequence[str], *, known_first: bool) -> None:
        """Start again, where it was stopped, with what was kept: watches go on, each kind's stream by itself.

        A kind counts as known from the first word of it on, which comes before what was missed or after.
        """
        if self._away is None:
            return
        away, self._away = self._away, None
        self.begin(msgspec.json.decode(away.kept, type=Kept), away.objects, resuming=True)
        self.scrape()
        others = (plural for plural, kind in KINDS.items() if kind.name in COVERED and plural not in order)
        for plural in (*order, *others):
            cover = partial(self.graph.cover, KINDS[plural].name)
            if known_first:
                self.bus.follow(cover())
            for of, obj, went in away.missed:
                if of == plural:
                    (self._remove if went else self._publish)(plural, obj)
            self.bus.follow(cover())

    def relist(self) -> None:
        """Start again at the time of the stop. The counters were kept; the objects are listed again."""
        if self._away is not None:
            away, self._away = self._away, None
            self.start(msgspec.json.decode(away.kept, type=Kept))

    def pass_to(self, time: str | float) -> None:
        """Let time pass."""
        self.now = unix(time) if isinstance(time, str) else time

    def at(self, time: str | float) -> Stage:
        """Let time pass, scraping at the end."""
        self.pass_to(time)
        self.scrape()
        return self

    def put(self, plural: str, obj: dict[str, Any]) -> None:
        """Let an object come or change."""
        metadata = obj["metadata"]
        self.objects[plural, metadata.get("namespace", ""), metadata["name"]] = obj
        self._publish(plural, obj)

    def delete(self, plural: str, namespace: str, name: str) -> None:
        """Let an object go."""
        self._remove(plural, self.objects.pop((plural, namespace, name)))

    def _remove(self, plural: str, obj: dict[str, Any]) -> None:
        if self._away is not None:
            self._away.missed.append((plural, obj, True))
            return
        facts = READERS[plural](json.dumps(obj).encode(), {})
        self.bus.follow(self.graph.remove(facts.id, facts.uid))

    def _publish(self, plural: str, obj: dict[str, Any]) -> None:
        if self._away is not None:
            self._away.missed.append((plural, obj, False))
            return
        self.bus.follow(self.graph.apply(READERS[plural](json.dumps(obj).encode(), {})))

    def scrape(self, families: tuple[Family, ...] = FAMILIES) -> str:
        names = tuple(family.name for family in families)
        return b"".join(plain(self.exposition.snapshot_now().pieces(names=names))).decode()

    def counted(self, *families: str) -> dict[str, float]:
        """The series of families of sleep that are not 0."""
        return {
            series: value
            for series, value in samples(self.scrape()).items()
            if value and series.startswith(families)
        }

    def everything(self) -> dict[str, float]:
        """Every series of sleep and cost."""
        return samples(self.scrape((*FAMILIES, *COST_FAMILIES)))


def samples(text: str) -> dict[str, float]:
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            series, _, value = line.rpartition(" ")
            found[series] = float(value)
    return found
