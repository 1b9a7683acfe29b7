"""Who holds which powers where: worked out by namespace, and forgotten when something in it changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from astrolabe.derived.access.powers import NUMBER, Power, Powers, powers_of
from astrolabe.derived.access.rights import Rights


class Names(Protocol):
    """Names that would do, of which there may be many: asked, not listed."""

    def __contains__(self, name: object) -> bool:
        """Whether a name would do."""
        ...

    def __bool__(self) -> bool:
        """Whether there is one at all."""
        ...


class Held:
    """What the bindings of one namespace give, or the cluster-wide ones: by subject."""

    __slots__ = ("masks", "named", "numbers")

    def __init__(self) -> None:
        self.masks: dict[str, int] = {}
        self.named: dict[str, tuple[tuple[int, frozenset[str]], ...]] = {}
        self.numbers: set[int] = set()
        """Powers that somebody has for some names alone: then it matters which objects there are."""

    def add(self, key: str, powers: Powers) -> None:
        """Add what a binding gives to a subject."""
        if powers.mask:
            self.masks[key] = self.masks.get(key, 0) | powers.mask
        if powers.named:
            self.named[key] = self.named.get(key, ()) + powers.named
            self.numbers.update(number for number, _ in powers.named)

    def holders(self, number: int, names: Names | frozenset[str] | None) -> Iterator[str]:
        """Yield who holds a power for every name, or for one of those that would do."""
        for key, mask in self.masks.items():
            if mask >> number & 1:
                yield key
        if names is not None:
            for key, found in self.named.items():
                if any(other == number and any(name in names for name in some) for other, some in found):
                    yield key


class Holdings:
    """What everybody holds, from the bindings; a reader of `Rights` with a memory."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._held: dict[str, Held] = {}
        self._powers: dict[str, Powers] = {}

    def forget(self, namespace: str) -> None:
        """Work out a namespace again when it is asked for; empty is what holds cluster-wide."""
        self._held.pop(namespace, None)

    def clear(self) -> None:
        """Work out everything again when it is asked for."""
        self._held.clear()
        self._powers.clear()

    def forget_role(self, role: str) -> None:
        """Work out a role again when it is asked for."""
        self._powers.pop(role, None)

    def of_role(self, role: str) -> Powers:
        """Return the powers of a role."""
        found = self._powers.get(role)
        if found is None:
            found = powers_of(self._rights.rules(role))
            if role in self._rights.graph:
                self._powers[role] = found
        return found

    def held(self, namespace: str) -> Held:
        """Return what the bindings of a namespace give; of the empty one, the cluster-wide ones."""
        found = self._held.get(namespace)
        if found is None:
            found = Held()
            for binding in self._rights.bindings(namespace):
                powers = self.of_role(binding.role)
                if powers.mask or powers.named:
                    for key in binding.keys:
                        found.add(key, powers)
            self._held[namespace] = found
        return found

    def holders(self, power: Power, namespace: str, names: Names | frozenset[str] | None) -> Iterator[str]:
        """Yield who holds a power in a namespace; some may come twice. `names` as in `Held.holders`."""
        number = NUMBER[power]
        yield from self.held("").holders(number, names)
        if namespace:
            yield from self.held(namespace).holders(number, names)
