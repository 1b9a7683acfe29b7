"""Which environment a namespace belongs to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astrolabe.derived.sleep.environment import Environments, EnvironmentsError, Rule, parse
from astrolabe.graph.graph import Graph
from tests.sleep.green import Green
from tests.sleep.stage import READERS


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "uid": f"uid-{name}", "labels": labels}}


def test_both_forms_of_the_setting() -> None:
    assert parse(
        {
            "staging": {"namespace": "staging", "sleepinfo": "staging-sleep-schedule"},
            "dev": {"namespace": "dev-*"},
            "qa": {},
            "review-*": "review",
        }
    ) == (
        Rule("staging", "staging", "staging-sleep-schedule"),
        Rule("dev", "dev-*"),
        Rule("qa", "qa"),
        Rule("review", "review-*"),
    )


@pytest.mark.parametrize(
    ("configured", "message"),
    [
        ({"dev": 3}, "`dev` is not a name, and has no `namespace` and `sleepinfo`: 3"),
        ({"dev": ""}, "`dev` is not a name, and has no `namespace` and `sleepinfo`: ''"),
        ({"dev": {"namespaces": ["a"]}}, "`dev` has an unknown key `namespaces`"),
        ({"dev": {"namespace": ["a"]}}, "`dev` needs names for `namespace` and `sleepinfo`"),
        ({"": {"namespace": "a"}}, "`` needs names for `namespace` and `sleepinfo`"),
        ({"dev-[": "dev"}, "`dev-[` is not a pattern: this `[` is never closed (character 5)"),
    ],
)
def test_a_setting_that_cannot_be_understood(configured: dict[str, object], message: str) -> None:
    with pytest.raises(EnvironmentsError) as raised:
        parse(configured)
    assert str(raised.value) == message


def test_the_first_rule_then_the_label_then_the_name() -> None:
    graph = Graph()
    for name, labels in (("dev-a", {"env": "ops"}), ("shop", {"env": "live"}), ("empty", {"env": ""})):
        graph.apply(READERS["namespaces"](json.dumps(namespace(name, **labels)).encode(), {}))
    environments = Environments(graph, (Rule("dev", "dev-*"), Rule("late", "dev-a")), "env")
    assert [environments.of(name) for name in ("dev-a", "shop", "empty", "gone")] == [
        "dev",
        "live",
        "empty",
        "gone",
    ]
    assert sorted(environments.namespaces("live")) == ["shop"]
    assert Environments(graph).of("shop") == "shop"


def test_a_rule_that_names_a_sleepinfo_comes_first_for_that_one() -> None:
    environments = Environments(Graph(), (Rule("nights", "shop"), Rule("weekends", "shop", "weekend")))
    assert environments.of("shop", "weekend") == "weekends"
    assert environments.of("shop", "other") == "nights"
    assert environments.of("shop") == "nights"
    assert environments.of("other", "weekend") == "other"


def test_a_namespace_that_moves_takes_along_what_is_not_counted_yet() -> None:
    stage = Green(label="env")
    moved: list[str] = []
    stage.source.listen_environments(moved.append)
    stage.workload("web")
    stage.sleepinfo()
    operations = 'kube_green_sleep_operations_total{environment="%s"'
    assert stage.scrape().count(operations % "shop") == 10
    stage.night("web")
    stage.put("namespaces", namespace("shop", env="live"))
    text = stage.scrape()
    assert moved == ["shop"]
    assert stage.source.environment_of("shop") == "live"
    assert text.count(operations % "live") == 10
    assert text.count(operations % "shop") == 1
    assert 'sleepinfo="nights",environment="live"' in text
    assert 'workload="web",environment="live"' in text
    assert 'astrolabe_environment_sleep_ratio{environment="live"} 1.0' in text
    # What remains of a namespace that goes stays in its environment, whatever is heard of first.
    stage.delete("namespaces", "", "shop")
    assert stage.source.environment_of("shop") == "live"
    assert moved == ["shop"]


def test_series_exist_at_zero_while_there_is_a_sleepinfo() -> None:
    stage = Green("2026-11-20T12:00Z", Rule("dev", "*"))
    assert "environment=" not in stage.scrape()
    stage.sleepinfo()
    stage.sleepinfo("weekend")
    lines = [line for line in stage.scrape().splitlines() if line.startswith("kube_green")]
    assert sum(line.startswith("kube_green_sleep_operations_total") for line in lines) == 10
    assert sum(line.startswith("kube_green_resources_scaled_total") for line in lines) == 6
    assert sum(line.startswith("kube_green_operation_duration_seconds") for line in lines) == 22
    assert all(float(line.split()[-1]) == 0 and 'environment="dev"' in line for line in lines)
    stage.delete("sleepinfos", "shop", "nights")
    assert stage.scrape().count("\nkube_green_sleep_operations_total{") == 10
    stage.delete("sleepinfos", "shop", "weekend")
    assert "environment=" not in stage.scrape()
