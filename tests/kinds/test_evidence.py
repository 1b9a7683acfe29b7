"""What Events add to what an object says, and what they say of one whose status has no word for it."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.kinds import configmap, cronjob, event, persistentvolumeclaim, pod, secret, service
from astrolabe.kinds.custom import custom
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.kind import Kind
from tests.kinds.objects import CREATED, facts, words

LATER, SOON = "2026-03-01T12:05:00Z", "2026-03-01T12:00:01Z"


def told(of: Facts, kind: Kind, reason: str, message: str, at: str = LATER) -> tuple[str, str, str]:
    """Return how an object is once there is an Event about it."""
    return told_of_all(of, kind, (reason, message, at))


def told_of_all(of: Facts, kind: Kind, *said: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return how an object is once there are Events about it: reason, message and moment of each."""
    graph = Graph(JUDGES)
    graph.apply(of)
    about = {"kind": kind.name, "namespace": "shop", "name": "web", "uid": of.uid}
    if kind.group:
        about["apiVersion"] = f"{kind.group}/v1"
    for number, (reason, message, at) in enumerate(said):
        words = {"involvedObject": about, "type": "Warning", "reason": reason, "message": message}
        graph.apply(facts(event.KIND, name=f"web.{number}", lastTimestamp=at, **words))
    node = graph.get(of.id)
    assert node is not None
    return node.status, node.reason, node.message


@pytest.mark.parametrize(
    ("reason", "at", "spec", "expected"),
    [
        ("TooManyMissedTimes", LATER, {}, ("Error", "TooManyMissedTimes", "too many")),
        ("FailedCreate", LATER, {}, ("Error", "FailedCreate", "too many")),
        # About the very run that it made after all.
        ("TooManyMissedTimes", SOON, {}, ("Ready", "", f"Last schedule {CREATED}")),
        ("TooManyMissedTimes", LATER, {"suspend": True}, ("Ready", "Suspended", "Suspended")),
        ("UnexpectedJob", LATER, {}, ("Ready", "", f"Last schedule {CREATED}")),
    ],
)
def test_a_cron_job_that_has_not_run_since(reason: str, at: str, spec: Any, expected: Any) -> None:
    night = facts(cronjob.KIND, spec=spec, status={"lastScheduleTime": CREATED})
    assert told(night, cronjob.KIND, reason, "too many", at) == expected


TRANSLATE = 'Translation failed: service "shop/web" is type "ClusterIP", expected "NodePort"'


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        # GKE, Kong, whatever comes: each has reasons of its own.
        ("Translate", ("Pending", "Translate", TRANSLATE)),
        ("KongConfigurationApplyFailed", ("Pending", "KongConfigurationApplyFailed", TRANSLATE)),
        ("FailedToUpdateEndpointSlices", ("Pending", "NoAddress", "Its load balancer has no address yet")),
    ],
)
def test_why_something_gets_no_address(reason: str, expected: Any) -> None:
    balanced = facts(service.KIND, spec={"type": "LoadBalancer"})
    assert told(balanced, service.KIND, reason, TRANSLATE) == expected


def claim(wants: str, has: str | None, phase: str = "Bound") -> Facts:
    spec = {"volumeName": "pv", "resources": {"requests": {"storage": wants}}}
    capacity = {"capacity": {"storage": has}} if has is not None else {}
    return facts(persistentvolumeclaim.KIND, spec=spec, status={"phase": phase, **capacity})


@pytest.mark.parametrize(
    ("wants", "has", "phase", "expected"),
    [
        ("2Gi", "1Gi", "Bound", ("Pending", "Resizing", "Wants 2Gi, its volume has 1Gi")),
        ("1Gi", "1024Mi", "Bound", ("Ready", "", "Bound")),
        ("1Gi", "2Gi", "Bound", ("Ready", "", "Bound")),
        ("2Gi", None, "Bound", ("Ready", "", "Bound")),
        ("much", "1Gi", "Bound", ("Ready", "", "Bound")),
        ("2Gi", "1Gi", "Lost", ("Error", "Lost", "Its volume pv is gone, or belongs to another claim")),
    ],
)
def test_a_claim_that_wants_more_than_it_has(wants: str, has: str | None, phase: str, expected: Any) -> None:
    assert words(claim(wants, has, phase)) == expected


