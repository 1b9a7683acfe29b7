"""Pods."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from astrolabe.graph.facts import Facts, Owner, Ref, Release, Verdict
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.models.details import PodAccess, PodDetail
from astrolabe.kinds.pod import KIND
from tests.kinds.objects import (
    CREATED_SECONDS,
    GONE,
    TEMPLATE,
    edges,
    facts,
    make,
    owned_by,
    read,
    unneeded,
    verdict,
    words,
)


def container(name: str = "web", *, ready: bool = True, restarts: int = 0, **state: Any) -> dict[str, Any]:
    return {
        "name": name,
        "ready": ready,
        "restartCount": restarts,
        "state": state or {"running": {"startedAt": "2026-03-01T12:00:05Z"}},
        "lastState": {},
        "image": "docker.io/library/nginx:latest",
        "started": ready,
    }


def waiting(reason: str | None) -> dict[str, Any]:
    return container(ready=False, waiting={"reason": reason, "message": "back-off 5m0s"})


def terminated(code: int, reason: str | None) -> dict[str, Any]:
    return container("init", ready=code == 0, terminated={"exitCode": code, "reason": reason})


def status(phase: str | None, *containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"phase": phase, "containerStatuses": list(containers), "qosClass": "BestEffort", **more}


def unscheduled(reason: str) -> dict[str, Any]:
    return {"conditions": [{"type": "PodScheduled", "status": "False", "reason": reason}]}


PREEMPTED = {
    "type": "DisruptionTarget",
    "status": "True",
    "reason": "PreemptionByScheduler",
    "message": "default-scheduler: preempting to accommodate a higher priority pod",
}


def test_who_ended_a_pod_is_told() -> None:
    ended = facts(KIND, status=status("Failed", terminated(143, "Error"), conditions=[PREEMPTED]))
    assert words(ended) == ("Error", "PreemptionByScheduler", PREEMPTED["message"])


def test_all_facts_of_a_running_pod() -> None:
    pod = make(
        KIND,
        name="web-0",
        metadata={
            "generateName": "web-",
            "labels": {"pod-template-hash": "abc", "app": "web", "helm.sh/chart": "shop-1.2.3"},
            "annotations": {"meta.helm.sh/release-name": "shop", "other": "kept out"},
            **owned_by("ReplicaSet", "web-abc"),
        },
        spec={
            "containers": [{"name": "web", "image": "nginx:1.27"}, {"name": "log", "image": "fluent/bit"}],
            "nodeName": "node-1",
            "serviceAccountName": "runner",
        },
        status=status(
            "Running",
            container("web", restarts=2),
            container("log", restarts=1),
            initContainerStatuses=[{**terminated(0, "Completed"), "restartCount": 4}],
        ),
    )
    found = read(KIND, pod)
    assert isinstance(found.detail, PodDetail)
    assert replace(found, detail=replace(found.detail, source=0)) == Facts(
        id="Pod/shop/web-0",
        kind="Pod",
        namespace="shop",
        uid="uid-Pod-web-0",
        api_version="v1",
        resource_version="42",
        created=CREATED_SECONDS,
        labels=(("app", "web"), ("helm.sh/chart", "shop-1.2.3"), ("pod-template-hash", "abc")),
        verdict=Verdict(message="Running"),
        release=Release("shop", "shop"),
        chart="shop-1.2.3",
        owners=(Owner("uid-ReplicaSet-web-abc", "ReplicaSet", "web-abc", controller=True),),
        refs=(
            Ref("uses-sa", "ServiceAccount/shop/runner"),
            Ref("runs-on", "Node/node-1"),
            Ref("runs-image", "Image/docker.io/library/nginx:1.27"),
            Ref("runs-image", "Image/docker.io/fluent/bit:latest"),
        ),
        selectable=True,
        detail=PodDetail(
            node="node-1",
            image="nginx:1.27",
            restarts=7,
            phase="Running",
            access=PodAccess(account="runner"),
        ),
    )


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        (GONE, status("Failed"), ("Pending", "Terminating")),
        ({}, status("Failed", reason="Evicted"), ("Error", "Evicted")),
        ({}, status("Failed", waiting("ErrImagePull")), ("Error", "Failed")),
        (
            {},
            status("Failed", terminated(143, "Error"), conditions=[PREEMPTED]),
            ("Error", "PreemptionByScheduler"),
        ),
        ({}, status("Failed", reason="Evicted", conditions=[PREEMPTED]), ("Error", "Evicted")),
        ({}, status("Running", waiting("CrashLoopBackOff")), ("Error", "CrashLoopBackOff")),
        ({}, status("Pending", waiting("ImagePullBackOff")), ("Error", "ImagePullBackOff")),
        ({}, status("Pending", waiting("ErrImagePull")), ("Error", "ImagePullBackOff")),
        (
            {},
            status("Pending", waiting("CreateContainerConfigError")),
            ("Error", "CreateContainerConfigError"),
        ),
        ({}, status("Pending", waiting("InvalidImageName")), ("Error", "InvalidImageName")),
        ({}, status("Pending", waiting("CreateContainerError")), ("Error", "CreateContainerError")),
        ({}, status("Pending", waiting("ErrImageNeverPull")), ("Error", "ErrImageNeverPull")),
        ({}, status("Running", container(), waiting("RunContainerError")), ("Error", "RunContainerError")),
        ({}, status("Running", waiting("PostStartHookError")), ("Error", "PostStartHookError")),
        # A reason that only a later kubelet knows.
        ({}, status("Pending", waiting("VolumeSignatureRejected")), ("Error", "VolumeSignatureRejected")),
        (
            {},
            status(
                "Pending", waiting("PodInitializing"), initContainerStatuses=[waiting("RunContainerError")]
            ),
            ("Error", "RunContainerError"),
        ),
        (
            {},
            status(
                "Pending", waiting("PodInitializing"), initContainerStatuses=[waiting("CrashLoopBackOff")]
            ),
            ("Error", "CrashLoopBackOff"),
        ),
        (
            {},
            status("Pending", waiting("PodInitializing"), initContainerStatuses=[terminated(1, "OOMKilled")]),
            ("Error", "OOMKilled"),
        ),
        ({}, status("Pending", initContainerStatuses=[terminated(2, None)]), ("Error", "Error")),
        ({}, status("Pending", initContainerStatuses=[terminated(0, "Completed")]), ("Pending", "Pending")),
        ({}, status("Succeeded", initContainerStatuses=[terminated(137, "Error")]), ("Ready", "Completed")),
        ({}, status("Pending", waiting("ContainerCreating")), ("Pending", "ContainerCreating")),
        ({}, status("Pending", waiting("PodInitializing")), ("Pending", "ContainerCreating")),
        ({}, status("Pending", waiting("")), ("Pending", "Pending")),
        (
            {},
            status("Running", container(), ephemeralContainerStatuses=[waiting("ErrImagePull")]),
            ("Ready", "Running"),
        ),
        ({}, status("Pending", **unscheduled("Unschedulable")), ("Pending", "Unschedulable")),
        ({}, status("Pending", **unscheduled("SchedulingGated")), ("Pending", "SchedulingGated")),
        ({}, status("Running", container(), waiting(None)), ("Pending", "ContainersNotReady")),
        ({}, status("Running", container(ready=False)), ("Pending", "ContainersNotReady")),
        ({}, status("Succeeded", container(ready=False)), ("Ready", "Completed")),
        ({}, status("Running", container()), ("Ready", "Running")),
        # What the node controller writes when a node falls silent: the containers are left as they were.
        (
            {},
            status("Running", container(), conditions=[{"type": "Ready", "status": "False"}]),
            ("Pending", "NotReady"),
        ),
        (
            {},
            status(
                "Running",
                container(),
                conditions=[{"type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady"}],
            ),
            ("Pending", "ReadinessGatesNotReady"),
        ),
        ({}, status("Unknown"), ("Unknown", "Unknown")),
        ({}, {"phase": None, "containerStatuses": None}, ("Pending", "Pending")),
        ({}, None, ("Pending", "Pending")),
    ],
)
def test_status(metadata: dict[str, Any], status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, spec=TEMPLATE["spec"], status=status)) == expected


@pytest.mark.parametrize(
    ("restart_policy", "expected"),
    [("Always", ("Pending", "ContainersNotReady")), (None, ("Ready", "Running"))],
)
def test_a_sidecar_counts_as_a_container_and_an_init_container_does_not(
    restart_policy: str | None, expected: tuple[str, str]
) -> None:
    pod = facts(
        KIND,
        spec={"initContainers": [{"name": "proxy", "restartPolicy": restart_policy}]},
        status=status("Running", container(), initContainerStatuses=[container("proxy", ready=False)]),
    )
    assert verdict(pod) == expected


WAITS_FOR = {
    "initContainers": [{"name": "proxy", "restartPolicy": "Always"}, {"name": "migrate"}],
    "containers": [{"name": "web"}],
}


@pytest.mark.parametrize(
    ("inits", "expected"),
    [
        (
            [container("proxy", ready=False)],
            "Sidecar proxy has not started yet, the containers wait for its startup probe",
        ),
        (
            [container("proxy"), container("migrate", ready=False)],
            "Init container migrate runs, the containers wait until it has ended",
        ),
    ],
)
def test_which_init_container_the_others_wait_for(inits: list[dict[str, Any]], expected: str) -> None:
    pod = facts(
        KIND,
        spec=WAITS_FOR,
        status=status("Pending", waiting("PodInitializing"), initContainerStatuses=inits),
    )
    since = CREATED_SECONDS + 5
    assert pod.verdict == Verdict("Pending", "PodInitializing", expected, since)


HALF = {"limits": {"memory": "512Mi"}}


@pytest.mark.parametrize("phase", ["Running", "Failed"])
@pytest.mark.parametrize(
    ("own", "of_pod", "expected"),
    [
        (HALF, {}, "it needed more memory than its limit of 512Mi allows"),
        ({"requests": {"memory": "1Gi"}}, HALF, "it needed more memory than its limit of 512Mi allows"),
        ({"limits": {"cpu": "1"}}, {}, "it has no memory limit, and its Node had no memory left"),
        (None, {}, "it has no memory limit, and its Node had no memory left"),
        ({"limits": []}, {}, "it needed more memory than its limit allows"),
    ],
)
def test_which_limit_a_container_met_that_had_not_enough_memory(
    phase: str, own: Any, of_pod: Any, expected: str
) -> None:
    spec = {"containers": [{"name": "web", "resources": own}], "resources": of_pod}
    end = {"exitCode": 137, "reason": "OOMKilled"}
    ended = container(ready=False, terminated=end)
    told = words(facts(KIND, spec=spec, status=status(phase, ended)))
    assert told == ("Error", "OOMKilled", f"Container web was OOMKilled: {expected}")


CLAIMS = [
    {"name": "a", "resourceClaimName": "shared-gpu"},
    {"name": "b", "resourceClaimTemplateName": "single-gpu"},
    {"name": "c"},
]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, "Waits for a node"),
        ({"schedulerName": "default-scheduler"}, "Waits for a node"),
        (
            {"schedulerName": "volcano"},
            "Waits for a node: its scheduler volcano has not looked at it",
        ),
        (
            {"resourceClaims": CLAIMS},
            (
                "Waits for a node: it asks for the ResourceClaim shared-gpu, "
                "it asks for a ResourceClaim of the template single-gpu"
            ),
        ),
    ],
)
def test_what_may_keep_schedulers_from_looking_at_a_pod(spec: dict[str, Any], expected: str) -> None:
    new = make(KIND, spec=spec, status={"phase": "Pending"})
    assert words(read(KIND, new)) == ("Pending", "Pending", expected)
    # Of one that was known already only the status is read.
    late = make(KIND, spec=spec, status={"phase": "Running", "containerStatuses": [container()]})
    known = {"Pod/shop/web": read(KIND, late)}
    again = KIND.reader("v1", KindOptions())(json.dumps(new).encode(), known)
    assert words(again) == ("Pending", "Pending", expected)


def test_claims_are_mounted_by_name_and_ephemeral_ones_by_the_names_of_pod_and_volume() -> None:
    pod = facts(
        KIND,
        name="db-0",
        spec={
            "containers": [],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}},
                {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
                {"name": "cache", "emptyDir": {}},
            ],
        },
    )
    assert edges(pod) == [
        "uses-sa → ServiceAccount/shop/default (optional)",
        "mounts → PersistentVolumeClaim/shop/data-db-0",
        # The kubelet takes no claim of that name that belongs to somebody else.
        "mounts → PersistentVolumeClaim/shop/db-0-scratch = uid-Pod-db-0",
    ]


def test_images_of_all_containers_and_volumes_are_run_each_once() -> None:
    pod = facts(
        KIND,
        spec={
            "initContainers": [{"name": "a", "image": "busybox"}],
            "containers": [
                {"name": "b", "image": "quay.io/team/app:v1"},
                {"name": "c", "image": "busybox:latest"},
            ],
            "ephemeralContainers": [{"name": "d", "image": "debug@sha256:0a"}, {"name": "e", "image": None}],
            "volumes": [
                {"name": "model", "image": {"reference": "quay.io/team/model:v2"}},
                {"name": "none", "image": {}},
            ],
        },
    )
    assert edges(pod)[1:] == [
        "runs-image → Image/docker.io/library/busybox:latest",
        "runs-image → Image/quay.io/team/app:v1",
        "runs-image → Image/docker.io/library/debug@sha256:0a",
        "runs-image → Image/quay.io/team/model:v2",
    ]


def test_a_pod_that_names_no_service_account_needs_none() -> None:
    """Admission names one in every Pod that uses one: what is left are the mirrors of static Pods."""
    pod = facts(KIND, spec=None, status=None)
    assert edges(pod) == ["uses-sa → ServiceAccount/shop/default (optional)"]
    assert isinstance(pod.detail, PodDetail)
    assert replace(pod.detail, source=0) == PodDetail()
    assert pod.selectable


def test_replicas_share_what_they_have_in_common() -> None:
    spec = {**TEMPLATE["spec"], "nodeName": "node-1"}
    one, other = (facts(KIND, name=name, spec=spec, metadata={"labels": {"app": "web"}}) for name in "ab")
    assert one.labels is other.labels
    assert one.owners is other.owners
    assert isinstance(one.detail, PodDetail)
    assert isinstance(other.detail, PodDetail)
    assert one.detail.node is other.detail.node
    assert one.detail.image is other.detail.image
    assert one.detail.requests is other.detail.requests


NEEDS: dict[str, Any] = {
    **TEMPLATE["spec"],
    "nodeName": "node-1",
    "imagePullSecrets": [{"name": "registry"}],
    "volumes": [
        {"name": "tls", "secret": {"secretName": "tls"}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
    ],
}
REQUIRED = [
    "uses-sa → ServiceAccount/shop/runner",
    "uses-secret → Secret/shop/registry (optional)",
    "uses-secret → Secret/shop/tls",
    "uses-configmap → ConfigMap/shop/settings",
    "mounts → PersistentVolumeClaim/shop/data",
    "runs-on → Node/node-1",
]


def needs(status: Any, metadata: Any = None) -> list[str]:
    found = edges(facts(KIND, spec=NEEDS, status=status, metadata=metadata))
    assert found[-1].startswith("runs-image → ")
    return found[:-1]


@pytest.mark.parametrize(
    "status",
    [None, status("Pending"), status("Running", container()), status("Running", waiting("CrashLoopBackOff"))],
)
def test_a_pod_needs_what_it_refers_to(status: Any) -> None:
    assert needs(status) == REQUIRED


@pytest.mark.parametrize(
    ("status", "metadata"),
    [
        (status("Succeeded"), None),
        (status("Failed", reason="Evicted"), None),
        (status("Running", container()), GONE),
        (status("Failed", waiting("ErrImagePull")), None),
    ],
)
def test_a_pod_that_has_ended_or_is_being_deleted_needs_nothing_any_more(status: Any, metadata: Any) -> None:
    assert needs(status, metadata) == unneeded(REQUIRED)


@pytest.mark.parametrize(
    "refused",
    [
        status("Pending", waiting("ErrImagePull")),
        status("Running", container(), waiting("ImagePullBackOff")),
        status("Pending", waiting("PodInitializing"), initContainerStatuses=[waiting("ImagePullBackOff")]),
    ],
)
def test_a_pod_needs_its_pull_secrets_while_a_pull_is_refused(refused: Any) -> None:
    """Nothing else is explained by one that is missing."""
    assert needs(refused) == [edge.replace("registry (optional)", "registry") for edge in REQUIRED]
