"""When workloads were not awake: how things were at any time that may still be asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import NamedTuple

from astrolabe.derived.sleep import scaling, sleepers
from astrolabe.derived.sleep.asleep import Sleeps
from astrolabe.graph.facts import Facts


class Spell(NamedTuple):
    """A time in which the workload of a name was not awake."""

    since: float
    """Unix seconds; 0 where nobody knows."""
    until: float = inf
    """Infinite while it lasts."""
    slept: bool = False
    """Whether kube-green had put it to sleep."""
    woken: bool = False
    """Whether kube-green ended it."""
    gone: bool = False
    """Whether the workload was deleted then, not woken."""


class Remains(NamedTuple):
    """What a restart would lose of it. It is plain data."""

    over: list[tuple[str, Spell]] = []  # noqa: RUF012  (nobody changes it)
    turned: dict[str, float] = {}  # noqa: RUF012


class History:
    """The spells of each workload, by its id: a workload that is created again under its name goes on.

    Those that are over are kept while a tick or an operation may still ask for them; the one that lasts
    stands on the object.
    """

    def __init__(self, sleeps: Sleeps) -> None:
        self._sleeps = sleeps
        self._over: dict[str, dict[str, list[Spell]]] = {}
        """By namespace and workload."""
        self._turned: dict[str, float] = {}
        """When workloads were seen to go to zero, lately: not all objects tell."""

    def remember(self) -> Remains:
        """Return what to carry over a restart."""
        return Remains(
            [
                (workload, spell)
                for found in self._over.values()
                for workload, spells in found.items()
                for spell in spells
            ],
            dict(self._turned),
        )

    def resume(self, remains: Remains) -> None:
        """Take over what an earlier process saw."""
        for workload, spell in remains.over:
            self.over(workload, spell)
        self._turned |= remains.turned

    def rested(self, facts: Facts, now: float) -> None:
        """Note that a workload was seen to go to zero."""
        self._turned[facts.id] = now

    def over(self, workload: str, spell: Spell) -> None:
        """Note that a spell ended."""
        self._turned.pop(workload, None)
        self._over.setdefault(_namespace(workload), {}).setdefault(workload, []).append(spell)

    def came(self, facts: Facts) -> None:
        """Note that a workload came: one of its name that was before it was gone by then."""
        spells = self._over.get(facts.namespace, {}).get(facts.id)
        if spells and spells[-1].gone and spells[-1].until > facts.created > 0:
            spells[-1] = spells[-1]._replace(until=max(facts.created, spells[-1].since))

    def lasting(self, facts: Facts) -> Spell:
        """Return the spell that lasts, of a workload that is not awake."""
        claim = sleepers.kube_green(facts)
        if claim is not None:
            return Spell(claim.since, slept=True)
        sleep = self._sleeps.lasting.get(facts.id)
        if sleep is not None:
            return Spell(sleep.since, slept=sleep.sleeper == "kube-green")
        by, turned = scaling.scaled(facts), self._turned.get(facts.id, inf)
        # Who took it down may have written again since: then that is the only time that the object tells.
        since = min(by.time, turned) if by is not None and by.time else turned
        return Spell(since if since < inf else facts.created)

    def of(self, facts: Facts) -> list[Spell]:
        """Return the spells of a workload that stands like this, in order."""
        over = self._over.get(facts.namespace, {}).get(facts.id, [])
        return over if scaling.awake(facts) else [*over, self.lasting(facts)]

    def those_of(self, namespace: str) -> Iterator[tuple[str, list[Spell]]]:
        """Yield the workloads of a namespace, gone ones too, with their spells that are over."""
        yield from self._over.get(namespace, {}).items()

    def forget(self, before: float, needed: Callable[[str], float]) -> None:
        """Drop what ended before a time.

        Sleeps stay that began since `needed` of their namespace: a wake-up may still be for them.
        """
        for namespace, found in list(self._over.items()):
            since = needed(namespace)
            for workload, spells in list(found.items()):
                kept = [
                    each for each in spells if each.until >= before or (each.slept and each.since >= since)
                ]
                if kept:
                    found[workload] = kept
                else:
                    del found[workload]
            if not found:
                del self._over[namespace]
        for workload, turned in list(self._turned.items()):
            if turned < before:
                del self._turned[workload]


def _namespace(workload: str) -> str:
    return workload.split("/", 2)[1]
