"""What only some kinds carry. The graph passes these through; metrics and the API read them.

Counts are numbers of objects; times are Unix seconds, 0 when unknown; text is empty when it does not apply.
"""

from __future__ import annotations

from astrolabe.graph.facts import Detail, EdgeType, Labels


class Requests(Detail, frozen=True, gc=False):
    """What a Pod keeps for itself on its Node, as the scheduler counts it."""

    cpu: int = 0
    """Thousandths of a core."""
    memory: int = 0
    """Bytes."""
    gpu: int = 0


NO_REQUESTS = Requests()


class SecretUse(Detail, frozen=True, gc=False):
    """One way in which a Pod gets a Secret of its namespace."""

    secret: str
    """Its name."""
    how: str
    """`env`, `env-from`, `volume`, `projected`, `csi`, `storage` (network volumes) or `image-pull`."""
    key: str = ""
    """The key of the Secret; empty is all of it."""

    @property
    def visible(self) -> bool:
        """Whether the containers can read the value: not what logs in to registries and storage."""
        return self.how in ("env", "env-from", "volume", "projected")


class PodAccess(Detail, frozen=True, gc=False):
    """What a Pod holds of credentials. The Pods of one workload share one."""

    account: str = "default"
    """Name of its ServiceAccount."""
    token: bool = False
    """Whether a container finds a token of that account for the API server; the volume is the truth."""
    automount: bool | None = None
    """As the Pod says; it beats what the account says."""
    secrets: tuple[SecretUse, ...] = ()


NO_POD_ACCESS = PodAccess()


class PodDetail(Detail, frozen=True, gc=False):
    """A Pod."""

    node: str = ""
    image: str = ""
    """Of the first container, as written in the Pod."""
    restarts: int = 0
    """Of all containers together, init containers included."""
    phase: str = ""
    requests: Requests = NO_REQUESTS
    node_selector: Labels = ()
    pull_secrets: tuple[str, ...] = ()
    """Names of its pull secrets, while a registry refuses an image."""
    access: PodAccess = NO_POD_ACCESS
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
    revision: int = 0
    """Of ReplicaSets of a Deployment alone: which of its templates this is, counted from 1."""


class RevisionDetail(Detail, frozen=True, gc=False):
    """What is kept of a ReplicaSet that its Deployment keeps to roll back to."""

    image: str = ""
    revision: int = 0


class Backend(Detail, frozen=True, gc=False):
    """Where an entry point leads to."""

    target: str
    """Id of a Service, or of whatever else it leads to."""
    port: str = ""
    """Number or name of a Service's port; empty where none is named."""


class WebhookDetail(Detail, frozen=True, gc=False):
    """A configuration of admission webhooks."""

    webhooks: tuple[str, ...] = ()
    """Their names, as error messages have them."""
    required: bool = False
    """Whether one that cannot be called refuses the request (failurePolicy Fail)."""
    backends: tuple[Backend, ...] = ()
    """Services that must be asked, with their ports."""
    defines: str = ""
    """The kind that a CustomResourceDefinition defines, as ids have it."""


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


class ServicePort(Detail, frozen=True, gc=False):
    """A port of a Service."""

    name: str = ""
    number: int = 0
    target: str = ""
    """The name of the container port that it leads to; empty where it is a number, which always works."""


class ServiceDetail(Detail, frozen=True, gc=False):
    """A Service."""

    cluster_ip: str = ""
    type: str = ""
    ports: tuple[ServicePort, ...] = ()


class SliceDetail(Detail, frozen=True, gc=False):
    """An EndpointSlice."""

    ready: int = 0
    """Endpoints that are ready."""
    ports: tuple[str, ...] = ()
    """The names of the Service's ports that its endpoints have."""


class IngressDetail(Detail, frozen=True, gc=False):
    """An Ingress."""

    ingress_class: str = ""
    """As the Ingress names it; empty when the default class applies."""
    backends: tuple[Backend, ...] = ()


class RouteDetail(Detail, frozen=True, gc=False):
    """A route of the Gateway API."""

    backends: tuple[Backend, ...] = ()


class ClaimDetail(Detail, frozen=True, gc=False):
    """A PersistentVolumeClaim."""

    volume: str = ""
    storage_class: str = ""
    capacity: int = 0
    """Bytes of the volume; 0 while there is none."""
    selected: bool = False
    """Whether the scheduler has found a Node for its first consumer."""


class ClassDetail(Detail, frozen=True, gc=False):
    """A StorageClass."""

    waits: bool = False
    """Whether its volumes are made for the first Pod that uses them (WaitForFirstConsumer)."""
    provisioner: str = ""
    """Who makes its volumes."""


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
    reserved: bool = False
    """Whether it has taints that keep Pods away, also while nothing is wrong with it."""


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


class PolicyRule(Detail, frozen=True, gc=False):
    """One rule of a Role or ClusterRole, as it is stored. Roles by the thousand share theirs."""

    verbs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    """`pods`, `pods/exec`, `*/scale`, `*`."""
    names: tuple[str, ...] = ()
    """Empty is every name."""
    urls: tuple[str, ...] = ()


class RoleDetail(Detail, frozen=True, gc=False):
    """A Role or ClusterRole."""

    rules: tuple[PolicyRule, ...] = ()
    aggregated: bool = False
    """Whether a controller writes the rules (`aggregationRule`): they are what is stored all the same."""
    silenced: str = ""
    """The annotation that silences findings, here and below."""


class Subject(Detail, frozen=True, gc=False):
    """One subject of a binding, as it is written."""

    kind: str
    """User, Group or ServiceAccount; others match nobody."""
    name: str
    namespace: str = ""
    """Of ServiceAccounts; empty is the RoleBinding's."""


class BindingDetail(Detail, frozen=True, gc=False):
    """A RoleBinding or ClusterRoleBinding."""

    role: str = ""
    """Id of what it grants, which need not exist; empty where it cannot grant anything."""
    subjects: tuple[Subject, ...] = ()
    silenced: str = ""


class AccountDetail(Detail, frozen=True, gc=False):
    """A ServiceAccount."""

    automount: bool | None = None
    silenced: str = ""


class SecretDetail(Detail, frozen=True, gc=False):
    """A Secret with a token of a ServiceAccount, or with something silenced; other Secrets have none."""

    account: str = ""
    """Name of the ServiceAccount whose token it is; empty for other Secrets."""
    last_used: str = ""
    """The day (`2026-03-01`) on which that token was used last, from the API server's label."""
    silenced: str = ""
    account_uid: str = ""
    """UID of that ServiceAccount: it is no token of another one of the name. Empty where nothing says it."""


class Away(Detail, frozen=True, gc=False):
    """A relation to an object of another cluster."""

    type: EdgeType
    target: str
    """The object's id there. Whether it exists is not known here."""
    cluster: str = ""
    """The other cluster's name, as the object says it; empty where it says none."""
    server: str = ""
    """The URL of its API server, as the object says it; empty where it says none."""


class ElsewhereDetail(Detail, frozen=True, gc=False):
    """What has to do with other clusters: an import of a Service, what manages objects there."""

    edges: tuple[Away, ...] = ()
