"""What a message tells of an object: a tagged union over the kinds.

The tag, `type`, is the name of the class; `kind` is the kind as the graph has it, with the API group where
that is part of the name (`HTTPRoute.gateway.networking.k8s.io`). Kinds that are not built in are `Custom`.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from astrolabe.graph.delta import Root
from astrolabe.graph.facts import EdgeType, Owner, Release, Status
from astrolabe.kinds.models.details import (
    AccountDetail,
    BindingDetail,
    BudgetDetail,
    ClaimDetail,
    ClassDetail,
    CronJobDetail,
    HelmRecord,
    IngressDetail,
    JobDetail,
    NodeDetail,
    PausedDetail,
    PodDetail,
    ReplicasDetail,
    RoleDetail,
    RouteDetail,
    ScaleDetail,
    SecretDetail,
    ServiceDetail,
    SleepDetail,
    SleepRecord,
    SliceDetail,
    VolumeDetail,
    WebhookDetail,
)

UNKNOWN = 0.0
"""A time that nobody knows. JSON leaves this very value out."""


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that an object names, and whether it is there."""

    relation: EdgeType
    kind: str
    namespace: str
    """Empty for what is in no namespace."""
    name: str
    exists: bool | None
    """None where nothing can be said: not everything of the kind is known."""
    optional: bool = False
    """Whether the object works without it."""


