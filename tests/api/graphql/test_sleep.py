"""What GraphQL tells of environments, sleep and cost is what /metrics tells."""

from __future__ import annotations

from collections import defaultdict
from math import isclose
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from astrolabe.api.v1.bodies import instant
from tests.api.graphql.asking import Graphql
from tests.api.graphql.night import BEGUN, SLEEPER, night

SAVED = """{ environments { endCursor environments {
  name namespaces asleep sleepRatio hourly hourlyAwake saved savedDaily savedWeekly savedMonthly savedCo2
} } }"""
LISTS = {
    "environments": "name",
    "sleepInfos": "id",
    "sleeping": "id",
    "costs": "id",
}


async def metrics(api: Graphql) -> dict[str, list[tuple[dict[str, str], float]]]:
    """The samples by name."""
    found = defaultdict(list)
    for family in text_string_to_metric_families(await api.client.text("/metrics")):
        for sample in family.samples:
            found[sample.name].append((sample.labels, sample.value))
    return found


def total(samples: list[tuple[dict[str, str], float]], **labels: str) -> float:
    return sum(value for found, value in samples if labels.items() <= found.items())


async def test_costs_are_those_of_the_metrics() -> None:
    query = """{ costs(first: 500) { costs {
      id kind namespace name environment pods cpu memory gpu storage hourly hourlyAwake object { id }
    } } }"""
    async with night() as api:
        found = (await api.data(query))["costs"]["costs"]
        told = await metrics(api)
    workloads = {
        f"{kind}/{place}/{name}"
        for kind, place, name in (
            (labels["workload_kind"], labels["namespace"], labels["workload"])
            for labels, _ in told["astrolabe_workload_baseline_cost_hourly_dollars"]
        )
    }
    assert {each["id"] for each in found} == {*workloads, "PersistentVolumeClaim/day/data"}
    assert len(workloads) == 4
    for each in found:
        assert each["object"] == {"id": each["id"]}
        assert each["environment"] == f"{each['namespace']}time"
        labels = {"namespace": each["namespace"], "environment": each["environment"]}
        if each["kind"] == "PersistentVolumeClaim":
            volumes = told["astrolabe_volume_cost_hourly_dollars"]
            storage = total(volumes, persistentvolumeclaim=each["name"], **labels)
            assert each["storage"] == each["hourly"] == each["hourlyAwake"] == storage > 0
            continue
        labels |= {"workload_kind": each["kind"], "workload": each["name"]}
        costs = told["astrolabe_workload_cost_hourly_dollars"]
        for resource in ("cpu", "memory", "gpu"):
            assert each[resource] == total(costs, resource=resource, **labels)
        assert isclose(each["hourly"], total(costs, **labels))
        assert each["hourlyAwake"] == total(told["astrolabe_workload_baseline_cost_hourly_dollars"], **labels)
        assert each["pods"] == (1 if each["kind"] == "Pod" else 0)
    assert [each["hourlyAwake"] > each["hourly"] for each in found if each["id"] == SLEEPER] == [True]


async def test_environments_are_sums_of_their_namespaces() -> None:
    async with night() as api:
        page = (await api.data(SAVED))["environments"]
        told = await metrics(api)
    assert page["endCursor"] is None
    day, late = page["environments"]
    assert (day["name"], day["namespaces"], day["asleep"]) == ("daytime", ["day"], 0)
    assert (late["name"], late["namespaces"], late["asleep"]) == ("nighttime", ["late", "night"], 1)
    assert day["sleepRatio"] is None
    ((labels, ratio),) = told["astrolabe_environment_sleep_ratio"]
    assert (labels["environment"], late["sleepRatio"]) == ("nighttime", ratio)
    for each in (day, late):
        name = each["name"]
        costs = total(told["astrolabe_workload_cost_hourly_dollars"], environment=name)
        awake = total(told["astrolabe_workload_baseline_cost_hourly_dollars"], environment=name)
        volumes = total(told["astrolabe_volume_cost_hourly_dollars"], environment=name)
        assert isclose(each["hourly"], costs + volumes)
        assert isclose(each["hourlyAwake"], awake + volumes)
        # The metrics were asked for a moment later, and more is saved by then.
        estimates = told["kube_green_cost_savings_estimate_dollars"]
        for period in ("daily", "weekly", "monthly"):
            saved = total(estimates, environment=name, time_period=period)
            assert isclose(each[f"saved{period.capitalize()}"], saved, rel_tol=0.01)
        assert each["saved"] <= total(told["kube_green_cost_savings_dollars_total"], environment=name)
        assert each["savedCo2"] <= total(
            told["kube_green_co2_savings_estimate_grams_total"], environment=name
        )
    assert late["savedDaily"] == late["savedMonthly"] > day["savedDaily"] == 0


