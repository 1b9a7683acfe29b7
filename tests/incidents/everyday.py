"""Incidents that every cluster meets: Pods, Nodes, storage, admission, network, scaling. A table of data."""

from __future__ import annotations

from typing import Any

from tests.incidents.making import POD, Incident, Object, claim, ingress, job, made, service, spec, thing, web
from tests.incidents.speech import crashing, ended, now, pod, running, waiting

CRASHING = {"web-": pod(crashing(1, "panic: no database"))}
WEB = "Deployment/NS/web"
ITSELF = ""
CONFIGURED = {"volumes": [{"name": "c", "configMap": {"name": "settings"}}]}
DATA = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}
ON = "incidents.example/pool"
"""The label by which a Pod asks for one of the Nodes of `nodes`."""
RESERVED = [{"key": "incidents.example/reserved", "operator": "Exists"}]


def on(pool: str, *, tolerating: bool = True) -> Object:
    return {"nodeSelector": {ON: pool}, **({"tolerations": RESERVED} if tolerating else {})}


def bare(name: str, **more: Any) -> Object:
    metadata = {"labels": {"app": "web"}, **more.pop("metadata", {})}
    owner = {"ownedBy": more.pop("ownedBy")} if "ownedBy" in more else {}
    return thing("Pod", name, metadata=metadata, **owner, spec=spec(**more))


def mirror(name: str) -> Object:
    """The mirror of a static Pod, which its Node owns."""
    about = {"labels": {"app": "web"}, "annotations": {"kubernetes.io/config.mirror": "1"}}
    return thing("Pod", name, metadata=about, ownedBy=("v1", "Node", "silent"), spec=spec(nodeName="silent"))


def balanced() -> Object:
    made_of = service()
    return {**made_of, "spec": {**made_of["spec"], "type": "LoadBalancer"}}


def shared(name: str, cls: str) -> Object:
    """A claim of a volume, for many writers."""
    made_of = claim(cls=cls, volume=name)
    return {**made_of, "spec": {**made_of["spec"], "accessModes": ["ReadWriteMany"]}}


def larger(name: str) -> Object:
    """A claim of a volume that wants more than it did."""
    made_of = claim(cls=name, volume=name)
    more = {"resources": {"requests": {"storage": "2Gi"}}}
    return {**made_of, "spec": {**made_of["spec"], **more}}


def volume(name: str, cls: str, **more: Any) -> Object:
    size = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}
    return thing("PersistentVolume", name, spec={"storageClassName": cls, **size, **more})


def attachment(name: str, node: str, error: Object | None = None) -> Object:
    """That a volume of this name is attached to a Node, or that its driver could not do it."""
    source = {"persistentVolumeName": name}
    about = {"attacher": "disks.incidents.example", "nodeName": node, "source": source}
    says = {"attached": False, "attachError": {"time": now(), **error}} if error else {"attached": True}
    return thing("VolumeAttachment", name, "storage.k8s.io/v1", spec=about, status=says)


def storage_class(name: str, mode: str = "Immediate") -> Object:
    about = {"provisioner": "disks.incidents.example", "volumeBindingMode": mode}
    return thing("StorageClass", name, "storage.k8s.io/v1", **about)


def budget(**more: Any) -> Object:
    selector = {"matchLabels": {"app": "web"}}
    return thing("PodDisruptionBudget", "web", "policy/v1", spec={"selector": selector, **more})


def autoscaler(metric: Object) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    about = {"scaleTargetRef": target, "maxReplicas": 3, "metrics": [metric]}
    return thing("HorizontalPodAutoscaler", "web", "autoscaling/v2", spec=about)


def hook(name: str, resource: str, namespace: str) -> Object:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}
    return thing(
        "MutatingWebhookConfiguration",
        name,
        "admissionregistration.k8s.io/v1",
        webhooks=[
            {
                "name": f"{name}.incidents.example",
                "clientConfig": {"service": {"namespace": namespace, "name": "injector"}},
                "rules": [rule],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "timeoutSeconds": 2,
            }
        ],
    )


