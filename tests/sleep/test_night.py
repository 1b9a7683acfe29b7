"""What happens in a namespace in a night, and what is said of it."""

from __future__ import annotations

import pytest

from tests.sleep.green import OWNER, Green, unix
from tests.sleep.shop import NIGHT, SLEPT, shop


def test_a_night() -> None:
    stage = shop()
    assert stage.verdicts() == {}
    stage.night("web", "api")
    assert stage.verdicts() == SLEPT
    assert stage.scaled() == {"down": 2}
    assert stage.sleepers() == ["api", "web"]
    assert stage.value("astrolabe_environment_sleep_ratio") == 1
    stage.morning("web", "api")
    assert stage.verdicts() == NIGHT
    assert stage.scaled() == {"down": 2, "up": 2}
    assert stage.scaling() == {("kube-green", "down"): 2, ("kube-green", "up"): 2}
    assert stage.sleepers() == []
    assert stage.value("astrolabe_environment_sleep_ratio") == 0
    assert {sleep.id: (sleep.until or 0) - sleep.since for sleep in stage.source.ended()} == {
        "Deployment/shop/web": 12 * 3600,
        "Deployment/shop/api": 12 * 3600,
    }
    stage.at("2026-11-21T12:00Z")
    assert stage.verdicts() == NIGHT


def test_a_wake_up_by_hand() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.scale("web", 1, "kubectl", subresource="scale")
    assert stage.sleepers() == ["api"]
    assert stage.value("astrolabe_environment_sleep_ratio") == pytest.approx(1 - 1 / 3)
    assert [(sleep.id, sleep.until) for sleep in stage.source.ended()] == [
        ("Deployment/shop/web", unix("2026-11-20T22:00Z"))
    ]
    stage.morning("api")
    assert stage.verdicts() == NIGHT
    assert stage.scaling() == {("kube-green", "down"): 2, ("kube-green", "up"): 1, ("other", "up"): 1}
    assert stage.scaled() == {"down": 2, "up": 1}


def test_everything_was_woken_by_hand() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.scale("web", 1)
    stage.scale("api", 1)
    stage.morning()
    # What kube-green woke may be heard of after its Secret.
    assert stage.verdicts() == SLEPT
    stage.at("2026-11-21T08:00:10Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "skipped"): 1}


def test_cron_jobs_sleep_where_that_is_asked_for() -> None:
    stage = Green()
    stage.workload("report", 1, kind="CronJob")
    stage.workload("web")
    stage.sleepinfo(suspendCronJobs=True)
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("report", kind="CronJob")
    stage.down("web")
    stage.record()
    assert stage.verdicts() == SLEPT
    assert stage.sleepers() == ["report", "web"]
    assert stage.value("astrolabe_environment_sleep_ratio") == 1
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.up("report", kind="CronJob")
    stage.up("web")
    stage.record()
    assert stage.verdicts() == NIGHT
    assert stage.scaled() == {"down": 2, "up": 2}


def test_what_is_excluded_controlled_or_at_zero_is_not_waited_for() -> None:
    stage = shop()
    stage.workload("keep", 1, labels={"keep": "yes"})
    stage.workload("idle", 0)
    stage.workload("managed", 2, ownerReferences=[OWNER])
    stage.workload("db", 2, kind="StatefulSet")
    stage.workload("report", 1, kind="CronJob")
    stage.sleepinfo(suspendStatefulSets=False, excludeRef=[{"matchLabels": {"keep": "yes"}}])
    stage.night("web", "api")
    assert stage.verdicts() == SLEPT
    stage.morning("web", "api")
    assert stage.verdicts() == NIGHT


def test_only_what_is_included_is_waited_for() -> None:
    stage = shop()
    stage.sleepinfo(includeRef=[{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}])
    stage.night("web")
    assert stage.verdicts() == SLEPT


def test_a_workload_is_deleted_while_the_operation_works() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.delete("deployments", "shop", "api")
    stage.record()
    assert stage.verdicts() == SLEPT


def test_a_workload_is_replaced_asleep() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.workload("web", 3)
    assert stage.sleepers() == ["api"]
    assert stage.scaling() == {("kube-green", "down"): 2}


def test_two_sleepinfos_over_one_namespace_are_a_union() -> None:
    stage = shop()
    stage.sleepinfo("weekend", sleepAt="21:00", wakeUpAt="07:00")
    stage.night("web", "api")
    stage.at("2026-11-20T21:00:00Z")
    stage.report("", "weekend")
    assert stage.verdicts() == {("sleep", "success"): 1, ("sleep", "skipped"): 1}
    # The wake-up of the one is none for what the other put to sleep.
    stage.at("2026-11-21T07:30Z")
    assert stage.verdicts() == {
        ("sleep", "success"): 1,
        ("sleep", "skipped"): 1,
        ("wake_up", "skipped"): 1,
    }
    assert stage.sleepers() == ["api", "web"]
    stage.morning("web", "api")
    assert stage.verdicts()["wake_up", "success"] == 1
    assert [(sleep.until or 0) - sleep.since for sleep in stage.source.ended()] == [12 * 3600] * 2


@pytest.mark.parametrize(
    ("zone", "night", "morning"),
    [
        ("Europe/Rome", "2026-03-28T22:30:00Z", "2026-03-29T06:00:00Z"),
        ("Europe/Rome", "2026-10-24T21:30:00Z", "2026-10-25T07:00:00Z"),
        ("America/New_York", "2026-03-08T04:30:00Z", "2026-03-08T12:00:00Z"),
        ("America/New_York", "2026-11-01T03:30:00Z", "2026-11-01T13:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T13:00:00Z", "2026-10-03T21:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T12:30:00Z", "2026-04-04T21:30:00Z"),
    ],
)
def test_a_night_in_which_clocks_change(zone: str, night: str, morning: str) -> None:
    stage = shop("2026-02-01T00:00Z")
    stage.pass_to(unix(night) - 3600)
    stage.start(None)
    stage.sleepinfo(sleepAt="23:30", wakeUpAt="08:00", timeZone=zone)
    stage.scrape()
    following = "astrolabe_sleepinfo_next_operation_timestamp_seconds"
    assert stage.value(following, operation="sleep") == unix(night)
    assert stage.value(following, operation="wake_up") == unix(morning)
    assert stage.value("astrolabe_sleepinfo_scheduled_asleep") == 0
    stage.night("web", "api", at=night)
    assert stage.value("astrolabe_sleepinfo_scheduled_asleep") == 1
    stage.morning("web", "api", at=morning)
    assert stage.value("astrolabe_sleepinfo_scheduled_asleep") == 0
    stage.at(unix(morning) + 3600)
    assert stage.verdicts() == NIGHT
    slept = unix(morning) - unix(night)
    assert [(sleep.until or 0) - sleep.since for sleep in stage.source.ended()] == [slept] * 2