async def test_sleepinfos_have_their_schedules() -> None:
    query = """{ sleepInfos { sleepInfos {
      id namespace name environment weekdays sleepAt wakeUpAt timeZone asleep nextSleep nextWakeUp
      lastSleep lastWakeUp invalid object { kind }
    } } }"""
    async with night() as api:
        wrong, nights = (await api.data(query))["sleepInfos"]["sleepInfos"]
        told = await metrics(api)
    nxt, last = (
        {
            labels["operation"]: instant(at)
            for labels, at in told[f"astrolabe_sleepinfo_{which}_operation_timestamp_seconds"]
            if labels["sleepinfo"] == "nights"
        }
        for which in ("next", "last")
    )
    ((_, asleep),) = told["astrolabe_sleepinfo_scheduled_asleep"]
    assert nights == {
        "id": "SleepInfo/night/nights", "namespace": "night", "name": "nights", "environment": "nighttime",
        "weekdays": "*", "sleepAt": "20:00", "wakeUpAt": "08:00", "timeZone": "Europe/Rome",
        "asleep": bool(asleep), "nextSleep": nxt["sleep"], "nextWakeUp": nxt["wake_up"],
        "lastSleep": last["sleep"], "lastWakeUp": None, "invalid": [], "object": {"kind": "SleepInfo"},
    }  # fmt: skip
    assert (wrong["id"], wrong["asleep"], wrong["nextSleep"]) == ("SleepInfo/late/wrong", None, None)
    assert wrong["invalid"] == ["weekdays"]


async def test_what_sleeps_says_since_when_and_by_whom() -> None:
    query = """{ sleeping { sleeping {
      id kind namespace name environment since sleeper replicas object { status }
    } } }"""
    async with night() as api:
        (found,) = (await api.data(query))["sleeping"]["sleeping"]
    assert found == {
        "id": SLEEPER, "kind": "Deployment", "namespace": "night", "name": "api",
        "environment": "nighttime", "since": instant(BEGUN.timestamp()), "sleeper": "kube-downscaler",
        "replicas": 3, "object": {"status": "Ready"},
    }  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
async def test_pages_together_are_the_whole_list(name: str) -> None:
    key = LISTS[name]

    async def page(api: Graphql, first: int, after: str | None) -> Any:
        query = f"query ($first: Int!, $after: String) {{ {name}(first: $first, after: $after) {{"
        query += f" endCursor {name} {{ {key} }} }} }}"
        return (await api.data(query, first=first, after=after))[name]

    async with night() as api:
        whole = [each[key] for each in (await page(api, 500, None))[name]]
        assert whole == sorted(whole)
        found, after = [], None
        while True:
            told = await page(api, 1, after)
            assert len(told[name]) == 1
            found += [each[key] for each in told[name]]
            after = told["endCursor"]
            if after is None:
                break
    assert found == whole != []


@pytest.mark.parametrize("name", ["sleepInfos", "sleeping", "costs"])
async def test_lists_are_narrowed_by_namespace_and_environment(name: str) -> None:
    async def ids(api: Graphql, **chosen: str) -> list[Any]:
        query = "query ($namespace: String, $environment: String) { found: "
        query += f"{name}(namespace: $namespace, environment: $environment) {{ {name} {{ id }} }} }}"
        return [each["id"].split("/")[1] for each in (await api.data(query, **chosen))["found"][name]]

    async with night() as api:
        whole = await ids(api)
        assert await ids(api, namespace="", environment="") == whole
        for place in ("day", "night", "late"):
            assert await ids(api, namespace=place) == [each for each in whole if each == place]
        late = [each for each in whole if each != "day"]
        assert await ids(api, environment="nighttime") == late != []
        assert await ids(api, namespace="day", environment="nighttime") == []


async def test_before_the_environments_are_known_nothing_is_told_by_them() -> None:
    async with night(kinds_denied=("namespaces",)) as api:
        found = await api.data("{ environments { environments { name } } }")
        assert [each["name"] for each in found["environments"]["environments"]] == ["day", "late", "night"]