CPU = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
}
QUEUE = {
    "type": "External",
    "external": {"metric": {"name": "queue"}, "target": {"type": "Value", "value": "10"}},
}
PLACE = "kubernetes.io/hostname"
APART = {"requiredDuringSchedulingIgnoredDuringExecution": [
    {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": PLACE}
]}  # fmt: skip
EVEN = {
    "maxSkew": 1,
    "minDomains": 2,
    "topologyKey": "incidents.example/zone",
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"app": "web"}},
}
NONE = thing("ResourceQuota", "tight", spec={"hard": {"pods": "0"}})
STUCK = bare("stuck", metadata={"finalizers": ["incidents.example/hold"]}, nodeName="node-a")
LEFT = bare("left", nodeName="silent", tolerations=[{"operator": "Exists"}], terminationGracePeriodSeconds=30)
ELSEWHERE = {"required": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": PLACE, "operator": "In", "values": ["nowhere"]}]}
]}}  # fmt: skip
FORBIDDEN = (
    'configmaps is forbidden: User "system:serviceaccount:i-forbidden:default" cannot list'
    ' resource "configmaps" in API group "" in the namespace "i-forbidden"'
)
LABELLED = [
    thing(
        "ValidatingAdmissionPolicy",
        "incidents-owned",
        "admissionregistration.k8s.io/v1",
        spec={
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                    }
                ],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "i-policy"}},
            },
            "validations": [
                {"expression": "'team' in object.metadata.labels", "message": "a Pod has to name its team"}
            ],
        },
    ),
    thing(
        "ValidatingAdmissionPolicyBinding",
        "incidents-owned",
        "admissionregistration.k8s.io/v1",
        spec={"policyName": "incidents-owned", "validationActions": ["Deny"]},
    ),
]
YEARLY = "0 0 1 1 *"
CRON = thing(
    "CronJob", "night", "batch/v1", spec={"schedule": YEARLY, "jobTemplate": {"spec": job()["spec"]}}
)
OLD = thing(
    "ReplicaSet",
    "web-old",
    "apps/v1",
    metadata={"labels": {"app": "web"}},
    ownedBy=("apps/v1", "Deployment", "web"),
    spec={
        "replicas": 0,
        "selector": {"matchLabels": {"app": "web"}},
        "template": made("Deployment", spec({"image": "registry.example/web:0"}))["spec"]["template"],
    },
)
OWNED = bare("web-old-1", ownedBy=("apps/v1", "ReplicaSet", "web-old"), nodeName="node-a")
"""A Pod that has failed by now; of those that run a ReplicaSet without replicas would end it."""
LEFT_OVER = {
    "web-old-1": {
        **pod(ended(137), phase="Failed"),
        "reason": "Evicted",
        "message": "The node was low on resource: memory.",
    }
}
AWAY = thing(
    "APIService",
    "v1.away.incidents.example",
    "apiregistration.k8s.io/v1",
    spec={
        "group": "away.incidents.example",
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {"namespace": "default", "name": "away", "port": 443},
    },
)

