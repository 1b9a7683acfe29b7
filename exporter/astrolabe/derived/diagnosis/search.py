"""The search for causes: from an object along reasons to what has no further one. Pure; knows no Kubernetes.

Reasons may form circles. A circle is one thing: where nothing outside it is a reason for it, its cause is the
member that the others depend on otherwise than by ownership.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from astrolabe.scheduling.steps import at_once

CAUSES = 3
"""Different causes that are given for one object, at most."""
STEPS = 5000
"""Objects that one search looks at, at most: what is further away than so many others explains nothing."""
_BATCH = 256
"""Objects that are sorted out between two pauses."""


class Reason(NamedTuple):
    """Why an object is not well: another one that it depends on."""

    id: str
    owned: bool = False
    """It is only the object's own product: it explains its owner, but within a circle it gives way."""
    missing: bool = False
    """It does not exist, though another object may have its name."""
    waits: bool = False
    """It is not in error, and may only wait for another one: of equally near ones it comes last."""


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


Reasons = Callable[[Reason], Iterable[Reason | None]]
"""The direct reasons of an object, or of what is missing, in any order; None is a pause."""

Story = Callable[[str], object]
"""What a cause has in common with those that are alike (hashable), such as its owner and its reason."""


@dataclass(slots=True)
class Shared:
    """What searches in a row share, so that what many need is looked into once for all of them."""

    known: dict[tuple[str, bool], tuple[Reason, ...]] = field(default_factory=dict)
    """The reasons of an object, or of what is missing (True), as they were when first asked for."""
    looks: int = 0
    """How many objects the searches came to, each search for itself."""


def causes(start: str, reasons: Reasons, story: Story, *, own: Callable[[str], bool]) -> list[Cause]:
    """Return why an object is not well, without a pause: see `search`."""
    return at_once(search(start, reasons, story, own=own, shared=Shared()))


def search(
    start: str,
    reasons: Reasons,
    story: Story,
    *,
    own: Callable[[str], bool],
    shared: Shared,
) -> Generator[None, None, list[Cause]]:
    """Return why an object is not well: nearest first, alike ones once.

    Of equally near ones, what is missing comes first and what waits last; then they are in order of id.
    `own` says of an object with further reasons whether a fault of its own is left that none explains: then
    it is a cause itself, beside them. What has no explanation beyond itself has no causes.
    It pauses after each object; what is found is of the moments between.
    """
    known, came_from, order = yield from _explore(start, reasons, shared)
    ends = yield from _ends(known)
    found: dict[object, tuple[Reason, int]] = {}
    for number, each in enumerate(order, 1):
        if number % _BATCH == 0:
            yield
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
    start: str, reasons: Reasons, shared: Shared
) -> Generator[None, None, tuple[dict[str, tuple[Reason, ...]], dict[str, str], list[Reason]]]:
    """Walk breadth first; return the reasons of each object, the step before it, and the order."""
    known: dict[str, tuple[Reason, ...]] = {}
    came_from = {start: ""}
    level = [Reason(start)]
    order = [*level]
    while level:
        below: dict[str, Reason] = {}
        for here in level:
            found = yield from _of(here, reasons, shared)
            known[here.id] = found
            for reason in found:
                if reason.id in came_from:
                    # Found as something that exists and as something that is missing, it is missing.
                    if reason.missing and reason.id in below:
                        below[reason.id] = reason
                elif len(came_from) < STEPS:
                    came_from[reason.id] = here.id
                    below[reason.id] = reason
        level = sorted(below.values(), key=lambda each: (not each.missing, each.waits, each.id))
        order += level
    return known, came_from, order


def _of(here: Reason, reasons: Reasons, shared: Shared) -> Generator[None, None, tuple[Reason, ...]]:
    """Return the reasons of one object in order, and pause."""
    shared.looks += 1
    key = (here.id, here.missing)
    found = shared.known.get(key)
    if found is None:
        seen: set[Reason] = set()
        for reason in reasons(here):
            if reason is None:
                yield
            else:
                seen.add(reason)
        found = shared.known[key] = tuple(sorted(seen))
    yield
    return found


def _way(came_from: Mapping[str, str], to: str) -> tuple[str, ...]:
    """Return the ids from the first step up to an id."""
    steps = []
    while before := came_from[to]:
        steps.append(to)
        to = before
    return tuple(reversed(steps))


def _ends(known: Mapping[str, tuple[Reason, ...]]) -> Generator[None, None, set[str]]:
    """Return the causes: what has no reason, and of each circle without a reason outside, its cause."""
    ends = set()
    for number, circle in enumerate((yield from _circles(known)), 1):
        if number % _BATCH == 0:
            yield
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


def _circles(known: Mapping[str, tuple[Reason, ...]]) -> Generator[None, None, list[list[str]]]:
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
                if len(index) % _BATCH == _BATCH - 1:
                    yield
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
