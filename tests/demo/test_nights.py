"""What the exporter says of the demo's nights, beside what the cluster itself went through."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import looptime
import pytest
from prometheus_client.parser import text_string_to_metric_families

from astrolabe.application import Application
from astrolabe.demo.cluster import open_shop
from astrolabe.demo.day.run import Day
from astrolabe.metrics.snapshot import plain
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import LoopClock
from astrolabe.testing.inprocess import InProcess
from tests.demo.conftest import START

OPERATIONS = "kube_green_sleep_operations_total"
CORE_HOUR, GIB_HOUR = 0.031611, 0.004237
KILOGRAMS_A_POD_HOUR = 11 / 8760
RESOURCES = {"deployments.apps": "replicas", "statefulsets.apps": "replicas", "cronjobs.batch": "suspend"}
UNITS = {"Mi": 1 / 1024, "Gi": 1}
EVENING, MORNING, NEXT_NIGHT = "evening", "morning", "next night"
DAYS = {EVENING: 0.57, "after the wake-up by hand": 0.61, MORNING: 0.9998, NEXT_NIGHT: 1.58}
"""Moments of the story, in days."""


@dataclass
class Slept:
    """One sleep, as the objects tell it."""

    namespace: str
    kind: str
    name: str
    pods: int
    dollars: float
    """An hour, for all of its Pods."""
    since: float
    until: float | None = None

    def hours(self, now: float) -> float:
        return ((self.until or now) - self.since) / 3600


@dataclass
class Moment:
    """What the exporter says, and what is so."""

    now: float
    samples: dict[str, dict[tuple[str, ...], float]]
    replicas: dict[str, int]
    """Replicas wanted by namespace."""
    slept: list[Slept] = field(default_factory=list)

    def asleep(self) -> list[Slept]:
        return [sleep for sleep in self.slept if sleep.until is None]


def pod_dollars(template: dict) -> float:
    """What one Pod of a template costs an hour: containers add up, and nothing else is there."""
    assert "initContainers" not in template["spec"]
    wanted = [container["resources"]["requests"] for container in template["spec"]["containers"]]
    cores = sum(int(requests["cpu"].removesuffix("m")) / 1000 for requests in wanted)
    gib = sum(int(requests["memory"][:-2]) * UNITS[requests["memory"][-2:]] for requests in wanted)
    return cores * CORE_HOUR + gib * GIB_HOUR


class Witness:
    """Writes down which workloads kube-green puts to sleep, and when whoever wakes them."""

    def __init__(self, server: ApiServer) -> None:
        self.server = server
        self.slept: list[Slept] = []
        for resource, wish in RESOURCES.items():
            server.listen(resource, lambda event, wish=wish: self.see(event, wish))

    def see(self, event, wish: str) -> None:
        obj, before = event.object, event.previous
        if before is None or obj["spec"][wish] == before["spec"][wish]:
            return
        metadata, suspended = obj["metadata"], obj["spec"].get("suspend", False)
        place = metadata["namespace"], obj["kind"], metadata["name"]
        awake = not suspended if wish == "suspend" else obj["spec"]["replicas"] > 0
        (entry,) = [e for e in metadata["managedFields"] if f"f:{wish}" in e["fieldsV1"].get("f:spec", {})]
        written = entry.get("time")
        time = (datetime.fromisoformat(written) if written else self.server.now()).timestamp()
        if awake:
            for sleep in self.slept:
                if (sleep.namespace, sleep.kind, sleep.name) == place and sleep.until is None:
                    sleep.until = time
        elif (entry["manager"], entry["operation"]) == ("kube-green", "Apply"):
            pods = before["spec"].get("replicas", 0)
            dollars = pods * pod_dollars(obj["spec"]["template"]) if pods else 0.0
            self.slept.append(Slept(*place, pods, dollars, time))

    def replicas(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for resource in ("deployments.apps", "statefulsets.apps"):
            for obj in self.server.objects(resource):
                found[obj["metadata"]["namespace"]] += obj["spec"]["replicas"]
        return found


async def live() -> dict[str, Moment]:
    """Play the demo on a virtual clock, with the exporter as `astrolabe demo` runs it."""
    server = ApiServer(clock=LoopClock(START), history=500, requests_kept=1000)
    plane, almanac = open_shop(server)
    witness = Witness(server)
    application = Application(
        Settings(port=0, address="127.0.0.1"),
        InProcess(server),
        random=Random(1),
        now=lambda: server.now().timestamp(),
        elapsed=asyncio.get_running_loop().time,
    )
    stopping = asyncio.Event()
    day = asyncio.create_task(Day(plane, almanac).run())
    exporter = asyncio.create_task(application.run(stopping))
    moments = {}
    for name, days in DAYS.items():
        until = almanac.begin + timedelta(minutes=almanac.minutes) * days
        while (left := (until - server.now()).total_seconds()) > 0:
            await asyncio.sleep(min(30, left))
            snapshot = await application.exposition.snapshot()
        text = b"".join(plain(snapshot.pieces())).decode()
        samples: dict[str, dict[tuple[str, ...], float]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
        copies = [Slept(**vars(sleep)) for sleep in witness.slept]
        moments[name] = Moment(server.now().timestamp(), samples, witness.replicas(), copies)
    stopping.set()
    await exporter
    day.cancel()
    await asyncio.wait({day})
    return moments


@pytest.fixture(scope="module")
def moments() -> dict[str, Moment]:
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        return runner.run(live())


def outcomes(moment: Moment) -> dict[tuple[str, str], dict[str, int]]:
    """Environments and how often, by operation and status."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for (environment, operation, status), value in moment.samples[OPERATIONS].items():
        if value:
            found.setdefault((operation, status), {})[environment] = int(value)
    return found


