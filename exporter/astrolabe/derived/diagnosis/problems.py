"""What is broken in a cluster, told by cause: alike causes are one problem, with what waits for it."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from astrolabe.derived.diagnosis.causes import explain
from astrolabe.derived.diagnosis.forbidden import Denied, refusal, said
from astrolabe.derived.diagnosis.reasons import BATCH, TRANSPARENT, is_leftover, story_of, unhealthy
from astrolabe.derived.diagnosis.search import Cause, Shared
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import kind_of, scope_of
from astrolabe.graph.relations import Relations

PARTS = TRANSPARENT | {"Pod", "ReplicaSet"}
"""Kinds that are parts of something: what they are parts of is what waits."""
ENTRIES = frozenset({"Service", "Ingress", "Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute"})
"""Kinds, without their groups, through which users come in: what people miss first."""
LOOKS = 200_000
"""Objects that the searches of one list come to, at most, each search for itself: some seconds of work."""


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
    wholes: set[str] = field(default_factory=set)
    """Those of `affected` that are no parts of anything."""
    namespaces: set[str] = field(default_factory=set)
    """Where the causes and what is not Ready because of them are; "" is the cluster."""
    refused: set[Denied] = field(default_factory=set)
    """What the accounts among the causes were refused."""

    @property
    def denial(self) -> str:
        """What the cause, an account, lacks; empty where it is none, or was refused nothing."""
        return said(self.id, self.refused)

    @property
    def broken(self) -> set[str]:
        """Ids of all that is not Ready because of it, without the causes themselves."""
        return self.affected - self.alike

    @property
    def waiting(self) -> list[str]:
        """The entry points, workloads and other things as a whole that wait for it: entry points first."""
        return entries_first(self.wholes - self.alike)

    @property
    def rank(self) -> tuple[bool, int, str]:
        """The order of problems: errors and what is missing first, then what most wait for."""
        error = self.missing or bool(self.denial) or (self.node is not None and self.node.status == "Error")
        return not error, -len(self.wholes - self.alike), self.id


class Problems(NamedTuple):
    """What is broken, and how far that is known."""

    found: list[Problem]
    """The worst first."""
    left_out: int = 0
    """How many objects that are not Ready were not looked into, because others took too long."""

    def of(self, node_id: str) -> Problem | None:
        """Return the problem that an object is the cause of, alone or with others that are alike."""
        return next((problem for problem in self.found if node_id in problem.alike), None)


NONE = Problems([])


def gather(graph: Relations, ids: Iterable[str], looks: int = LOOKS) -> Generator[None, None, Problems]:
    """Return the problems behind objects; pause after each object that is looked at.

    An object that has changed since it was named is taken as it is when it is looked at. Where there is too
    much to look at, what serves users and workloads is explained before their parts.
    """
    found: dict[object, Problem] = {}
    shared = Shared()
    order = yield from _in_order(graph, ids)
    left_out = 0
    for number, node_id in enumerate(order):
        if shared.looks >= looks:
            left_out = len(order) - number
            break
        node = graph.get(node_id)
        if node is not None and is_broken(node):
            for cause in (yield from explain(graph, node, shared)) or [Cause(node_id, (node_id,))]:
                problem = _of(graph, found, cause.id, missing=cause.missing)
                _note(problem, cause.id, node)
                if (refused := refusal(graph, node, cause)) is not None:
                    problem.refused.add(refused)
        yield
    ranked = []
    for problem in found.values():
        ranked.append((problem.rank, problem))
        yield
    return Problems([problem for _, problem in sorted(ranked, key=itemgetter(0))], left_out)


def is_broken(node: Node) -> bool:
    """Whether a node is not well, and neither only shows how others are nor is left over."""
    return unhealthy(node) and node.facts.kind not in TRANSPARENT and not is_leftover(node)


def entries_first(ids: Iterable[str]) -> list[str]:
    """Return ids in order, those of what users come in through first."""
    return sorted(ids, key=lambda each: (kind_of(each).partition(".")[0] not in ENTRIES, each))


def _in_order(graph: Relations, ids: Iterable[str]) -> Generator[None, None, list[str]]:
    """Return ids of what is not Ready: wholes before parts, errors before what is pending."""
    ranks: tuple[list[str], ...] = ([], [], [], [])
    for number, node_id in enumerate(ids, 1):
        if number % BATCH == 0:
            yield
        node = graph.get(node_id)
        if unhealthy(node) and node is not None:
            ranks[2 * (node.facts.kind in PARTS) + (node.status != "Error")].append(node_id)
    order = []
    for rank in ranks:
        rank.sort()
        order += rank
        yield
    return order


def _note(problem: Problem, cause: str, node: Node) -> None:
    problem.alike.add(cause)
    problem.affected.add(node.id)
    if node.facts.kind not in PARTS:
        problem.wholes.add(node.id)
    problem.namespaces.update((scope_of(cause)[1], node.facts.namespace))


def _of(graph: Relations, found: dict[object, Problem], cause: str, *, missing: bool) -> Problem:
    story = (cause, "missing") if missing else story_of(graph, cause)
    problem = found.get(story)
    if problem is None or cause < problem.id:
        node = None if missing else graph.get(cause)
        if problem is None:
            found[story] = problem = Problem(cause, missing, node)
        else:
            problem.id, problem.node = cause, node
    return problem