CONTAINERS = (
    Incident(
        "platform",
        0,
        (web(),),
        WEB,
        POD,
        "ImagePullBackOff",
        ("platform",),
        says={
            "web-": pod(
                waiting("ImagePullBackOff", "ErrImagePull: no match for platform in manifest: not found")
            )
        },
    ),
    Incident(
        "exec-format",
        0,
        (web(),),
        WEB,
        POD,
        "CrashLoopBackOff",
        ("exec format error", "255"),
        says={"web-": pod(crashing(255, "exec /app: exec format error"))},
    ),
    Incident(
        "post-start",
        0,
        (web(),),
        WEB,
        POD,
        "PostStartHookError",
        ("register",),
        says={"web-": pod(waiting("PostStartHookError", "Exec lifecycle hook ([/register]) failed"))},
    ),
    Incident(
        "sub-path",
        0,
        (web(),),
        WEB,
        POD,
        "CreateContainerConfigError",
        ("subPath",),
        says={
            "web-": pod(
                waiting("CreateContainerConfigError", 'failed to prepare subPath for volumeMount "c"')
            )
        },
    ),
    Incident(
        "init-oom",
        0,
        (web(),),
        WEB,
        POD,
        "OOMKilled",
        ("load",),
        says={
            "web-": pod(waiting("PodInitializing"), inits=(crashing(137, reason="OOMKilled", name="load"),))
        },
    ),
    Incident(
        "liveness",
        0,
        (web(),),
        WEB,
        POD,
        "CrashLoopBackOff",
        ("Liveness probe failed", "refused"),
        says={"web-": pod(crashing(137))},
        events=(("web-", "Unhealthy", "Liveness probe failed: connection refused"),),
    ),
    Incident(
        "startup",
        0,
        (web(),),
        WEB,
        POD,
        "CrashLoopBackOff",
        ("Startup probe failed",),
        says={"web-": pod(crashing(137))},
        events=(("web-", "Unhealthy", "Startup probe failed: timed out"),),
    ),
    Incident(
        "hook-fails",
        0,
        (web(),),
        WEB,
        POD,
        "CrashLoopBackOff",
        ("PostStart", "no such file"),
        says={"web-": pod(crashing(137))},
        events=(("web-", "FailedPostStartHook", "PostStartHook failed: no such file"),),
    ),
    Incident(
        "gate",
        0,
        (web(),),
        WEB,
        POD,
        "ReadinessGatesNotReady",
        ("target-health",),
        says={
            "web-": pod(
                running(),
                gate=(
                    "ReadinessGatesNotReady",
                    'the status of pod readiness gate "target-health" is not "True"',
                ),
            )
        },
    ),
    Incident(
        "mounted-key",
        0,
        (thing("ConfigMap", "settings"), web(**CONFIGURED)),
        WEB,
        POD,
        "FailedMount",
        ("app.yaml", "settings"),
        says={"web-": pod(waiting("ContainerCreating"))},
        events=(
            (
                "web-",
                "FailedMount",
                'MountVolume.SetUp failed for volume "c" : references non-existent config key: app.yaml',
            ),
        ),
    ),
    Incident(
        "attached",
        0,
        (web(),),
        WEB,
        POD,
        "FailedAttachVolume",
        ("Multi-Attach", "web-7f"),
        says={"web-": pod(waiting("ContainerCreating"))},
        events=(
            (
                "web-",
                "FailedAttachVolume",
                'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) web-7f',
            ),
        ),
    ),
    Incident(
        "evicted",
        0,
        (bare("alone"),),
        "Pod/NS/alone",
        ITSELF,
        "Evicted",
        ("ephemeral-storage",),
        says={
            "alone": {
                **pod(ended(137), phase="Failed"),
                "reason": "Evicted",
                "message": "The node was low on resource: ephemeral-storage.",
            }
        },
    ),
    Incident(
        "two-faults",
        8,
        (web({"envFrom": [{"secretRef": {"name": "db"}}]}),),
        WEB,
        POD,
        "CreateContainerConfigError",
        ("db", "logger cannot pull"),
        says={
            "web-": pod(
                waiting("CreateContainerConfigError", 'secret "db" not found'),
                waiting("ImagePullBackOff", "not found", name="logger"),
            )
        },
    ),
    Incident(
        "starts", 0, (web(),), WEB, POD, "ContainerCreating", says={"web-": pod(waiting("ContainerCreating"))}
    ),
    Incident(
        "forbidden", 0, (web(),), WEB, "ServiceAccount/NS/default", says={"web-": pod(crashing(1, FORBIDDEN))}
    ),
    Incident(
        "stuck-pod",
        0,
        (STUCK,),
        "Pod/NS/stuck",
        ITSELF,
        "Terminating",
        ("incidents.example/hold",),
        deleted=(STUCK,),
    ),
)
"""What kubelets say."""

