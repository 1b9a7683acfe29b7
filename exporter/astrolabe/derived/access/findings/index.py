"""The findings of every object, kept up to date: what changed is judged again, and what it bears on."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeAlias

from astrolabe.derived.access.evaluator import ACCOUNTS
from astrolabe.derived.access.findings.catalogue import BY_ID, KINDS, Silences, findings_of
from astrolabe.derived.access.findings.readable import ReadableSecrets
from astrolabe.derived.access.findings.rule import Finding, View
from astrolabe.derived.access.rights import BINDINGS, ROLES, Binding, Rights, binding_of
from astrolabe.derived.access.uses import Uses
from astrolabe.graph.delta import Delta, Node

Changed: TypeAlias = Callable[[str, tuple[Finding, ...], tuple[Finding, ...]], None]
"""Called with an object's id and its findings before and after."""

_ACCOUNTS = f"Group/{ACCOUNTS}"
_REFERRERS_THAT_MATTER = 1
"""Referrers up to which one more or less may turn used into unused."""
_BINDINGS_JUDGED = 500
"""Bindings of one subject that are judged again when one of them changes."""
_BATCH = 64
"""Bindings or subjects that are followed between two pauses."""


class FindingIndex:
    """Follows the graph, after `Rights` and `Uses` have."""

    def __init__(self, rights: Rights, uses: Uses, silences: Silences | None = None) -> None:
        self._rights = rights
        self._graph = rights.graph
        self._uses = uses
        self._readable = ReadableSecrets(rights, uses)
        self._view = View(rights, uses, self._readable)
        self._silences = silences or Silences()
        self.by_object: dict[str, tuple[Finding, ...]] = {}
        """Of the objects that have some; silenced ones too."""
        self.counts: Counter[tuple[str, str]] = Counter()
        """How many that are not silenced, by rule and namespace."""
        self.accounts: set[str] = set()
        """Accounts whose rights are other ones; taken by who shows them."""
        self._dirty: dict[str, None] = {}
        self._roles: dict[str, None] = {}
        """Roles that changed, whose bindings are to be followed: there may be thousands."""
        self._bindings: deque[Binding] = deque()
        """Bindings that came, went or changed, as they were and are, whose subjects are to be followed."""
        self._groups: dict[str, None] = {}
        """Namespaces whose accounts have other rights, all of them; empty is every namespace."""
        self._everything = True
        self._listeners: list[Changed] = []

    def listen(self, listener: Changed) -> None:
        """Call with each object whose findings changed, from within `work`."""
        self._listeners.append(listener)

    @property
    def waiting(self) -> bool:
        """Whether something is to be judged again."""
        noted = self._dirty or self._roles or self._bindings or self._groups
        return self._everything or bool(noted) or self._readable.waiting

    def covered(self) -> None:
        """Note that kinds are known completely that were not, or the other way round."""
        self._everything = True

    def follow(self, delta: Delta) -> None:
        """Note what one event makes doubtful."""
        if self._everything:
            return
        for before, after in delta.nodes.values():
            some = after or before
            assert some is not None
            kind = some.facts.kind
            if kind in ROLES:
                self._dirty[some.id] = None
                self._roles[some.id] = None
            elif kind in BINDINGS:
                self._binding(before)
                self._binding(after)
            elif kind == "ServiceAccount":
                self._account(some.id)
            elif kind == "Secret":
                self._dirty[some.id] = None
        for edge in delta.edges:
            if edge.type in ("uses-secret", "uses-sa") and (
                len(self._graph.referring(edge.target)) <= _REFERRERS_THAT_MATTER
                or edge.source.startswith("ServiceAccount/")
            ):
                self._dirty[edge.target] = None

    def counted(self, accounts: Iterable[str]) -> None:
        """Note that the Pods or tokens of accounts are other ones."""
        if self._everything:
            return
        for account in accounts:
            self._dirty[account] = None
            self._readable.counted(account)

    def _binding(self, node: Node | None) -> None:
        binding = binding_of(node.facts) if node is not None else None
        if binding is None:
            return
        self._dirty[binding.id] = None
        if binding.role:
            self._dirty[binding.role] = None
        self._bindings.append(binding)

    def _account(self, account: str) -> None:
        self._readable.account(account)
        self._dirty[account] = None
        for binding in self._rights.bindings_of(account):
            self._dirty[binding.id] = None
        self._dirty.update(dict.fromkeys(self._uses.naming(account)))

    def work(self) -> Iterator[None]:
        """Judge what is doubtful, pausing after each object. What changes meanwhile comes later."""
        if self._everything:
            self._everything = False
            self._dirty = dict.fromkeys(self.by_object)
            self._readable.begin()
            yield from self._start()
        yield from self._follow_on()
        for namespace in self._readable.changed():
            self._dirty.update(dict.fromkeys(self._graph.of_kind("Secret", namespace) if namespace else ()))
            yield
        while self._dirty:
            node_id = next(iter(self._dirty))
            del self._dirty[node_id]
            self._judge(node_id)
            yield

    def _follow_on(self) -> Iterator[None]:
        """Note what bears on what was noted, pausing often: a role may have 10,000 bindings."""
        while self._roles:
            role = next(iter(self._roles))
            del self._roles[role]
            # Copied: who comes to name it meanwhile is noted by itself.
            for number, binding_id in enumerate(tuple(self._graph.referring(role)), 1):
                binding = self._rights.binding(binding_id)
                if binding is not None and binding.role == role:
                    self._dirty[binding_id] = None
                    yield from self._subjects(binding)
                if number % _BATCH == 0:
                    yield
        while self._bindings:
            binding = self._bindings.popleft()
            yield from self._subjects(binding)
            for key in binding.keys:
                for other in islice(self._rights.bindings_of(key), _BINDINGS_JUDGED):
                    if other.role == binding.role:
                        self._dirty[other.id] = None
                yield
        while self._groups:
            only = next(iter(self._groups))
            del self._groups[only]
            for namespace in [only] if only else list(self._graph.namespaces()):
                accounts = self._graph.of_kind("ServiceAccount", namespace)
                self._dirty.update(dict.fromkeys(accounts))
                self.accounts.update(accounts)
                yield

    def _subjects(self, binding: Binding) -> Iterator[None]:
        """Note those whose rights are other ones by a binding."""
        self._readable.bound(binding)
        for number, key in enumerate(binding.keys, 1):
            if key.startswith("ServiceAccount/"):
                self._dirty[key] = None
                self.accounts.add(key)
            elif key.startswith(_ACCOUNTS):
                # Every account of the group has it, or has it no more.
                self._groups[key.removeprefix(_ACCOUNTS).removeprefix(":")] = None
            if number % _BATCH == 0:
                yield

    def _start(self) -> Iterator[None]:
        for kind, namespace in list(self._graph.scopes()):
            if kind in KINDS:
                self._dirty.update(dict.fromkeys(self._graph.of_kind(kind, namespace)))
            yield

    def _judge(self, node_id: str) -> None:
        node = self._graph.get(node_id)
        after: tuple[Finding, ...] = ()
        if node is not None and node.facts.kind in KINDS:
            after = tuple(findings_of(self._view, node.facts, self._silences))
        before = self.by_object.get(node_id, ())
        if before == after:
            return
        if after:
            self.by_object[node_id] = after
        else:
            del self.by_object[node_id]
        for findings, step in ((before, -1), (after, 1)):
            for finding in findings:
                if not finding.silenced:
                    self._count(finding, step)
        for listener in self._listeners:
            listener(node_id, before, after)

    def _count(self, finding: Finding, step: int) -> None:
        key = finding.rule, finding.namespace
        self.counts[key] += step
        if not self.counts[key]:
            del self.counts[key]


def severity(finding: Finding) -> str:
    """Return how bad a finding is."""
    return BY_ID[finding.rule].severity
