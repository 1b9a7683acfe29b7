"""Finds who reaches a goal, backwards from it: nearest first, each subject by its shortest ways alone.

A subject is known by what bindings call it: a user, a group, an account. It reaches a goal in as many steps
as it has to take; whoever belongs to a group that reaches it does too. The search ends, since each subject is
settled once, and the same cluster gives the same answer whatever came first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import msgspec

from astrolabe.derived.access import powers
from astrolabe.derived.access.evaluator import ACCOUNTS, MASTERS, group_key, keys_of, user_of
from astrolabe.derived.access.gains import Gains, gainers
from astrolabe.derived.access.holdings import Holdings
from astrolabe.derived.access.powers import NUMBER
from astrolabe.derived.access.rights import Rights
from astrolabe.derived.access.ways import ANY, Atom, How, Need, Option, Ways
from astrolabe.scheduling.steps import at_once

MOST_MEMBERS = 2000
"""Accounts of one group that are looked at; where there are more, the answer says so."""
LONGEST_WAY = 16
"""Steps of the longest way that is looked for."""

_LEGS_PER_STEP = 500
"""Legs that are looked at between two pauses."""

MODES = ("serviceaccount", "user-info")
"""Of impersonation for certain requests; those of Nodes are not looked at."""

EVERYWHERE = "*"
"""Stands for every namespace among those that were looked at."""
_MASTERS = group_key(MASTERS)


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One or two steps of a subject towards a goal, or towards whoever reaches it. Many are equal.

    The collector does not look at it, nor at the tuples that hold it: there are a hundred thousand.
    """

    how: How
    """Of the first step."""
    number: int
    """Of the option that it uses in the end, among those that lead there."""
    mode: str = ""
    """Of impersonation, where it uses it as somebody else (`impersonate-on`)."""
    by: str = ""
    """That one's key."""
    member: str = ""
    """The account that it becomes, where the goal was a group of them."""


Legs: TypeAlias = tuple[tuple[str, int, Leg], ...]
"""Who can go some way, in how many steps, and how. Tuples of these the collector does not walk."""


class Reached(NamedTuple):
    """How a subject reaches the goal."""

    distance: int
    """Steps."""
    ways: dict[How, tuple[Leg, str]]
    """By the first step: what it does, and which subject it is then; empty where that is the goal itself."""


class Result(NamedTuple):
    """Who reaches a goal."""

    subjects: dict[str, Reached]
    looked_at: set[str]
    """Namespaces whose accounts were asked about on the way."""
    options: tuple[Option, ...]
    """The ways to the goal itself."""
    truncated: bool
    """Whether there was too much to look at all of it: then somebody else may reach the goal too."""


