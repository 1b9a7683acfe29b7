"""The alerts and the recorded series under the rules of linters, and what is let pass, with the reason."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

from tests.alerts import linter
from tests.dashboards.exclusions import Exclusions, Found, left
from tests.dashboards.prometheus import Prometheus, holding

_TROUBLES = (
    "Astrolabe(NodeError|ReferenceMissing|ResourceError|ResourcePending|ServiceWithoutReadyPods"
    "|IngressToNowhere|HpaWithoutTarget|PdbSelectsNothing)"
)
_OF_TROUBLE = "what they read has a series only while something is wrong, and its rules decide"
_ONE_ENVIRONMENT = "one of several names of an environment, where any will do, for one namespace"
_EVENT = "it counts what happened in a window: that it is over does not unmake it"

EXCLUDED: Exclusions = {
    ("rule/for", "AstrolabeInternalError|KubeGreenOperationFailed|KubeGreenFrequentManualWakeUps"): _EVENT,
    ("rule/for", "Astrolabe(SecretReader|ClusterAdmin)Gained|ManualOverrideFrequencyHigh"): _EVENT,
    ("rule/for", "AstrolabeOverrideExpiryFailed"): "the metric says for how long",
    ("rule/for", "AstrolabeOverrideBackendAway"): "the window of the expression is the wait",
    (
        "rule/for",
        "AstrolabeOverrideAuditBroken",
    ): "a record that was changed does not become right by waiting",
    ("alerts/comparison", _TROUBLES): _OF_TROUBLE,
    (
        "alerts/comparison",
        "AstrolabeHelmReleaseDegraded",
    ): "an info series with a bad status is the condition",
    ("promql/fragile", "KubeGreen(NotAsleepWhenScheduled|FrequentManualWakeUps)"): _ONE_ENVIRONMENT,
    (
        "promql/counter",
        "kube_green:manual_wake_ups:count5m",
    ): "a counter that is born by its first event has no increase; both of its values are compared",
}
"""What is let pass, by the rule and a pattern of the name, with the reason."""


@pytest.fixture(scope="module")
def groups(render: ModuleType) -> list[dict[str, Any]]:
    alerts, recorded = render.evaluate()
    return [*alerts, *recorded]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that knows nothing, to read queries."""
    with holding(tmp_path_factory.mktemp("prometheus"), []) as started:
        yield started


def of_texts(groups: list[dict[str, Any]]) -> Iterator[Found]:
    for rule, look in linter.GROUP_RULES.items():
        for what in look(groups):
            yield rule, "", what
    for group in groups:
        for alert in group["rules"]:
            if "alert" in alert:
                for name, read in linter.ALERT_RULES.items():
                    for what in read(alert):
                        yield name, alert["alert"], what


def of_queries(prometheus: Prometheus, groups: list[dict[str, Any]]) -> Iterator[Found]:
    for group in groups:
        for rule in group["rules"]:
            where, tree = rule.get("alert") or rule["record"], prometheus.parse(rule["expr"])
            for name, look in linter.QUERY_RULES.items():
                yield from ((name, where, what) for what in look(tree))
            if "alert" in rule:
                for name, judge in linter.EXPRESSION_RULES.items():
                    yield from ((name, where, what) for what in judge(rule, tree))


def test_what_alerts_say_keeps_the_rules(groups: list[dict[str, Any]]) -> None:
    assert left(of_texts(groups), EXCLUDED, set()) == []


@pytest.mark.real
def test_expressions_keep_the_rules_and_every_exclusion_is_needed(
    groups: list[dict[str, Any]], prometheus: Prometheus
) -> None:
    used: set[tuple[str, str]] = set()
    left(of_texts(groups), EXCLUDED, used)
    assert left(of_queries(prometheus, groups), EXCLUDED, used) == []
    assert used == set(EXCLUDED)


