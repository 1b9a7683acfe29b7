"""Incidents of custom resources: what their controllers write into them. A table of data."""

from __future__ import annotations

from typing import Any

from tests.incidents.making import Incident, Object, ingress, made, service, spec, thing, web
from tests.incidents.speech import crashing, pod, waiting

ITSELF = ""
CM, ACME, ARGO = "cert-manager.io/v1", "acme.cert-manager.io/v1", "argoproj.io/v1alpha1"
SOURCE, KUSTOMIZE = "source.toolkit.fluxcd.io/v1", "kustomize.toolkit.fluxcd.io/v1"
HELM, GW, ES = "helm.toolkit.fluxcd.io/v2", "gateway.networking.k8s.io/v1", "external-secrets.io/v1"
KN, KEDA = "serving.knative.dev/v1", "keda.sh/v1alpha1"
CLUSTER_SCOPED = frozenset(
    {"ClusterIssuer", "ClusterSecretStore", "GatewayClass", "ProviderConfig", "Bucket"}
)


def custom(
    api: str, kind: str, name: str, *said: tuple[str, str, str, str], about: Object | None = None, **more: Any
) -> Object:
    """A custom resource: `said` are its conditions (type, status, reason, message), `more` its status."""
    owner = {"ownedBy": more.pop("ownedBy")} if "ownedBy" in more else {}
    names = ("type", "status", "reason", "message")
    conditions = [{key: word for key, word in zip(names, each, strict=True) if word} for each in said]
    status = {**more, **({"conditions": conditions} if conditions else {})}
    return thing(kind, name, api, spec=about or {}, **owner, **({"status": status} if status else {}))


def definition(api: str, kind: str) -> Object:
    """A definition that takes any object of a kind."""
    group, _, version = api.partition("/")
    plural = f"{kind.lower()}{'es' if kind.endswith('s') else 's'}"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {"name": version, "served": True, "storage": True, "subresources": {"status": {}}}
    approved = {"api-approved.kubernetes.io": "unapproved, for tests"} if group.endswith(".k8s.io") else {}
    return thing(
        "CustomResourceDefinition",
        f"{plural}.{group}",
        "apiextensions.k8s.io/v1",
        metadata={"annotations": approved},
        spec={
            "group": group,
            "scope": "Cluster" if kind in CLUSTER_SCOPED else "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [{**served, "schema": {"openAPIV3Schema": schema}}],
        },
    )


def issuing(issuer: str, kind: str = "Issuer") -> Object:
    """A Certificate that is not ready, in whose place a Secret is missing."""
    about = {"secretName": "tls", "issuerRef": {"name": issuer, "kind": kind}}
    return custom(
        CM, "Certificate", "tls", ("Ready", "False", "DoesNotExist", "Secret does not exist"), about=about
    )


def asked(issuer: str, words: str, kind: str = "Issuer") -> Object:
    about = {"issuerRef": {"name": issuer, "kind": kind}}
    owner = (CM, "Certificate", "tls")
    return custom(
        CM, "CertificateRequest", "tls-1", ("Ready", "False", "Pending", words), about=about, ownedBy=owner
    )


def routed(*said: tuple[str, str, str, str], parent: str = "public", backend: str = "web") -> Object:
    about = {"parentRefs": [{"name": parent}], "rules": [{"backendRefs": [{"name": backend, "port": 80}]}]}
    names = ("type", "status", "reason", "message")
    parents = [
        {
            "parentRef": {"name": parent},
            "controllerName": "incidents.example/gateway",
            "conditions": [dict(zip(names, each, strict=True)) for each in said],
        }
    ]
    return custom(GW, "HTTPRoute", "web", about=about, **({"parents": parents} if said else {}))


def member(name: str, owner: tuple[str, str, str]) -> Object:
    """A Pod that a custom resource makes itself."""
    return thing("Pod", name, metadata={"labels": {"app": "web"}}, ownedBy=owner, spec=spec())