class Search:
    """Answers with a memory of who can become which other account, until it is told to forget."""

    def __init__(self, rights: Rights, holdings: Holdings, ways: Ways) -> None:
        self._rights = rights
        self._holdings = holdings
        self._ways = ways
        self._takers: dict[str, dict[str, Legs]] = defaultdict(dict)
        self._groups: dict[str, tuple[Legs, bool]] = {}
        self._forgot = 0
        self._gainers: dict[str, tuple[set[str], set[str]]] = {}
        self._gains: dict[tuple[str, str], Gains] = {}
        self._constrained: bool | None = None

    def forget(self, namespace: str) -> None:
        """Look again at a namespace; empty is everything."""
        self._gains.clear()
        self._groups.clear()
        self._forgot += 1
        self._constrained = None
        if namespace:
            self._takers.pop(namespace, None)
            self._takers.pop(EVERYWHERE, None)
            self._gainers.pop(namespace, None)
        else:
            self._takers.clear()
            self._gainers.clear()

    def reach(self, options: Iterable[Option], *, exists: bool = True, start: Iterable[str] = ()) -> Result:
        """Return who reaches what the options lead to, or is one of those to start with (no step away)."""
        return at_once(self.reaching(options, exists=exists, start=start))

    def reaching(
        self, options: Iterable[Option], *, exists: bool = True, start: Iterable[str] = ()
    ) -> Generator[None, None, Result]:
        """Do the same, pausing often."""
        ways = tuple(options)
        found = _Frontier()
        looked_at: set[str] = set()
        truncated = False
        for number, option in enumerate(ways):
            for key, steps, leg in self._legs(option, number):
                found.offer(key, steps, leg, "")
        if exists:
            found.offer(_MASTERS, 1, _MASTER, "")
        found.begin(start)
        distance = 0
        while distance < LONGEST_WAY and found.left(distance):
            for key in found.settle(distance):
                looked_at.add(_home(key))
                legs, whole = yield from self._becoming(key)
                truncated = truncated or not whole
                for count, (other, steps, leg) in enumerate(legs):
                    if key not in _keys(other):
                        found.offer(other, distance + steps, leg, key)
                    if count % _LEGS_PER_STEP == 0:
                        yield
                yield
            distance += 1
        truncated = truncated or found.left(distance)
        return Result(found.settled, looked_at, ways, truncated)

    def option_of(self, result: Result, leg: Leg, then: str) -> Option:
        """Return the option that a leg uses, towards the goal or towards somebody."""
        among = result.options if not then else tuple(self._ways.to(leg.member or then))
        option = among[leg.number]
        if not leg.by:
            return option
        needs = (*_impersonating(leg.mode, leg.by), *self._on(leg.mode, leg.by, option))
        return option._replace(needs=needs)

    def _becoming(self, key: str) -> Generator[None, None, tuple[Legs, bool]]:
        """Return who can be somebody, or one of a group of accounts, and whether that is everybody."""
        members = self._ways.members(key)
        if not members:
            return self._taking(key), True
        known = self._groups.get(key)
        if known is not None:
            return known
        forgot = self._forgot
        # Of equal legs by several members the first member by name stays: `members` come in order.
        found: dict[tuple[str, How, int], Leg] = {}
        for number, option in enumerate(self._ways.to(key)):
            for other, steps, leg in self._legs(option, number):
                found.setdefault((other, leg.how, steps), leg)
            yield
        for member in members[:MOST_MEMBERS]:
            for other, steps, leg in self._taking(member):
                found.setdefault((other, leg.how, steps), _with(leg, member))
            yield
        legs = tuple([(other, steps, leg) for (other, _, steps), leg in found.items()])
        result = legs, len(members) <= MOST_MEMBERS
        if forgot == self._forgot:
            self._groups[key] = result
        return result

    def _taking(self, key: str) -> Legs:
        """Return who can be somebody, each with the steps and the way."""
        known = self._takers[_home(key)]
        legs = known.get(key)
        if legs is None:
            options = enumerate(self._ways.to(key))
            legs = known[key] = tuple(
                [leg for number, option in options for leg in self._legs(option, number)]
            )
        return legs

    def _legs(self, option: Option, number: int) -> Iterator[tuple[str, int, Leg]]:
        """Yield who can go a way: by what they have, by what they give themselves, or as somebody else."""
        able = self.able(option.needs)
        leg = _leg(option.how, number)
        for key in able:
            yield key, 1, leg
        gaining = self._able_to_gain(option) - able
        if gaining and all(any(map(_possible, need)) for need in option.needs):
            for key in sorted(gaining):
                gains = self._gains_of(key, _place(option))
                if all(any(map(gains.covers, need)) for need in option.needs):
                    yield key, 2, _leg("escalate" if gains.everything else "bind", number)
        if self._somebody_may_impersonate_for_some():
            yield from self._as_somebody(option, number, able)

    def able(self, needs: tuple[Need, ...]) -> set[str]:
        """Return whose own rights, and those of their groups, fulfil all of some needs."""
        holders = []
        for need in needs:
            found = {key for atom in need for key in self._holders(atom)}
            # Whether a name would do may take a while to find out.
            if not found or not any(map(_possible, need)):
                return set()
            holders.append(found)
        if len(holders) == 1:
            return holders[0]
        return {
            key for key in set().union(*holders) if all(not found.isdisjoint(_keys(key)) for found in holders)
        }

    def _holders(self, atom: Atom) -> Iterator[str]:
        return self._holdings.holders(atom.power, atom.namespace, atom.names)

    def _able_to_gain(self, option: Option) -> set[str]:
        place = _place(option)
        found = self._gainers.get(place)
        if found is None:
            found = self._gainers[place] = gainers(self._rights, self._holdings, place)
        seeds, groups = found
        if not groups or len(option.needs) == 1:
            return seeds
        # One need by oneself, another one by what a group can give itself.
        holders = {key for need in option.needs for atom in need for key in self._holders(atom)}
        return seeds | {key for key in holders if not groups.isdisjoint(_keys(key))}

    def _gains_of(self, key: str, namespace: str) -> Gains:
        found = self._gains.get((key, namespace))
        if found is None:
            found = self._gains[key, namespace] = Gains(self._rights, self._holdings, key, namespace)
        return found

    def gains_of(self, key: str, option: Option) -> Gains:
        """Return what somebody can give themselves where an option is used."""
        return self._gains_of(key, _place(option))

    def _somebody_may_impersonate_for_some(self) -> bool:
        """Whether any role but those that may do everything has a verb like `impersonate:user-info`."""
        if self._constrained is None:
            bits = sum(1 << NUMBER[power] for power in powers.AS.values())
            numbers = {NUMBER[power] for power in powers.AS.values()}
            found = map(self._holdings.of_role, self._rights.roles_with("*", *powers.AS))
            self._constrained = any(
                (each.mask & bits and each.mask != powers.EVERYTHING)
                or any(number in numbers for number, _ in each.named)
                for each in found
            )
        return self._constrained

    def _as_somebody(self, option: Option, number: int, able: set[str]) -> Iterator[tuple[str, int, Leg]]:
        """Yield who may impersonate somebody that can go the way, for these requests (`impersonate-on`)."""
        offered: set[str] = set()
        members = (each for key in sorted(able) for each in self._ways.members(key)[:MOST_MEMBERS])
        for somebody in dict.fromkeys((*sorted(able), *members)):
            for mode in MODES:
                needs = (*_impersonating(mode, somebody), *self._on(mode, somebody, option))
                if not all(needs) or len(needs) == len(option.needs):
                    continue
                for key in sorted(self.able(needs) - able - offered):
                    if somebody not in _keys(key):
                        offered.add(key)
                        yield key, 2, Leg("impersonate", number, mode, somebody)

    def _on(self, mode: str, somebody: str, option: Option) -> Iterator[Need]:
        """Yield for each need of an option what has to be allowed on top of what somebody may."""
        keys = _keys(somebody)
        for need in option.needs:
            yield tuple(
                atom._replace(power=powers.ON[mode, atom.power])
                for atom in need
                if (mode, atom.power) in powers.ON
                and _possible(atom)
                and not keys.isdisjoint(self._holders(atom))
            )


