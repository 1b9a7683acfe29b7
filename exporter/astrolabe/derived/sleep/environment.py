"""Which environment a namespace belongs to: as configured, else by its label, else its own name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from astrolabe.derived.sleep.asleep import MONTH
from astrolabe.derived.sleep.scaling import WORKLOADS
from astrolabe.graph.relations import Relations
from astrolabe.patterns import PatternError, glob

KEPT = MONTH
"""Seconds for which counts of an environment that is gone stay: as long as the longest estimate."""
_CONTENTS = (*WORKLOADS, "SleepInfo", "Pod", "ReplicaSet", "DaemonSet", "PersistentVolumeClaim")
"""Kinds of which something is shown with its environment."""

Place: TypeAlias = tuple[str, str]
"""An environment and a namespace in it."""


class EnvironmentsError(ValueError):
    """A configured environment that cannot be understood, in the words for a log line."""


class Rule(msgspec.Struct, frozen=True):
    """Places namespaces in an environment."""

    environment: str
    namespace: str
    """A glob: `*`, `?` and `[…]`, case counts."""
    sleepinfo: str = ""
    """Where given, the SleepInfo of that name is meant before others of the namespace."""


def parse(configured: Mapping[str, object]) -> tuple[Rule, ...]:
    """Read the setting `environments`; the first rule that matches counts. Raises `EnvironmentsError`.

    Two forms, which may stand side by side: `{"staging-*": staging}` maps namespaces to an environment, and
    `{staging: {namespace: staging, sleepinfo: nights}}` names an environment and where it is.
    """
    rules = tuple(_rule(key, value) for key, value in configured.items())
    for rule in rules:
        try:
            glob(rule.namespace)
        except PatternError as error:
            raise EnvironmentsError(f"`{rule.namespace}` is not a pattern: {error}") from None
    return rules


def _rule(key: str, value: object) -> Rule:
    if isinstance(value, str) and key and value:
        return Rule(value, key)
    if not isinstance(value, Mapping):
        raise EnvironmentsError(f"`{key}` is not a name, and has no `namespace` and `sleepinfo`: {value!r}")
    if unknown := set(value) - {"namespace", "sleepinfo"}:
        raise EnvironmentsError(f"`{key}` has an unknown key `{min(map(str, unknown))}`")
    namespace, sleepinfo = value.get("namespace", key), value.get("sleepinfo", "")
    if not (isinstance(namespace, str) and namespace and isinstance(sleepinfo, str) and key):
        raise EnvironmentsError(f"`{key}` needs names for `namespace` and `sleepinfo`")
    return Rule(key, namespace, sleepinfo)


class Environments:
    """Knows the environment of every namespace that was asked for, and says when one changes.

    An environment and a namespace in it are a place. A place that is empty is gone, and is forgotten after a
    while: so long what was counted there stays.
    """

    def __init__(self, graph: Relations, rules: tuple[Rule, ...] = (), label: str = "") -> None:
        """Use `label` of the namespaces that no rule matches; empty is none."""
        self._graph = graph
        self._rules = [(glob(rule.namespace), rule) for rule in rules]
        self._label = label
        self._known: dict[str, str] = {}
        self.gone: dict[Place, float] = {}
        """Since when places are empty that are not forgotten yet, in Unix seconds."""
        self._doubtful: set[str] = set()
        """Namespaces that something left, and that may be empty."""
        self._listeners: list[Callable[[str, str], None]] = []

    def of(self, namespace: str, sleepinfo: str = "") -> str:
        """Return the environment of a namespace, or of one SleepInfo in it."""
        if sleepinfo:
            for pattern, rule in self._rules:
                if rule.sleepinfo == sleepinfo and pattern.matches(namespace):
                    return rule.environment
        found = self._known.get(namespace)
        if found is None:
            found = self._known[namespace] = self._find(namespace)
            self.gone.pop((found, namespace), None)
        return found

    def namespaces(self, environment: str) -> Iterator[str]:
        """Yield the namespaces of an environment among those that were asked for."""
        for namespace, found in self._known.items():
            if found == environment:
                yield namespace

    def listen(self, listener: Callable[[str, str], None]) -> None:
        """Call with each namespace whose environment changed, and what it was before."""
        self._listeners.append(listener)

    def changed(self, namespace: str, now: float) -> None:
        """Look again, since the Namespace object came or changed."""
        before = self._known.get(namespace)
        if before is None:
            return
        after = self._find(namespace)
        if before != after:
            self._known[namespace] = after
            self.gone[before, namespace] = now
            self.gone.pop((after, namespace), None)
            for listener in self._listeners:
                listener(namespace, before)

    def left(self, namespace: str) -> None:
        """Note that something of a namespace is no more. What remains stays in its environment."""
        if namespace in self._known:
            self._doubtful.add(namespace)

    def account(self, places: Iterable[Place], now: float) -> None:
        """Note places of which something was counted: those that are not there are gone since now."""
        for environment, namespace in places:
            if self._known.get(namespace) != environment:
                self.gone.setdefault((environment, namespace), now)

    def refresh(self, now: float) -> list[Place]:
        """Find out what is empty; returns the places that are to be forgotten."""
        for namespace in list(self._doubtful):
            if f"Namespace/{namespace}" in self._graph:
                self._doubtful.discard(namespace)
            elif not self._holds(namespace):
                self._doubtful.discard(namespace)
                self.gone[self._known.pop(namespace), namespace] = now
            elif not self._graph.covers("Namespace"):
                self._doubtful.discard(namespace)  # it may be there, for all that is known
        forgotten = []
        for place in [place for place, since in self.gone.items() if now - since >= KEPT]:
            environment, namespace = place
            del self.gone[place]
            there = f"Namespace/{namespace}" in self._graph or self._holds(namespace)
            if not there or self.of(namespace) != environment:
                forgotten.append(place)
        return forgotten

    def _holds(self, namespace: str) -> bool:
        return any(self._graph.of_kind(kind, namespace) for kind in _CONTENTS)

    def has(self, environment: str) -> bool:
        """Whether an environment is there, or is gone and not forgotten yet."""
        return (
            environment in self._known.values()
            or any(environment == rule.environment for _, rule in self._rules)
            or any(environment == place[0] for place in self.gone)
        )

    def has_namespace(self, namespace: str) -> bool:
        """Whether a namespace is there, or is gone and not forgotten yet."""
        return namespace in self._known or any(namespace == place[1] for place in self.gone)

    def _find(self, namespace: str) -> str:
        for pattern, rule in self._rules:
            if pattern.matches(namespace):
                return rule.environment
        node = self._graph.get(f"Namespace/{namespace}") if self._label else None
        if node is not None:
            for key, value in node.facts.labels:
                if key == self._label and value:
                    return value
        return namespace
