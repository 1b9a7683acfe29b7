"""Incidents of Pods, of workloads and of what they stand on, in the words of Kubernetes. A table of data."""

from __future__ import annotations

from typing import Any

from tests.incidents.everyday import DATA, bare, budget, on, storage_class, volume
from tests.incidents.making import ITSELF, POD, Incident, Object, claim, job, made, service, spec, thing, web
from tests.incidents.messages import (
    LIMIT,
    LIMIT_OF_ACCOUNT,
    NAMED_USER,
    NFS,
    NO_CPU,
    NO_HANDLER,
    NO_JOBS,
    NO_MIGRATE,
    NO_SHELL,
    NO_SIGNATURE,
    NOT_A_FILE,
    OVER_DEADLINE,
    PREEMPTED,
    PULLING,
    REFUSED_CONNECTION,
    TOO_LARGE,
    UNAUTHORIZED,
    UNKILLED,
    UNMOUNTED,
    UNREGISTERED,
    UNSIGNED,
)
from tests.incidents.speech import container, crashing, ended, now, pod, running, waiting

WEB = "Deployment/NS/web"
SET = "StatefulSet/NS/web"
PROXY = {"name": "proxy", "image": "registry.example/proxy:1", "restartPolicy": "Always"}


def failed(reason: str, message: str, *containers: Object) -> Object:
    """A Pod that its kubelet ended or would not take."""
    return {**pod(*(containers or (ended(137),)), phase="Failed"), "reason": reason, "message": message}


def ended_by(reason: str, message: str) -> Object:
    """A Pod that somebody ended."""
    status = pod(ended(143), phase="Failed")
    target = {"type": "DisruptionTarget", "status": "True", "reason": reason, "message": message}
    return {**status, "conditions": [*status["conditions"], {**target, "lastTransitionTime": now()}]}


def held_up(by: str, *containers: Object, inits: tuple[Object, ...]) -> Object:
    """A Pod whose containers run, and of which a sidecar does not."""
    gate = ("ContainersNotReady", f"containers with unready status: [{by}]")
    return pod(*containers, inits=inits, gate=gate)


def cron(name: str = "night", **more: Any) -> Object:
    about = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job()["spec"]}, **more}
    return thing("CronJob", name, "batch/v1", spec=about)


def scaler(name: str = "web") -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    about: Object = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 3}
    return thing("HorizontalPodAutoscaler", name, "autoscaling/v2", spec=about)


def pvc(cls: str | None, name: str = "data", volume: str = "", **more: Any) -> Object:
    made_of = claim(name, cls, volume)
    return {**made_of, "spec": {**made_of["spec"], **more}}


SIDE = {"initContainers": [PROXY]}
"""A sidecar as Kubernetes has it: an init container that stays."""

