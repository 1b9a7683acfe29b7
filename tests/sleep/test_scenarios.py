"""What happens in a namespace, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sleep.green import OWNER, Green, unix
from tests.sleep.stage import COVERED

SLEPT = {("sleep", "success"): 1.0}
NIGHT = {("sleep", "success"): 1.0, ("wake_up", "success"): 1.0}


def shop(time: str = "2026-11-20T12:00Z") -> Green:
    """Two Deployments and a SleepInfo from eight in the evening to eight in the morning."""
    stage = Green(time)
    stage.workload("web", 3)
    stage.workload("api", 2)
    stage.sleepinfo()
    return stage


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


STEPS: list[tuple[str, Callable[[Green], None]]] = [
    ("status", lambda stage: stage.report("SLEEP")),
    ("web", lambda stage: stage.down("web")),
    ("api", lambda stage: stage.down("api")),
    ("secret", lambda stage: stage.record()),
]


@pytest.mark.parametrize("order", ["0123", "1203", "3012", "1230", "3210", "2031"])
@pytest.mark.parametrize("restart", [None, 0, 1, 2, 3])
def test_streams_have_no_common_order_and_the_exporter_may_restart_between(
    order: str, restart: int | None
) -> None:
    stage = shop()
    stage.pass_to("2026-11-20T20:00:01Z")
    for number, step in enumerate(order):
        STEPS[int(step)][1](stage)
        stage.pass_to(stage.now + 0.2)
        if number == restart:
            stage.restart()
    assert stage.verdicts() == SLEPT
    assert stage.scaled() == {"down": 2}
    assert stage.sleepers() == ["api", "web"]
    stage.at(stage.now + 300)
    assert stage.verdicts() == SLEPT


@pytest.mark.parametrize("after", range(5))
def test_a_start_without_memory_in_the_middle_counts_what_comes_after(after: int) -> None:
    stage = shop()
    stage.pass_to("2026-11-20T20:00:01Z")
    for _, step in STEPS[:after]:
        step(stage)
    stage.restart(remember=False)
    for _, step in STEPS[after:]:
        step(stage)
    stage.at(stage.now + 300)
    assert stage.verdicts() == (SLEPT if after == 0 else {})
    assert stage.scaled().get("down", 0) == sum(name in ("web", "api") for name, _ in STEPS[after:])
    assert stage.sleepers() == ["api", "web"]
    assert stage.source.asleep("Deployment/shop/web") == unix("2026-11-20T20:00:01Z")


def test_the_exporter_is_down_for_the_whole_sleep() -> None:
    stage = shop()
    ledger = stage.source.ledger()
    stage.night("web", "api")
    stage.pass_to("2026-11-20T20:10Z")
    stage.start(ledger)
    assert stage.verdicts() == SLEPT
    assert stage.scaled() == {"down": 2}


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("outage", [20.0, 85.0, 600.0])
def test_what_happened_while_the_exporter_was_down_may_be_heard_last(outage: float, recorded: bool) -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    if recorded:
        stage.record()
    stage.scrape()
    stage.pass_to(stage.now + outage)
    # The kinds are known, the state of this one is still the old one: its events are on their way.
    stage.restart()
    stage.at(stage.now + 2)
    stage.down("api", time=unix("2026-11-20T20:00:00Z"))
    if not recorded:
        stage.record(time=unix("2026-11-20T20:00:00Z"))
    assert stage.verdicts() == SLEPT


def test_what_began_while_the_exporter_was_down_is_not_missed_before_it_is_heard_of() -> None:
    stage = shop()
    stage.at("2026-11-20T19:00:00Z")
    stage.pass_to("2026-11-20T20:10Z")
    stage.restart()
    stage.at(stage.now + 2)
    asleep = unix("2026-11-20T20:00:00Z")
    stage.report("SLEEP", time=asleep)
    stage.down("web", "api", time=asleep)
    stage.record(time=asleep)
    stage.at(stage.now + 300)
    assert stage.verdicts() == SLEPT


def test_what_did_not_begin_while_the_exporter_was_down_is_missed() -> None:
    stage = shop()
    stage.at("2026-11-20T19:00:00Z")
    stage.pass_to("2026-11-20T20:10Z")
    stage.restart()
    stage.scrape()
    stage.at(stage.now + 9)
    assert stage.verdicts() == {}
    stage.at(stage.now + 2)
    assert stage.verdicts() == {("sleep", "missed"): 1}


def test_what_was_under_way_is_judged_after_a_restart_though_nothing_more_happens() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.record()
    stage.scrape()
    stage.pass_to(stage.now + 20)
    stage.restart()
    assert stage.verdicts() == {}
    stage.at(stage.now + 11)
    assert stage.verdicts() == {("sleep", "partial"): 1}


def test_the_exporter_is_down_when_it_wakes() -> None:
    stage = shop()
    stage.night("web", "api")
    ledger = stage.source.ledger()
    stage.morning("web", "api")
    stage.pass_to("2026-11-21T09:00Z")
    stage.start(ledger)
    assert stage.verdicts() == NIGHT
    assert stage.scaled() == {"down": 2, "up": 2}
    assert [(sleep.until or 0) - sleep.since for sleep in stage.source.ended()] == [12 * 3600] * 2


def test_a_workload_is_replaced_asleep_while_the_exporter_is_down() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.pass_to("2026-11-20T23:00Z")
    ledger = stage.source.ledger()
    stage.workload("web", 3)
    stage.pass_to("2026-11-21T01:00Z")
    stage.start(ledger)
    assert stage.sleepers() == ["api"]
    # Until when it slept nobody knows: what is certain is up to the ledger.
    assert [(sleep.id, sleep.until) for sleep in stage.source.ended()] == [
        ("Deployment/shop/web", unix("2026-11-20T23:00Z"))
    ]


def test_the_exporter_is_down_for_days() -> None:
    """Of the time in between only the newest start is known; nothing of it is called missed."""
    stage = shop()
    ledger = stage.source.ledger()
    for day in (20, 21, 22):
        stage.night("web", "api", at=f"2026-11-{day}T20:00:00Z")
        if day < 22:
            stage.morning("web", "api", at=f"2026-11-{day + 1}T08:00:00Z")
    stage.pass_to("2026-11-22T22:00Z")
    stage.start(ledger)
    stage.at("2026-11-22T23:00Z")
    assert stage.verdicts() == SLEPT
    assert stage.scaled() == {"down": 2}


def test_the_clock_jumps_while_the_exporter_starts() -> None:
    stage = shop()
    stage.night("web", "api")
    ledger = stage.source.ledger()
    stage.pass_to("2026-11-20T20:01:00Z")
    stage.begin(ledger, {})
    stage.offset = 3600
    stage.scrape()
    stage.list(*stage.objects)
    stage.scrape()
    assert sorted(sleep.replicas or 0 for sleep in stage.source.sleeping()) == [2, 3]


def test_what_was_deleted_while_the_exporter_was_down_sleeps_no_more() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.pass_to("2026-11-20T22:00Z")
    ledger = stage.source.ledger()
    stage.delete("deployments", "shop", "web")
    stage.pass_to("2026-11-20T23:00Z")
    stage.start(ledger)
    stage.scrape()
    assert stage.sleepers() == ["api"]
    assert [(sleep.id, sleep.until) for sleep in stage.source.ended()] == [
        ("Deployment/shop/web", unix("2026-11-20T22:00Z"))
    ]


def test_retries_count_once_and_what_is_refused_makes_it_partial() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    for seconds in (1, 2, 5, 10, 20, 41):
        stage.at(unix("2026-11-20T20:00:00Z") + seconds)
        stage.report("SLEEP")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}
    stage.report("SLEEP")
    stage.at("2026-11-20T21:00Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}
    assert stage.value("astrolabe_sleepinfo_last_operation_timestamp_seconds") == unix("2026-11-20T20:01:30Z")
    # It never wrote the Secret, so nothing wakes what fell asleep.
    stage.at("2026-11-21T08:01:29Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}
    stage.at("2026-11-21T08:01:30Z")
    assert stage.verdicts() == {("sleep", "partial"): 1, ("wake_up", "missed"): 1}


def test_a_retry_that_succeeds_is_a_success() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.at("2026-11-20T20:00:20Z")
    stage.report("SLEEP")
    stage.down("api")
    stage.record()
    assert stage.verdicts() == SLEPT
    assert stage.value("kube_green_operation_duration_seconds_sum") == 20


def test_a_late_start_has_its_time() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:55Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.at("2026-11-20T20:02:24Z")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:02:25Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}


def test_retries_are_known_without_a_schedule() -> None:
    stage = shop()
    stage.sleepinfo(timeZone="Mars/Olympus")
    stage.at("2026-11-20T20:00:00Z")
    for seconds in (0, 1, 20):
        stage.report("SLEEP", time=stage.now + seconds)
    stage.down("web", "api")
    stage.record(time=stage.now + 20)
    assert stage.verdicts() == SLEPT


def test_what_was_missed_is_judged_before_the_next_start_though_nobody_asked() -> None:
    stage = shop()
    stage.pass_to("2026-11-21T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web", "api")
    stage.record()
    assert stage.verdicts() == {("sleep", "missed"): 1, ("sleep", "success"): 1, ("wake_up", "skipped"): 1}


def test_a_start_that_is_seen_late_is_no_missed_one() -> None:
    """A watch was broken for minutes, and nobody scraped meanwhile."""
    stage = shop()
    stage.pass_to("2026-11-20T20:05:00Z")
    then = unix("2026-11-20T20:00:00Z")
    stage.report("SLEEP", time=then)
    stage.down("web", "api", time=then + 1)
    stage.record(time=then + 1)
    stage.at("2026-11-20T20:10:00Z")
    assert stage.verdicts() == SLEPT


def test_what_the_old_schedule_named_is_judged_before_an_edit() -> None:
    stage = shop()
    stage.pass_to("2026-11-20T21:00:00Z")
    stage.sleepinfo(sleepAt="22:00")
    assert stage.verdicts() == {("sleep", "missed"): 1}


def test_nothing_reached_is_failed() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", "failed"): 1}


def test_the_secret_is_written_although_something_is_awake() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.record()
    stage.at("2026-11-20T20:00:09Z")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:00:10Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}


def test_the_secret_of_the_operation_before_says_nothing() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.up("web", "api")
    stage.at("2026-11-21T08:01:00Z")
    assert stage.verdicts() == SLEPT
    stage.record()
    assert stage.verdicts() == NIGHT


def test_somebody_elses_secret_says_nothing() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web", "api")
    stage.record(manager="kubectl-edit")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == SLEPT


def test_nothing_to_do_is_skipped() -> None:
    stage = shop()
    stage.scale("web", 0)
    stage.scale("api", 0)
    stage.at("2026-11-20T20:00:00Z")
    stage.report("")
    assert stage.verdicts() == {("sleep", "skipped"): 1}
    assert stage.sleepers() == []
    stage.at("2026-11-21T12:00:00Z")
    assert stage.verdicts() == {("sleep", "skipped"): 1, ("wake_up", "skipped"): 1}
    assert stage.scaling() == {("other", "down"): 2}


def test_what_stands_at_zero_already_is_skipped_though_the_secret_is_written() -> None:
    """kube-green counts what exists, awake or not: it reports a sleep, and remembers nothing of it."""
    stage = shop()
    stage.scale("web", 0)
    stage.scale("api", 0)
    stage.night()
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.record()
    stage.at("2026-11-21T08:00:10Z")
    assert stage.verdicts() == {("sleep", "skipped"): 1, ("wake_up", "skipped"): 1}


def test_kube_green_does_not_run() -> None:
    stage = shop()
    stage.at("2026-11-20T20:01:29Z")
    assert stage.verdicts() == {}
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", "missed"): 1}
    stage.at("2026-11-21T12:00Z")
    assert stage.verdicts() == {("sleep", "missed"): 1, ("wake_up", "skipped"): 1}


def test_kube_green_starts_up_to_a_minute_early_or_late() -> None:
    for time in ("2026-11-20T19:59:05Z", "2026-11-20T20:00:55Z"):
        stage = shop()
        stage.night("web", "api", at=time)
        stage.at("2026-11-20T22:00Z")
        assert stage.verdicts() == SLEPT


def test_a_wake_up_is_missed() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-21T12:00Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "missed"): 1}
    # The next evening there is nothing to put to sleep; the morning after wakes what still sleeps.
    stage.at("2026-11-21T21:00Z")
    stage.morning("web", "api", at="2026-11-22T08:00:00Z")
    assert stage.verdicts() == {
        ("sleep", "success"): 1,
        ("sleep", "skipped"): 1,
        ("wake_up", "missed"): 1,
        ("wake_up", "success"): 1,
    }


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


@pytest.mark.parametrize(
    ("manager", "operation", "subresource", "actor"),
    [
        ("kube-controller-manager", "Update", "scale", "hpa"),
        ("kube-controller-manager", "Update", "", "other"),
        ("argocd-controller", "Apply", "", "other"),
        ("keda", "Update", "scale", "other"),
        ("manager", "Update", "", "other"),
        ("kube-green", "Update", "", "kube-green"),
    ],
)
def test_who_wakes(manager: str, operation: str, subresource: str, actor: str) -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.scale("web", 3, manager, operation, subresource)
    assert stage.scaling() == {("kube-green", "down"): 2, (actor, "up"): 1}


def test_kube_green_of_old_is_known_by_its_time() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-21T08:00:10Z")
    stage.scale("web", 3, "manager")
    stage.scale("api", 3, "manager")
    stage.report("WAKE_UP", time=unix("2026-11-21T08:00:00Z"))
    stage.record(manager="manager")
    assert stage.verdicts() == NIGHT
    assert stage.scaled() == {"down": 2, "up": 2}


def test_an_hpa_changes_replicas_and_nobody_sleeps() -> None:
    stage = shop()
    stage.scale("web", 9, "kube-controller-manager", subresource="scale")
    assert stage.scaling() == {}


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


def test_patches_alone_are_judged_by_the_secret() -> None:
    stage = shop()
    patch = {"target": {"group": "argoproj.io", "kind": "Rollout"}, "patch": "[]"}
    stage.sleepinfo(suspendDeployments=False, suspendStatefulSets=False, patches=[patch])
    stage.night()
    assert stage.verdicts() == SLEPT
    stage.at("2026-11-21T08:00:00Z")
    stage.report("WAKE_UP")
    stage.at("2026-11-21T08:01:30Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "failed"): 1}


def test_the_sleepinfo_is_deleted_asleep() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.delete("sleepinfos", "shop", "nights")
    stage.delete("secrets", "shop", "sleepinfo-nights")
    stage.at("2026-11-21T12:00Z")
    assert stage.verdicts() == SLEPT
    assert stage.sleepers() == ["api", "web"]
    assert stage.value("astrolabe_environment_sleep_ratio") == 1
    assert "astrolabe_sleepinfo_" not in stage.scrape().replace("# HELP astrolabe_sleepinfo_", "").replace(
        "# TYPE astrolabe_sleepinfo_", ""
    )


def test_the_sleepinfo_is_deleted_while_it_works() -> None:
    stage = shop()
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.delete("sleepinfos", "shop", "nights")
    stage.at("2026-11-20T20:01:30Z")
    assert stage.verdicts() == {("sleep", "partial"): 1}


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


def test_the_sleepinfo_is_edited_asleep() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.sleepinfo(sleepAt="21:00", wakeUpAt="23:00")
    stage.at("2026-11-20T22:30Z")
    assert stage.verdicts() == SLEPT
    stage.morning("web", "api", at="2026-11-20T23:00:00Z")
    assert stage.verdicts() == NIGHT


def test_the_wake_up_is_missed_after_an_edit() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T22:00Z")
    stage.sleepinfo(wakeUpAt="23:00")
    stage.at("2026-11-20T23:30Z")
    assert stage.verdicts() == {**SLEPT, ("wake_up", "missed"): 1}


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


def test_a_cold_start_while_asleep() -> None:
    stage = shop()
    stage.night("web", "api")
    stage.at("2026-11-20T23:00Z")
    stage.restart(remember=False)
    assert stage.verdicts() == {}
    assert stage.scaled() == {}
    assert stage.sleepers() == ["api", "web"]
    assert {sleep.since for sleep in stage.source.sleeping()} == {unix("2026-11-20T20:00:00Z")}
    stage.morning("web", "api")
    assert stage.verdicts() == {("wake_up", "success"): 1}
    assert stage.scaled() == {"up": 2}


def test_an_operation_that_begins_before_the_last_is_judged_ends_it() -> None:
    stage = shop()
    stage.sleepinfo(sleepAt="20:00", wakeUpAt="20:01")
    stage.at("2026-11-20T20:00:00Z")
    stage.report("SLEEP")
    stage.down("web")
    stage.at("2026-11-20T20:01:00Z")
    stage.report("WAKE_UP")
    stage.up("web")
    stage.record()
    assert stage.verdicts() == {("sleep", "partial"): 1, ("wake_up", "success"): 1}


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
