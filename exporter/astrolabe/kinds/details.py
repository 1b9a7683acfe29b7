"""What only some kinds carry. The graph passes these through; metrics and the API read them.

Counts are numbers of objects; times are Unix seconds, 0 when unknown; text is empty when it does not apply.
"""

from __future__ import annotations

from astrolabe.graph.facts import Detail, Labels


class Requests(Detail, frozen=True, gc=False):
    """What a Pod keeps for itself on its Node, as the scheduler counts it."""

    cpu: int = 0
    """Thousandths of a core."""
    memory: int = 0
    """Bytes."""
    gpu: int = 0


NO_REQUESTS = Requests()


class PodDetail(Detail, frozen=True, gc=False):
    """A Pod."""

    node: str = ""
    image: str = ""
    """Of the first container, as written in the Pod."""
    restarts: int = 0
    """Of all containers together, init containers included."""
    phase: str = ""
    requests: Requests = NO_REQUESTS
    source: int = 0
    """A hash, in this process, of the JSON that all but the status was read from; 0 where it was not kept."""


class Scaled(Detail, frozen=True, gc=False):
    """Who set the number of replicas, or the suspension, to what it is, by `metadata.managedFields`."""

    manager: str = ""
    operation: str = ""
    """`Apply` or `Update`."""
    subresource: str = ""
    """`scale` for autoscalers and `kubectl scale`."""
    time: float = 0.0
    """Whole seconds; 0 when the entry has no time."""

    def applied_by(self, manager: str) -> bool:
        """Whether a manager did it by server-side apply."""
        return self.manager == manager and self.operation == "Apply"


class Dates(Detail, frozen=True, gc=False):
    """When what became of a workload happened, by the object itself: kept only where it is asked for."""

    template: float = 0.0
    """When whoever owns the template wrote last; at 0 replicas."""
    noticed: float = 0.0
    """When its controller had noticed its replicas at the latest; above 0, where `Scaled` has no time."""
    deletion: float = 0.0
    """When its deletion was asked for; only where something holds it up does the object tell."""


class ReplicasDetail(Detail, frozen=True, gc=False):
    """A Deployment, StatefulSet, ReplicaSet or DaemonSet."""

    desired: int = 0
    current: int = 0
    ready: int = 0
    available: int = 0
    image: str = ""
    """Of the template's first container."""
    scaled: Scaled | None = None
    """Of Deployments and StatefulSets alone."""
    downscaled: int | None = None
    """The replicas that py-kube-downscaler took away, from its annotation; None when it did not."""
    requests: Requests = NO_REQUESTS
    """Of one Pod made from the template."""
    node_selector: Labels = ()
    """Of the template."""
    applied: int | None = None
    """The replicas of the manifest last applied; read only at 0 replicas, None when it does not say."""
    dates: Dates | None = None
    """Of Deployments and StatefulSets alone; None when the object tells nothing that is asked for."""


class JobDetail(Detail, frozen=True, gc=False):
    """A Job."""

    active: int = 0
    succeeded: int = 0
    failed: int = 0
    suspended: bool = False
    image: str = ""


class CronJobDetail(Detail, frozen=True, gc=False):
    """A CronJob."""

    schedule: str = ""
    time_zone: str = ""
    """Empty means the zone of the controller."""
    suspended: bool = False
    last_schedule: float = 0.0
    image: str = ""
    scaled: Scaled | None = None
    """Who suspended or resumed it."""


class ServiceDetail(Detail, frozen=True, gc=False):
    """A Service."""

    cluster_ip: str = ""
    type: str = ""


class IngressDetail(Detail, frozen=True, gc=False):
    """An Ingress."""

    ingress_class: str = ""
    """As the Ingress names it; empty when the default class applies."""


class ClaimDetail(Detail, frozen=True, gc=False):
    """A PersistentVolumeClaim."""

    volume: str = ""
    storage_class: str = ""
    capacity: int = 0
    """Bytes of the volume; 0 while there is none."""


class ClaimRef(Detail, frozen=True, gc=False):
    """The claim that a volume is bound to or kept for."""

    kind: str
    namespace: str
    name: str
    uid: str = ""


class VolumeDetail(Detail, frozen=True, gc=False):
    """A PersistentVolume."""

    claim: ClaimRef | None = None


class ScaleTarget(Detail, frozen=True, gc=False):
    """What an autoscaler scales, in its own namespace."""

    kind: str
    """As in `Facts.kind`."""
    namespace: str
    name: str


class ScaleDetail(Detail, frozen=True, gc=False):
    """A HorizontalPodAutoscaler."""

    target: ScaleTarget
    minimum: int = 1
    maximum: int = 0
    current: int = 0
    desired: int = 0


class PausedDetail(Detail, frozen=True, gc=False):
    """A ScaledObject of KEDA that is paused."""

    target: str
    """Id of the workload that it holds at a number of replicas."""
    replicas: int


class BudgetDetail(Detail, frozen=True, gc=False):
    """A PodDisruptionBudget."""

    healthy: int = 0
    desired: int = 0
    disruptions_allowed: int = 0


class NodeDetail(Detail, frozen=True, gc=False):
    """A Node."""

    cordoned: bool = False
    pressures: tuple[str, ...] = ()
    """Conditions that hold and should not: MemoryPressure, DiskPressure, PIDPressure, NetworkUnavailable."""


class HelmRecord(Detail, frozen=True, gc=False):
    """Helm's own record of one revision of a release. A release has several; the highest revision counts."""

    release: str
    revision: int
    status: str
    """Helm's word: deployed, superseded, failed, uninstalled, pending-upgrade, …"""


class SleepRecord(Detail, frozen=True, gc=False):
    """The Secret `sleepinfo-<name>`, which kube-green writes at the end. Its values are not read."""

    manager: str = ""
    """The field manager that wrote it last."""
    time: float = 0.0
    """When it did, in whole seconds."""


class SleepDetail(Detail, frozen=True, gc=False):
    """A SleepInfo of kube-green."""

    weekdays: str = ""
    """Day-of-week field in cron form."""
    sleep_at: str = ""
    """`hour:minute`, both in cron form."""
    wake_up_at: str = ""
    """Empty when nothing is woken."""
    time_zone: str = "UTC"
    suspend_deployments: bool = True
    """Whether it puts them to sleep: by its flag, or by a patch that does the same."""
    suspend_statefulsets: bool = True
    suspend_cronjobs: bool = False
    patched: tuple[str, ...] = ()
    """Kinds with a patch that does something else, or nobody knows what, as in `Facts.kind`."""
    last_schedule: float = 0.0
    operation: str = ""
    """What started at `last_schedule`: SLEEP, WAKE_UP, or empty when there was nothing to do."""