PODS = (
    Incident(
        "native-sidecar",
        0,
        (web(**SIDE),),
        WEB,
        POD,
        "CrashLoopBackOff",
        ("proxy", "code 1", "no certificate"),
        says={"web-": held_up("proxy", running(), inits=(crashing(1, "no certificate", name="proxy"),))},
    ),
    Incident(
        "sidecar-memory",
        0,
        (web(initContainers=[{**PROXY, "resources": {"limits": {"memory": "32Mi"}}}]),),
        WEB,
        POD,
        "OOMKilled",
        ("proxy", "32Mi"),
        says={"web-": held_up("proxy", running(), inits=(crashing(137, reason="OOMKilled", name="proxy"),))},
    ),
    Incident(
        "sidecar-starts",
        0,
        (web(**SIDE),),
        WEB,
        POD,
        "Unhealthy",
        ("Startup probe failed", "connection refused"),
        says={
            "web-": pod(
                waiting("PodInitializing"), inits=({**running("proxy", ready=False), "started": False},)
            )
        },
        events=(
            (
                "web-",
                "Unhealthy",
                REFUSED_CONNECTION,
            ),
        ),
    ),
    Incident(
        "init-pull",
        0,
        (web(initContainers=[{"name": "migrate", "image": "registry.example/migrate:9"}]),),
        WEB,
        POD,
        "ImagePullBackOff",
        ("migrate:9", "not found"),
        says={
            "web-": pod(
                waiting("PodInitializing"),
                inits=(
                    waiting(
                        "ImagePullBackOff",
                        NO_MIGRATE,
                        "migrate",
                    ),
                ),
            )
        },
    ),
    Incident(
        "init-secret",
        2,
        (
            web(
                initContainers=[{"name": "migrate", "image": "x", "envFrom": [{"secretRef": {"name": "db"}}]}]
            ),
        ),
        WEB,
        "Secret/NS/db",
        "NotFound",
        says={
            "web-": pod(
                waiting("PodInitializing"),
                inits=(waiting("CreateContainerConfigError", 'secret "db" not found', "migrate"),),
            )
        },
    ),
    Incident(
        "init-waits",
        0,
        (web(initContainers=[{"name": "wait-for-db", "image": "x"}]),),
        WEB,
        POD,
        "",
        ("wait-for-db",),
        says={"web-": pod(waiting("PodInitializing"), inits=(running("wait-for-db", ready=False),))},
    ),
    Incident(
        "startup-probe",
        0,
        (web(),),
        WEB,
        POD,
        "CrashLoopBackOff",
        ("Startup probe failed", "404"),
        says={"web-": pod(crashing(137))},
        events=(
            ("web-", "Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 404"),
            ("web-", "Killing", "Container web failed startup probe, will be restarted"),
        ),
    ),
    Incident(
        "grpc-probe",
        0,
        (web(),),
        WEB,
        POD,
        "Unhealthy",
        ("Readiness probe failed", "NOT_SERVING"),
        says={"web-": pod(running(ready=False))},
        events=(
            ("web-", "Unhealthy", 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")'),
        ),
    ),
    Incident(
        "probe-errors",
        0,
        (web(),),
        WEB,
        POD,
        "Unhealthy|ProbeError",
        ("pg_isready",),
        says={"web-": pod(running(ready=False))},
        events=(
            (
                "web-",
                "Unhealthy",
                NO_SHELL,
            ),
        ),
    ),
    Incident(
        "pull-limit",
        0,
        (web(),),
        WEB,
        POD,
        "ImagePullBackOff",
        ("429", "pull rate limit", "nginx:1.27"),
        says={"web-": pod(waiting("ImagePullBackOff", PULLING + LIMIT))},
    ),
    Incident(
        "pull-certificate",
        0,
        (web(),),
        WEB,
        POD,
        "ImagePullBackOff",
        ("x509: certificate signed by unknown authority",),
        says={
            "web-": pod(
                waiting(
                    "ImagePullBackOff",
                    'Back-off pulling image "registry.example/web:1": ErrImagePull: ' + UNSIGNED,
                )
            )
        },
    ),
    Incident(
        "pull-event",
        0,
        (web(),),
        WEB,
        POD,
        "ImagePullBackOff",
        ("401 Unauthorized",),
        says={"web-": pod(waiting("ImagePullBackOff", 'Back-off pulling image "registry.example/web:1"'))},
        events=(
            (
                "web-",
                "Failed",
                UNAUTHORIZED,
            ),
            ("web-", "Failed", "Error: ErrImagePull"),
            ("web-", "Failed", "Error: ImagePullBackOff"),
        ),
    ),
    Incident(
        "unsigned",
        0,
        (web(),),
        WEB,
        POD,
        "SignatureValidationFailed",
        ("web:1", "Source image rejected"),
        says={
            "web-": pod(
                waiting(
                    "SignatureValidationFailed",
                    NO_SIGNATURE,
                )
            )
        },
    ),
    Incident(
        "by-name",
        0,
        (web(),),
        WEB,
        POD,
        "CreateContainerConfigError",
        ("runAsNonRoot", "node"),
        says={
            "web-": pod(
                waiting(
                    "CreateContainerConfigError",
                    NAMED_USER,
                )
            )
        },
    ),
    Incident(
        "mounted-over",
        0,
        (web(),),
        WEB,
        POD,
        "StartError|RunContainerError",
        ("/etc/nginx/nginx.conf", "not a directory"),
        says={
            "web-": pod(
                container(
                    "web",
                    {"waiting": {"reason": "RunContainerError", "message": NOT_A_FILE}},
                    last={
                        "exitCode": 128,
                        "reason": "StartError",
                        "message": NOT_A_FILE,
                        "startedAt": "1970-01-01T00:00:00Z",
                        "finishedAt": now(30),
                    },
                )
            )
        },
    ),
    Incident(
        "storage-limit",
        0,
        (bare("alone"),),
        "Pod/NS/alone",
        ITSELF,
        "Evicted",
        ("EmptyDir volume", "50Mi"),
        says={"alone": failed("Evicted", 'Usage of EmptyDir volume "tmp" exceeds the limit "50Mi". ')},
    ),
    Incident(
        "pids",
        0,
        (bare("alone"),),
        "Pod/NS/alone",
        ITSELF,
        "Evicted",
        ("pids",),
        says={
            "alone": failed(
                "Evicted", "The node was low on resource: pids. Threshold quantity: 3212, available: 81. "
            )
        },
    ),
    Incident(
        "no-device",
        0,
        (bare("alone"),),
        "Pod/NS/alone",
        ITSELF,
        "UnexpectedAdmissionError",
        ("nvidia.com/gpu",),
        status="Error",
        says={
            "alone": {
                **failed(
                    "UnexpectedAdmissionError",
                    "Pod was rejected: Allocate failed due to requested number of devices unavailable for"
                    " nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected",
                ),
                "containerStatuses": [],
            }
        },
    ),
    Incident(
        "out-of-cpu",
        0,
        (bare("alone"),),
        "Pod/NS/alone",
        ITSELF,
        "OutOfcpu",
        ("enough resource: cpu",),
        status="Error",
        says={
            "alone": {
                **failed(
                    "OutOfcpu",
                    NO_CPU,
                ),
                "containerStatuses": [],
            }
        },
    ),
    Incident(
        "over-deadline",
        0,
        (bare("alone", activeDeadlineSeconds=60),),
        "Pod/NS/alone",
        ITSELF,
        "DeadlineExceeded",
        ("deadline",),
        status="Error",
        says={"alone": failed("DeadlineExceeded", OVER_DEADLINE)},
    ),
    Incident(
        "preempted",
        0,
        (bare("alone"),),
        "Pod/NS/alone",
        ITSELF,
        "PreemptionByScheduler",
        ("higher priority",),
        status="Error",
        says={"alone": ended_by("PreemptionByScheduler", PREEMPTED)},
    ),
    Incident(
        "two-probes",
        0,
        (web(),),
        WEB,
        POD,
        "CrashLoopBackOff",
        ("Liveness probe failed", "500"),
        says={"web-": pod(crashing(137))},
        events=(
            ("web-", "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500"),
            (
                "web-",
                "Unhealthy",
                "Readiness probe failed: dial tcp: connection refused",
            ),
        ),
    ),
    Incident(
        "crash-under-pressure",
        1,
        (web(nodeName="pressed"),),
        WEB,
        POD,
        "CrashLoopBackOff",
        ("no database",),
        says={"web-": pod(crashing(1, "panic: no database"))},
    ),
    Incident(
        "not-killed",
        0,
        (bare("stuck", metadata={"finalizers": ["incidents.example/hold"]}, nodeName="node-a"),),
        "Pod/NS/stuck",
        ITSELF,
        "Terminating",
        ("KillContainer",),
        deleted=(bare("stuck"),),
        events=(("stuck", "FailedKillPod", UNKILLED),),
    ),
    Incident(
        "handler",
        0,
        (web(),),
        WEB,
        POD,
        "FailedCreatePodSandBox",
        ("gvisor",),
        says={"web-": pod(waiting("ContainerCreating"))},
        events=(
            (
                "web-",
                "FailedCreatePodSandBox",
                NO_HANDLER,
            ),
        ),
    ),
)
"""What kubelets say."""

PLACES = (
    Incident(
        "no-runtime",
        2,
        (web(runtimeClassName="incidents-gvisor"),),
        WEB,
        "ReplicaSet/NS/web-|RuntimeClass",
        words=("incidents-gvisor",),
    ),
    Incident(
        "other-scheduler",
        0,
        (web(schedulerName="volcano"),),
        WEB,
        POD,
        "",
        ("volcano",),
    ),
    Incident(
        "no-claim-template",
        0,
        (
            web(
                {"resources": {"claims": [{"name": "gpu"}]}},
                resourceClaims=[{"name": "gpu", "resourceClaimTemplateName": "single-gpu"}],
            ),
        ),
        WEB,
        POD + "|ResourceClaimTemplate",
        words=("single-gpu",),
    ),
    Incident(
        "no-resource-claim",
        0,
        (
            web(
                {"resources": {"claims": [{"name": "gpu"}]}},
                resourceClaims=[{"name": "gpu", "resourceClaimName": "shared-gpu"}],
            ),
        ),
        WEB,
        POD + "|ResourceClaim",
        words=("shared-gpu",),
    ),
    Incident(
        "wrong-zone",
        0,
        (
            web(
                affinity={
                    "nodeAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": {
                            "nodeSelectorTerms": [
                                {
                                    "matchExpressions": [
                                        {
                                            "key": "topology.kubernetes.io/zone",
                                            "operator": "In",
                                            "values": ["eu-9"],
                                        }
                                    ]
                                }
                            ]
                        }
                    }
                }
            ),
        ),
        WEB,
        POD,
        "Unschedulable",
        ("affinity",),
    ),
    Incident(
        "daemon-full",
        1,
        (
            made(
                "DaemonSet",
                spec({"resources": {"requests": {"cpu": "500"}}}, **on("alone")),
            ),
        ),
        "DaemonSet/NS/web",
        POD,
        "Unschedulable",
        ("Insufficient cpu",),
    ),
    Incident(
        "one-writer",
        0,
        (
            volume("incidents-rwop", "incidents-rwop", accessModes=["ReadWriteOncePod"]),
            pvc("incidents-rwop", volume="incidents-rwop", accessModes=["ReadWriteOncePod"]),
            web(replicas=2, **DATA),
        ),
        WEB,
        POD,
        "Unschedulable",
        ("ReadWriteOncePod",),
    ),
    Incident(
        "own-claim",
        7,
        (
            claim("alone-scratch", cls=""),
            bare(
                "alone",
                volumes=[
                    {
                        "name": "scratch",
                        "ephemeral": {
                            "volumeClaimTemplate": {
                                "spec": {
                                    "accessModes": ["ReadWriteOnce"],
                                    "resources": {"requests": {"storage": "1Gi"}},
                                }
                            }
                        },
                    }
                ],
            ),
        ),
        "Pod/NS/alone",
        "PersistentVolumeClaim/NS/alone-scratch",
        "NotFound",
    ),
)
"""Where Pods are to run."""

