"""Cost over real sleep: what is published while environments sleep, wake and change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from astrolabe.derived.cost.sleepers import Remembered
from astrolabe.derived.sleep.ledger import Ledger
from astrolabe.kinds.models.details import Requests
from tests.cost.world import HOUR, Clock, Cluster, managed, sized
from tests.kinds.objects import owned_by, read
from tests.kinds.samples import KINDS, SAMPLES

COST = "astrolabe_workload_cost_hourly_dollars"
BASELINE = "astrolabe_workload_baseline_cost_hourly_dollars"
TOTAL = "kube_green_cost_savings_dollars_total"
ESTIMATE = "kube_green_cost_savings_estimate_dollars"
CO2 = "kube_green_co2_savings_estimate_grams_total"
UNPRICED = "astrolabe_unpriced_workloads"
PRICE = "astrolabe_price_dollars"
VALID = "astrolabe_prices_last_reload_successful"

SPEC = sized("1", "1Gi")
EACH = 0.035848
"""An hour of one replica: $0.031611 + $0.004237."""


def saved(cluster: Cluster) -> float | None:
    return cluster.value(TOTAL, environment="shop", namespace="shop")


def windows(cluster: Cluster) -> list[float | None]:
    return [cluster.value(ESTIMATE, time_period=period) for period in ("daily", "weekly", "monthly")]


def awake(cluster: Cluster, replicas: int = 3) -> None:
    cluster.deploy(replicas, SPEC)
    for number in range(replicas):
        cluster.run(f"web-{number}", SPEC)


def asleep(cluster: Cluster, replicas: int = 3) -> None:
    cluster.doze(SPEC)
    for number in range(replicas):
        cluster.remove(f"Pod/shop/web-{number}")


def test_a_night() -> None:
    cluster = Cluster()
    awake(cluster)
    assert (saved(cluster), cluster.value(BASELINE)) == (None, 3 * EACH)
    asleep(cluster)
    assert saved(cluster) == 0
    assert cluster.value(COST, resource="cpu") == 0
    assert cluster.value(BASELINE) == 3 * EACH
    cluster.later(10)
    assert saved(cluster) == pytest.approx(30 * EACH, abs=1e-12)
    cluster.wake(3, SPEC)
    cluster.later(10)
    assert saved(cluster) == pytest.approx(30 * EACH, abs=1e-12)
    assert cluster.value(CO2) == pytest.approx(30 * 11_000 / 8760, abs=1e-9)
    assert windows(cluster) == [pytest.approx(30 * EACH, abs=1e-12)] * 3
    # Ten hours later nine of the ten hours are still within a day.
    cluster.later(5)
    assert windows(cluster)[0] == pytest.approx(27 * EACH, abs=1e-12)
    cluster.later(10)
    assert windows(cluster)[:2] == [0, pytest.approx(30 * EACH, abs=1e-12)]
    cluster.later(30 * 24)
    assert windows(cluster) == [0, 0, 0]
    assert saved(cluster) == pytest.approx(30 * EACH, abs=1e-12)


def test_while_it_falls_asleep_the_baseline_stays() -> None:
    cluster = Cluster()
    awake(cluster)
    cluster.doze(SPEC)
    assert cluster.value(BASELINE) == 3 * EACH
    cluster.remove("Pod/shop/web-0")
    assert cluster.value(BASELINE) == 3 * EACH
    assert cluster.value(COST, resource="cpu") == 2 * 0.031611


@pytest.mark.parametrize("hours", [[8.0], [1.0] * 8, [0.5, 7.25, 0.25]])
def test_it_does_not_matter_how_often_it_is_scraped(hours: list[float]) -> None:
    cluster = Cluster()
    awake(cluster)
    asleep(cluster)
    for some in hours:
        cluster.later(some)
        cluster.scrape()
    assert saved(cluster) == 24 * EACH


def test_the_carbon_rate_is_a_setting() -> None:
    cluster = Cluster(co2=8.76)
    awake(cluster, 1)
    asleep(cluster, 1)
    cluster.later(1)
    assert cluster.value(CO2) == 1


MANIFEST = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"spec": {"replicas": 2}})}
SILENT = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"spec": {}})}
SCALER: dict[str, Any] = {
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 4,
        "maxReplicas": 9,
    }
}


@pytest.mark.parametrize(
    ("seen", "annotations", "scaler", "replicas"),
    [
        (3, MANIFEST, SCALER, 3),
        (None, MANIFEST, SCALER, 2),
        (None, SILENT, SCALER, 4),
        (None, None, SCALER, 4),
        (None, SILENT, None, None),
        (None, None, {"spec": SCALER["spec"] | {"minReplicas": 0}}, None),
    ],
)
def test_where_the_baseline_comes_from(
    seen: int | None, annotations: Any, scaler: Any, replicas: int | None
) -> None:
    cluster = Cluster()
    if seen:
        cluster.deploy(seen, SPEC)
    if scaler:
        cluster.put("HorizontalPodAutoscaler", **scaler)
    cluster.doze(SPEC, annotations=annotations)
    cluster.later(1)
    assert saved(cluster) == pytest.approx((replicas or 0) * EACH, abs=1e-12)
    assert cluster.value(BASELINE) == pytest.approx((replicas or 0) * EACH, abs=1e-12)
    assert cluster.value(UNPRICED, namespace="shop", environment="shop") == (None if replicas else 1)
    cluster.wake(1, SPEC)
    assert cluster.value(UNPRICED) is None
    assert cluster.value(BASELINE) == 0


def test_an_autoscaler_that_comes_later_prices_from_then_on() -> None:
    cluster = Cluster()
    cluster.doze(SPEC)
    cluster.later(5)
    assert (cluster.value(UNPRICED), saved(cluster)) == (1, 0)
    cluster.put("HorizontalPodAutoscaler", **SCALER)
    cluster.later(1)
    assert (cluster.value(UNPRICED), saved(cluster)) == (None, pytest.approx(4 * EACH, abs=1e-12))
    cluster.remove("HorizontalPodAutoscaler/shop/web")
    cluster.later(1)
    assert (cluster.value(UNPRICED), saved(cluster)) == (1, pytest.approx(4 * EACH, abs=1e-12))


def test_a_cronjob_sleeps_at_no_price() -> None:
    cluster = Cluster()
    job = {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": {"spec": SPEC}}}}
    cluster.put("CronJob", spec=job | {"suspend": False})
    cluster.put(
        "CronJob",
        metadata=managed("kube-green", "Apply", cluster.clock.now, "f:suspend"),
        spec=job | {"suspend": True},
    )
    cluster.later(1)
    assert cluster.value("astrolabe_workload_asleep", workload_kind="CronJob") == 1
    assert cluster.scrape(TOTAL, UNPRICED, BASELINE) == []


def test_what_is_scaled_down_by_hand_saves_nothing() -> None:
    cluster = Cluster()
    awake(cluster)
    cluster.deploy(0, SPEC, metadata=managed("kubectl", "Update", cluster.clock.now))
    cluster.later(1)
    assert saved(cluster) is None


def test_replicas_cost_what_the_pods_cost_that_it_had(tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text('{"spotLabel": "pool", "spotLabelValue": "spot"}')
    cluster = Cluster(prices)
    cluster.put("Node", "cheap", {"labels": {"pool": "spot"}})
    cluster.deploy(2, sized())
    # A LimitRange gave them requests, and one is on a spot Node.
    cluster.run("web-0", SPEC, on="cheap")
    cluster.run("web-1", SPEC, on="dear")
    cluster.doze(sized())
    cluster.remove("Pod/shop/web-0")
    cluster.remove("Pod/shop/web-1")
    cluster.later(1)
    assert saved(cluster) == pytest.approx(0.035848 + 0.007547, abs=1e-12)
    # A template that is changed asleep is what the next Pods are made from.
    cluster.doze(sized("2"))
    cluster.later(1)
    assert saved(cluster) == pytest.approx(0.035848 + 0.007547 + 4 * 0.031611, abs=1e-12)


def test_a_template_that_asks_for_spot_is_priced_as_spot(tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text('{"spotLabel": "pool", "spotLabelValue": "spot"}')
    cluster = Cluster(prices)
    spec = sized("1", "1Gi", nodeSelector={"pool": "spot"})
    cluster.doze(spec, annotations=MANIFEST)
    cluster.later(1)
    assert saved(cluster) == pytest.approx(2 * 0.007547, abs=1e-12)


def test_a_workload_below_a_custom_resource() -> None:
    cluster = Cluster()
    above = owned_by("Prometheus", "main", "monitoring.coreos.com/v1")
    cluster.deploy(2, SPEC, metadata=above)
    kind = "Prometheus.monitoring.coreos.com"
    assert cluster.scrape(COST, BASELINE) == []
    cluster.deploy(0, SPEC, metadata=above | managed("kube-green", "Apply", cluster.clock.now))
    cluster.later(1)
    assert cluster.value(BASELINE, workload_kind=kind, workload="main") == 2 * EACH
    assert cluster.value(COST, workload_kind=kind, resource="cpu") == 0
    assert saved(cluster) == 2 * EACH
    cluster.deploy(2, SPEC, metadata=above | managed("kube-green", "Update", cluster.clock.now))
    assert cluster.scrape(COST, BASELINE) == []


def test_of_several_below_a_custom_resource_each_has_its_own_size() -> None:
    cluster = Cluster()
    above = owned_by("Prometheus", "main", "monitoring.coreos.com/v1")
    cluster.deploy(1, SPEC, metadata=above)
    cluster.deploy(1, sized("8"), name="large", metadata=above)
    cluster.run("web-0", SPEC)
    cluster.run("large-0", sized("8"), of="large")
    cluster.deploy(0, SPEC, metadata=above | managed("kube-green", "Apply", cluster.clock.now))
    cluster.later(1)
    assert saved(cluster) == EACH
    assert cluster.value(BASELINE) == pytest.approx(2 * EACH + 8 * 0.031611, abs=1e-12)
    cluster.remove("Pod/shop/web-0")
    assert cluster.value(BASELINE) == pytest.approx(EACH + 8 * 0.031611, abs=1e-12)


def test_a_deleted_sleeper_leaves_nothing_but_what_it_saved() -> None:
    cluster = Cluster()
    awake(cluster)
    asleep(cluster)
    cluster.later(1)
    cluster.remove("Deployment/shop/web")
    cluster.remove("ReplicaSet/shop/web-1")
    cluster.later(1)
    assert cluster.scrape(COST, BASELINE, UNPRICED) == []
    assert saved(cluster) == 3 * EACH


def test_prices_that_change_while_running(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"CPU": "1", "RAM": "0"}')
    cluster = Cluster(path)
    awake(cluster, 2)
    cluster.deploy(1, SPEC, name="other")
    cluster.run("other-0", SPEC, of="other")
    claim = {"spec": {"volumeName": "pv"}, "status": {"phase": "Bound", "capacity": {"storage": "10Gi"}}}
    cluster.put("PersistentVolumeClaim", "data", **claim)
    asleep(cluster, 2)
    cluster.later(1)
    assert (saved(cluster), cluster.value(COST, workload="other", resource="cpu")) == (2, 1)
    for text, valid, price, total in (
        ('{"CPU": "3", "RAM": "0"}', 1, 3, 8),
        ('{"CPU": "0.5", "RAM": "0"}', 1, 0.5, 9),
        ('{"CPU": "-1"}', 0, 0.5, 10),
        ('{"CPU": "0", "RAM": "0", "storage": "1"}', 1, 0, 10),
    ):
        path.write_text(text + " " * total)
        cluster.scrape()
        assert cluster.value(PRICE, resource="cpu", unit="core-hour") == price
        assert cluster.value(VALID) == valid
        assert cluster.value(BASELINE, workload="web") == 2 * price
        assert cluster.value(COST, workload="other", resource="cpu") == price
        cluster.later(1)
        assert saved(cluster) == total
    assert cluster.value("astrolabe_volume_cost_hourly_dollars") == 10


def test_the_spot_label_may_change_while_running(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text("{}")
    cluster = Cluster(path)
    cluster.put("Node", "node-1", {"labels": {"pool": "spot"}})
    awake(cluster, 1)
    assert cluster.value(COST, resource="cpu") == 0.031611
    path.write_text('{"spotLabel": "pool", "spotLabelValue": "spot"}')
    assert cluster.value(COST, resource="cpu") == 0.006655
    assert cluster.value(PRICE, resource="spot_cpu") == 0.006655


def test_all_prices() -> None:
    assert Cluster().scrape(PRICE, VALID) == [
        f'{PRICE}{{resource="cpu",unit="core-hour"}} 0.031611',
        f'{PRICE}{{resource="memory",unit="GiB-hour"}} 0.004237',
        f'{PRICE}{{resource="gpu",unit="GPU-hour"}} 0.95',
        f'{PRICE}{{resource="storage",unit="GiB-hour"}} 5.479452e-05',
        f"{VALID}{{}} 1",
    ]


def test_a_namespace_that_moves_to_another_environment() -> None:
    cluster = Cluster(label="stage")
    cluster.put("Namespace", "shop", {"namespace": None, "labels": {"stage": "test"}})
    awake(cluster, 1)
    asleep(cluster, 1)
    cluster.put("PersistentVolumeClaim", spec={"volumeName": "v"}, status={"capacity": {"storage": "1Gi"}})
    cluster.later(1)
    cluster.put("Namespace", "shop", {"namespace": None, "labels": {"stage": "qa"}})
    cluster.later(2)
    assert cluster.value(TOTAL, environment="test") == EACH
    assert cluster.value(TOTAL, environment="qa") == 2 * EACH
    assert cluster.value(BASELINE, environment="qa") == EACH
    assert cluster.value("astrolabe_volume_cost_hourly_dollars", environment="qa") is not None


def found_asleep(cluster: Cluster, since: float, annotations: Any = MANIFEST) -> None:
    metadata = managed("kube-green", "Apply", since) | {"annotations": annotations}
    cluster.deploy(0, SPEC, metadata=metadata)


def test_a_cold_start_while_asleep_counts_from_then_on_and_looks_back() -> None:
    cluster = Cluster()
    since = cluster.clock.now
    cluster = Cluster(clock=cluster.clock)
    cluster.later(4)
    cluster = Cluster(clock=cluster.clock)
    found_asleep(cluster, since)
    cluster.later(1)
    assert saved(cluster) == pytest.approx(2 * EACH, abs=1e-12)
    assert windows(cluster) == [pytest.approx(10 * EACH, abs=1e-12)] * 3


def test_a_restart_that_remembers_goes_on_where_it_left_off() -> None:
    clock = Clock()
    first = Cluster(clock=clock)
    awake(first)
    since = clock.now
    asleep(first)
    first.later(2)
    state = msgspec.json.encode((first.cost.remember(), first.sleep.ledger()))
    clock.now += 3 * HOUR
    remembered, ledger = msgspec.json.decode(state, type=tuple[Remembered, Ledger])
    second = Cluster(clock=clock, remembered=remembered, ledger=ledger)
    # Nothing of what it had is written on it: three replicas come back from the ledger.
    found_asleep(second, since, annotations=None)
    second.later(1)
    assert saved(second) == pytest.approx(18 * EACH, abs=1e-12)
    assert windows(second) == [pytest.approx(18 * EACH, abs=1e-12)] * 3


def test_a_successor_has_nothing_of_the_one_before() -> None:
    clock = Clock()
    first = Cluster(clock=clock)
    awake(first)
    asleep(first)
    remembered = first.cost.remember()
    assert list(remembered.mixes) == ["Deployment/shop/web"]
    # The Pods that it had were resized in place, by hand.
    mix = remembered.mixes["Deployment/shop/web"]
    remembered.mixes["Deployment/shop/web"] = replace(mix, normal=Requests(9000, 0, 0))
    second = Cluster(clock=clock, remembered=remembered)
    metadata = managed("kube-green", "Apply", clock.now) | {"annotations": MANIFEST, "uid": "another"}
    second.deploy(0, SPEC, metadata=metadata)
    second.later(1)
    assert saved(second) == pytest.approx(2 * EACH, abs=1e-12)


def test_series_begin_at_0_where_a_sleepinfo_is() -> None:
    cluster = Cluster()
    info = read(KINDS["SleepInfo"], SAMPLES["SleepInfo"])
    cluster.bus.follow(cluster.graph.apply(info))
    namespace = info.namespace
    assert cluster.value(TOTAL, environment=namespace, namespace=namespace) == 0
    assert cluster.value(CO2, environment=namespace) == 0
    assert windows(cluster) == [0, 0, 0]
    cluster.remove(info.id)
    assert cluster.scrape(TOTAL, CO2, ESTIMATE) == []
