"""Which environment a namespace belongs to: as configured, else by its label, else its own name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from astrolabe.graph.relations import Relations
from astrolabe.patterns import PatternError, glob


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
            raise EnvironmentsError(f"`{rule.namespace}` is no pattern: {error}") from None
    return rules


def _rule(key: str, value: object) -> Rule:
    if isinstance(value, str) and key and value:
        return Rule(value, key)
    if not isinstance(value, Mapping):
        raise EnvironmentsError(f"`{key}` is no name, and has no `namespace` and `sleepinfo`: {value!r}")
    if unknown := set(value) - {"namespace", "sleepinfo"}:
        raise EnvironmentsError(f"`{key}` has an unknown key `{min(map(str, unknown))}`")
    namespace, sleepinfo = value.get("namespace", key), value.get("sleepinfo", "")
    if not (isinstance(namespace, str) and namespace and isinstance(sleepinfo, str) and key):
        raise EnvironmentsError(f"`{key}` needs names for `namespace` and `sleepinfo`")
    return Rule(key, namespace, sleepinfo)


class Environments:
    """Knows the environment of every namespace that was asked for, and says when one changes."""

    def __init__(self, graph: Relations, rules: tuple[Rule, ...] = (), label: str = "") -> None:
        """Use `label` of the namespaces that no rule matches; empty is none."""
        self._graph = graph
        self._rules = [(glob(rule.namespace), rule) for rule in rules]
        self._label = label
        self._known: dict[str, str] = {}
        self._listeners: list[Callable[[str], None]] = []

    def of(self, namespace: str, sleepinfo: str = "") -> str:
        """Return the environment of a namespace, or of one SleepInfo in it."""
        if sleepinfo:
            for pattern, rule in self._rules:
                if rule.sleepinfo == sleepinfo and pattern.matches(namespace):
                    return rule.environment
        found = self._known.get(namespace)
        if found is None:
            found = self._known[namespace] = self._find(namespace)
        return found

    def namespaces(self, environment: str) -> Iterator[str]:
        """Yield the namespaces of an environment among those that were asked for."""
        for namespace, found in self._known.items():
            if found == environment:
                yield namespace

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call with each namespace whose environment changed."""
        self._listeners.append(listener)

    def changed(self, namespace: str) -> None:
        """Look again, since the Namespace object changed, came or went."""
        before = self._known.get(namespace)
        if before is None:
            return
        self._known[namespace] = after = self._find(namespace)
        if before != after:
            for listener in self._listeners:
                listener(namespace)

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
