"""SleepInfos."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.derived.sleep.schedule import of
from astrolabe.graph.facts import Pick, Selection
from astrolabe.kinds.models.details import SleepDetail
from astrolabe.kinds.models.sleeppatch import puts_to_sleep
from astrolabe.kinds.sleepinfo import KIND
from tests.kinds.objects import CREATED, CREATED_SECONDS, facts, verdict

BOTH = ("Deployment", "StatefulSet")


def sleeps(
    *kinds: str,
    include: tuple[Pick, ...] = (),
    exclude: tuple[Pick, ...] = (),
) -> Selection:
    return Selection("sleeps", kinds, include=include, exclude=exclude, controlled=False)


def named(kind: str, name: str, api_version: str = "apps/v1") -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "name": name}


def labelled(**labels: str) -> dict[str, Any]:
    return {"matchLabels": labels}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, (sleeps(*BOTH),)),
        (
            {"suspendDeployments": None, "suspendStatefulSets": None, "suspendCronJobs": None},
            (sleeps(*BOTH),),
        ),
        ({"suspendCronJobs": True}, (sleeps(*BOTH, "CronJob"),)),
        ({"suspendDeployments": False}, (sleeps("StatefulSet"),)),
        ({"suspendStatefulSets": False}, (sleeps("Deployment"),)),
        ({"suspendDeployments": False, "suspendStatefulSets": False}, ()),
    ],
)
def test_flags_say_which_kinds_sleep(flags: Any, expected: tuple[Selection, ...]) -> None:
    assert facts(KIND, spec={"weekdays": "*", "sleepAt": "20:00", **flags}).selections == expected


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (
            [],
            [named("Deployment", "keep"), named("CronJob", "report", "batch/v1")],
            (sleeps(*BOTH, exclude=(Pick("Deployment", "keep"),)),),
        ),
        (
            None,
            [labelled(team="ops", tier="db"), labelled(keep="yes")],
            (
                sleeps(
                    *BOTH,
                    exclude=(
                        Pick(labels=(("team", "ops"),)),
                        Pick(labels=(("tier", "db"),)),
                        Pick(labels=(("keep", "yes"),)),
                    ),
                ),
            ),
        ),
        (
            [labelled(team="shop"), labelled(tier="web")],
            None,
            (sleeps(*BOTH, include=(Pick(labels=(("team", "shop"), ("tier", "web"))),)),),
        ),
        (
            [labelled(team="shop"), labelled(team="ops")],
            None,
            (sleeps(*BOTH, include=(Pick(labels=(("team", "ops"), ("team", "shop"))),)),),
        ),
        (
            [named("Deployment", "web")],
            [named("StatefulSet", "db")],
            (
                sleeps("Deployment", include=(Pick("Deployment", "web"),)),
                sleeps("StatefulSet", exclude=(Pick("StatefulSet", "db"),)),
            ),
        ),
        (
            [named("Deployment", "web"), named("Deployment", "api")],
            [],
            (sleeps("StatefulSet"),),
        ),
        (
            [named("Deployment", "web"), named("StatefulSet", "db"), labelled(team="shop")],
            [named("Deployment", "web")],
            (
                sleeps("Deployment", include=(Pick("Deployment", "web", (("team", "shop"),)),)),
                sleeps("StatefulSet", include=(Pick("StatefulSet", "db", (("team", "shop"),)),)),
            ),
        ),
        (
            [],
            [named("Deployment", "a", "batch/v1"), named("Deployment", "b", ""), {"kind": "Deployment"}, {}],
            (sleeps(*BOTH),),
        ),
    ],
    ids=[
        "names out",
        "labels out",
        "labels in",
        "no object has both",
        "name in",
        "two names in",
        "both in",
        "other groups",
    ],
)
def test_filters_are_applied_kind_by_kind(
    include: Any, exclude: Any, expected: tuple[Selection, ...]
) -> None:
    described = facts(KIND, spec={"includeRef": include, "excludeRef": exclude})
    assert described.selections == expected


def test_detail() -> None:
    described = facts(
        KIND,
        name="nights",
        spec={
            "weekdays": "1-5",
            "sleepAt": "20:00",
            "wakeUpAt": "08:00",
            "timeZone": "Europe/Rome",
            "suspendDeployments": False,
            "suspendStatefulSets": False,
            "suspendCronJobs": True,
            "patches": [
                {"target": {"group": "argoproj.io", "kind": "Rollout"}, "patch": "- op: add"},
                {"target": {"group": "apps", "kind": "ReplicaSet"}, "patch": "- op: add"},
                {"target": None},
            ],
        },
        status={"lastScheduleTime": CREATED, "operation": "SLEEP"},
    )
    assert described.id == "SleepInfo/shop/nights"
    assert described.api_version == "kube-green.com/v1alpha1"
    assert verdict(described) == ("Ready", "Exists")
    assert described.detail == SleepDetail(
        weekdays="1-5",
        sleep_at="20:00",
        wake_up_at="08:00",
        time_zone="Europe/Rome",
        suspend_deployments=False,
        suspend_statefulsets=False,
        suspend_cronjobs=True,
        patched=("Rollout.argoproj.io", "ReplicaSet"),
        last_schedule=CREATED_SECONDS,
        operation="SLEEP",
    )


@pytest.mark.parametrize("status", [None, {}, {"lastScheduleTime": None, "operation": None}])
def test_defaults(status: Any) -> None:
    described = facts(KIND, spec={"weekdays": "*", "sleepAt": "20:00"}, status=status)
    assert described.detail == SleepDetail(weekdays="*", sleep_at="20:00")


def test_a_field_without_end_is_cut_and_does_not_parse() -> None:
    fields = dict.fromkeys(("weekdays", "sleepAt", "wakeUpAt", "timeZone"), "1," * 500_000)
    described = facts(KIND, spec=fields)
    assert isinstance(described.detail, SleepDetail)
    for text in (described.detail.weekdays, described.detail.sleep_at, described.detail.time_zone):
        assert text == "1," * 128 + "…"
    _, invalid = of(described.detail)
    assert {each.field for each in invalid} == set(fields)


def patched(kind: str, patch: str, group: str = "apps") -> dict[str, Any]:
    return {"target": {"group": group, "kind": kind}, "patch": patch}


ZERO = "- op: add\n  path: /spec/replicas\n  value: 0"
ONE = '[{"op": "replace", "path": "/spec/replicas", "value": 1}]'


@pytest.mark.parametrize(
    ("spec", "kinds", "left"),
    [
        # A patch takes the place of kube-green's own for that kind, and of no other.
        ({"patches": [patched("Deployment", ONE)]}, ("StatefulSet",), ("Deployment",)),
        ({"patches": [patched("StatefulSet", ONE)]}, ("Deployment",), ("StatefulSet",)),
        ({"patches": [patched("Deployment", ZERO)]}, BOTH, ()),
        # What a flag leaves out, a patch brings in.
        ({"suspendDeployments": False, "patches": [patched("Deployment", ZERO)]}, BOTH, ()),
        (
            {"patches": [patched("CronJob", "- {op: add, path: /spec/suspend, value: true}", "batch")]},
            (*BOTH, "CronJob"),
            (),
        ),
        (
            {"suspendCronJobs": True, "patches": [patched("CronJob", "[]", "batch")]},
            BOTH,
            ("CronJob",),
        ),
        # The last one of a kind counts.
        ({"patches": [patched("Deployment", ONE), patched("Deployment", ZERO)]}, BOTH, ()),
        # There is no Deployment in that group.
        ({"patches": [patched("Deployment", ONE, "batch")]}, BOTH, ("Deployment",)),
    ],
)
def test_a_patch_replaces_the_default_of_its_kind(
    spec: Any, kinds: tuple[str, ...], left: tuple[str, ...]
) -> None:
    found = facts(KIND, spec={"weekdays": "*", "sleepAt": "20:00", **spec})
    assert found.selections == (sleeps(*kinds),)
    assert isinstance(found.detail, SleepDetail)
    assert found.detail.patched == left
    assert found.detail.suspend_deployments is ("Deployment" in kinds)


@pytest.mark.parametrize(
    ("patch", "sleeps"),
    [
        (ZERO, True),
        ('[{"op":"replace","path":"/spec/replicas","value":0}]', True),
        (ZERO + "\n- op: add\n  path: /metadata/annotations/slept\n  value: 'yes'", True),
        (ONE, False),
        (ZERO + "\n" + ONE.replace("[", "- ").replace("]", ""), False),
        (ZERO + "\n- op: remove\n  path: /spec/replicas", False),
        (ZERO + "\n- op: replace\n  path: /spec\n  value: {replicas: 3}", False),
        ("- op: test\n  path: /spec/replicas\n  value: 3\n" + ZERO, False),
        ("- op: copy\n  from: /spec/minReadySeconds\n  path: /spec/replicas", False),
        ("- op: add\n  path: /spec/replicas\n  value: false", False),
        ("- op: add\n  path: /spec/replicas\n  value: '0'", False),
        ("- op: add\n  path: /spec/replicas", False),
        ("- op: add\n  path: [1]\n  value: 0", False),
        ("op: add", False),
        ("- add", False),
        ("", False),
        ("]", False),
        ("&a [*a]", False),
        ("- &a {op: add, path: /spec/replicas, value: *a}", False),
        ("- 2026-99-99", False),
        ("[" * 4000, False),
        (ZERO + "\n" + " " * 5000, False),
    ],
)
def test_what_a_patch_does(patch: str, sleeps: bool) -> None:
    assert puts_to_sleep("Deployment", patch) is sleeps
