"""What is to be watched, as data: rules, and the names and resources that they select. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from astrolabe.patterns import PatternError, regex
from astrolabe.patterns.labelselector import SelectorError
from astrolabe.patterns.labelselector import parse as parse_labels
from astrolabe.patterns.names import NameProblem, dns_label, dns_subdomain, shown
from astrolabe.watch.errors import ConfigError

RuleScope: TypeAlias = Literal["", "Namespaced", "Cluster"]
_SCOPES: dict[str, RuleScope] = {"": "", "namespaced": "Namespaced", "cluster": "Cluster"}
_SEGMENTS = 3


class GVR(NamedTuple):
    """A resource in one version of its group."""

    group: str
    """Empty for the core group."""
    version: str
    plural: str

    @classmethod
    def parse(cls, text: str) -> GVR:
        """Read `version/resource` or `group/version/resource`; raises `ConfigError`."""
        parts = text.split("/")
        if len(parts) == _SEGMENTS - 1:
            parts.insert(0, "")
        if len(parts) != _SEGMENTS or not all(parts[1:]) or (text.count("/") > 1 and not parts[0]):
            raise ConfigError(
                f"{shown(text)} names no resource: write version/resource as in v1/pods,"
                " or group/version/resource as in apps/v1/deployments"
            )
        try:
            if parts[0]:
                dns_subdomain(parts[0], "API group")
            dns_label(parts[1], "version")
            dns_label(parts[2], "resource (its plural, in lowercase)")
        except NameProblem as problem:
            raise ConfigError(str(problem)) from None
        return cls(*parts)

    @property
    def resource(self) -> str:
        """`plural.group`, or the plural alone in the core group."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


class NameSelector:
    """A name, which the server selects by, or a regular expression that has to match a whole name."""

    def __init__(self, text: str, *, namespace: bool = False) -> None:
        """Read a selector; raises `ConfigError`."""
        self.text = text
        try:
            (dns_label if namespace else dns_subdomain)(text)
            self.exact = True
            """Whether it is a name."""
        except NameProblem:
            self.exact = False
            try:
                self._pattern = regex(text)
            except PatternError as error:
                raise ConfigError(
                    f"{shown(text)} is neither a name nor a regular expression: {error}"
                ) from None

    def matches(self, name: str) -> bool:
        """Whether it selects a name."""
        return name == self.text if self.exact else self._pattern.matches(name)


class Rule(msgspec.Struct, frozen=True):
    """One rule: a resource, and which of its objects."""

    gvr: str
    """`version/resource` or `group/version/resource`."""
    namespaces: tuple[str, ...] = ()
    """Names of namespaces, or regular expressions that select them; none, or an empty one: all."""
    name_selector: str = ""
    """The name of an object, or a regular expression that has to match the whole name; empty for all."""
    label_selector: str = ""
    """As `kubectl get -l` takes it; the server applies it."""
    scope: str = ""
    """`Namespaced` or `Cluster`, to be compared with what the server says; empty to take its word."""
    values: bool = False
    """For Secrets: whole, with their values. Otherwise their metadata alone is asked for."""
    where: str = ""
    """Where the rule stands: `FILE:LINE:COLUMN`; empty for a rule that was made by code."""

    def __post_init__(self) -> None:
        """Check everything that can be checked without a cluster; raises `ConfigError`."""
        GVR.parse(self.gvr)
        for namespace in self.namespaces:
            if namespace:
                NameSelector(namespace, namespace=True)
        if self.name_selector:
            NameSelector(self.name_selector)
        check_labels(self.label_selector)
        normal_scope(self.scope)
        if self.values and GVR.parse(self.gvr).resource != "secrets":
            raise ConfigError(f"`values` is for v1/secrets: everything of {self.gvr} is delivered anyway")


def check_labels(selector: str) -> None:
    """Make sure that a label selector can be read; raises `ConfigError`."""
    try:
        parse_labels(selector)
    except SelectorError as error:
        raise ConfigError(f"label selector {shown(selector)}: {error}") from None


def normal_scope(text: str) -> RuleScope:
    """Return a scope in its one form; raises `ConfigError`."""
    try:
        return _SCOPES[text.lower()]
    except KeyError:
        raise ConfigError(f"{shown(text)} is not a scope: write Namespaced or Cluster") from None


def unplaced(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules without where they stand, for comparison."""
    return tuple(msgspec.structs.replace(rule, where="") for rule in rules)