STORAGE = (
    Incident(
        "late-provisioner",
        0,
        (
            storage_class("incidents-late-full", "WaitForFirstConsumer"),
            claim(cls="incidents-late-full"),
            web(**DATA),
        ),
        WEB,
        "PersistentVolumeClaim/NS/data",
        "ProvisioningFailed",
        ("limit of the account",),
        notes=(
            (
                claim(),
                "ProvisioningFailed",
                LIMIT_OF_ACCOUNT,
            ),
        ),
    ),
    Incident(
        "late-silence",
        0,
        (
            storage_class("incidents-late-none", "WaitForFirstConsumer"),
            claim(cls="incidents-late-none"),
            web(**DATA),
        ),
        WEB,
        "PersistentVolumeClaim/NS/data",
        "",
        ("disks.incidents.example",),
    ),
    Incident(
        "taken",
        0,
        (
            volume(
                "incidents-taken",
                "",
                claimRef={
                    "namespace": "i-taken",
                    "name": "other",
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                },
            ),
            claim("other", "", "incidents-taken"),
            claim("data", "", "incidents-taken"),
            web(**DATA),
        ),
        WEB,
        "PersistentVolumeClaim/NS/data",
        "",
        ("incidents-taken", "bound to a different claim"),
    ),
    Incident(
        "not-deleted",
        0,
        (
            volume(
                "incidents-undeleted",
                "incidents-undeleted",
                persistentVolumeReclaimPolicy="Delete",
                claimRef={
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "namespace": "i-not-deleted",
                    "name": "data",
                    "uid": "00000000-0000-4000-8000-000000000001",
                },
            ),
        ),
        "PersistentVolume/incidents-undeleted",
        ITSELF,
        "",
        ("/tmp",),
    ),
    Incident(
        "generic-mount",
        0,
        (web(volumes=[{"name": "c", "nfs": {"server": "10.0.0.9", "path": "/x"}}]),),
        WEB,
        POD,
        "FailedMount",
        ("access denied by server",),
        says={"web-": pod(waiting("ContainerCreating"))},
        events=(("web-", "FailedMount", NFS), ("web-", "FailedMount", UNMOUNTED)),
    ),
    Incident(
        "no-driver",
        0,
        (web(),),
        WEB,
        POD,
        "FailedMount",
        ("ebs.csi.aws.com", "registered CSI drivers"),
        says={"web-": pod(waiting("ContainerCreating"))},
        events=(("web-", "FailedMount", UNREGISTERED), ("web-", "FailedMount", UNMOUNTED)),
    ),
    Incident(
        "resize-infeasible",
        0,
        (
            {**storage_class("incidents-infeasible"), "allowVolumeExpansion": True},
            volume("incidents-infeasible", "incidents-infeasible"),
            claim(cls="incidents-infeasible", volume="incidents-infeasible"),
        ),
        "PersistentVolumeClaim/NS/data",
        ITSELF,
        "",
        ("largest disk",),
        then=(
            {
                **pvc(
                    "incidents-infeasible",
                    volume="incidents-infeasible",
                    resources={"requests": {"storage": "2Gi"}},
                ),
                "status": {
                    "allocatedResources": {"storage": "2Gi"},
                    "allocatedResourceStatuses": {"storage": "ControllerResizeInfeasible"},
                    "conditions": [
                        {
                            "type": "ControllerResizeError",
                            "status": "True",
                            "lastTransitionTime": now(),
                            "message": TOO_LARGE,
                        }
                    ],
                },
            },
        ),
    ),
    Incident(
        "template-class",
        2,
        (
            made(
                "StatefulSet",
                spec(),
                serviceName="web",
                volumeClaimTemplates=[claim(cls="incidents-nowhere")],
            ),
            service(),
        ),
        SET,
        "StorageClass/incidents-nowhere",
        "NotFound",
    ),
)
"""Claims and volumes."""