PLACES = (
    Incident(
        "apart",
        0,
        (web(replicas=3, affinity={"podAntiAffinity": APART}, **on("pair")),),
        WEB,
        POD,
        "Unschedulable",
        ("anti-affinity",),
    ),
    Incident(
        "spread",
        0,
        (web(replicas=2, topologySpreadConstraints=[EVEN], **on("pair")),),
        WEB,
        POD,
        "Unschedulable",
        ("topology spread",),
    ),
    Incident(
        "host-port",
        0,
        (web({"ports": [{"containerPort": 80, "hostPort": 80}]}, replicas=2, **on("alone")),),
        WEB,
        POD,
        "Unschedulable",
        ("free ports",),
    ),
    Incident("tainted", 0, (web(**on("alone", tolerating=False)),), WEB, POD, "Unschedulable", ("taint",)),
    Incident("cordoned", 0, (web(**on("cordoned")),), WEB, POD, "Unschedulable", ("unschedulable",)),
    Incident("pressed", 0, (web(**on("pressed")),), WEB, "Node/pressed", "MemoryPressure", ("memory",)),
    Incident(
        "silent",
        3,
        (web(nodeName="silent", tolerations=[{"operator": "Exists"}]), service()),
        "Service/NS/web",
        "Node/silent",
        "NodeStatusUnknown",
        ("Kubelet stopped posting",),
    ),
    Incident(
        "static",
        3,
        (mirror("proxy"), service()),
        "Service/NS/web",
        "Node/silent",
        "NodeStatusUnknown",
        ("Kubelet stopped posting",),
    ),
    Incident(
        "node-itself",
        3,
        (mirror("proxy"), mirror("etcd")),
        "Node/silent",
        ITSELF,
        "NodeStatusUnknown",
        ("Kubelet stopped posting",),
    ),
    Incident("never-ends", 3, (LEFT,), "Pod/NS/left", "Node/silent", "NodeStatusUnknown", deleted=(LEFT,)),
    Incident(
        "plugin",
        0,
        (web(nodeName="unplugged"),),
        WEB,
        "Node/unplugged",
        "KubeletNotReady",
        ("cni plugin not initialized",),
        says={"web-": pod(waiting("ContainerCreating"))},
    ),
    Incident(
        "no-priority",
        0,
        (web(priorityClassName="incidents-none"),),
        WEB,
        "PriorityClass/incidents-none",
        "NotFound",
    ),
)
"""Where Pods are to run: the scheduler and the node controller say it."""

STORAGE = (
    Incident(
        "other-zone",
        0,
        (
            volume("incidents-zoned", "incidents-zoned", nodeAffinity=ELSEWHERE),
            claim(cls="incidents-zoned", volume="incidents-zoned"),
            web(**DATA),
        ),
        WEB,
        POD,
        "Unschedulable",
        ("node affinity",),
    ),
    Incident(
        "no-volume",
        2,
        (claim(cls="", volume="incidents-gone"), web(**DATA)),
        WEB,
        "PersistentVolume/incidents-gone",
        "NotFound",
    ),
    Incident(
        "not-attached",
        0,
        (
            volume("incidents-attached", "incidents-attached"),
            claim(cls="incidents-attached", volume="incidents-attached"),
            attachment(
                "incidents-attached",
                "node-a",
                {"message": "rpc error: the disk is attached to another instance"},
            ),
            web(nodeName="node-a", **DATA),
        ),
        WEB,
        "VolumeAttachment/incidents-attached",
        "FailedAttachVolume",
        ("node-a", "another instance"),
        says={"web-": pod(waiting("ContainerCreating"))},
    ),
    Incident(
        "not-detached",
        0,
        (
            volume("incidents-detached", "incidents-detached"),
            claim(cls="incidents-detached", volume="incidents-detached"),
            attachment("incidents-detached", "silent"),
            web(nodeName="node-a", **DATA),
        ),
        WEB,
        "Node/silent",
        "NodeStatusUnknown",
        says={"web-": pod(waiting("ContainerCreating"))},
        events=(
            ("web-", "FailedAttachVolume", 'Multi-Attach error for volume "pvc-1": attached to one node'),
        ),
    ),
    Incident(
        "not-provisioned",
        0,
        (storage_class("incidents-full"), claim(cls="incidents-full"), web(**DATA)),
        WEB,
        "PersistentVolumeClaim/NS/data",
        "ProvisioningFailed",
        ("quota of the project",),
        notes=((claim(), "ProvisioningFailed", "failed to provision volume: quota of the project exceeded"),),
    ),
    Incident(
        "no-provisioner",
        0,
        (storage_class("incidents-empty"), claim(cls="incidents-empty"), web(**DATA)),
        WEB,
        "PersistentVolumeClaim/NS/data",
        "Pending",
        ("incidents-empty", "disks.incidents.example"),
    ),
    Incident(
        "other-mode",
        0,
        (
            volume("incidents-one-writer", "incidents-once"),
            shared("incidents-one-writer", "incidents-once"),
            web(**DATA),
        ),
        WEB,
        "PersistentVolumeClaim/NS/data",
        "VolumeMismatch",
        ("accessMode",),
    ),
    Incident(
        "no-default",
        0,
        (claim(), web(**DATA)),
        WEB,
        "PersistentVolumeClaim/NS/data",
        "Pending",
        ("names no class",),
    ),
    Incident(
        "not-resized",
        0,
        (
            {**storage_class("incidents-small"), "allowVolumeExpansion": True},
            volume("incidents-small", "incidents-small"),
            claim(cls="incidents-small", volume="incidents-small"),
        ),
        "PersistentVolumeClaim/NS/data",
        ITSELF,
        "VolumeResizeFailed",
        ("limit of the disk",),
        then=(larger("incidents-small"),),
        notes=((claim(), "VolumeResizeFailed", "resize volume failed: limit of the disk"),),
    ),
    Incident(
        "claim-in-use",
        0,
        (
            volume("incidents-used", "incidents-used"),
            claim(cls="incidents-used", volume="incidents-used"),
            web(**DATA),
        ),
        "PersistentVolumeClaim/NS/data",
        ITSELF,
        "Terminating",
        ("kubernetes.io/pvc-protection",),
        ends=(claim(),),
    ),
)
"""Claims, volumes and classes."""

