"""Every rule, and what is silenced of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from astrolabe.derived.access.findings import bindings, holders, roles
from astrolabe.derived.access.findings.rule import SEVERITIES, Finding, Rule, View
from astrolabe.graph.facts import Facts
from astrolabe.patterns import Pattern, PatternError, glob

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*roles.RULES, *bindings.RULES, *holders.RULES),
        key=lambda rule: (SEVERITIES.index(rule.severity), rule.id),
    )
)
"""Worst first, then by id."""
BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}
KINDS: frozenset[str] = frozenset(kind for rule in RULES for kind in rule.kinds)
_BY_KIND: Mapping[str, tuple[Rule, ...]] = {
    kind: tuple(rule for rule in RULES if kind in rule.kinds) for kind in KINDS
}
_SILENCE = re.compile(r"\s*(?P<rule>[a-z-]+|\*)\s*:\s*(?P<reason>\S[^;]*)")


class SilenceError(Exception):
    """A silence that is wrong. Its text is one line."""


class Silences:
    """What operators do not want to hear of, with the reason: by setting, and by annotation of an object."""

    def __init__(self, silences: Mapping[str, str] | None = None) -> None:
        """Take `RULE` or `RULE@PATTERN` of ids, each with a reason; raises `SilenceError`."""
        self._silences: list[tuple[str, Pattern, str]] = []
        for key, reason in (silences or {}).items():
            rule, _, pattern = key.partition("@")
            if rule not in BY_ID and rule != "*":
                raise SilenceError(f"`{rule}` is not a rule; docs/access.md lists all rules")
            if not reason.strip():
                raise SilenceError(f"`{key}` needs a reason")
            try:
                matching = glob(pattern or "*")
            except PatternError as error:
                raise SilenceError(f"`{key}`: {error}") from None
            self._silences.append((rule, matching, reason.strip()))

    def reason(self, rule: str, facts: Facts) -> str:
        """Return why a rule is silenced for an object, empty where it is not."""
        written = getattr(facts.detail, "silenced", "")
        for part in written.split(";") if written else ():
            found = _SILENCE.fullmatch(part)
            if found is not None and found["rule"] in (rule, "*"):
                return found["reason"].strip()
        for name, pattern, reason in self._silences:
            if name in (rule, "*") and pattern.matches(facts.id):
                return reason
        return ""


def findings_of(view: View, facts: Facts, silences: Silences) -> Iterator[Finding]:
    """Yield what holds for an object, worst first."""
    for rule in _BY_KIND.get(facts.kind, ()):
        detail = rule.check(view, facts)
        if detail is not None:
            yield Finding(rule.id, facts.id, facts.namespace, detail, silences.reason(rule.id, facts))
