"""Which Secrets the programs of a cluster may read by the API: these are in use, as far as can be told.

Counted are accounts with a token in a running Pod: those of the Secret's namespace by any binding, others by
a binding of that namespace. Who may read all Secrets of the cluster from elsewhere uses none for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from astrolabe.derived.access.evaluator import ACCOUNTS, AUTHENTICATED, group_key, keys_of, user_of
from astrolabe.derived.access.rights import Binding, Rights
from astrolabe.derived.access.uses import Uses
from astrolabe.kinds.models.details import PolicyRule

Readable: TypeAlias = frozenset[str] | None
"""Names; None is every name."""

_VERBS = frozenset({"get", "list", "watch", "*"})
_NOTHING: frozenset[str] = frozenset()
_ALL = f"Group/{ACCOUNTS}"


class ReadableSecrets:
    """Follows what `FindingIndex` tells it, and remembers the answers that were asked for."""

    def __init__(self, rights: Rights, uses: Uses) -> None:
        self._rights = rights
        self._uses = uses
        self._known: dict[str, Readable] = {}
        self._doubtful: dict[str, None] = {}
        self._holding: set[str] = set()
        """Accounts of which some Pod has a token."""

    @property
    def waiting(self) -> bool:
        """Whether some answer is to be looked at again."""
        return bool(self._doubtful)

    def begin(self) -> None:
        """Forget the answers."""
        self._known.clear()
        self._doubtful.clear()
        self._holding = set(self._uses.tokens)

    def of(self, namespace: str) -> Readable:
        """Return the names of the Secrets of a namespace that may be read."""
        if namespace not in self._known:
            self._known[namespace] = readable(self._rights, self._uses, namespace)
        return self._known[namespace]

    def bound(self, binding: Binding) -> None:
        """Note that a binding, or its role, is another one."""
        if binding.namespace:
            self._doubt(binding.namespace)
            return
        for key in binding.keys:
            if key in (_ALL, group_key(AUTHENTICATED)):
                self._doubtful.update(dict.fromkeys(self._known))
            elif key.startswith(f"{_ALL}:"):
                self._doubt(key.removeprefix(f"{_ALL}:"))
            elif key.startswith("ServiceAccount/"):
                self._doubt(key.split("/")[1])

    def account(self, account: str) -> None:
        """Note that an account came or went."""
        self._doubt(account.split("/")[1])

    def counted(self, account: str) -> None:
        """Note that the tokens of an account are other ones."""
        has = bool(self._uses.tokens[account])
        if has is (account in self._holding):
            return
        (self._holding.add if has else self._holding.discard)(account)
        self.account(account)
        for binding in self._rights.bindings_of(account):
            self._doubt(binding.namespace)

    def changed(self) -> Iterator[str]:
        """Look again; yield each namespace with another answer, and "" for one with the same."""
        while self._doubtful:
            namespace = next(iter(self._doubtful))
            del self._doubtful[namespace]
            before = self._known.pop(namespace)
            yield namespace if self.of(namespace) != before else ""

    def _doubt(self, namespace: str) -> None:
        if namespace in self._known:
            self._doubtful[namespace] = None


def readable(rights: Rights, uses: Uses, namespace: str) -> Readable:
    """Return the names of the Secrets of a namespace that programs may read."""
    found: set[str] = set()
    for binding in _bindings(rights, uses, namespace):
        for rule in rights.rules(binding.role):
            names = _names(rule)
            if names is None:
                return None
            found |= names
    return frozenset(found) if found else _NOTHING


def _bindings(rights: Rights, uses: Uses, namespace: str) -> Iterator[Binding]:
    keys = {
        key
        for account in rights.graph.of_kind("ServiceAccount", namespace)
        if uses.tokens[account]
        for key in keys_of(user_of(account))
    }
    for key in keys:
        for binding in rights.bindings_of(key):
            if binding.namespace in ("", namespace):
                yield binding
    for binding in rights.bindings(namespace):
        if any(uses.tokens[key] for key in binding.keys):
            yield binding


def _names(rule: PolicyRule) -> Readable:
    """Return the Secrets that a rule lets read."""
    if _VERBS.isdisjoint(rule.verbs) or not {"", "*"}.intersection(rule.groups):
        return _NOTHING
    if not {"secrets", "*"}.intersection(rule.resources):
        return _NOTHING
    return frozenset(rule.names) if rule.names else None