ADMISSION = (
    Incident(
        "must-say",
        0,
        (thing("ResourceQuota", "tight", spec={"hard": {"requests.cpu": "1"}}), web()),
        WEB,
        "ReplicaSet/NS/web-|ResourceQuota/NS/tight",
        words=("requests.cpu",),
    ),
    Incident(
        "injector",
        5,
        (
            hook("incidents-injector", "pods", "i-injector"),
            made("StatefulSet", spec(), serviceName="web"),
            service(),
        ),
        "Service/NS/web",
        "Service/NS/injector",
        "NotFound",
    ),
    Incident(
        "daemon-quota",
        5,
        (NONE, made("DaemonSet", spec())),
        "DaemonSet/NS/web",
        "ResourceQuota/NS/tight",
        "QuotaUsedUp",
        ("pods",),
    ),
    Incident(
        "job-quota", 5, (NONE, job()), "Job/NS/import", "ResourceQuota/NS/tight", "QuotaUsedUp", ("pods",)
    ),
    Incident(
        "claim-refused",
        5,
        (
            hook("incidents-claims", "persistentvolumeclaims", "i-claim-refused"),
            made("StatefulSet", spec(), serviceName="web", volumeClaimTemplates=[claim()]),
            service(),
        ),
        "StatefulSet/NS/web",
        "Service/NS/injector",
        "NotFound",
    ),
    Incident(
        "policy", 0, (*LABELLED, web()), WEB, "ReplicaSet/NS/web-", "FailedCreate", ("has to name its team",)
    ),
)
"""What the API server refuses."""

NETWORK = (
    Incident(
        "no-balancer",
        0,
        (web(), balanced()),
        "Service/NS/web",
        ITSELF,
        "SyncLoadBalancerFailed",
        ("no free address",),
        notes=((service(), "SyncLoadBalancerFailed", "Error syncing load balancer: no free address"),),
    ),
    Incident(
        "elsewhere",
        4,
        (thing("Service", "away", spec={"type": "ExternalName", "externalName": "a.example"}),),
        "Service/NS/away",
        status="Ready",
    ),
    Incident(
        "no-address",
        4,
        (web(), service(), ingress()),
        "Ingress/NS/web",
        ITSELF,
        "NoAddress",
        status="Pending",
        well=("Service/NS/web",),
    ),
    Incident(
        "no-governor",
        2,
        (made("StatefulSet", spec(), serviceName="peers"),),
        "StatefulSet/NS/web",
        "Service/NS/peers",
        "NotFound",
        says={"web-": pod(crashing(1, "lookup web-1.peers: no such host"))},
    ),
)
"""Entry points."""

