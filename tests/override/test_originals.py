"""What there was before the first write: which workloads sleep, how many replicas they had."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.graph.facts import Facts
from astrolabe.graph.selections import _picked
from astrolabe.kinds.registry import KINDS as REGISTRY
from astrolabe.override.direct.client import MANAGER, Object
from astrolabe.override.direct.originals import (
    KINDS,
    Namespace,
    gitops_controller,
    keep,
    last_operation,
    selecting,
    still_weekday,
)
from tests.kinds.objects import read
from tests.override.world import MONDAY


def obj(kind: str = "Deployment", name: str = "web", replicas: Any = 3, **metadata: Any) -> Object:
    field = "suspend" if kind == "CronJob" else "replicas"
    spec = {} if replicas is None else {field: replicas}
    return {"kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def sleepinfo(name: str = "nights", **spec: Any) -> Object:
    fields = {"weekdays": "*", "sleepAt": "20:00", "wakeUpAt": "08:00", **spec}
    return {"metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": "1"}, "spec": fields}


def secret(**data: str) -> Object:
    return {
        "data": {
            key.replace("_", "-"): base64.b64encode(text.encode()).decode() for key, text in data.items()
        }
    }


def awake(workload: Object, saved: Object | None, kind: str = "Deployment") -> int:
    """How many replicas a workload is to have awake."""
    place = Namespace(
        name="dev",
        sleepinfos=[sleepinfo(suspendCronJobs=True)],
        workloads={kind: [workload]},
        secrets={"nights": saved},
    )
    (found,) = keep([place], None).workloads
    return found.awake


def patches(kind: str, patch: Any) -> Object:
    return secret(original_resource_info=json.dumps({kind: {"web": json.dumps(patch)}}))


@pytest.mark.parametrize(
    ("workload", "saved", "expected"),
    [
        (obj(replicas=2), None, 2),
        (obj(replicas=None), None, 1),
        (obj(replicas=0), None, 0),
        (obj(replicas=0), patches("Deployment.apps", {"spec": {"replicas": 3}}), 3),
        (obj(replicas=0), patches("Deployment.apps", {"spec": {"replicas": None}}), 1),
        (obj(replicas=0), patches("Deployment.apps", {}), 0),
        (obj(replicas=0), patches("StatefulSet.apps", {"spec": {"replicas": 3}}), 0),
        (obj(replicas=2), patches("Deployment.apps", {"spec": {"replicas": 3}}), 2),
        (obj(replicas=0), secret(deployment_replicas='[{"name": "web", "replicas": 4}]'), 4),
        (obj(replicas=0), secret(original_resource_info="no JSON"), 0),
        (obj(replicas=0), {"data": {"original-resource-info": "no base64!"}}, 0),
        (obj(replicas=0), {"data": None}, 0),
        (obj(replicas=0), patches("Deployment.apps", {"spec": {"replicas": "many"}}), 0),
    ],
)
def test_replicas_awake(workload: Object, saved: Object | None, expected: int) -> None:
    assert awake(workload, saved) == expected


def test_replicas_that_were_last_applied() -> None:
    annotation = json.dumps({"spec": {"replicas": 5}})
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": annotation}
    assert awake(obj(replicas=0, annotations=annotations), None) == 5
    # What kube-green saved is nearer to the truth.
    saved = patches("Deployment.apps", {"spec": {"replicas": 3}})
    assert awake(obj(replicas=0, annotations=annotations), saved) == 3


@pytest.mark.parametrize(
    ("suspended", "saved", "expected"),
    [
        (False, None, 1),
        (True, None, 0),
        (True, patches("CronJob.batch", {"spec": {"suspend": False}}), 1),
        (True, patches("CronJob.batch", {"spec": {"suspend": None}}), 1),
        (True, patches("CronJob.batch", {"spec": {"suspend": True}}), 0),
    ],
)
def test_cron_jobs(suspended: bool, saved: Object | None, expected: int) -> None:
    assert awake(obj("CronJob", replicas=suspended), saved, "CronJob") == expected


def test_what_kube_green_did_last() -> None:
    assert last_operation(secret(operation_type="SLEEP")) == "SLEEP"
    for other in (None, {}, {"data": {}}, {"data": {"operation-type": "%"}}, {"data": {"operation-type": 5}}):
        assert last_operation(other) == ""


@given(
    st.floats(MONDAY, MONDAY + 30 * 86400),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Niue", "", "Nowhere"]),
)
def test_the_weekday_that_kube_green_is_moved_to_comes_in_more_than_four_days(now: float, zone: str) -> None:
    from astrolabe.derived.sleep import schedule

    day = still_weekday({"spec": {"timeZone": zone}}, now)
    for clock in ("00:00", "12:00", "23:59"):
        read, _ = schedule.read(day, clock, clock, zone if zone != "Nowhere" else "UTC")
        assert read.sleep is not None
        upcoming, past = read.next("sleep", now), read.previous("sleep", now)
        assert upcoming is not None
        assert past is not None
        assert upcoming - now > 4 * 86400
        # Nor is one so near in the past that kube-green would still act on it.
        assert now - past > 120


@pytest.mark.parametrize(
    ("metadata", "controller"),
    [
        ({}, ""),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:d/w"}},
            "Argo CD (application shop)",
        ),
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, "Argo CD (application shop)"),
        ({"labels": {"app.kubernetes.io/instance": "shop"}}, ""),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}, "Flux (Kustomization apps)"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "apps"}}, "Flux (HelmRelease apps)"),
        ({"managedFields": [{"manager": "kubectl"}, {"manager": "argocd-controller"}]}, "Argo CD"),
        ({"managedFields": [{"manager": "kustomize-controller"}]}, "Flux"),
        ({"managedFields": [{"manager": MANAGER}, {"manager": None}, {}]}, ""),
    ],
)  # fmt: skip
def test_gitops_controllers(metadata: Object, controller: str) -> None:
    assert gitops_controller(obj(**metadata)) == controller


REFS = st.lists(
    st.one_of(
        st.builds(
            lambda kind, name: {"apiVersion": KINDS[kind], "kind": kind, "name": name},
            st.sampled_from(sorted(KINDS)),
            st.sampled_from(["web", "api"]),
        ),
        st.builds(
            lambda key, value: {"matchLabels": {key: value}}, st.sampled_from("ab"), st.sampled_from("xy")
        ),
    ),
    max_size=2,
)


@given(
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(["web", "api"]),
    st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy")),
    REFS,
    REFS,
    st.fixed_dictionaries(
        {name: st.booleans() for name in ("suspendDeployments", "suspendStatefulSets", "suspendCronJobs")}
    ),
    st.booleans(),
)
def test_workloads_are_those_that_the_exporter_says_sleep(
    kind: str, name: str, labels: dict[str, str], include: Any, exclude: Any, flags: Any, owned: bool
) -> None:
    """Held to the exporter's reading of a SleepInfo, which is held to kube-green's recorded behaviour."""
    owners = (
        [{"apiVersion": "v1", "kind": "App", "name": "app", "uid": "u", "controller": True}] if owned else []
    )
    workload = obj(kind, name, None, labels=labels, ownerReferences=owners, uid="uid", namespace="dev")
    info = sleepinfo(includeRef=include, excludeRef=exclude, **flags)
    info["metadata"]["namespace"] = "dev"
    by_name = {each.name.partition(".")[0]: each for each in REGISTRY}
    selections = read(by_name["SleepInfo"], info).selections
    target: Facts = read(by_name[kind], workload)
    expected = any(kind in selection.kinds and _picked(selection, target) for selection in selections)
    assert (selecting(workload, kind, [info]) is not None) == expected
