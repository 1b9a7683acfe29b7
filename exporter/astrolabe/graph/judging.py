"""The seam for what an object is beyond its own words: judged by its neighbours, again whenever they change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from astrolabe.graph.facts import EdgeType, Facts, Note, Verdict

if TYPE_CHECKING:
    from astrolabe.graph.relations import Relations


class Judge(NamedTuple):
    """How objects of one kind are judged. Pure: the same neighbours give the same verdict."""

    judge: Callable[[Facts, Relations], Verdict]
    """Reads the object and what is around it; the object is in the graph."""
    hears: frozenset[EdgeType]
    """The relations along which a neighbour's change may change the verdict, at either end."""
    kinds: frozenset[str]
    """The kinds of those neighbours; also those whose coverage matters."""
    by_template: bool = False
    """Whether the workloads whose templates its selections match count as neighbours too."""


Amend: TypeAlias = Callable[[Facts, Verdict, Sequence[Note]], Verdict]
"""Adds to a verdict what notes about its object say. Pure."""


class Judges:
    """All judges by the kind that they judge, and what notes add to their verdicts."""

    def __init__(self, judges: Mapping[str, Judge], amend: Amend = lambda _facts, verdict, _notes: verdict) -> None:
        self._judges = judges
        self.amend = amend
        self.heard: frozenset[str] = frozenset(kind for judge in judges.values() for kind in judge.kinds)
        """Kinds whose objects some judge listens to."""
        self.by_template = frozenset(kind for kind, judge in judges.items() if judge.by_template)

    def get(self, kind: str) -> Judge | None:
        """Return the judge of a kind."""
        return self._judges.get(kind)

    def hears(self, kind: str, edge_type: EdgeType, neighbour: str) -> bool:
        """Whether objects of a kind are judged by neighbours of another kind along a type of relation."""
        judge = self._judges.get(kind)
        return judge is not None and edge_type in judge.hears and neighbour in judge.kinds

    def of_coverage(self, kind: str) -> Iterable[str]:
        """Return the kinds whose verdicts depend on whether a kind is known completely."""
        return (judged for judged, judge in self._judges.items() if kind in judge.kinds)


NO_JUDGES = Judges(MappingProxyType({}))
