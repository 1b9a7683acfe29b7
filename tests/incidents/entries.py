"""The incidents: what is applied, what kubelets say, and what an operator should be told. A table of data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.incidents.speech import crashing, ended, pod, running, waiting

Object = dict[str, Any]
POD = r"Pod/NS/web-"
ITSELF = ""


@dataclass(frozen=True)
class Incident:
    """One incident, in a namespace of its own, whose name is NS in what is expected."""

    name: str
    rule: int
    """The rule of docs/causes.md that it is for; 0 is what objects say themselves."""
    things: tuple[Object, ...]
    symptom: str
    """Id of what an operator looks at."""
    cause: str = ITSELF
    """A pattern of the first cause's id; empty where nothing else explains the symptom."""
    reason: str = ""
    """Of the cause; NotFound for what does not exist."""
    words: tuple[str, ...] = ()
    """What the cause's message has to have."""
    status: str = "Error|Pending"
    """A pattern of the symptom's status."""
    says: dict[str, Object] = field(default_factory=dict)
    """Statuses of Pods by the beginning of their names; others are ready."""
    events: tuple[tuple[str, str, str], ...] = ()
    """(beginning of a Pod's name, reason, message)."""
    then: tuple[Object, ...] = ()
    """What is applied once the exporter knows the rest."""
    changed: tuple[str, ...] = ()
    """What is said to have changed before."""
    deleted: tuple[Object, ...] = ()
    """What is deleted in the end."""
    labels: dict[str, str] = field(default_factory=dict)
    """Of the namespace."""


def thing(kind: str, name: str, api: str = "v1", **parts: Any) -> Object:
    metadata = {"name": name, **parts.pop("metadata", {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **parts}


def spec(container: Object | None = None, **more: Any) -> Object:
    web = {"name": "web", "image": "registry.example/web:1", **(container or {})}
    return {"terminationGracePeriodSeconds": 0, **more, "containers": [web, *more.pop("beside", [])]}


def made(kind: str, made_of: Object, name: str = "web", **more: Any) -> Object:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {k: v for k, v in made_of.items() if k != "beside"}}
    return thing(
        kind, name, "apps/v1", spec={"selector": {"matchLabels": labels}, "template": template, **more}
    )


def web(container: Object | None = None, replicas: int = 1, **more: Any) -> Object:
    return made("Deployment", spec(container, **more), replicas=replicas)


def service(name: str = "web", app: str = "web", **port: Any) -> Object:
    return thing("Service", name, spec={"selector": {"app": app}, "ports": [{"port": 80, **port}]})


def ingress(backend: str = "web", port: int = 80, **more: Any) -> Object:
    to = {"service": {"name": backend, "port": {"number": port}}}
    rules = [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": to}]}}]
    return thing("Ingress", "web", "networking.k8s.io/v1", spec={"rules": rules, **more})


def claim(name: str = "data", cls: str | None = None, volume: str = "") -> Object:
    wanted: Object = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    if cls is not None:
        wanted["storageClassName"] = cls
    if volume:
        wanted["volumeName"] = volume
    return thing("PersistentVolumeClaim", name, spec=wanted)


def job(name: str = "import", **more: Any) -> Object:
    template = {"spec": spec(restartPolicy="Never")}
    return thing("Job", name, "batch/v1", spec={"backoffLimit": 0, "template": template, **more})


DATA = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}
FROM_SECRET = {"envFrom": [{"secretRef": {"name": "db"}}]}
LIMITED = {"resources": {"limits": {"memory": "64Mi"}}}
PULL = 'Back-off pulling image "registry.example/web:1": ErrImagePull: rpc error: '

CONTAINERS: tuple[tuple[str, Object, str, tuple[str, ...]], ...] = (
    ("exits", crashing(1, "panic: DATABASE_URL is not set"), "CrashLoopBackOff", ("code 1", "DATABASE_URL")),
    ("segfault", crashing(139), "CrashLoopBackOff", ("SIGSEGV",)),
    ("aborted", crashing(134), "CrashLoopBackOff", ("SIGABRT",)),
    ("terminated", crashing(143), "CrashLoopBackOff", ("SIGTERM",)),
    ("no-command", crashing(127), "CrashLoopBackOff", ("127", "not found")),
    ("no-permission", crashing(126), "CrashLoopBackOff", ("126", "cannot be run")),
    ("ends-well", crashing(0, reason="Completed"), "Completed|CrashLoopBackOff", ("code 0",)),
    (
        "start-error",
        crashing(128, 'exec: "/app/run": no such file', "StartError"),
        "StartError",
        ("/app/run",),
    ),
    (
        "cannot-run",
        crashing(127, "exec /run.sh failed", "ContainerCannotRun"),
        "ContainerCannotRun",
        ("/run.sh",),
    ),
    ("no-image", waiting("ImagePullBackOff", PULL + "not found"), "ImagePullBackOff", ("not found", "web:1")),
    ("no-pull", waiting("ErrImagePull", "pull access denied"), "ImagePullBackOff", ("access denied",)),
    (
        "never-pull",
        waiting("ErrImageNeverPull", "image is not present"),
        "ErrImageNeverPull",
        ("not present",),
    ),
    ("bad-image", waiting("InvalidImageName", "couldn't parse web:"), "InvalidImageName", ("parse",)),
    (
        "as-root",
        waiting("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"),
        "CreateContainerConfigError",
        ("runAsNonRoot",),
    ),
    ("no-create", waiting("CreateContainerError", "name is reserved"), "CreateContainerError", ("reserved",)),
    ("no-run", waiting("RunContainerError", "no such device"), "RunContainerError", ("no such device",)),
    ("strange", waiting("SomethingNewError", "never heard of"), "SomethingNewError", ("never heard of",)),
)
"""What one container of a Deployment says, the reason, and words of the message."""

SPEAKING = tuple(
    Incident(f"c-{name}", 0, (web(),), "Deployment/NS/web", POD, reason, words, says={"web-": pod(status)})
    for name, status, reason, words in CONTAINERS
)

HOOK = thing(
    "ValidatingWebhookConfiguration",
    "incident-hook",
    "admissionregistration.k8s.io/v1",
    webhooks=[
        {
            "name": "pods.incidents.example",
            "clientConfig": {"service": {"namespace": "i-webhook", "name": "hook", "path": "/"}},
            "rules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
            ],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "i-webhook"}},
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "timeoutSeconds": 2,
        }
    ],
)
KEPT = thing(
    "PersistentVolume",
    "incidents-kept",
    spec={
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "",
        "hostPath": {"path": "/kept"},
        # Of a claim that is gone: the one of its name today is another.
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": "i-released",
            "name": "data",
            "uid": "00000000-0000-4000-8000-000000000000",
        },
    },
)
QUOTA = thing("ResourceQuota", "tight", spec={"hard": {"pods": "0"}})
LATE = thing(
    "StorageClass",
    "incidents-late",
    "storage.k8s.io/v1",
    provisioner="example.com/none",
    volumeBindingMode="WaitForFirstConsumer",
)
HELD = thing("ConfigMap", "held", metadata={"finalizers": ["incidents.example/hold"]})
CRASHING = {"web-": pod(crashing(1, "panic: no database"))}
SIDE = [{"name": "proxy", "image": "registry.example/proxy:1"}]
UNFIT = {"resources": {"requests": {"cpu": "500"}}}
NAMED = {"ports": [{"name": "http", "containerPort": 8080}]}
OPTIONAL = {"envFrom": [{"secretRef": {"name": "extra", "optional": True}}]}