TLS = ingress(tls=[{"secretName": "tls"}])
ISSUER = custom(CM, "Issuer", "acme", ("Ready", "True", "ACMEAccountRegistered", ""))
ORDERED = "Waiting on certificate issuance from order tls-1-1: pending"
ACCEPTED = ("Accepted", "True", "Accepted", "")
PROGRAMMED = ("Programmed", "True", "Programmed", "")
RESOLVED = ("ResolvedRefs", "True", "ResolvedRefs", "")
CLASS = custom(
    GW, "GatewayClass", "incidents", ACCEPTED, about={"controllerName": "incidents.example/gateway"}
)
PUBLIC = custom(GW, "Gateway", "public", ACCEPTED, PROGRAMMED, about={"gatewayClassName": "incidents"})
FROM_SECRET = {"envFrom": [{"secretRef": {"name": "db"}}]}
UNSET = {"web-": pod(waiting("CreateContainerConfigError", 'secret "db" not found'))}
CRASHING = {"web-": pod(crashing(1, "panic: no database"))}

CERTIFICATES = (
    Incident(
        "challenge",
        2,
        (
            web(),
            service(),
            TLS,
            ISSUER,
            issuing("acme"),
            asked("acme", ORDERED),
            custom(
                ACME,
                "Order",
                "tls-1-1",
                about={"issuerRef": {"name": "acme"}},
                ownedBy=(CM, "CertificateRequest", "tls-1"),
                state="pending",
            ),
            custom(
                ACME,
                "Challenge",
                "tls-1-1-1",
                about={"issuerRef": {"name": "acme"}},
                ownedBy=(ACME, "Order", "tls-1-1"),
                state="pending",
                processing=True,
                presented=True,
                reason="Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200'",
            ),
        ),
        "Ingress/NS/web",
        "Challenge.acme.cert-manager.io/NS/tls-1-1-1",
        words=("404",),
        well=("Service/NS/web",),
    ),
    Incident(
        "order-invalid",
        2,
        (
            ISSUER,
            issuing("acme"),
            asked("acme", "Failed to wait for order resource"),
            custom(
                ACME,
                "Order",
                "tls-1-1",
                about={"issuerRef": {"name": "acme"}},
                ownedBy=(CM, "CertificateRequest", "tls-1"),
                state="invalid",
                reason="DNS problem: NXDOMAIN",
            ),
        ),
        "Certificate.cert-manager.io/NS/tls",
        "Order.acme.cert-manager.io/NS/tls-1-1",
        words=("NXDOMAIN",),
    ),
    Incident(
        "issuer-unready",
        2,
        (
            custom(
                CM,
                "ClusterIssuer",
                "incidents",
                (
                    "Ready",
                    "False",
                    "ErrRegisterACMEAccount",
                    "Failed to register ACME account: 400 invalid contact",
                ),
            ),
            issuing("incidents", "ClusterIssuer"),
            asked("incidents", "Referenced issuer does not have a Ready status condition", "ClusterIssuer"),
        ),
        "Certificate.cert-manager.io/NS/tls",
        "ClusterIssuer.cert-manager.io/incidents",
        "ErrRegisterACMEAccount",
        ("invalid contact",),
    ),
)