class Object(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type"):
    """What every kind has. What is empty is left out of JSON."""

    id: str
    """`Kind/namespace/name`, or `Kind/name`: tells the object within the cluster."""
    kind: str
    namespace: str = ""
    name: str
    uid: str
    api_version: str
    created: float = UNKNOWN
    """Unix seconds; 0 when unknown."""
    labels: dict[str, str] = {}
    status: Status
    reason: str = ""
    message: str = ""
    since: float = UNKNOWN
    """When it came to this status, in Unix seconds; 0 when unknown."""
    owners: tuple[Owner, ...] = ()
    root: Root | None = None
    """The topmost controller."""
    release: Release | None = None
    """The Helm release that it belongs to."""
    chart: str = ""
    references: tuple[Reference, ...] = ()
    """What the object names: Secrets, ConfigMaps, claims, accounts, Nodes, Services and so on."""


class APIService(Object, frozen=True, tag="APIService"):
    """An APIService."""


class ConfigMap(Object, frozen=True, tag="ConfigMap"):
    """A ConfigMap."""

    detail: HelmRecord | None = None


class CronJob(Object, frozen=True, tag="CronJob"):
    """A CronJob."""

    detail: CronJobDetail | None = None


class DaemonSet(Object, frozen=True, tag="DaemonSet"):
    """A DaemonSet."""

    detail: ReplicasDetail | None = None


class Deployment(Object, frozen=True, tag="Deployment"):
    """A Deployment."""

    detail: ReplicasDetail | None = None


class EndpointSlice(Object, frozen=True, tag="EndpointSlice"):
    """An EndpointSlice."""

    detail: SliceDetail | None = None


class Gateway(Object, frozen=True, tag="Gateway"):
    """A Gateway."""


class GatewayClass(Object, frozen=True, tag="GatewayClass"):
    """A GatewayClass."""


class GRPCRoute(Object, frozen=True, tag="GRPCRoute"):
    """A GRPCRoute."""

    detail: RouteDetail | None = None


class HorizontalPodAutoscaler(Object, frozen=True, tag="HorizontalPodAutoscaler"):
    """A HorizontalPodAutoscaler."""

    detail: ScaleDetail | None = None


class HTTPRoute(Object, frozen=True, tag="HTTPRoute"):
    """A HTTPRoute."""

    detail: RouteDetail | None = None


class Ingress(Object, frozen=True, tag="Ingress"):
    """An Ingress."""

    detail: IngressDetail | None = None


class IngressClass(Object, frozen=True, tag="IngressClass"):
    """An IngressClass."""


class Job(Object, frozen=True, tag="Job"):
    """A Job."""

    detail: JobDetail | None = None


class Namespace(Object, frozen=True, tag="Namespace"):
    """A Namespace."""


class NetworkPolicy(Object, frozen=True, tag="NetworkPolicy"):
    """A NetworkPolicy."""


class Node(Object, frozen=True, tag="Node"):
    """A Node."""

    detail: NodeDetail | None = None


class PersistentVolume(Object, frozen=True, tag="PersistentVolume"):
    """A PersistentVolume."""

    detail: VolumeDetail | None = None


class PersistentVolumeClaim(Object, frozen=True, tag="PersistentVolumeClaim"):
    """A PersistentVolumeClaim."""

    detail: ClaimDetail | None = None


class Pod(Object, frozen=True, tag="Pod"):
    """A Pod."""

    detail: PodDetail | None = None


class PodDisruptionBudget(Object, frozen=True, tag="PodDisruptionBudget"):
    """A PodDisruptionBudget."""

    detail: BudgetDetail | None = None


class Role(Object, frozen=True, tag="Role"):
    """A Role."""

    detail: RoleDetail | None = None


class ClusterRole(Object, frozen=True, tag="ClusterRole"):
    """A ClusterRole."""

    detail: RoleDetail | None = None


class RoleBinding(Object, frozen=True, tag="RoleBinding"):
    """A RoleBinding."""

    detail: BindingDetail | None = None


class ClusterRoleBinding(Object, frozen=True, tag="ClusterRoleBinding"):
    """A ClusterRoleBinding."""

    detail: BindingDetail | None = None


class ReplicaSet(Object, frozen=True, tag="ReplicaSet"):
    """A ReplicaSet."""

    detail: ReplicasDetail | None = None


class ResourceQuota(Object, frozen=True, tag="ResourceQuota"):
    """A ResourceQuota."""


class Service(Object, frozen=True, tag="Service"):
    """A Service."""

    detail: ServiceDetail | None = None


class ServiceAccount(Object, frozen=True, tag="ServiceAccount"):
    """A ServiceAccount."""

    detail: AccountDetail | None = None


class SleepInfo(Object, frozen=True, tag="SleepInfo"):
    """A SleepInfo."""

    detail: SleepDetail | None = None


class StatefulSet(Object, frozen=True, tag="StatefulSet"):
    """A StatefulSet."""

    detail: ReplicasDetail | None = None


class StorageClass(Object, frozen=True, tag="StorageClass"):
    """A StorageClass."""

    detail: ClassDetail | None = None


class ValidatingWebhookConfiguration(Object, frozen=True, tag="ValidatingWebhookConfiguration"):
    """A ValidatingWebhookConfiguration."""

    detail: WebhookDetail | None = None


class MutatingWebhookConfiguration(Object, frozen=True, tag="MutatingWebhookConfiguration"):
    """A MutatingWebhookConfiguration."""

    detail: WebhookDetail | None = None


class CustomResourceDefinition(Object, frozen=True, tag="CustomResourceDefinition"):
    """A CustomResourceDefinition."""

    detail: WebhookDetail | None = None


class Secret(Object, frozen=True, tag="Secret"):
    """A Secret. No value of it is ever read."""

    detail: SecretDetail | None = None
    release_record: HelmRecord | None = None
    """Where it is Helm's record of a release."""
    sleep_record: SleepRecord | None = None
    """Where it is kube-green's record of what sleeps."""


class Custom(Object, frozen=True, tag="Custom"):
    """An object of a kind that a CustomResourceDefinition defines."""

    detail: PausedDetail | None = None


AnyObject: TypeAlias = (
    APIService
    | ClusterRole
    | ClusterRoleBinding
    | ConfigMap
    | CronJob
    | CustomResourceDefinition
    | DaemonSet
    | Deployment
    | EndpointSlice
    | GRPCRoute
    | Gateway
    | GatewayClass
    | HTTPRoute
    | HorizontalPodAutoscaler
    | Ingress
    | IngressClass
    | Job
    | MutatingWebhookConfiguration
    | Namespace
    | NetworkPolicy
    | Node
    | PersistentVolume
    | PersistentVolumeClaim
    | Pod
    | PodDisruptionBudget
    | ReplicaSet
    | ResourceQuota
    | Role
    | RoleBinding
    | Secret
    | Service
    | ServiceAccount
    | SleepInfo
    | StatefulSet
    | StorageClass
    | ValidatingWebhookConfiguration
    | Custom
)
"""An object of any kind."""
