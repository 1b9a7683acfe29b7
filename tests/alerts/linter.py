"""What linters of rules ask for: those of mixtool and pint that need no live data, by their names.

https://monitoring.mixins.dev and https://cloudflare.github.io/pint/checks/ explain them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tests.dashboards import promql_rules
from tests.dashboards.promql_rules import Tree

Group = dict[str, Any]
AlertRule = dict[str, Any]
Found = Iterator[str]

_TEMPLATE = re.compile(r"\{\{.+\}\}")
_RAW_VALUE = re.compile(r"\{\{[^}|]*(?:\$value|\.Value)[^}|]*\}\}")
_VALUE = re.compile(r"\$value|\.Value")
_QUERY = re.compile(r"printf `([^`]+)`")
_LONGEST = 40
_MOST_RULES = 20
_LOOKBACK_MINUTES = 5
_NOTHING = re.compile(r"0+[smhd]")


def names(groups: Sequence[Group]) -> Found:
    """Names fit into a list, and a group onto a screen."""
    for group in groups:
        if len(group["rules"]) > _MOST_RULES or len(group["name"]) > _LONGEST:
            yield f"{group['name']} has too many rules, or too long a name"


def interval(groups: Sequence[Group]) -> Found:
    """A group is evaluated before Prometheus forgets what it recorded last."""
    for group in groups:
        found = re.fullmatch(r"(\d+)m", group.get("interval", "1m"))
        if found is None or int(found[1]) > _LOOKBACK_MINUTES:
            yield f"{group['name']} is evaluated every {group['interval']}"


def duplicate(groups: Sequence[Group]) -> Found:
    """Two rules never make the same series: one of them is thrown away."""
    made = Counter(
        (rule.get("alert") or rule["record"], str(sorted(rule.get("labels", {}).items())))
        for group in groups
        for rule in group["rules"]
    )
    yield from (
        f"{name} {labels} is made {times} times" for (name, labels), times in made.items() if times > 1
    )


GROUP_RULES: Mapping[str, Callable[[Sequence[Group]], Found]] = {
    "alert-group": names,
    "group/interval": interval,
    "rule/duplicate": duplicate,
}
"""Rules over all groups of a file."""


def alert_name(alert: AlertRule) -> Found:
    """A name is in CamelCase, and fits into a list."""
    if not re.fullmatch(r"([A-Z]+[a-z0-9]+)+", alert["alert"]) or len(alert["alert"]) > _LONGEST:
        yield "is no name in CamelCase of 40 letters at most"


def severity(alert: AlertRule) -> Found:
    """A severity is one of three."""
    if alert["labels"].get("severity") not in {"critical", "warning", "info"}:
        yield "is neither critical nor warning nor info"


def summary(alert: AlertRule) -> Found:
    """A summary is one sentence, the same for all alerts of a group."""
    said = alert["annotations"].get("summary", "")
    if not re.fullmatch(r"[A-Z].+\.", said) or _TEMPLATE.search(said):
        yield f"“{said}” is no plain sentence"


def description(alert: AlertRule) -> Found:
    """A description says of which object it is."""
    if not _TEMPLATE.search(alert["annotations"].get("description", "")):
        yield "does not say what it is about"


def runbook(alert: AlertRule) -> Found:
    """An alert says what to do."""
    if not alert["annotations"].get("runbook_url"):
        yield "has no runbook"


def waits(alert: AlertRule) -> Found:
    """A condition has to hold for a while: a scrape that failed is no alert."""
    if "for" not in alert:
        yield "fires at once"


def redundant_for(alert: AlertRule) -> Found:
    """What is the default is not written down."""
    for name in ("for", "keep_firing_for"):
        if _NOTHING.fullmatch(alert.get(name, "")):
            yield f"{name} is 0, as without it"


def value_in_labels(alert: AlertRule) -> Found:
    """A label never holds the value: with each value it would be another alert."""
    for name, text in alert["labels"].items():
        if _VALUE.search(text):
            yield f"the label {name} holds the value"


ALERT_RULES: Mapping[str, Callable[[AlertRule], Found]] = {
    "alert-name": alert_name,
    "alert-severity-rule": severity,
    "alert-summary-style": summary,
    "alert-description-templating": description,
    "alerts/annotation": runbook,
    "rule/for": waits,
    "alerts/for": redundant_for,
    "alerts/template": value_in_labels,
}
"""Rules over what an alert says."""


def comparison(_: AlertRule, tree: Tree) -> Found:
    """A condition decides whether there is an alert, not only whether there are series."""
    if not promql_rules.compared(tree):
        yield "fires for every series that there is"


def fragile(alert: AlertRule, tree: Tree) -> Found:
    """An alert does not come and go by what was scraped first."""
    for function in promql_rules.sampled(tree):
        yield f"{function} takes other series each time"
    if "for" not in alert and promql_rules.between_aggregations(tree):
        yield "puts aggregations together without waiting until both are complete"


def humanized(alert: AlertRule, tree: Tree) -> Found:
    """A rate is a small number with many digits."""
    rates = [
        each for each in promql_rules.parts(tree) if each.get("func", {}).get("name") in {"rate", "deriv"}
    ]
    if rates and _RAW_VALUE.search(alert["annotations"]["description"]):
        yield "shows a rate as it is"


EXPRESSION_RULES: Mapping[str, Callable[[AlertRule, Tree], Found]] = {
    "alerts/comparison": comparison,
    "promql/fragile": fragile,
    "alerts/template": humanized,
}
"""Rules over an alert and its expression."""

QUERY_RULES: Mapping[str, promql_rules.Rule] = {
    "promql/aggregate": promql_rules.cluster,
    **promql_rules.RULES,
}
"""Rules over any expression, of alerts and of recorded series."""


def queries_of_description(alert: AlertRule) -> list[str]:
    """Return the queries that a description asks when it is written, for some object."""
    return [found.replace("%q", '"x"') for found in _QUERY.findall(alert["annotations"]["description"])]
