"""What is broken in a cluster, told by cause: alike causes are one problem, with what waits for it."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field

from astrolabe.derived.diagnosis.causes import causes
from astrolabe.derived.diagnosis.reasons import TRANSPARENT, is_leftover, story_of, unhealthy
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import kind_of
from astrolabe.graph.relations import Relations

PARTS = TRANSPARENT | {"Pod", "ReplicaSet"}
"""Kinds that are parts of something: what they are parts of is what waits."""


@dataclass(slots=True)
class Problem:
    """One cause, or several alike, and all that is not Ready because of it."""

    id: str
    """Of the cause, or of the first of those that are alike."""
    missing: bool
    node: Node | None
    """What the cause says, as it was looked at; None for what does not exist."""
    alike: set[str] = field(default_factory=set)
    """Ids of the cause and of those that are alike."""
    affected: set[str] = field(default_factory=set)
    """Ids of all that is not Ready because of it."""

    @property
    def waiting(self) -> list[str]:
        """The entry points, workloads and other things as a whole that wait for it, by id."""
        return sorted(each for each in self.affected - self.alike if kind_of(each) not in PARTS)

    @property
    def rank(self) -> tuple[bool, int, str]:
        """The order of problems: errors and what is missing first, then what most wait for."""
        error = self.missing or (self.node is not None and self.node.status == "Error")
        return not error, -len(self.waiting), self.id


def gather(graph: Relations, ids: Iterable[str]) -> Generator[None, None, list[Problem]]:
    """Return the problems behind objects, the worst first; pause after each object.

    An object that has changed since it was named is taken as it is when it is looked at.
    """
    found: dict[object, Problem] = {}
    for node_id in sorted(ids):
        node = graph.get(node_id)
        if node is not None and is_broken(node):
            because = [(cause.id, cause.missing) for cause in causes(graph, node)]
            for cause, missing in because or [(node_id, False)]:
                problem = _of(graph, found, cause, missing=missing)
                problem.alike.add(cause)
                problem.affected.add(node_id)
        yield
    return sorted(found.values(), key=lambda problem: problem.rank)


def is_broken(node: Node) -> bool:
    """Whether a node is not well, and neither only shows how others are nor is left over."""
    return unhealthy(node) and node.facts.kind not in TRANSPARENT and not is_leftover(node)


def _of(graph: Relations, found: dict[object, Problem], cause: str, *, missing: bool) -> Problem:
    story = (cause, "missing") if missing else story_of(graph, cause)
    problem = found.get(story)
    if problem is None or cause < problem.id:
        node = None if missing else graph.get(cause)
        new = Problem(cause, missing, node)
        if problem is not None:
            new.alike, new.affected = problem.alike, problem.affected
        found[story] = problem = new
    return problem
