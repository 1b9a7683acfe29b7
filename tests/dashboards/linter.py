"""What linters of dashboards ask for: the rules of Grafana's dashboard-linter, by its names, and some more.

https://github.com/grafana/dashboard-linter explains them. Theirs that read a query stand here for the
syntax tree that Prometheus makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from tests.dashboards import promql_rules
from tests.dashboards.promql_rules import Tree
from tests.dashboards.rendering import filled, panels

Board = dict[str, Any]
Found = Iterator[tuple[str, str]]
"""Where something is wrong, and what."""

_SOURCES = {"$datasource", "${datasource}"}
_NO_QUERY = {"text", "row"}
_LABELS = (
    "namespace",
    "release",
    "environment",
    "secret",
    "account",
    "instance",
    "workload_kind",
    "workload",
)
_FUNCTIONS = r"(?:label_names|label_values|metrics|query_result)"


def _variables(board: Board, kind: str = "query") -> list[dict[str, Any]]:
    return [each for each in board["templating"]["list"] if each["type"] == kind]


def _asking(board: Board) -> list[dict[str, Any]]:
    return [panel for panel in panels(board) if panel["type"] not in _NO_QUERY]


def template_datasource(board: Board) -> Found:
    """One variable chooses the data source, by the name and the label that everybody expects."""
    found = [(each["name"], each["label"], each["query"]) for each in _variables(board, "datasource")]
    if found != [("datasource", "Data source", "prometheus")]:
        yield "", f"data sources are chosen by {found}"


def template_job(board: Board) -> Found:
    """A variable chooses jobs."""
    yield from _template(board, "job")


def template_instance(board: Board) -> Found:
    """A variable chooses instances."""
    yield from _template(board, "instance")


def _template(board: Board, name: str) -> Found:
    (variable,) = [each for each in _variables(board) if each["name"] == name] or [None]
    if variable is None:
        yield name, "there is no such variable"
    elif not variable["multi"] or variable.get("allValue") != ".+" or variable["label"] != name.capitalize():
        yield name, "has to take several values, all by .+, under its own name"
    elif variable["datasource"]["uid"] not in _SOURCES:
        yield name, "does not ask the chosen data source"


def template_on_time_change_reload(board: Board) -> Found:
    """A variable offers what there was in the time range."""
    for each in _variables(board):
        if each["refresh"] != 2:
            yield each["name"], "is not loaded again when the time range changes"


def panel_datasource(board: Board) -> Found:
    """A panel asks the chosen data source, and so does each of its queries and each variable."""
    asked = [(panel["title"], each) for panel in _asking(board) for each in (panel, *panel["targets"])]
    for where, each in [*asked, *((each["name"], each) for each in _variables(board))]:
        if each["datasource"]["uid"] not in _SOURCES:
            yield where, f"asks the data source {each['datasource']['uid']}"


def panel_title_description(board: Board) -> Found:
    """A panel says what it shows."""
    for panel in panels(board):
        if not panel["title"] or not panel["description"]:
            yield panel["title"], "has no title or no description"


def panel_no_targets(board: Board) -> Found:
    """A panel asks something."""
    for panel in _asking(board):
        if not panel["targets"]:
            yield panel["title"], "asks nothing"


def uneditable_dashboard(board: Board) -> Found:
    """What is provisioned is not edited in place: the next version would undo it."""
    if board["editable"]:
        yield "", "may be edited"


RULES: Mapping[str, Callable[[Board], Found]] = {
    "template-datasource-rule": template_datasource,
    "template-job-rule": template_job,
    "template-instance-rule": template_instance,
    "template-on-time-change-reload-rule": template_on_time_change_reload,
    "panel-datasource-rule": panel_datasource,
    "panel-title-description-rule": panel_title_description,
    "panel-no-targets-rule": panel_no_targets,
    "uneditable-dashboard": uneditable_dashboard,
}
"""Rules that read the JSON."""


def panel_units(board: Board, known: Collection[str]) -> Found:
    """A unit is one that Grafana knows: of another it shows the name behind each number."""
    for panel in _asking(board):
        config = panel["fieldConfig"]
        given = [("", config["defaults"].get("unit", ""))]
        for override in config["overrides"]:
            name = str(override["matcher"]["options"])
            given += [(name, each["value"]) for each in override["properties"] if each["id"] == "unit"]
        for column, unit in given:
            if unit not in known:
                yield f"{panel['title']} {column}".strip(), f"“{unit}” is no unit of Grafana's"


def expressions(board: Board) -> Iterator[tuple[str, str]]:
    """Return every query of panels and variables as Grafana sends it, and where it stands."""
    several = dict.fromkeys(_LABELS, "one|two")
    for panel in _asking(board):
        for target in panel["targets"]:
            # A range that Grafana works out has to be told from one that is written down.
            expr = target["expr"].replace("$__rate_interval", f"{RATE_INTERVAL}ms")
            yield f"{panel['title']} {target['refId']}", filled(expr, "here", **several)
    for variable in _variables(board):
        query = re.fullmatch(rf"{_FUNCTIONS}\((.+), \w+\)", variable["query"]["query"])
        yield variable["name"], filled(query[1], "here", **several) if query else variable["query"]["query"]


RATE_INTERVAL = 123_457
"""Milliseconds that stand for Grafana's own choice, and for nothing else."""


def target_rate_interval(tree: Tree) -> Iterator[str]:
    """A rate is over as long as Grafana says, which knows the step and the scrape interval."""
    for each in promql_rules.parts(tree):
        if each["type"] == "call" and each["func"]["name"] in {"rate", "irate"}:
            (over,) = each["args"]
            if over["range"] != RATE_INTERVAL:
                yield f"{each['func']['name']} over {over['range']} ms, and not over $__rate_interval"


def target_cluster(tree: Tree) -> Iterator[str]:
    """Every series that is asked for is of the chosen cluster."""
    for each in promql_rules.selectors(tree):
        if ("cluster", "=", "here") not in {(m["name"], m["type"], m["value"]) for m in each["matchers"]}:
            yield f"{each['name']} is not of the chosen cluster"


def _target(label: str) -> promql_rules.Rule:
    def rule(tree: Tree) -> Iterator[str]:
        for each in promql_rules.selectors(tree):
            if label not in {matcher["name"] for matcher in each["matchers"]}:
                yield f"{each['name']} is of any {label}"

    return rule


QUERY_RULES: Mapping[str, promql_rules.Rule] = {
    "target-rate-interval-rule": target_rate_interval,
    "target-cluster-rule": target_cluster,
    "target-job-rule": _target("job"),
    "target-instance-rule": _target("instance"),
    "promql/aggregate": promql_rules.cluster,
    **promql_rules.RULES,
}
"""Rules that read a query. That it parses (`target-promql-rule`, `template-label-promql-rule`) comes first;
`promql/counter` is theirs of counters (`target-counter-agg-rule`) as well.
"""