OTHERS = (
    Incident(
        "oom",
        0,
        (web(LIMITED),),
        "Deployment/NS/web",
        POD,
        "OOMKilled",
        ("64Mi",),
        says={"web-": pod(crashing(137, reason="OOMKilled"))},
    ),
    Incident(
        "init",
        0,
        (web(initContainers=[{"name": "migrate", "image": "x"}]),),
        "Deployment/NS/web",
        POD,
        "CrashLoopBackOff",
        ("migrate", "relation"),
        says={"web-": pod(waiting("PodInitializing"), inits=(crashing(2, "no relation", name="migrate"),))},
    ),
    Incident(
        "sidecar",
        0,
        (made("Deployment", {**spec(), "containers": [*spec()["containers"], *SIDE]}),),
        "Deployment/NS/web",
        POD,
        "CrashLoopBackOff",
        ("proxy", "certificate"),
        says={"web-": pod(running(), crashing(1, "bad certificate", name="proxy"))},
    ),
    Incident(
        "probe",
        0,
        (web(),),
        "Deployment/NS/web",
        POD,
        "Unhealthy",
        ("503",),
        says={"web-": pod(running(ready=False))},
        events=(("web-", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),),
    ),
    Incident(
        "sandbox",
        0,
        (web(),),
        "Deployment/NS/web",
        POD,
        "FailedCreatePodSandBox",
        ("no free addresses",),
        says={"web-": pod(waiting("ContainerCreating"))},
        events=(("web-", "FailedCreatePodSandBox", "plugin failed: no free addresses"),),
    ),
    Incident(
        "key",
        0,
        (web(FROM_SECRET), thing("Secret", "db")),
        "Deployment/NS/web",
        POD,
        "CreateContainerConfigError",
        ("key url",),
        says={"web-": pod(waiting("CreateContainerConfigError", "couldn't find key url in Secret NS/db"))},
    ),
    Incident(
        "mirror",
        1,
        (web(), service()),
        "Service/NS/web",
        POD,
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident(
        "first-consumer",
        1,
        (LATE, claim(cls="incidents-late"), web(UNFIT, **DATA)),
        "Deployment/NS/web",
        POD,
        "Unschedulable",
        ("Insufficient cpu",),
    ),
    Incident(
        "no-secret",
        2,
        (web(FROM_SECRET),),
        "Deployment/NS/web",
        "Secret/NS/db",
        "NotFound",
        says={"web-": pod(waiting("CreateContainerConfigError", 'secret "db" not found'))},
    ),
    Incident(
        "no-config",
        2,
        (web({"envFrom": [{"configMapRef": {"name": "settings"}}]}),),
        "Deployment/NS/web",
        "ConfigMap/NS/settings",
        "NotFound",
        says={"web-": pod(waiting("CreateContainerConfigError", 'configmap "settings" not found'))},
    ),
    Incident(
        "no-mount",
        2,
        (web(volumes=[{"name": "c", "configMap": {"name": "settings"}}]),),
        "Deployment/NS/web",
        "ConfigMap/NS/settings",
        "NotFound",
        says={"web-": pod(waiting("ContainerCreating"))},
        events=(("web-", "FailedMount", 'SetUp failed for volume "c": configmap "settings" not found'),),
    ),
    Incident(
        "no-pull-secret",
        2,
        (web(imagePullSecrets=[{"name": "registry"}]),),
        "Deployment/NS/web",
        "Secret/NS/registry",
        "NotFound",
        says={"web-": pod(waiting("ImagePullBackOff", PULL + "denied"))},
    ),
    Incident(
        "pull-secret-innocent",
        2,
        (web(imagePullSecrets=[{"name": "registry"}]),),
        "Deployment/NS/web",
        POD,
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident(
        "optional",
        2,
        (web(OPTIONAL),),
        "Deployment/NS/web",
        POD,
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident("no-claim", 2, (web(**DATA),), "Deployment/NS/web", "PersistentVolumeClaim/NS/data", "NotFound"),
    Incident(
        "no-class",
        2,
        (claim(cls="nowhere"), web(**DATA)),
        "Deployment/NS/web",
        "StorageClass/nowhere",
        "NotFound",
    ),
    Incident(
        "no-account",
        2,
        (web(serviceAccountName="runner"),),
        "Deployment/NS/web",
        "ServiceAccount/NS/runner",
        "NotFound",
    ),
    Incident(
        "no-target",
        2,
        (
            thing(
                "HorizontalPodAutoscaler",
                "web",
                "autoscaling/v2",
                spec={
                    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "gone"},
                    "maxReplicas": 3,
                },
            ),
        ),
        "HorizontalPodAutoscaler/NS/web",
        "Deployment/NS/gone",
        "NotFound",
    ),
    Incident("too-big", 0, (web(UNFIT),), "Deployment/NS/web", POD, "Unschedulable", ("Insufficient cpu",)),
    Incident(
        "no-node",
        0,
        (web(nodeSelector={"disk": "fast"}),),
        "Deployment/NS/web",
        POD,
        "Unschedulable",
        ("selector",),
    ),
    Incident(
        "gated",
        0,
        (web(schedulingGates=[{"name": "incidents.example/wait"}]),),
        "Deployment/NS/web",
        POD,
        "SchedulingGated",
    ),
    Incident("backend-missing", 4, (ingress("gone"),), "Ingress/NS/web", "Service/NS/gone", "NotFound"),
    Incident(
        "behind",
        4,
        (web(), service(), ingress()),
        "Ingress/NS/web",
        POD,
        "CrashLoopBackOff",
        ("no database",),
        status="Error",
        says=CRASHING,
    ),
    Incident(
        "named-port",
        4,
        (web({"ports": [{"name": "web", "containerPort": 8080}]}), service(targetPort="http")),
        "Service/NS/web",
        reason="TargetPortNotFound",
        words=("http",),
    ),
    Incident(
        "wrong-port",
        4,
        (web(NAMED), service(targetPort="http"), ingress(port=8081)),
        "Ingress/NS/web",
        words=("8081",),
    ),
    Incident(
        "class",
        4,
        (web(), service(), ingress(ingressClassName="nowhere")),
        "Ingress/NS/web",
        "IngressClass/nowhere",
        "NotFound",
    ),
    Incident(
        "certificate",
        4,
        (web(), service(), ingress(tls=[{"secretName": "tls"}])),
        "Ingress/NS/web",
        "Secret/NS/tls",
        "NotFound",
    ),
    Incident(
        "selector",
        5,
        (web(), service(app="wbe")),
        "Service/NS/web",
        reason="SelectorMatchesNothing",
        words=("app=web",),
    ),
    Incident(
        "quota",
        5,
        (QUOTA, web(), service()),
        "Service/NS/web",
        "ResourceQuota/NS/tight",
        "QuotaUsedUp",
        ("pods",),
    ),
    Incident("webhook", 5, (HOOK, web(), service()), "Service/NS/web", "Service/NS/hook", "NotFound"),
    Incident(
        "security",
        0,
        (web(hostNetwork=True),),
        "Deployment/NS/web",
        "ReplicaSet/NS/web-",
        "FailedCreate",
        ("hostNetwork",),
        labels={"pod-security.kubernetes.io/enforce": "baseline"},
    ),
    Incident(
        "limits",
        0,
        (
            thing("LimitRange", "small", spec={"limits": [{"type": "Container", "max": {"cpu": "1"}}]}),
            web({"resources": {"limits": {"cpu": "4"}}}),
        ),
        "Deployment/NS/web",
        "ReplicaSet/NS/web-",
        "FailedCreate",
        ("cpu",),
    ),
    Incident(
        "rest",
        6,
        (web(replicas=0), service(), ingress()),
        "Service/NS/web",
        status="Ready",
        reason="AtRest",
        words=("zero",),
    ),
    Incident(
        "rest-ingress",
        6,
        (web(replicas=0), service(), ingress()),
        "Ingress/NS/web",
        status="Ready",
        reason="AtRest",
    ),
    Incident(
        "many",
        8,
        (web(replicas=4),),
        "Deployment/NS/web",
        POD,
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident(
        "budget",
        1,
        (
            web(),
            thing(
                "PodDisruptionBudget",
                "web",
                "policy/v1",
                spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
            ),
        ),
        "PodDisruptionBudget/NS/web",
        POD,
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident(
        "stateful",
        1,
        (made("StatefulSet", spec(), serviceName="web"), service()),
        "StatefulSet/NS/web",
        "Pod/NS/web-0",
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident(
        "daemon",
        1,
        (made("DaemonSet", spec()),),
        "DaemonSet/NS/web",
        POD,
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident(
        "job",
        1,
        (job(),),
        "Job/NS/import",
        "Pod/NS/import-",
        words=("code 3", "no rows"),
        says={"import-": pod(ended(3, "no rows"), phase="Failed")},
    ),
    Incident(
        "deadline",
        0,
        (job(activeDeadlineSeconds=1),),
        "Job/NS/import",
        reason="DeadlineExceeded",
        says={"import-": pod(running())},
    ),
    Incident(
        "finalizer",
        0,
        (HELD,),
        "ConfigMap/NS/held",
        reason="Terminating",
        words=("incidents.example/hold",),
        deleted=(HELD,),
    ),
    Incident(
        "waits-well",
        1,
        (LATE, claim(cls="incidents-late")),
        "PersistentVolumeClaim/NS/data",
        status="Ready",
        reason="WaitForFirstConsumer",
    ),
    Incident(
        "rolled-out",
        10,
        (web(),),
        "Deployment/NS/web",
        POD,
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
        then=(web({"image": "registry.example/web:2"}),),
        changed=("image registry.example/web:1 → registry.example/web:2",),
    ),
    Incident(
        "scaled-up",
        10,
        (QUOTA, web(replicas=1)),
        "Deployment/NS/web",
        "ResourceQuota/NS/tight",
        then=(web(replicas=3),),
        changed=("replicas 1 → 3",),
    ),
    Incident(
        "released",
        7,
        (KEPT, claim(cls="", volume="incidents-kept")),
        "PersistentVolumeClaim/NS/data",
        "PersistentVolume/incidents-kept",
        "Released",
        ("i-released/data",),
    ),
    Incident("number-port", 4, (web(), service(targetPort=9999)), "Service/NS/web", status="Ready"),
    Incident("optional-well", 2, (web(OPTIONAL),), "Deployment/NS/web", status="Ready"),
    Incident(
        "suspended",
        6,
        (
            thing(
                "CronJob",
                "night",
                "batch/v1",
                spec={"schedule": "0 3 * * *", "suspend": True, "jobTemplate": {"spec": job()["spec"]}},
            ),
        ),
        "CronJob/NS/night",
        status="Ready",
    ),
)

ALL = (*SPEAKING, *OTHERS)