def test_every_way_in_which_an_operation_ends_is_seen(moments):
    first = outcomes(moments[MORNING])
    asleep = {"dev-catalog", "dev-checkout", "dev-frontend", "dev-search", "staging-search"}
    awake = {"dev-checkout", "dev-search"}
    whole = {"staging-catalog", "staging-checkout", "staging-frontend"}
    assert first == {
        ("sleep", "success"): dict.fromkeys(asleep | whole, 1),
        ("sleep", "partial"): {"dev-orders": 1},
        ("sleep", "failed"): {"staging-payments": 1},
        ("sleep", "skipped"): {"staging-orders": 1},
        ("wake_up", "success"): dict.fromkeys(awake | whole, 1),
        ("wake_up", "partial"): {"dev-catalog": 1},
        ("wake_up", "failed"): {"dev-frontend": 1},
        ("wake_up", "skipped"): dict.fromkeys(("staging-orders", "staging-payments"), 1),
        ("wake_up", "missed"): dict.fromkeys(("staging-search", "dev-orders"), 1),
    }
    # kube-green, whose last word was a sleep, waits for the wake-up and passes over the next evening.
    second = outcomes(moments[NEXT_NIGHT])
    assert second["sleep", "missed"] == dict.fromkeys(("dev-catalog", "dev-frontend", "staging-search"), 1)
    assert second["sleep", "success"] == dict.fromkeys(awake | whole, 2) | dict.fromkeys(asleep - awake, 1)


def test_every_operation_is_offered_before_it_happens(moments):
    statuses = {"success", "partial", "failed", "skipped", "missed"}
    offered = {labels[1:] for labels in moments[EVENING].samples[OPERATIONS]}
    assert offered == {(operation, status) for operation in ("sleep", "wake_up") for status in statuses}


def test_who_woke_what(moments):
    scaled = moments[MORNING].samples["astrolabe_workload_scale_total"]
    by_hand = {
        labels[0]: value for labels, value in scaled.items() if labels[1:] == ("other", "up") and value
    }
    assert by_hand == {
        "dev-catalog": 1,
        "dev-checkout": 1,
        "dev-frontend": 4,
        "dev-orders": 3,
        "kube-green": 1,
        "staging-orders": 4,
        "staging-search": 4,
    }
    assert {labels[0] for labels, value in scaled.items() if labels[1:] == ("other", "down") and value} == {
        "kube-green",
        "staging-orders",
    }


@pytest.mark.parametrize("name", DAYS)
def test_what_sleeps_is_what_kube_green_put_to_sleep_and_nobody_woke(moments, name):
    moment = moments[name]
    shown = {labels[:3] for labels in moment.samples.get("astrolabe_workload_asleep", {})}
    assert shown == {(sleep.namespace, sleep.kind, sleep.name) for sleep in moment.asleep()}
    baseline = Counter(moment.replicas)
    for sleep in moment.asleep():
        baseline[sleep.namespace] += sleep.pods
    ratios = moment.samples["astrolabe_environment_sleep_ratio"]
    assert {environment for (environment,) in ratios} >= {sleep.namespace for sleep in moment.slept}
    for (environment,), ratio in ratios.items():
        if baseline[environment]:
            expected = 1 - moment.replicas[environment] / baseline[environment]
            assert ratio == pytest.approx(expected), environment


@pytest.mark.parametrize("name", DAYS)
def test_savings_are_what_the_times_requests_and_prices_come_to(moments, name):
    moment = moments[name]
    dollars: Counter[str] = Counter()
    kilograms: Counter[str] = Counter()
    for sleep in moment.slept:
        dollars[sleep.namespace] += sleep.dollars * sleep.hours(moment.now)
        kilograms[sleep.namespace] += sleep.pods * sleep.hours(moment.now) * KILOGRAMS_A_POD_HOUR
    assert sum(dollars.values()) > 0.005
    saved = moment.samples["kube_green_cost_savings_dollars_total"]
    assert {namespace for namespace, value in dollars.items() if value} == {
        namespace for (_, namespace), value in saved.items() if value
    }
    carbon = moment.samples["kube_green_co2_savings_estimate_grams_total"]
    estimates = moment.samples["kube_green_cost_savings_estimate_dollars"]
    for (environment, namespace), value in saved.items():
        assert value == pytest.approx(dollars[namespace], rel=1e-6), namespace
        assert carbon[environment,] == pytest.approx(1000 * kilograms[namespace], rel=1e-6)
        for period in ("daily", "weekly", "monthly"):
            assert estimates[environment, period] == pytest.approx(dollars[namespace], rel=1e-6)


def test_what_sleeps_costs_awake_what_its_requests_come_to(moments):
    moment = moments[EVENING]
    costs = moment.samples["astrolabe_workload_baseline_cost_hourly_dollars"]
    sleepers = [sleep for sleep in moment.asleep() if sleep.pods]
    assert len(sleepers) > 30
    for sleep in sleepers:
        labels = (sleep.namespace, sleep.kind, sleep.name, sleep.namespace)
        assert costs[labels] == pytest.approx(sleep.dollars), sleep
    assert "astrolabe_unpriced_workloads" not in moment.samples