class _Frontier:
    """What is offered and not settled yet, by distance."""

    def __init__(self) -> None:
        self.settled: dict[str, Reached] = {}
        self._offers: dict[int, dict[str, dict[How, tuple[Leg, str]]]] = defaultdict(dict)

    def begin(self, keys: Iterable[str]) -> None:
        """Note who is there already."""
        self._offers[0].update((key, {}) for key in keys)

    def offer(self, key: str, distance: int, leg: Leg, then: str) -> None:
        """Note a way; of equally long ones by the same first step the first by name stays."""
        if key in self.settled:
            return
        ways = self._offers[distance].setdefault(key, {})
        known = ways.get(leg.how)
        if known is None or (then, leg.member) < (known[1], known[0].member):
            ways[leg.how] = leg, then

    def left(self, distance: int) -> bool:
        """Whether anything is offered from a distance on."""
        return any(offers for at, offers in self._offers.items() if at >= distance)

    def settle(self, distance: int) -> list[str]:
        """Settle whoever is offered at a distance, and return them in order."""
        offers = self._offers.pop(distance, {})
        nearer = self.settled.keys()
        new = [key for key in sorted(offers) if key not in nearer and nearer.isdisjoint(_keys(key))]
        for key in new:
            self.settled[key] = Reached(distance, offers[key])
        return new


def _impersonating(mode: str, somebody: str) -> tuple[Need, ...]:
    kind, _, rest = somebody.partition("/")
    if mode == "serviceaccount" and kind == "ServiceAccount":
        namespace, _, name = rest.partition("/")
        return ((Atom(powers.AS["serviceaccounts"], namespace, frozenset({name})),),)
    if mode == "user-info" and kind == "User" and not rest.startswith("system:node:"):
        return ((Atom(powers.AS["users"], "", frozenset({rest})),),)
    if mode == "user-info" and kind == "Group":
        return (
            (Atom(powers.AS["groups"], "", frozenset({rest})),),
            (Atom(powers.AS["users"], "", ANY),),
        )
    return ()


def _possible(atom: Atom) -> bool:
    """Whether there is a name at all that would do."""
    return atom.names is None or bool(atom.names)


def _place(option: Option) -> str:
    """Return the namespace that an option is about; empty is the whole cluster."""
    return next((atom.namespace for need in option.needs for atom in need if atom.namespace), "")


def _home(key: str) -> str:
    """Return the namespace that decides who can be somebody, besides what holds cluster-wide."""
    kind, _, rest = key.partition("/")
    if kind == "ServiceAccount":
        return rest.partition("/")[0]
    if kind == "Group" and rest == ACCOUNTS:
        return EVERYWHERE
    return rest.removeprefix(f"{ACCOUNTS}:") if kind == "Group" and rest.startswith(f"{ACCOUNTS}:") else ""


@lru_cache(1 << 13)
def _keys(key: str) -> frozenset[str]:
    """Return the key itself and the groups that whoever it stands for is known to be in."""
    return frozenset({key, *keys_of(user_of(key))} - {"User/"})


@lru_cache(1 << 10)
def _leg(how: How, number: int) -> Leg:
    return Leg(how, number)


@lru_cache(1 << 13)
def _with(leg: Leg, member: str) -> Leg:
    return Leg(leg.how, leg.number, leg.mode, leg.by, member)


_MASTER = Leg("read", -1)
"""Members of system:masters need no right."""
