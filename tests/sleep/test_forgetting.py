"""What is gone leaves nothing behind: gauges go at once, counters after a month."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from astrolabe.derived.sleep.ledger import Ledger
from tests.sleep.green import Green, unix
from tests.sleep.stage import Stage

DAY = 86400.0
COUNTERS = (
    "kube_green_sleep_operations_total",
    "kube_green_resources_scaled_total",
    "kube_green_operation_duration_seconds",
    "kube_green_cost_savings_dollars_total",
    "kube_green_co2_savings_estimate_grams_total",
    "astrolabe_workload_scale_total",
)


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "uid": f"uid-{name}", "labels": labels}}


def lived() -> Green:
    """A namespace of which everything that can be counted was counted."""
    stage = Green("2026-11-20T12:00Z", label="env")
    stage.put("namespaces", namespace("shop", env="review"))
    stage.workload("web", 3)
    stage.workload("api", 2)
    stage.sleepinfo()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.scale("api", 1, "kubectl-edit")
    stage.at("2026-11-21T09:00Z")
    return stage


def emptied(stage: Green) -> None:
    for plural, place, name in sorted(stage.objects):
        stage.delete(plural, place, name)
    stage.scrape()


def left(stage: Stage) -> list[str]:
    """Families of which something is exposed that names an environment or a namespace."""
    series = [each for each in stage.everything() if "environment=" in each or "namespace=" in each]
    return sorted({each.partition("{")[0] for each in series})


def test_gauges_go_at_once_and_counters_after_a_month() -> None:
    stage = lived()
    assert set(COUNTERS) <= {family.removesuffix("_bucket") for family in left(stage)}
    emptied(stage)
    since = stage.now
    gone = left(stage)
    assert {family for family in gone if not family.startswith(COUNTERS)} == {
        "kube_green_cost_savings_estimate_dollars"
    }
    counted = {name: value for name, value in stage.everything().items() if name.startswith(COUNTERS)}
    stage.at(since + 30 * DAY - 1)
    assert {name: value for name, value in stage.everything().items() if name.startswith(COUNTERS)} == counted
    stage.at(since + 30 * DAY)
    assert left(stage) == []


def test_nothing_is_left_in_memory() -> None:
    stage = lived()
    emptied(stage)
    stage.at(stage.now + 31 * DAY)
    stage.scrape()
    assert stage.source.ledger() == Ledger(at=stage.now)
    kept = stage.cost.remember()
    assert (kept.savings.money, kept.savings.carbon, kept.savings.windows, kept.mixes) == ([], [], [], {})
    environments, operations = stage.source._environments, stage.source._operations
    assert (environments._known, environments._doubtful) == ({}, set())
    assert operations._left == {}
    assert stage.source._offered == {}
    assert stage.source._ratio.shown == {}
    assert stage.source._workloads.sleeps.seen == set()
    assert stage.source._workloads.keda._paused == {}
    assert stage.cost._sleepers.unpriced == {}
    assert stage.cost._sleepers._asleep == {}
    assert stage.cost._sleepers.savings._highest == {}
    assert stage.cost._offered == {}
    assert stage.cost._holdings.workloads == {}


@pytest.mark.parametrize("restarts", [[15], [1, 8, 29], list(range(1, 30))])
def test_a_month_passes_over_restarts(restarts: list[int]) -> None:
    stage = lived()
    emptied(stage)
    since = stage.now
    for day in restarts:
        stage.at(since + day * DAY)
        stage.restart()
        stage.at(stage.now + 200)
    stage.at(since + 30 * DAY - 1)
    assert set(left(stage)) >= {"kube_green_sleep_operations_total", "kube_green_cost_savings_dollars_total"}
    stage.at(since + 30 * DAY)
    assert left(stage) == []


def test_what_went_while_nobody_looked_is_gone_since_the_start() -> None:
    stage = lived()
    kept = stage.source.ledger()
    emptied(stage)
    stage.pass_to("2026-12-01T00:00Z")
    stage.start(kept)
    stage.at(stage.now + 11)
    stage.at(stage.now + 200)
    assert "kube_green_sleep_operations_total" in left(stage)
    assert stage.source._sleepinfos.remembered == {}
    stage.at(unix("2026-12-31T00:01Z"))
    assert left(stage) == []


def test_what_comes_back_in_time_goes_on_where_it_was() -> None:
    stage = lived()
    emptied(stage)
    stage.at(stage.now + 20 * DAY)
    stage.put("namespaces", namespace("shop", env="review"))
    stage.workload("web", 3)
    stage.at(stage.now + 20 * DAY)
    stage.at(stage.now + 20 * DAY)
    assert stage.verdicts() == {("sleep", "success"): 1, ("wake_up", "missed"): 1}
    assert stage.source.environment_of("shop") == "review"


def test_an_environment_stays_as_long_as_one_of_its_namespaces() -> None:
    stage = lived()
    stage.put("namespaces", namespace("other", env="review"))
    stage.namespace = "other"
    stage.workload("web", 3)
    for plural, place, name in sorted(stage.objects):
        if "shop" in (place, name):
            stage.delete(plural, place, name)
    stage.scrape()
    stage.at(stage.now + 31 * DAY)
    assert stage.verdicts() == {("sleep", "success"): 1, ("wake_up", "missed"): 1}
    assert stage.scaled() == {}
    assert stage.value("kube_green_cost_savings_dollars_total", environment="review") is None


def test_an_environment_that_a_namespace_left_is_forgotten() -> None:
    stage = lived()
    stage.put("namespaces", namespace("shop", env="live"))
    stage.at(stage.now + 29 * DAY)
    assert stage.value("kube_green_resources_scaled_total", environment="review", direction="down") == 2
    stage.at(stage.now + 2 * DAY)
    assert "review" not in "".join(stage.everything())
    assert stage.value("kube_green_sleep_operations_total", environment="live") is not None


PARTS = ("namespaces", "deployments", "sleepinfos", "secrets")


@pytest.mark.parametrize("order", list(permutations(PARTS)))
def test_a_namespace_whose_end_is_heard_of_first_makes_no_other_environment(order: tuple[str, ...]) -> None:
    stage = lived()
    for plural in order:
        for each, place, name in sorted(stage.objects):
            if each == plural:
                stage.delete(plural, place, name)
        stage.scrape()
        assert 'environment="shop"' not in "".join(stage.everything())
    assert stage.source._environments._known == {}
    stage.put("namespaces", namespace("shop", env="live"))
    stage.workload("web")
    assert stage.source.environment_of("shop") == "live"


def test_where_namespaces_may_not_be_read_the_objects_tell() -> None:
    stage = lived()
    stage.delete("namespaces", "", "shop")
    stage.bus.follow(stage.graph.uncover("Namespace"))
    stage.delete("deployments", "shop", "web")
    stage.scrape()
    assert stage.source._environments._doubtful == set()
    emptied(stage)
    assert stage.source._environments._known == {}
