"""Random clusters of several namespaces in which everything that may cross them does."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.resources import ServedResource
from tests.api.shop import TEMPLATE_LABELS, Object, definition, make, pod, workload

SPACES = ("default", "kube-system", "shop", "pay", "search", "flux", "argocd")
NAMES = ("web", "api")
_GATEWAY = "gateway.networking.k8s.io/v1"
_RBAC = "rbac.authorization.k8s.io/v1"

DEFINITIONS = (
    definition("gateways", "Gateway", "gateway.networking.k8s.io"),
    definition("httproutes", "HTTPRoute", "gateway.networking.k8s.io"),
    definition("applications", "Application", "argoproj.io"),
    definition("helmreleases", "HelmRelease", "helm.toolkit.fluxcd.io"),
    definition("helmrepositories", "HelmRepository", "source.toolkit.fluxcd.io"),
)
"""What has to be served before there can be any of it."""

_MORE = (
    ServedResource(
        plural="validatingwebhookconfigurations",
        kind="ValidatingWebhookConfiguration",
        group="admissionregistration.k8s.io",
        namespaced=False,
    ),
    ServedResource(plural="events", kind="Event"),
)


def found(server: ApiServer) -> None:
    """Put in what never changes."""
    for resource in _MORE:
        server.register(resource)
    for obj in DEFINITIONS:
        server.put(obj)
    for space in SPACES:
        server.put(make("Namespace", space, "", status={"phase": "Active"}))
        server.put(make("ServiceAccount", "default", space))


def live(server: ApiServer, random: Random, steps: int) -> None:
    """Add, change and delete objects, so many times."""
    for _ in range(steps):
        obj = random.choice(list(_objects(random)))
        resource = server.resource_of(obj).name
        place = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
        if random.random() < 0.3:
            if server.has(resource, *place):
                server.delete(resource, *place)
        else:
            server.put(obj)


def _objects(random: Random) -> Iterator[Object]:
    """Yield one object of each kind, somewhere, as it might be."""
    space, other = random.choice(SPACES), random.choice(SPACES)
    name, another = random.choice(NAMES), random.choice(NAMES)
    release = {
        "labels": {"helm.sh/chart": f"{another}-1.0"},
        "annotations": {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": space},
    }
    ready = random.choice(("True", "False"))
    yield make("Node", "one", "", status={"conditions": [{"type": "Ready", "status": ready}]})
    yield make("ServiceAccount", name, space)
    yield make("Secret", random.choice(("db", name)), space, metadata=random.choice((release, {})))
    yield make("ConfigMap", "settings", space)
    yield pod(f"{name}-1", space, secret=random.choice(("db", name)))
    deployment = workload("Deployment", name, space)
    deployment["metadata"] = {
        "name": name,
        "namespace": space,
        **random.choice((release, {})),
    }
    deployment["status"]["readyReplicas"] = random.choice((0, 1, 2))
    yield deployment
    yield make("Service", name, space, spec={"selector": TEMPLATE_LABELS, "clusterIP": "10.0.0.1"})
    yield make(
        "EndpointSlice",
        f"{name}-x",
        space,
        api="discovery.k8s.io/v1",
        metadata={"labels": {"kubernetes.io/service-name": name}},
        endpoints=[
            {
                "conditions": {"ready": random.random() < 0.5},
                "targetRef": {"kind": "Pod", "name": f"{another}-1"},
            }
        ],
    )
    yield make(
        "Ingress",
        name,
        space,
        api="networking.k8s.io/v1",
        spec={"defaultBackend": {"service": {"name": another}}},
    )
    subject = {"kind": "ServiceAccount", "name": another, "namespace": other}
    for kind, home in (("RoleBinding", space), ("ClusterRoleBinding", "")):
        role = {"kind": "ClusterRole", "name": "view", "apiGroup": "rbac.authorization.k8s.io"}
        yield make(kind, name, home, api=_RBAC, subjects=[subject], roleRef=role)
    yield make("ClusterRole", "view", "", api=_RBAC, rules=[])
    yield make("PersistentVolumeClaim", name, space, spec={"volumeName": another}, status={"phase": "Bound"})
    yield make(
        "PersistentVolume",
        name,
        "",
        spec={"claimRef": {"namespace": other, "name": another}, "storageClassName": "fast"},
        status={"phase": random.choice(("Bound", "Released", "Failed"))},
    )
    yield make("StorageClass", "fast", "", api="storage.k8s.io/v1")
    yield make(
        "ValidatingWebhookConfiguration",
        name,
        "",
        api="admissionregistration.k8s.io/v1",
        webhooks=[
            {
                "name": "a.example.com",
                "failurePolicy": "Fail",
                "clientConfig": {"service": {"namespace": other, "name": another}},
            }
        ],
    )
    yield make(
        "Gateway",
        name,
        space,
        api=_GATEWAY,
        spec={"listeners": [{"tls": {"certificateRefs": [{"name": "db", "namespace": other}]}}]},
    )
    yield make(
        "HTTPRoute",
        name,
        space,
        api=_GATEWAY,
        spec={
            "parentRefs": [{"name": another, "namespace": other}],
            # What is wrong with a Service is told by the shard that reads it: here one at home.
            "rules": [{"backendRefs": [{"name": name, "port": 80}]}],
        },
    )
    yield make(
        "Application",
        name,
        "argocd",
        api="argoproj.io/v1",
        status={"resources": [{"group": "apps", "kind": "Deployment", "namespace": other, "name": another}]},
    )
    yield make("HelmRepository", name, space, api="source.toolkit.fluxcd.io/v1")
    yield make(
        "HelmRelease",
        name,
        "flux",
        api="helm.toolkit.fluxcd.io/v1",
        spec={
            "targetNamespace": other,
            "chart": {"spec": {"sourceRef": {"kind": "HelmRepository", "name": another, "namespace": space}}},
        },
    )
    yield make(
        "Secret",
        f"sh.helm.release.v1.{other}-{name}.v{random.randint(1, 2)}",
        "flux",
        metadata={
            "labels": {
                "owner": "helm",
                "name": f"{other}-{name}",
                "status": random.choice(("deployed", "failed")),
                "version": str(random.randint(1, 2)),
            }
        },
    )
    about = random.choice(
        (
            {"kind": "Node", "name": "one"},
            {"kind": "Pod", "name": f"{name}-1", "namespace": space, "apiVersion": "v1"},
        )
    )
    yield make(
        "Event",
        f"{name}.1",
        about.get("namespace", "default"),
        involvedObject=about,
        type="Warning",
        reason=random.choice(("Unhealthy", "FailedMount")),
        message="It does not answer",
        lastTimestamp="2026-03-02T09:30:20Z",
    )
