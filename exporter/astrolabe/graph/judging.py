"""The status of objects that depends on their neighbours. It is judged again when a neighbour changes."""

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
    """The kinds of those neighbours, also those whose coverage matters; empty: all."""
    by_template: bool = False
    """Whether the workloads whose templates its selections match count as neighbours too."""
    present: frozenset[str] = frozenset()
    """The kinds, among those, of which only the existence of an object counts."""
    wide: frozenset[str] = frozenset()
    """Reasons of verdicts that may change when any template of the namespace comes, changes or goes."""


Amend: TypeAlias = Callable[[Facts, Verdict, Sequence[Note]], Verdict]
"""Adds to a verdict what notes about its object say. Pure."""


class Judges:
    """All judges by the kind that they judge, and what notes add to their verdicts."""

    def __init__(
        self,
        judges: Mapping[str, Judge],
        amend: Amend = lambda _facts, verdict, _notes: verdict,
        foreign: Judge | None = None,
    ) -> None:
        """`foreign` judges kinds of foreign groups that have no judge of their own."""
        self._judges = judges
        self._foreign = foreign
        self.amend = amend
        self._heard = frozenset(kind for judge in judges.values() for kind in judge.kinds)
        self._read = frozenset(kind for judge in judges.values() for kind in judge.kinds - judge.present)
        self._hearing: dict[tuple[str, str, str], bool] = {}
        self._along: dict[str, frozenset[EdgeType]] = {}
        self._judging: dict[str, Judge | None] = {}
        self.by_template = frozenset(kind for kind, judge in judges.items() if judge.by_template)
        self.wide = {kind: judge.wide for kind, judge in judges.items() if judge.wide}

    def get(self, kind: str) -> Judge | None:
        """Return the judge of a kind."""
        if kind not in self._judging:
            judge = self._judges.get(kind)
            self._judging[kind] = self._foreign if judge is None and self.is_foreign(kind) else judge
        return self._judging[kind]

    def is_foreign(self, kind: str) -> bool:
        """Whether a kind is of a foreign group and judged as such."""
        return self._foreign is not None and "." in kind

    def heard(self, kind: str) -> bool:
        """Whether some judge listens to objects of a kind."""
        return self._foreign is not None or kind in self._heard

    def read(self, kind: str) -> bool:
        """Whether some judge of built-in kinds reads more than the existence of objects of a kind."""
        return kind in self._read

    def hears(self, kind: str, edge_type: EdgeType, neighbour: str) -> bool:
        """Whether objects of a kind are judged by neighbours of another kind along a type of relation."""
        asked = (kind, edge_type, neighbour)
        hears = self._hearing.get(asked)
        if hears is None:
            judge = self.get(kind)
            hears = (
                judge is not None
                and edge_type in judge.hears
                and (not judge.kinds or neighbour in judge.kinds)
            )
            self._hearing[asked] = hears
        return hears

    def along(self, kind: str) -> frozenset[EdgeType]:
        """Return the types of relations along which some judge hears objects of a kind."""
        along = self._along.get(kind)
        if along is None:
            foreign = () if self._foreign is None else (self._foreign,)
            judges = (*self._judges.values(), *foreign)
            along = self._along[kind] = frozenset(
                edge for judge in judges if not judge.kinds or kind in judge.kinds for edge in judge.hears
            )
        return along

    def of_coverage(self, kind: str) -> Iterable[str]:
        """Return the kinds whose verdicts depend on whether a kind is known completely."""
        return (judged for judged, judge in self._judges.items() if kind in judge.kinds)


NO_JUDGES = Judges(MappingProxyType({}))
