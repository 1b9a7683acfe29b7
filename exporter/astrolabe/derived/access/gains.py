"""What somebody can give themselves: by `bind` and by `escalate`, as the API server checks them."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.derived.access import powers
from astrolabe.derived.access.evaluator import keys_of, user_of
from astrolabe.derived.access.holdings import Holdings, Names
from astrolabe.derived.access.powers import NUMBER, Power, Powers
from astrolabe.derived.access.rights import Rights
from astrolabe.derived.access.ways import Atom, Candidates
from astrolabe.graph.facts import object_id

_SEEDS = (*powers.BIND.values(), *powers.ESCALATE.values())
_WRITES = (
    *powers.CREATE_ROLE.values(),
    *powers.CREATE_BINDING.values(),
    *(power for found in powers.EDIT_ROLE.values() for power in found),
    *(power for found in powers.EDIT_BINDING.values() for power in found),
)


class Gains:
    """What one subject may do in one namespace (and cluster-wide), and what it can make of that.

    Every role that may be bound is, and every rule that may be written is: more rights never take one away.
    """

    def __init__(self, rights: Rights, holdings: Holdings, key: str, namespace: str) -> None:
        self._rights = rights
        self._holdings = holdings
        self._scopes = ("", namespace) if namespace else ("",)
        self._has: dict[str, list[Powers]] = {scope: [] for scope in self._scopes}
        self._bound: list[tuple[str, str]] = []
        """Roles that it has, each with the scope."""
        self.everything: set[str] = set()
        """Scopes in which it can write itself any rule."""
        self.roles: set[tuple[str, str]] = set()
        """Roles that it can bind to itself, each with the scope."""
        for binding in (found for each in keys_of(user_of(key)) for found in rights.bindings_of(each)):
            if binding.namespace in self._has and binding.role in rights.graph:
                self._take(binding.role, binding.namespace)
        self._grow()

    def covers(self, atom: Atom) -> bool:
        """Whether it has a permission in the end, by what it was given or gave itself."""
        return self._may(atom.power, atom.namespace, atom.names)

    def role_for(self, atom: Atom) -> str | None:
        """Return the first role that it can bind to itself and that has a permission, if there is one."""
        for role, scope in sorted(self.roles):
            if scope in ("", atom.namespace) and _holds(self._holdings.of_role(role), atom.power, atom.names):
                return role
        return None

    def _take(self, role: str, scope: str) -> None:
        self._bound.append((role, scope))
        found = self._holdings.of_role(role)
        if found.mask or found.named:
            self._has[scope].append(found)

    def _may(self, power: Power, scope: str, names: Names | frozenset[str] | None) -> bool:
        if self.everything & {"", scope}:
            return True
        return any(_holds(found, power, names) for place in {"", scope} for found in self._has.get(place, ()))

    def _grow(self) -> None:
        grown = True
        while grown and "" not in self.everything:
            grown = False
            for scope in self._scopes:
                if scope not in self.everything and self._writes(scope):
                    self.everything.add(scope)
                    grown = True
                for role in self._bindable(scope):
                    if (role, scope) not in self.roles:
                        self.roles.add((role, scope))
                        self._take(role, scope)
                        grown = True

    def _bindable(self, scope: str) -> Iterator[str]:
        """Yield the roles that it can bind to itself, now."""
        bindings = "rolebindings" if scope else "clusterrolebindings"
        if self._may(powers.CREATE_BINDING[bindings], scope, None):
            for plural, place in (("clusterroles", ""), ("roles", scope)):
                if plural == "roles" and not scope:
                    continue
                if not any(self._mentions(powers.BIND[plural], scope)):
                    continue
                kind = "Role" if plural == "roles" else "ClusterRole"
                for role in self._rights.graph.of_kind(kind, place):
                    if self._may(powers.BIND[plural], scope, frozenset({_name(role)})):
                        yield role
        if any(any(self._mentions(power, scope)) for power in powers.EDIT_BINDING[bindings]):
            for binding in self._rights.bindings(scope):
                plural = "roles" if binding.role.startswith("Role/") else "clusterroles"
                if (
                    binding.role in self._rights.graph
                    and self._may_edit(powers.EDIT_BINDING[bindings], scope, _name(binding.id))
                    and self._may(powers.BIND[plural], scope, frozenset({_name(binding.role)}))
                ):
                    yield binding.role

    def _writes(self, scope: str) -> bool:
        """Whether it can write rules into a role that it has here, or into a new one that it binds."""
        for role, place in self._bound:
            if place != scope:
                continue
            plural, home = ("roles", scope) if role.startswith("Role/") else ("clusterroles", "")
            name = _name(role)
            if self._may(powers.ESCALATE[plural], home, frozenset({name})) and self._may_edit(
                powers.EDIT_ROLE[plural], home, name
            ):
                return True
        bindings = "rolebindings" if scope else "clusterrolebindings"
        plural = "roles" if scope else "clusterroles"
        kind = "Role" if scope else "ClusterRole"
        absent = Candidates(
            lambda name: object_id(kind, scope, name) not in self._rights.graph, lambda: ("",)
        )
        return (
            self._may(powers.CREATE_ROLE[plural], scope, None)
            # What is being made has no name in the request, as yet.
            and self._may(powers.ESCALATE[plural], scope, frozenset({""}))
            and self._may(powers.BIND[plural], scope, absent)
            and self._may(powers.CREATE_BINDING[bindings], scope, None)
        )

    def _may_edit(self, wanted: tuple[Power, ...], scope: str, name: str) -> bool:
        return any(self._may(power, scope, frozenset({name})) for power in wanted)

    def _mentions(self, power: Power, scope: str) -> Iterator[bool]:
        """Yield for each place where it has the power for some name at least."""
        if self.everything & {"", scope}:
            yield True
        for place in {"", scope}:
            for found in self._has.get(place, ()):
                if _holds(found, power, _EVERY):
                    yield True


class _Every:
    """Every name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


_EVERY = _Every()


def _holds(found: Powers, power: Power, names: Names | frozenset[str] | None) -> bool:
    number = NUMBER[power]
    if found.mask >> number & 1:
        return True
    if names is None:
        return False
    return any(other == number and any(name in names for name in some) for other, some in found.named)


def gainers(rights: Rights, holdings: Holdings, namespace: str) -> tuple[set[str], set[str]]:
    """Return who may bind, escalate, or write roles or bindings, here or cluster-wide; and which groups may.

    Whoever may do everything needs none of it. Members of such groups have what the groups have: they may
    write rules into a role that is theirs alone.
    """
    mighty = {key for key, mask in holdings.held("").masks.items() if mask == powers.EVERYTHING}
    seeds = {key for power in _SEEDS for key in holdings.holders(power, namespace, _EVERY)} - mighty
    if not seeds:
        return set(), set()
    groups = {key for key in seeds if key.startswith("Group/system:")}
    if groups:
        seeds |= {key for power in _WRITES for key in holdings.holders(power, namespace, _EVERY)} - mighty
        seeds |= {
            key
            for scope in {"", namespace}
            for binding in rights.bindings(scope)
            for key in binding.keys
            if key not in mighty and not groups.isdisjoint(keys_of(user_of(key)))
        }
    return seeds, groups


def _name(node_id: str) -> str:
    return node_id.rpartition("/")[2]