def test_why_a_claim_cannot_grow() -> None:
    grows = claim("2Gi", "1Gi")
    failed = told(grows, persistentvolumeclaim.KIND, "VolumeResizeFailed", "limit of the disk")
    assert failed == ("Pending", "VolumeResizeFailed", "limit of the disk")
    # Once it has grown, what was is no fault any more.
    grown = told(claim("2Gi", "2Gi"), persistentvolumeclaim.KIND, "VolumeResizeFailed", "limit of the disk")
    assert grown[0] == "Ready"


NO_KEY = 'MountVolume.SetUp failed for volume "c" : references non-existent config key: app.yaml'


def mounting(*names: str) -> Facts:
    volumes = [{"name": name, "configMap": {"name": name}} for name in (*names, "kube-root-ca.crt")]
    waits = {"name": "web", "state": {"waiting": {"reason": "ContainerCreating"}}}
    status = {"phase": "Pending", "containerStatuses": [waits]}
    return facts(pod.KIND, spec={"containers": [{"name": "web"}], "volumes": volumes}, status=status)


def test_the_config_map_that_lacks_a_key_is_named() -> None:
    one = told(mounting("settings"), pod.KIND, "FailedMount", NO_KEY)
    assert one == ("Pending", "FailedMount", f"{NO_KEY} (ConfigMap settings)")
    # Which of several it is, nobody says.
    assert told(mounting("settings", "more"), pod.KIND, "FailedMount", NO_KEY)[2] == NO_KEY
    assert told(mounting("settings"), pod.KIND, "FailedMount", NO_KEY.replace("config", "secret"))[
        2
    ].endswith("app.yaml")


def test_what_has_no_words_of_its_own_in_the_table_is_left() -> None:
    for kind in (configmap.KIND, secret.KIND):
        assert told(facts(kind), kind, "FailedCreate", "no")[0] == "Ready"


UNMOUNTED = "Unable to attach or mount volumes: unmounted volumes=[c], unattached volumes=[]: timed out"
DENIED = 'MountVolume.SetUp failed for volume "c" : mount.nfs: access denied by server'


def test_what_only_says_that_there_is_trouble_hides_nothing() -> None:
    mount = ("FailedMount", DENIED, CREATED)
    both = told_of_all(mounting("c"), pod.KIND, mount, ("FailedMount", UNMOUNTED, LATER))
    assert both == ("Pending", "FailedMount", DENIED)
    # What was said long before may be over.
    long_after = "2026-03-01T13:00:00Z"
    old = told_of_all(mounting("c"), pod.KIND, mount, ("FailedMount", UNMOUNTED, long_after))
    assert old == ("Pending", "FailedMount", UNMOUNTED)
    assert told(mounting("c"), pod.KIND, "FailedMount", UNMOUNTED)[2] == UNMOUNTED


def one_that(phase: str, state: Any, **more: Any) -> Facts:
    container = {"name": "web", "image": "registry.example/web:1", "state": state, **more}
    return facts(
        pod.KIND,
        spec={"containers": [{"name": "web"}]},
        status={"phase": phase, "containerStatuses": [container]},
    )


PULLED = 'Failed to pull image "registry.example/web:1": '
WHY = "unexpected status from GET request to https://registry.example/token: 401 Unauthorized"