DELIVERY = (
    Incident(
        "sync-failed",
        0,
        (
            custom(
                ARGO,
                "Application",
                "shop",
                sync={"status": "OutOfSync"},
                health={"status": "Healthy"},
                operationState={
                    "phase": "Failed",
                    "message": "one or more objects failed to apply: Deployment web is invalid",
                },
            ),
        ),
        "Application.argoproj.io/NS/shop",
        ITSELF,
        "SyncFailed",
        ("failed to apply",),
        status="Error",
    ),
    Incident(
        "comparison",
        0,
        (
            custom(
                ARGO,
                "Application",
                "shop",
                ("ComparisonError", "", "", "failed to generate manifest: chart not found"),
                sync={"status": "Unknown"},
                health={"status": "Healthy"},
            ),
        ),
        "Application.argoproj.io/NS/shop",
        ITSELF,
        "ComparisonError",
        ("chart not found",),
        status="Error",
    ),
    Incident(
        "rollout-degraded",
        0,
        (
            custom(
                ARGO,
                "Rollout",
                "web",
                (
                    "Progressing",
                    "False",
                    "ProgressDeadlineExceeded",
                    'ReplicaSet "web-2" has timed out progressing.',
                ),
                phase="Degraded",
                message="ProgressDeadlineExceeded",
            ),
            {**made("ReplicaSet", spec()), "ownedBy": (ARGO, "Rollout", "web")},
        ),
        "Rollout.argoproj.io/NS/web",
        "Pod/NS/web-",
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident(
        "no-project",
        2,
        (
            custom(
                ARGO,
                "Application",
                "shop",
                ("InvalidSpecError", "", "", "Application referencing project gone which does not exist"),
                about={"project": "gone"},
                health={"status": "Unknown"},
            ),
            custom(ARGO, "AppProject", "default"),
        ),
        "Application.argoproj.io/NS/shop",
        "AppProject.argoproj.io/NS/gone",
        "NotFound",
    ),
    Incident(
        "git-refused",
        2,
        (
            custom(
                SOURCE,
                "GitRepository",
                "fleet",
                ("Ready", "False", "GitOperationFailed", "failed to checkout: authentication required"),
            ),
            custom(
                KUSTOMIZE,
                "Kustomization",
                "infra",
                ("Ready", "False", "ArtifactFailed", "Source artifact not found, retrying in 30s"),
                about={"sourceRef": {"kind": "GitRepository", "name": "fleet"}},
            ),
            custom(
                KUSTOMIZE,
                "Kustomization",
                "apps",
                ("Ready", "False", "DependencyNotReady", "dependency 'infra' is not ready"),
                about={
                    "sourceRef": {"kind": "GitRepository", "name": "fleet"},
                    "dependsOn": [{"name": "infra"}],
                },
            ),
        ),
        "Kustomization.kustomize.toolkit.fluxcd.io/NS/apps",
        "GitRepository.source.toolkit.fluxcd.io/NS/fleet",
        "GitOperationFailed",
        ("authentication required",),
    ),
    Incident(
        "kustomize-fails",
        0,
        (
            custom(SOURCE, "GitRepository", "fleet", ("Ready", "True", "Succeeded", "")),
            custom(
                KUSTOMIZE,
                "Kustomization",
                "apps",
                ("Ready", "False", "BuildFailed", "kustomize build failed: no such file"),
                about={"sourceRef": {"kind": "GitRepository", "name": "fleet"}},
            ),
        ),
        "Kustomization.kustomize.toolkit.fluxcd.io/NS/apps",
        ITSELF,
        "BuildFailed",
        ("no such file",),
    ),
    Incident(
        "install-failed",
        0,
        (
            custom(
                HELM,
                "HelmRelease",
                "web",
                (
                    "Ready",
                    "False",
                    "InstallFailed",
                    "Helm install failed: timed out waiting for the condition",
                ),
                ("Released", "False", "InstallFailed", ""),
            ),
        ),
        "HelmRelease.helm.toolkit.fluxcd.io/NS/web",
        ITSELF,
        "InstallFailed",
        ("timed out",),
    ),
    Incident(
        "no-values",
        2,
        (
            custom(
                HELM,
                "HelmRelease",
                "web",
                ("Ready", "False", "ValuesError", "could not resolve ConfigMap values 'values'"),
                about={"valuesFrom": [{"kind": "ConfigMap", "name": "values"}]},
            ),
        ),
        "HelmRelease.helm.toolkit.fluxcd.io/NS/web",
        "ConfigMap/NS/values",
        "NotFound",
    ),
    Incident(
        "flux-rests",
        6,
        (
            custom(
                KUSTOMIZE,
                "Kustomization",
                "apps",
                ("Ready", "True", "ReconciliationSucceeded", ""),
                about={"suspend": True},
            ),
        ),
        "Kustomization.kustomize.toolkit.fluxcd.io/NS/apps",
        status="Ready",
    ),
    Incident(
        "pipeline-failed",
        0,
        (
            custom(
                "tekton.dev/v1",
                "PipelineRun",
                "build",
                ("Succeeded", "False", "CouldntGetPipeline", "Error retrieving pipeline build: not found"),
            ),
        ),
        "PipelineRun.tekton.dev/NS/build",
        ITSELF,
        "CouldntGetPipeline",
        ("not found",),
    ),
)

GATEWAYS = (
    Incident(
        "no-class-of",
        2,
        (custom(GW, "Gateway", "public", about={"gatewayClassName": "nowhere"}),),
        "Gateway.gateway.networking.k8s.io/NS/public",
        "GatewayClass.gateway.networking.k8s.io/nowhere",
        "NotFound",
    ),
    Incident(
        "no-certificate",
        2,
        (
            CLASS,
            custom(
                GW,
                "Gateway",
                "public",
                ACCEPTED,
                about={
                    "gatewayClassName": "incidents",
                    "listeners": [{"name": "https", "tls": {"certificateRefs": [{"name": "tls"}]}}],
                },
                listeners=[
                    {
                        "name": "https",
                        "conditions": [
                            {
                                "type": "ResolvedRefs",
                                "status": "False",
                                "reason": "InvalidCertificateRef",
                                "message": "Secret tls not found",
                            }
                        ],
                    }
                ],
            ),
        ),
        "Gateway.gateway.networking.k8s.io/NS/public",
        "Secret/NS/tls",
        "NotFound",
    ),
    Incident(
        "no-gateway",
        2,
        (web(), service(), routed(parent="gone")),
        "HTTPRoute.gateway.networking.k8s.io/NS/web",
        "Gateway.gateway.networking.k8s.io/NS/gone",
        "NotFound",
    ),
    Incident(
        "route-refused",
        0,
        (
            CLASS,
            PUBLIC,
            web(),
            service(),
            routed(
                ("Accepted", "False", "NotAllowedByListeners", "No listener allows routes of this namespace"),
                RESOLVED,
            ),
        ),
        "HTTPRoute.gateway.networking.k8s.io/NS/web",
        ITSELF,
        "NotAllowedByListeners",
        ("No listener allows",),
    ),
    Incident(
        "route-behind",
        4,
        (CLASS, PUBLIC, web(), service(), routed(ACCEPTED, RESOLVED)),
        "HTTPRoute.gateway.networking.k8s.io/NS/web",
        "Pod/NS/web-",
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
        status="Error",
    ),
    Incident(
        "route-rests",
        6,
        (CLASS, PUBLIC, web(replicas=0), service(), routed(ACCEPTED, RESOLVED)),
        "HTTPRoute.gateway.networking.k8s.io/NS/web",
        status="Ready",
        reason="AtRest",
    ),
)

SECRETS = (
    Incident(
        "no-remote-key",
        2,
        (
            web(FROM_SECRET),
            custom(ES, "SecretStore", "vault", ("Ready", "True", "Valid", "store validated")),
            custom(
                ES,
                "ExternalSecret",
                "db",
                (
                    "Ready",
                    "False",
                    "SecretSyncedError",
                    "error processing spec.data[0] (key: shop/db), err: Secret does not exist",
                ),
                about={"secretStoreRef": {"name": "vault"}, "target": {"name": "db"}},
            ),
        ),
        "Deployment/NS/web",
        "ExternalSecret.external-secrets.io/NS/db",
        "SecretSyncedError",
        ("shop/db",),
        says=UNSET,
    ),
    Incident(
        "no-store",
        2,
        (
            web(FROM_SECRET),
            custom(
                ES,
                "ExternalSecret",
                "db",
                ("Ready", "False", "SecretSyncedError", 'could not get ClusterSecretStore "incidents-vault"'),
                about={
                    "secretStoreRef": {"name": "incidents-vault", "kind": "ClusterSecretStore"},
                    "target": {"name": "db"},
                },
            ),
            custom(ES, "ClusterSecretStore", "incidents-other", ("Ready", "True", "Valid", "")),
        ),
        "Deployment/NS/web",
        "ClusterSecretStore.external-secrets.io/incidents-vault",
        "NotFound",
        says=UNSET,
    ),
    Incident(
        "default-target",
        2,
        (
            web(FROM_SECRET),
            custom(ES, "SecretStore", "vault", ("Ready", "True", "Valid", "")),
            custom(
                ES,
                "ExternalSecret",
                "db",
                ("Ready", "False", "SecretSyncedError", "permission denied"),
                about={"secretStoreRef": {"name": "vault"}},
            ),
        ),
        "Deployment/NS/web",
        "ExternalSecret.external-secrets.io/NS/db",
        "SecretSyncedError",
        ("permission denied",),
        says=UNSET,
    ),
    Incident(
        "sealed",
        2,
        (
            web(FROM_SECRET),
            custom(
                "bitnami.com/v1alpha1",
                "SealedSecret",
                "db",
                ("Synced", "False", "", "no key could decrypt secret (url)"),
            ),
        ),
        "Deployment/NS/web",
        "SealedSecret.bitnami.com/NS/db",
        words=("no key could decrypt",),
        says=UNSET,
    ),
)

PLATFORMS = (
    Incident(
        "trigger",
        0,
        (
            web(),
            custom(
                KEDA,
                "ScaledObject",
                "web",
                (
                    "Ready",
                    "False",
                    "ScaledObjectCheckFailed",
                    "failed to ensure HPA is correctly created: no such metric",
                ),
                about={"scaleTargetRef": {"name": "web"}},
            ),
        ),
        "ScaledObject.keda.sh/NS/web",
        ITSELF,
        "ScaledObjectCheckFailed",
        ("no such metric",),
        well=("Deployment/NS/web",),
    ),
    Incident(
        "no-trigger-login",
        2,
        (
            web(),
            custom(
                KEDA,
                "ScaledObject",
                "web",
                ("Ready", "False", "ScaledObjectCheckFailed", "triggerauthentication not found"),
                about={
                    "scaleTargetRef": {"name": "web"},
                    "triggers": [{"type": "kafka", "authenticationRef": {"name": "kafka"}}],
                },
            ),
            custom(KEDA, "TriggerAuthentication", "other"),
        ),
        "ScaledObject.keda.sh/NS/web",
        "TriggerAuthentication.keda.sh/NS/kafka",
        "NotFound",
    ),
    Incident(
        "revision",
        0,
        (
            custom(
                KN,
                "Service",
                "web",
                ("Ready", "False", "RevisionFailed", 'Revision "web-1" failed'),
                latestCreatedRevisionName="web-1",
            ),
            custom(
                KN,
                "Configuration",
                "web",
                ("Ready", "False", "RevisionFailed", 'Revision "web-1" failed'),
                ownedBy=(KN, "Service", "web"),
                latestCreatedRevisionName="web-1",
            ),
            custom(
                KN,
                "Revision",
                "web-1",
                ("Ready", "False", "ContainerMissing", "Unable to fetch image web:1: manifest unknown"),
                ownedBy=(KN, "Configuration", "web"),
            ),
        ),
        "Service.serving.knative.dev/NS/web",
        "Revision.serving.knative.dev/NS/web-1",
        "ContainerMissing",
        ("manifest unknown",),
    ),
    Incident(
        "kafka",
        0,
        (
            custom(
                "kafka.strimzi.io/v1beta2",
                "Kafka",
                "events",
                ("NotReady", "True", "InvalidResourceException", "Kafka version 1.0 is not supported"),
            ),
            custom(
                "kafka.strimzi.io/v1beta2",
                "KafkaTopic",
                "orders",
                ("NotReady", "True", "TimeoutException", "Timed out waiting for the cluster"),
            )
            | {"metadata": {"name": "orders", "labels": {"strimzi.io/cluster": "events"}}},
        ),
        "KafkaTopic.kafka.strimzi.io/NS/orders",
        "Kafka.kafka.strimzi.io/NS/events",
        "InvalidResourceException",
        ("not supported",),
    ),
    Incident(
        "postgres",
        0,
        (
            custom(
                "postgresql.cnpg.io/v1",
                "Cluster",
                "db",
                ("Ready", "False", "ClusterIsNotReady", "Cluster Is Not Ready"),
                phase="Waiting for the instances to become active",
            ),
            member("db-1", ("postgresql.cnpg.io/v1", "Cluster", "db")),
        ),
        "Cluster.postgresql.cnpg.io/NS/db",
        "Pod/NS/db-1",
        "CrashLoopBackOff",
        ("disk is full",),
        says={"db-": pod(crashing(1, "PANIC: disk is full"))},
    ),
    Incident(
        "composite",
        2,
        (
            custom(
                "shop.incidents.example/v1",
                "Store",
                "eu",
                ("Synced", "True", "ReconcileSuccess", ""),
                ("Ready", "False", "Creating", ""),
                about={
                    "resourceRef": {
                        "apiVersion": "s3.aws.incidents.example/v1",
                        "kind": "Bucket",
                        "name": "eu-x",
                    }
                },
            ),
            custom(
                "s3.aws.incidents.example/v1",
                "Bucket",
                "eu-x",
                ("Synced", "False", "ReconcileError", "connect failed: cannot get ProviderConfig"),
                ("Ready", "False", "Creating", ""),
                about={"providerConfigRef": {"name": "eu"}},
            ),
            custom("aws.incidents.example/v1", "ProviderConfig", "default"),
        ),
        "Store.shop.incidents.example/NS/eu",
        "ProviderConfig.aws.incidents.example/eu",
        "NotFound",
    ),
    Incident(
        "search-red",
        0,
        (custom("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "logs", health="red", phase="Ready"),),
        "Elasticsearch.elasticsearch.k8s.elastic.co/NS/logs",
        ITSELF,
        words=("red",),
        status="Error",
    ),
    Incident(
        "operator-failed",
        0,
        (
            custom(
                "operators.coreos.com/v1alpha1",
                "ClusterServiceVersion",
                "op.v1",
                phase="Failed",
                reason="InstallCheckFailed",
                message="install timeout",
            ),
        ),
        "ClusterServiceVersion.operators.coreos.com/NS/op.v1",
        ITSELF,
        "InstallCheckFailed|Failed",
        ("install timeout",),
    ),
    Incident(
        "monitoring",
        0,
        (
            custom(
                "monitoring.coreos.com/v1",
                "Prometheus",
                "main",
                ("Available", "False", "NoPodReady", "shard 0: no ready pods"),
                ("Reconciled", "True", "", ""),
            ),
        ),
        "Prometheus.monitoring.coreos.com/NS/main",
        ITSELF,
        "NoPodReady",
        ("no ready pods",),
    ),
    Incident(
        "backup",
        0,
        (
            custom(
                "velero.io/v1",
                "Backup",
                "night",
                phase="PartiallyFailed",
                failureReason="2 items could not be backed up",
            ),
        ),
        "Backup.velero.io/NS/night",
        ITSELF,
        "PartiallyFailed",
        ("2 items",),
        status="Error",
    ),
    Incident(
        "backup-place",
        0,
        (
            custom(
                "velero.io/v1",
                "BackupStorageLocation",
                "s3",
                phase="Unavailable",
                message="BackupStorageLocation is unavailable: AccessDenied",
            ),
        ),
        "BackupStorageLocation.velero.io/NS/s3",
        ITSELF,
        "Unavailable",
        ("AccessDenied",),
        status="Error",
    ),
    Incident(
        "machine",
        0,
        (
            custom(
                "cluster.x-k8s.io/v1beta1",
                "Machine",
                "m1",
                ("Ready", "False", "InstanceProvisionFailed", "no capacity in the zone"),
                ("NodeHealthy", "False", "WaitingForNodeRef", ""),
                phase="Provisioning",
            ),
        ),
        "Machine.cluster.x-k8s.io/NS/m1",
        ITSELF,
        "InstanceProvisionFailed",
        ("no capacity",),
    ),
    Incident(
        "queue-broker",
        0,
        (
            custom(
                "rabbitmq.com/v1beta1",
                "RabbitmqCluster",
                "bus",
                ("AllReplicasReady", "False", "NotAllPodsReady", "0/3 Pods ready"),
                (
                    "ClusterAvailable",
                    "False",
                    "NoEndpointsAvailable",
                    "The service has no endpoints available",
                ),
                ("ReconcileSuccess", "True", "Success", ""),
            ),
        ),
        "RabbitmqCluster.rabbitmq.com/NS/bus",
        ITSELF,
        words=("0/3",),
    ),
    Incident(
        "ceph",
        0,
        (
            custom(
                "ceph.rook.io/v1",
                "CephCluster",
                "rook",
                phase="Ready",
                state="Error",
                message="failed to start ceph monitors",
                ceph={"health": "HEALTH_ERR"},
            ),
        ),
        "CephCluster.ceph.rook.io/NS/rook",
        ITSELF,
        words=("monitors",),
        status="Error",
    ),
    Incident(
        "volume-faulted",
        0,
        (custom("longhorn.io/v1beta2", "Volume", "pvc-1", state="detached", robustness="faulted"),),
        "Volume.longhorn.io/NS/pvc-1",
        ITSELF,
        words=("faulted",),
        status="Error",
    ),
    Incident(
        "odd-status",
        0,
        (
            custom(
                "odd.incidents.example/v1", "Widget", "w", conditions=["Ready"], phase=["Failed"], health=7
            ),
        ),
        "Widget.odd.incidents.example/NS/w",
        status="Unknown",
    ),
)

OPERATORS = (*CERTIFICATES, *DELIVERY, *GATEWAYS, *SECRETS, *PLATFORMS)