WORKLOADS = (
    Incident(
        "rollout-quota",
        5,
        (thing("ResourceQuota", "tight", spec={"hard": {"pods": "2"}}), web(replicas=2), service()),
        WEB,
        "ResourceQuota/NS/tight",
        "QuotaUsedUp",
        ("pods",),
        then=(web({"image": "registry.example/web:2"}, replicas=2),),
        well=("Service/NS/web",),
    ),
    Incident(
        "second-ordinal",
        1,
        (made("StatefulSet", spec(), serviceName="web", replicas=3), service()),
        SET,
        "Pod/NS/web-1",
        "CrashLoopBackOff",
        ("no leader",),
        says={"web-1": pod(crashing(1, "no leader"))},
    ),
    Incident(
        "failure-policy",
        1,
        (
            job(
                backoffLimit=6,
                podFailurePolicy={
                    "rules": [
                        {
                            "action": "FailJob",
                            "onExitCodes": {"containerName": "web", "operator": "In", "values": [42]},
                        }
                    ]
                },
            ),
        ),
        "Job/NS/import",
        "Pod/NS/import-",
        words=("code 42",),
        status="Error",
        says={"import-": pod(ended(42), phase="Failed")},
    ),
    Incident(
        "failed-index",
        1,
        (
            job(
                backoffLimit=None,
                completionMode="Indexed",
                completions=2,
                parallelism=2,
                backoffLimitPerIndex=0,
            ),
        ),
        "Job/NS/import",
        "Pod/NS/import-1",
        words=("code 7",),
        status="Error",
        says={"import-0": pod(ended(0), phase="Succeeded"), "import-1": pod(ended(7), phase="Failed")},
    ),
    Incident(
        "job-loops",
        1,
        (
            thing(
                "Job",
                "import",
                "batch/v1",
                spec={"template": {"spec": spec(restartPolicy="OnFailure")}},
            ),
        ),
        "Job/NS/import",
        "Pod/NS/import-",
        "CrashLoopBackOff",
        ("code 5",),
        says={"import-": pod(crashing(5))},
    ),
    Incident(
        "cron-quota",
        5,
        (thing("ResourceQuota", "tight", spec={"hard": {"count/jobs.batch": "0"}}), cron()),
        "CronJob/NS/night",
        "ResourceQuota/NS/tight|",
        "FailedCreate|QuotaUsedUp",
        ("jobs.batch",),
        notes=(
            (
                cron(),
                "FailedCreate",
                NO_JOBS,
            ),
        ),
    ),
    Incident(
        "two-scalers",
        0,
        (web(), scaler("web"), scaler("other")),
        "HorizontalPodAutoscaler/NS/web",
        ITSELF,
        "AmbiguousSelector",
        ("multiple HPAs", "other"),
    ),
    Incident(
        "unmanaged",
        0,
        (bare("alone"), budget(maxUnavailable=1)),
        "PodDisruptionBudget/NS/web",
        ITSELF,
        "",
        ("without a controller", "no eviction"),
        status="Ready",
    ),
)
"""Workloads, and what looks after them."""

