"""Both sets of dashboards under the rules of linters, and what is let pass, with the reason."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.components.npm import INSTALL_SECONDS, Packages
from tests.dashboards import linter
from tests.dashboards.exclusions import Exclusions, Found, left
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.rendering import APP_BOARDS, BOARDS

SETS = {"core": BOARDS, "app": APP_BOARDS}
_MERGED = "what is known of the cluster is the same from every instance, and queries merge it"

EXCLUDED: Exclusions = {
    ("template-job-rule", ".*"): "the exporter is one job; what tells installations apart is the cluster",
    (
        "template-instance-rule",
        "exporter: instance",
    ): "All is .*, which also matches where there is no such label",
    ("template-instance-rule", "(?!exporter).*"): _MERGED,
    (
        "target-job-rule",
        ".*",
    ): "metric names begin with astrolabe_ or kube_green_, whatever the job is called",
    ("target-instance-rule", ".*"): _MERGED,
    ("target-cluster-rule", ".*: cluster"): "the variable that chooses the cluster offers all of them",
    ("promql/offset", "cost: Data held A"): "it says how much there is: where less is kept it finds less",
}
"""What is let pass, by the rule and a pattern of where it stands (`board: panel`), with the reason."""


def of_json() -> Iterator[Found]:
    for boards in SETS.values():
        for name, board in boards.items():
            for rule, look in linter.RULES.items():
                for where, what in look(board):
                    yield rule, f"{name}: {where}", what


def of_queries(prometheus: Prometheus) -> Iterator[Found]:
    trees = {
        (f"{name}: {where}", expr)
        for boards in SETS.values()
        for name, board in boards.items()
        for where, expr in linter.expressions(board)
    }
    for where, expr in sorted(trees):
        tree = prometheus.parse(expr)
        for rule, look in linter.QUERY_RULES.items():
            for what in look(tree):
                yield rule, where, what


def test_the_json_keeps_the_rules() -> None:
    assert left(of_json(), EXCLUDED, set()) == []


@pytest.mark.real
@pytest.mark.timeout(INSTALL_SECONDS + 120)
def test_the_queries_keep_the_rules_and_every_exclusion_is_needed(prometheus: Prometheus) -> None:
    used: set[tuple[str, str]] = set()
    left(of_json(), EXCLUDED, used)
    assert left(of_queries(prometheus), EXCLUDED, used) == []
    assert used == set(EXCLUDED)


@pytest.mark.real
@pytest.mark.timeout(INSTALL_SECONDS + 120)
def test_units_are_those_of_grafana(packages: Packages) -> None:
    known = set(json.loads(packages.script("units.cjs")))
    assert {"short", "bytes", "currencyUSD"} <= known
    for boards in SETS.values():
        assert {
            name: found for name, board in boards.items() if (found := list(linter.panel_units(board, known)))
        } == {}
    first, *_ = linter.panel_units(BOARDS["overview"], known - {"short"})
    assert first[1] == "“short” is no unit of Grafana's"


def _panel(board: dict[str, Any]) -> dict[str, Any]:
    return next(panel for panel in board["panels"] if panel.get("targets"))


WRONG: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "template-datasource-rule": lambda board: board["templating"]["list"][0].update(label="Prometheus"),
    "template-on-time-change-reload-rule": lambda board: board["templating"]["list"][1].update(refresh=1),
    "panel-datasource-rule": lambda board: _panel(board)["targets"][0]["datasource"].update(uid="P1"),
    "panel-title-description-rule": lambda board: _panel(board).update(description=""),
    "panel-no-targets-rule": lambda board: _panel(board).update(targets=[]),
    "uneditable-dashboard": lambda board: board.update(editable=True),
}


@pytest.mark.parametrize("rule", WRONG)
def test_a_board_that_breaks_a_rule_is_found(rule: str) -> None:
    board = copy.deepcopy(BOARDS["overview"])
    WRONG[rule](board)
    found = [name for name, look in linter.RULES.items() for _ in look(board) if (name, ".*") not in EXCLUDED]
    assert set(found) - {"template-instance-rule"} == {rule}


WRONG_QUERIES = {
    "target-rate-interval-rule": 'sum by (cluster) (rate(a_total{cluster="here"}[5m]))',
    "target-cluster-rule": 'a{cluster="here"} and on (cluster) b',
    "target-job-rule": "a",
    "target-instance-rule": "a",
    "promql/regexp": 'a{b=~"c"}',
    "promql/counter": "sum by (cluster) (a_total) > 1",
    "promql/rate": "rate(a[5m])",
    "promql/nan": "sum by (cluster) (a / b)",
    "promql/offset": "a offset 3w",
    "promql/impossible": "a and on (cluster, b) sum by (cluster) (c)",
}


@pytest.mark.real
@pytest.mark.parametrize("rule", WRONG_QUERIES)
def test_a_query_that_breaks_a_rule_is_found(prometheus: Prometheus, rule: str) -> None:
    assert list(linter.QUERY_RULES[rule](prometheus.parse(WRONG_QUERIES[rule]))) != []
