"""Rest ends by the clock: what kube-green put to sleep and nothing wakes any more is not at rest.

No object says so. It is given to the graph as a note about the workload, as an Event would be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from astrolabe.derived.sleep.seam import Asleep
from astrolabe.derived.sleep.sleepinfo import SleepInfo
from astrolabe.derived.sleep.starts import MARGIN, PATIENCE
from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Facts, Note
from astrolabe.graph.graph import Graph
from astrolabe.graph.relations import Relations
from astrolabe.kinds.judges.evidence import SLEEPINFO_DELETED, WAKE_MISSED

LATE = MARGIN + PATIENCE
"""Seconds after a tick of its schedule from which on a workload that still sleeps was not woken."""
KIND = "Overslept"
"""What the ids of these notes begin with; nothing of the graph has this kind."""


def overslept(
    graph: Relations,
    sleeping: Iterable[Asleep],
    info_of: Callable[[str], SleepInfo | None],
    now: float,
) -> Iterator[Note]:
    """Yield a note about each workload that should have been woken, or that nobody would wake."""
    for sleep in sleeping:
        node = graph.get(sleep.id)
        if node is None or sleep.sleeper != "kube-green":
            continue
        namespace = node.facts.namespace
        if not graph.covers("SleepInfo", namespace):
            continue
        infos = [
            info
            for edge_type, source in graph.selecting_ids(node)
            if edge_type == "sleeps" and (info := info_of(source)) is not None
        ]
        if not infos:
            words = "kube-green put it to sleep, and no SleepInfo is left that would wake it"
            yield Note(sleep.id, node.facts.uid, SLEEPINFO_DELETED, words, 0.0)
        elif (missed := _missed(infos, sleep, now)) is not None:
            info, tick = missed
            words = f"SleepInfo {info.name} should have woken it, and it still has no replicas"
            yield Note(sleep.id, node.facts.uid, WAKE_MISSED, words, tick)


def _missed(infos: list[SleepInfo], sleep: Asleep, now: float) -> tuple[SleepInfo, float] | None:
    """Return the wake-up that did not come, with when it was due; None while some schedule says asleep."""
    if any(info.schedule.asleep(now) or info.schedule.wake_up is None for info in infos):
        return None
    due = []
    for info in infos:
        tick = info.schedule.previous("wake_up", now)
        if tick is not None and sleep.since < tick and tick + LATE <= now:
            due.append((tick, info.name, info))
    if not due:
        return None
    tick, _, info = max(due, key=lambda each: each[:2])
    return info, tick


class Notes:
    """Keeps the graph's notes about what overslept as they should be."""

    def __init__(self, graph: Graph, find: Callable[[], Iterable[Note]]) -> None:
        self._graph = graph
        self._find = find
        self._given: dict[str, Note] = {}

    def work(self) -> Iterator[Delta]:
        """Give the graph what is new, take from it what no longer holds; yield what that changed."""
        wanted = {f"{KIND}/{note.about}": note for note in self._find()}
        given, self._given = self._given, wanted
        for note_id in given.keys() - wanted.keys():
            yield self._graph.remove(note_id)
        for note_id, note in wanted.items():
            if given.get(note_id) != note:
                yield self._graph.apply(Facts(id=note_id, kind=KIND, uid="", api_version="", note=note))