SCALING = (
    Incident(
        "no-metrics",
        5,
        (web(), autoscaler(CPU)),
        "HorizontalPodAutoscaler/NS/web",
        "APIService/v1beta1.metrics.k8s.io",
        "NotFound",
        well=(WEB,),
    ),
    Incident(
        "no-external",
        5,
        (web(), autoscaler(QUEUE)),
        "HorizontalPodAutoscaler/NS/web",
        "APIService/v1beta1.external.metrics.k8s.io",
        "NotFound",
    ),
    Incident(
        "budget-full",
        0,
        (web(replicas=2), budget(maxUnavailable=0)),
        "PodDisruptionBudget/NS/web",
        ITSELF,
        "",
        ("no eviction",),
        status="Ready",
    ),
    Incident(
        "budget-idle",
        0,
        (web(replicas=2), budget(minAvailable=1)),
        "PodDisruptionBudget/NS/web",
        status="Ready",
    ),
)
"""Autoscalers and budgets."""

WORKLOADS = (
    Incident(
        "no-progress",
        0,
        (
            web(
                replicas=2,
            ),
            service(),
        ),
        WEB,
        POD,
        "CrashLoopBackOff",
        ("no database",),
        says={"registry.example/web:2": CRASHING["web-"]},
        then=(
            made(
                "Deployment", spec({"image": "registry.example/web:2"}), replicas=2, progressDeadlineSeconds=5
            ),
        ),
        well=("Service/NS/web",),
    ),
    Incident("paused", 0, (made("Deployment", spec(), paused=True),), WEB, ITSELF, words=("paused",)),
    Incident(
        "nowhere",
        0,
        (made("DaemonSet", spec(**on("nowhere"))),),
        "DaemonSet/NS/web",
        ITSELF,
        words=("No Node",),
        status="Ready",
    ),
    Incident(
        "failing-cron",
        1,
        (CRON, {**job("night-1"), "ownedBy": ("batch/v1", "CronJob", "night")}),
        "CronJob/NS/night",
        "Pod/NS/night-1-",
        words=("code 4",),
        says={"night-": pod(ended(4), phase="Failed")},
    ),
    Incident(
        "missed-cron",
        0,
        (CRON,),
        "CronJob/NS/night",
        ITSELF,
        "TooManyMissedTimes",
        ("too many missed start times",),
        notes=(
            (
                CRON,
                "TooManyMissedTimes",
                "too many missed start times: 101. Set or decrease .spec.startingDeadlineSeconds",
            ),
        ),
    ),
    Incident("resting-job", 6, (job(suspend=True),), "Job/NS/import", status="Ready"),
    Incident(
        "behind-hidden",
        9,
        (web(), OLD, bare("web-old-1", metadata={"labels": {}}, nodeName="node-a")),
        "Pod/NS/web-old-1",
        ITSELF,
        "Evicted",
        ("low on resource",),
        says=LEFT_OVER,
        then=(web({"image": "registry.example/web:2"}), OWNED),
        changed=("image registry.example/web:1 → registry.example/web:2",),
        well=(WEB,),
    ),
    Incident(
        "hidden-well",
        9,
        (web(), OLD, bare("web-old-1", metadata={"labels": {}}, nodeName="node-a")),
        WEB,
        status="Ready",
        says=LEFT_OVER,
        then=(OWNED,),
    ),
)
"""Workloads."""

DELETION = (
    Incident(
        "undiscovered",
        5,
        (web(),),
        "Namespace/NS",
        "Service/default/away",
        "NotFound",
        then=(AWAY,),
        ends=(thing("Namespace", "i-undiscovered"),),
    ),
)
"""What cannot go."""

EVERYDAY = (*CONTAINERS, *PLACES, *STORAGE, *ADMISSION, *NETWORK, *SCALING, *WORKLOADS, *DELETION)
