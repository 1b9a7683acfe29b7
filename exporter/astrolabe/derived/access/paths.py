"""Says how somebody reaches a goal: step by step, each with the right that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec

from astrolabe.derived.access.evaluator import Request, user_of
from astrolabe.derived.access.powers import Power
from astrolabe.derived.access.rights import Grant, Rights
from astrolabe.derived.access.search import Leg, Result, Search
from astrolabe.derived.access.ways import Atom, How, Need, Option

_ON = "impersonate-on:"
_NAMES_TRIED = 1000
"""Names that are tried for an example."""


class Step(msgspec.Struct, frozen=True):
    """What somebody does on the way."""

    subject: str
    """Who, as a key: `User/alice`, `Group/devs`, `ServiceAccount/shop/web`."""
    how: How
    does: tuple[str, ...]
    """Each permission that it takes, in words: `create pods/exec web-1 in shop`."""
    by: tuple[Grant, ...]
    """The rights that give them; none for what it gives itself, and for members of system:masters."""
    becomes: str
    """Who it is then; empty where it has reached the goal, or has more rights and is who it was."""


class Path(msgspec.Struct, frozen=True):
    """How one subject reaches a goal."""

    subject: str
    how: How
    """Of the first step."""
    steps: tuple[Step, ...]


def paths(search: Search, rights: Rights, result: Result) -> Iterator[Path]:
    """Yield every way of every subject, nearest first, then by name."""
    for key, reached in sorted(result.subjects.items(), key=lambda item: (item[1].distance, item[0])):
        for how in sorted(reached.ways):
            yield Path(key, how, tuple(_steps(search, rights, result, key, how)))


def _steps(search: Search, rights: Rights, result: Result, key: str, how: How) -> Iterator[Step]:
    subject, first = key, how
    while subject and result.subjects[subject].ways:
        leg, then = result.subjects[subject].ways[first]
        if leg.number < 0:
            # Members of system:masters need no right.
            yield Step(subject, "read", (), (), "")
            return
        option = search.option_of(result, leg, then)
        yield from _of_leg(search, rights, subject, leg, option, leg.member or then)
        subject = then
        first = min(result.subjects[then].ways, default=first) if then else first


def _of_leg(
    search: Search, rights: Rights, subject: str, leg: Leg, option: Option, then: str
) -> Iterator[Step]:
    if leg.by:
        yield _step(rights, subject, "impersonate", option.needs, leg.by)
        plain = tuple(
            tuple(map(_as_itself, need)) for need in option.needs if need[0].power.verb.startswith(_ON)
        )
        yield _step(rights, leg.by, option.how, plain, then)
    elif leg.how in ("bind", "escalate"):
        yield _gaining(search, rights, subject, leg, option)
        yield _step(rights, subject, option.how, option.needs, then)
    else:
        yield _step(rights, subject, leg.how, option.needs, then)


def _gaining(search: Search, rights: Rights, subject: str, leg: Leg, option: Option) -> Step:
    gains = search.gains_of(subject, option)
    user = user_of(subject)
    does: list[str] = []
    for need in option.needs:
        if any(_example(rights, subject, atom) is not None for atom in need):
            continue
        role = next((found for atom in need if (found := gains.role_for(atom)) is not None), None)
        text = "write any rule into a role" if gains.everything or role is None else f"bind {role}"
        if text not in does:
            does.append(text)
    wanted = ("bind", "escalate")
    by = [
        rule.grant
        for rule in rights.effective(user)
        if any(verb in rule.rule.verbs for verb in (*wanted, "*"))
        and any(word in rule.rule.resources for word in ("roles", "clusterroles", "*"))
    ]
    return Step(subject, leg.how, tuple(does), tuple(dict.fromkeys(by)), "")


def _step(rights: Rights, subject: str, how: How, needs: tuple[Need, ...], then: str) -> Step:
    does: list[str] = []
    by: list[Grant] = []
    for need in needs:
        found = next(
            ((atom, name) for atom in need if (name := _example(rights, subject, atom)) is not None), None
        )
        # What it gives itself has no grant yet: any of the permissions would do.
        atom, name = found or (need[0], _any_name(need[0]))
        does.append(_words(atom, name))
        if found is not None:
            by.extend(rights.grants(user_of(subject), _request(atom.power, atom.namespace, name)))
    return Step(subject, how, tuple(does), tuple(dict.fromkeys(by)), then)


def _example(rights: Rights, subject: str, atom: Atom) -> str | None:
    """Return a name, or none, with which a subject is allowed what an atom says; None where it is not."""
    user = user_of(subject)
    for name in _names(rights, subject, atom):
        if rights.allowed(user, _request(atom.power, atom.namespace, name)):
            return name
    return None


def _names(rights: Rights, subject: str, atom: Atom) -> Iterator[str]:
    names = atom.names
    if names is None:
        yield ""
        return
    if isinstance(names, frozenset):
        yield from sorted(names)
        return
    yield from sorted(islice(iter(names), _NAMES_TRIED))  # type: ignore[call-overload]
    for found in rights.effective(user_of(subject)):
        yield from (name for name in found.rule.names if name in names)


def _any_name(atom: Atom) -> str:
    return min(atom.names) if isinstance(atom.names, frozenset) else ""


def _request(power: Power, namespace: str, name: str) -> Request:
    resource, _, subresource = power.resource.partition("/")
    return Request(
        verb=power.verb,
        group=power.group,
        resource=resource,
        subresource=subresource,
        namespace=namespace,
        name=name,
    )


def _words(atom: Atom, name: str) -> str:
    place = f" in {atom.namespace}" if atom.namespace else ""
    return f"{atom.power}{' ' + name if name else ''}{place}"


def _as_itself(atom: Atom) -> Atom:
    return atom._replace(power=atom.power._replace(verb=atom.power.verb.rpartition(":")[2]))