@pytest.mark.real
def test_queries_of_descriptions_are_queries(groups: list[dict[str, Any]], prometheus: Prometheus) -> None:
    """Prometheus asks them when an alert fires; one that does not parse leaves the alert without its text."""
    asked = {
        query
        for group in groups
        for rule in group["rules"]
        if "alert" in rule
        for query in linter.queries_of_description(rule)
    }
    for query in asked:
        for name, look in linter.QUERY_RULES.items():
            if name != "promql/aggregate":  # one alert is of one cluster
                assert list(look(prometheus.parse(query))) == [], query
    assert len(asked) >= 2


def _changed(**changed: Any) -> Callable[[dict[str, Any]], object]:
    return lambda alert: alert.update(changed)


def _said(**changed: str) -> Callable[[dict[str, Any]], object]:
    return lambda alert: alert["annotations"].update(changed)


WRONG: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "alert-name": _changed(alert="Astrolabe_Down"),
    "alert-severity-rule": _changed(labels={"severity": "page"}),
    "alert-summary-style": _said(summary="it is down"),
    "alert-description-templating": _said(description="It is down."),
    "alerts/annotation": lambda alert: alert["annotations"].pop("runbook_url"),
    "rule/for": lambda alert: alert.pop("for"),
    "alerts/for": _changed(keep_firing_for="0s"),
    "alerts/template": lambda alert: alert["labels"].update(size="{{ $value }}"),
}


@pytest.mark.parametrize("rule", WRONG)
def test_an_alert_that_breaks_a_rule_is_found(rule: str, alerts: dict[str, dict[str, Any]]) -> None:
    alert = copy.deepcopy(alerts["AstrolabeDown"])
    assert [name for name, look in linter.ALERT_RULES.items() for _ in look(alert)] == []
    WRONG[rule](alert)
    assert [name for name, look in linter.ALERT_RULES.items() for _ in look(alert)] == [rule]


def test_groups_that_break_a_rule_are_found(groups: list[dict[str, Any]]) -> None:
    wrong = copy.deepcopy(groups)
    wrong[0]["interval"] = "10m"
    wrong[0]["rules"] += [wrong[0]["rules"][0]] * 20
    assert [name for name, look in linter.GROUP_RULES.items() for _ in look(wrong)] == list(
        linter.GROUP_RULES
    )


WRONG_EXPRESSIONS = {
    "alerts/comparison": "sum by (cluster) (a)",
    "promql/fragile": "sum by (cluster) (a) / sum by (cluster) (b) > 1",
    "alerts/template": "rate(a_total[5m]) > 1",
}
SAFE_EXPRESSIONS = {
    "alerts/comparison": [
        "a > 1 or absent(b)",
        "a unless on (cluster) b",
        "label_replace(a > 1, 'b', '', '', '')",
    ],
    "promql/fragile": ["sum by (cluster) (a) / 2 > 1"],
    "alerts/template": ["a > 1"],
}


@pytest.mark.real
@pytest.mark.parametrize("rule", WRONG_EXPRESSIONS)
def test_an_expression_that_breaks_a_rule_is_found(prometheus: Prometheus, rule: str) -> None:
    alert = {"alert": "A", "labels": {}, "annotations": {"description": "{{ $value }}"}}
    look = linter.EXPRESSION_RULES[rule]
    assert list(look(alert, prometheus.parse(WRONG_EXPRESSIONS[rule]))) != []
    for right in SAFE_EXPRESSIONS[rule]:
        assert list(look(alert, prometheus.parse(right))) == [], right


@pytest.mark.real
def test_an_aggregation_or_a_join_without_the_cluster_is_found(prometheus: Prometheus) -> None:
    for wrong in (
        "sum(a)",
        "sum by (b) (a)",
        "max without (cluster) (a)",
        "a and on (b) c",
        "a / ignoring (cluster) b",
    ):
        assert list(linter.QUERY_RULES["promql/aggregate"](prometheus.parse(wrong))) != [], wrong
    for right in ("sum by (cluster) (a)", "max without (b) (a)", "a and on (cluster) c", "a > 1", "a or c"):
        assert list(linter.QUERY_RULES["promql/aggregate"](prometheus.parse(right))) == [], right