DEBUGGED = {
    **pod(running()),
    "ephemeralContainerStatuses": [ended(1, name="debugger-x")],
}
RESTARTED = container("web", {"running": {"startedAt": now(500)}}, ready=True, last={
    "exitCode": 1, "reason": "Error", "startedAt": now(6000), "finishedAt": now(5000)
})  # fmt: skip

WELL = (
    Incident(
        "completed",
        6,
        (
            thing(
                "Job", "import", "batch/v1", spec={"template": {"spec": spec(restartPolicy="Never", **SIDE)}}
            ),
        ),
        "Job/NS/import",
        status="Ready",
        says={"import-": pod(ended(0), inits=(ended(143, name="proxy"),), phase="Succeeded")},
    ),
    Incident(
        "retried",
        1,
        (job(backoffLimit=6, completions=2, parallelism=2, completionMode="Indexed"),),
        "Job/NS/import",
        "Pod/NS/import-0",
        words=("code 1",),
        status="Pending",
        says={"import-0": pod(ended(1), phase="Failed"), "import-1": pod(running())},
    ),
    Incident("restarted", 1, (web(), service()), WEB, status="Ready", says={"web-": pod(RESTARTED)}),
    Incident("debugged", 1, (web(), service()), WEB, status="Ready", says={"web-": DEBUGGED}),
    Incident(
        "probed-once",
        1,
        (web(), service()),
        WEB,
        status="Ready",
        events=(("web-", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),),
    ),
    Incident(
        "by-hand",
        4,
        (
            thing("Service", "legacy", spec={"clusterIP": "None", "ports": [{"port": 5432}]}),
            thing("Service", "away", spec={"type": "ExternalName", "externalName": "db.example"}),
        ),
        "Service/NS/legacy",
        status="Ready",
        well=("Service/NS/away",),
    ),
    Incident(
        "partition",
        1,
        (
            made(
                "StatefulSet",
                spec(),
                serviceName="web",
                replicas=2,
                updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}},
            ),
            service(),
        ),
        SET,
        status="Ready",
        then=(
            made(
                "StatefulSet",
                spec({"image": "registry.example/web:2"}),
                serviceName="web",
                replicas=2,
                updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}},
            ),
        ),
    ),
    Incident(
        "scaled-to-zero",
        6,
        (web(replicas=0), service(), scaler(), budget(minAvailable=1)),
        "HorizontalPodAutoscaler/NS/web",
        status="Ready",
        well=(WEB, "Service/NS/web", "PodDisruptionBudget/NS/web"),
    ),
    Incident(
        "quota-full",
        5,
        (thing("ResourceQuota", "tight", spec={"hard": {"pods": "1"}}), web()),
        "ResourceQuota/NS/tight",
        status="Ready",
        well=(WEB,),
    ),
    Incident(
        "rolls",
        1,
        (web(replicas=2), service()),
        "Service/NS/web",
        status="Ready",
        says={"registry.example/web:2": pod(waiting("ContainerCreating"))},
        then=(web({"image": "registry.example/web:2"}, replicas=2),),
    ),
    Incident(
        "drains",
        1,
        (
            web(replicas=2),
            service(),
            bare(
                "goes",
                metadata={"labels": {"app": "other"}, "finalizers": []},
                nodeName="node-a",
                terminationGracePeriodSeconds=600,
            ),
        ),
        WEB,
        status="Ready",
    ),
    Incident(
        "done-once",
        6,
        (bare("alone", restartPolicy="Never"),),
        "Pod/NS/alone",
        status="Ready",
        says={"alone": pod(ended(0), phase="Succeeded")},
    ),
)
"""What looks odd and is well."""

PODS_AND_WORKLOADS = (*PODS, *PLACES, *STORAGE, *WORKLOADS, *WELL)