@pytest.mark.parametrize(
    ("said", "event", "expected"),
    [
        ("", PULLED + WHY, f"; {WHY}"),
        (f": ErrImagePull: {WHY}", PULLED + WHY, f": {WHY}"),
        ("", 'Failed to pull image "registry.example/old:1": not found', ""),
        ("", "Error: ImagePullBackOff", ""),
    ],
)
def test_why_an_image_is_not_pulled(said: str, event: str, expected: str) -> None:
    words = f'Back-off pulling image "registry.example/web:1"{said}'
    waits = one_that("Pending", {"waiting": {"reason": "ImagePullBackOff", "message": words}})
    error = ("Failed", "Error: ImagePullBackOff", LATER)
    message = told_of_all(waits, pod.KIND, ("Failed", event, CREATED), error)[2]
    assert message == f"Container web cannot pull registry.example/web:1{expected}"


READINESS = ("Unhealthy", "Readiness probe failed: connection refused", LATER)
LIVENESS = ("Unhealthy", "Liveness probe failed: statuscode: 500", CREATED)


def test_a_container_that_crashes_is_not_ready_and_the_probe_that_ends_it_is_named() -> None:
    end = {"exitCode": 137, "reason": "Error", "startedAt": CREATED, "finishedAt": SOON}
    crashes = one_that(
        "Running",
        {"waiting": {"reason": "CrashLoopBackOff"}},
        restartCount=3,
        lastState={"terminated": end},
    )
    alone = "Container web exited with code 137 (SIGKILL); 3 restarts"
    assert told_of_all(crashes, pod.KIND, LIVENESS, READINESS)[2] == f"{alone}; {LIVENESS[1]}"
    assert told_of_all(crashes, pod.KIND, READINESS)[2] == alone


def test_of_two_probes_the_one_that_keeps_it_from_being_ready_is_named_whichever_came_last() -> None:
    runs = one_that("Running", {"running": {}}, ready=False)
    expected = ("Pending", "Unhealthy", READINESS[1])
    assert told_of_all(runs, pod.KIND, LIVENESS, READINESS) == expected
    assert told_of_all(runs, pod.KIND, (*LIVENESS[:2], "2026-03-01T12:06:00Z"), READINESS) == expected


def test_why_a_claim_of_a_device_is_not_made() -> None:
    words = 'PodResourceClaim gpu: resource claim template "single-gpu" not found'
    new = facts(pod.KIND, spec={"containers": []}, status={"phase": "Pending"})
    expected = ("Pending", "FailedResourceClaimCreation", words)
    assert told(new, pod.KIND, "FailedResourceClaimCreation", words) == expected


WIDGET = custom("example.com", "widgets", "Widget", ("v1",), namespaced=True)


@pytest.mark.parametrize(
    ("reason", "message", "expected"),
    [
        ("NotReady", "", ("Pending", "NotReady", "quota of the account is used up")),
        ("NotReady", "waits for a disk", ("Pending", "NotReady", "waits for a disk")),
        (
            "PartialTriggerError",
            "Some triggers are not working correctly",
            (
                "Error",
                "PartialTriggerError",
                "Some triggers are not working correctly; quota of the account is used up",
            ),
        ),
    ],
)
def test_a_custom_resource_without_words_has_those_of_its_event(
    reason: str, message: str, expected: tuple[str, str, str]
) -> None:
    condition = {"type": "Ready", "status": "False", "reason": reason, "message": message}
    widget = facts(WIDGET, status={"conditions": [condition]})
    about = {
        "kind": "Widget",
        "namespace": "shop",
        "name": "web",
        "uid": widget.uid,
        "apiVersion": "example.com/v1",
    }
    graph = Graph(JUDGES)
    graph.apply(widget)
    words = "quota of the account is used up"
    told_of = {"involvedObject": about, "type": "Warning", "reason": "KEDAScalerFailed", "message": words}
    graph.apply(facts(event.KIND, name="web.1", lastTimestamp=LATER, **told_of))
    node = graph.get(widget.id)
    assert node is not None
    assert (node.status, node.reason, node.message) == expected
