"""The search for causes: from an object along reasons to what has no further one. Pure; knows no Kubernetes.

Reasons may form circles. A circle is one thing: where nothing outside it is a reason for it, its cause is the
member that the others depend on otherwise than by ownership.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

CAUSES = 3
"""Different causes that are given for one object, at most."""
STEPS = 5000
"""Objects that one search looks at, at most: what is further away than so many others explains nothing."""


class Reason(NamedTuple):
    """Why an object is not well: another one that it depends on."""

    id: str
    owned: bool = False
    """It is only the object's own product: it explains its owner, but within a circle it gives way."""
    missing: bool = False
    """It does not exist, though another object may have its name."""


class Cause(NamedTuple):
    """Something unhealthy or missing that explains why an object is not Ready."""

    id: str
    path: tuple[str, ...]
    """The way to it: ids from the object's first reason to the cause itself."""
    missing: bool = False
    """It does not exist, though another object may have its name."""
    alike: int = 1
    """How many things of the same story there are; `id` is one of them, the nearest and first by id."""

    @property
    def distance(self) -> int:
        """Steps from the object to the cause."""
        return len(self.path)


Reasons = Callable[[Reason], Iterable[Reason]]
"""The direct reasons of an object, or of what is missing, in any order. Pure as long as a search lasts."""

Story = Callable[[str], object]
"""What a cause has in common with those that are alike (hashable), such as its owner and its reason."""


def causes(
    start: str,
    reasons: Reasons,
    story: Story,
    *,
    own: Callable[[str], bool],
) -> list[Cause]:
    """Return why an object is not well: nearest first, then what is missing, then by id; alike ones once.

    `own` says of an object with further reasons whether a fault of its own is left that none explains:
    then it is a cause itself, beside them. What has no explanation beyond itself has no causes.
    """
    known, came_from, order = _explore(start, reasons)
    ends = _ends(known)
    found: dict[object, tuple[Reason, int]] = {}
    for each in order:
        if each.id == start or not (each.id in ends or (not each.missing and own(each.id))):
            continue
        alike = each.id if each.missing else story(each.id)
        first, count = found.get(alike, (each, 0))
        found[alike] = (first, count + 1)
    return [
        Cause(each.id, _way(came_from, each.id), each.missing, count)
        for each, count in list(found.values())[:CAUSES]
    ]


def _explore(
    start: str, reasons: Reasons
) -> tuple[dict[str, tuple[Reason, ...]], dict[str, str], list[Reason]]:
    """Walk breadth first; return the reasons of each object, the step before it, and the order."""
    known: dict[str, tuple[Reason, ...]] = {}
    came_from = {start: ""}
    level = [Reason(start)]
    order = [*level]
    while level:
        below: dict[str, Reason] = {}
        for here in level:
            found = tuple(sorted(set(reasons(here))))
            known[here.id] = found
            for reason in found:
                if reason.id in came_from:
                    # Found as something that exists and as something that is missing, it is missing.
                    if reason.missing and reason.id in below:
                        below[reason.id] = reason
                elif len(came_from) < STEPS:
                    came_from[reason.id] = here.id
                    below[reason.id] = reason
        level = sorted(below.values(), key=lambda each: (not each.missing, each.id))
        order += level
    return known, came_from, order


def _way(came_from: Mapping[str, str], to: str) -> tuple[str, ...]:
    """Return the ids from the first step up to an id."""
    steps = []
    while before := came_from[to]:
        steps.append(to)
        to = before
    return tuple(reversed(steps))


def _ends(known: Mapping[str, tuple[Reason, ...]]) -> set[str]:
    """Return the causes: what has no reason, and of each circle without a reason outside, its cause."""
    ends = set()
    for circle in _circles(known):
        members = set(circle)
        if any(reason.id in known and reason.id not in members for each in circle for reason in known[each]):
            continue
        ends.add(_cause_of(circle, members, known))
    return ends


def _cause_of(circle: list[str], members: set[str], known: Mapping[str, tuple[Reason, ...]]) -> str:
    """Return the member of a circle that most others need without owning it; of equal ones the first."""
    needed = dict.fromkeys(sorted(circle), 0)
    for each in circle:
        for reason in known[each]:
            if reason.id in members and reason.id != each and not reason.owned:
                needed[reason.id] += 1
    return max(needed, key=lambda each: needed[each])


def _circles(known: Mapping[str, tuple[Reason, ...]]) -> list[list[str]]:
    """Return the strongly connected components (Tarjan's algorithm, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    circles: list[list[str]] = []
    for root in known:
        if root in index:
            continue
        work: list[tuple[str, int]] = [(root, 0)]
        while work:
            here, place = work.pop()
            if place == 0:
                index[here] = low[here] = len(index)
                stack.append(here)
                on_stack.add(here)
            following = known[here]
            for number in range(place, len(following)):
                other = following[number].id
                if other not in known:
                    continue
                if other not in index:
                    work += [(here, number + 1), (other, 0)]
                    break
                if other in on_stack:
                    low[here] = min(low[here], index[other])
            else:
                if low[here] == index[here]:
                    circle = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        circle.append(member)
                        if member == here:
                            break
                    circles.append(circle)
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[here])
    return circles
