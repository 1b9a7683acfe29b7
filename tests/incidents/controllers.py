"""Incidents of networking, admission and operators: what they write, and what is well though it looks odd."""

from __future__ import annotations

from typing import Any

from tests.incidents.making import ITSELF, Incident, Object, ingress, service, spec, thing, web
from tests.incidents.operators import (
    ACCEPTED,
    ACME,
    ARGO,
    CLASS,
    CM,
    CRASHING,
    ES,
    GW,
    KEDA,
    KN,
    KUSTOMIZE,
    PROGRAMMED,
    PUBLIC,
    SOURCE,
    asked,
    custom,
    issuing,
    routed,
)

ADMISSION, NETWORKING = "admissionregistration.k8s.io/v1", "networking.k8s.io/v1"
CAPI, INFRA = "cluster.x-k8s.io/v1beta1", "infrastructure.cluster.x-k8s.io/v1beta1"
CNPG, KAFKA, MONITORING = "postgresql.cnpg.io/v1", "kafka.strimzi.io/v1beta2", "monitoring.coreos.com/v1"
AWS, GONE = "aws.incidents.example/v1", "gone.incidents.example/v1"
READY = ("Ready", "True", "Succeeded", "")


def listed(*said: tuple[str, str, str, str]) -> list[Object]:
    """Conditions within an entry of a list."""
    return [dict(zip(("type", "status", "reason", "message"), each, strict=True)) for each in said]


def labelled(thing: Object, **labels: str) -> Object:
    return {**thing, "metadata": {**thing["metadata"], "labels": labels}}


def held(thing: Object, finalizer: str) -> Object:
    return {**thing, "metadata": {**thing["metadata"], "finalizers": [finalizer]}}


def hook(name: str, namespace: str, port: int, resource: str = "nothings") -> Object:
    """A webhook that must be asked for objects which nobody makes."""
    rule = {
        "apiGroups": [GONE.partition("/")[0]],
        "apiVersions": ["*"],
        "operations": ["CREATE"],
        "resources": [resource],
    }
    client = {"service": {"namespace": namespace, "name": "web", "port": port}}
    asked_for = {"name": name, "clientConfig": client, "rules": [rule], "failurePolicy": "Fail"}
    how = {"sideEffects": "None", "admissionReviewVersions": ["v1"]}
    return thing("ValidatingWebhookConfiguration", name, ADMISSION, webhooks=[{**asked_for, **how}])


def application(name: str, *said: tuple[str, str, str, str], **status: Any) -> Object:
    return custom(ARGO, "Application", name, *said, sync={"status": "Synced"}, **status)


SUSPENDED = {"suspend": True}
WIDGET = held(custom(GONE, "Widget", "w"), "incidents.example/cloud")
CONFIG = held(thing("ConfigMap", "held"), "incidents.example/hold")
DRY_RUN = (
    "Ingress/web dry-run failed: Internal error occurred: failed calling webhook "
    '"flux.incidents.example": failed to call webhook: no endpoints available for service "web"'
)

NETWORK = (
    Incident(
        "untranslated",
        0,
        (web(), service(), ingress()),
        "Ingress/NS/web",
        ITSELF,
        "Translate",
        ('expected "NodePort"',),
        notes=(
            (
                ingress(),
                "Translate",
                'Translation failed: service "web" is type "ClusterIP", expected "NodePort"',
            ),
        ),
    ),
    Incident(
        "classless",
        4,
        (web(), service(), ingress()),
        "Ingress/NS/web",
        ITSELF,
        "NoAddress",
        ("names no class",),
    ),
    Incident(
        "not-permitted",
        2,
        (
            CLASS,
            custom(
                GW,
                "Gateway",
                "public",
                ACCEPTED,
                PROGRAMMED,
                about={"gatewayClassName": "incidents"},
                listeners=[
                    {
                        "name": "https",
                        "conditions": listed(
                            (
                                "ResolvedRefs",
                                "False",
                                "RefNotPermitted",
                                "Secret certs/tls is not permitted by any ReferenceGrant",
                            )
                        ),
                    }
                ],
            ),
            web(),
            service(),
            routed(ACCEPTED),
        ),
        "Gateway.gateway.networking.k8s.io/NS/public",
        ITSELF,
        "RefNotPermitted",
        ("certs/tls", "ReferenceGrant"),
    ),
    Incident(
        "no-port-of-route",
        4,
        (CLASS, PUBLIC, web(), service(port=8080), routed(ACCEPTED)),
        "HTTPRoute.gateway.networking.k8s.io/NS/web",
        words=("no port 80",),
        well=("Service/NS/web",),
    ),
    Incident(
        "policy-refused",
        0,
        (
            custom(
                "gateway.envoyproxy.io/v1alpha1",
                "SecurityPolicy",
                "login",
                ancestors=[
                    {
                        "ancestorRef": {"kind": "Gateway", "name": "public"},
                        "conditions": listed(
                            ("Accepted", "False", "Invalid", "client secret oidc not found")
                        ),
                    }
                ],
            ),
        ),
        "SecurityPolicy.gateway.envoyproxy.io/NS/login",
        ITSELF,
        "Invalid",
        ("oidc",),
        status="Error",
    ),
    Incident(
        "hook-port",
        0,
        (web(), service(), hook("port.incidents.example", "i-hook-port", 8443)),
        "ValidatingWebhookConfiguration/port.incidents.example",
        ITSELF,
        "WebhookUnavailable",
        ("8443",),
        well=("Service/NS/web",),
    ),
    Incident(
        "hook-behind-flux",
        1,
        (
            web(),
            service(port=443),
            hook("flux.incidents.example", "i-hook-behind-flux", 443),
            custom(KUSTOMIZE, "Kustomization", "apps", ("Ready", "False", "ReconciliationFailed", DRY_RUN)),
        ),
        "Kustomization.kustomize.toolkit.fluxcd.io/NS/apps",
        "Pod/NS/web-",
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident(
        "definition-held",
        1,
        (WIDGET,),
        "CustomResourceDefinition/widgets.gone.incidents.example",
        "Widget.gone.incidents.example/NS/w",
        "Terminating",
        ("incidents.example/cloud",),
        ends=(
            thing("CustomResourceDefinition", "widgets.gone.incidents.example", "apiextensions.k8s.io/v1"),
        ),
    ),
    Incident(
        "namespace-held",
        1,
        (CONFIG,),
        "Namespace/NS",
        "ConfigMap/NS/held",
        "Terminating",
        ("incidents.example/hold",),
        ends=(thing("Namespace", "i-namespace-held"),),
    ),
)
"""Ingress, Gateway API, webhooks, deletion."""

OPERATORS = (
    Incident(
        "ca-secret",
        2,
        (
            web(),
            service(),
            ingress(tls=[{"secretName": "tls"}]),
            custom(
                CM,
                "Issuer",
                "acme",
                ("Ready", "False", "ErrGetKeyPair", 'Error getting keypair: secrets "ca-key" not found'),
                about={"ca": {"secretName": "ca-key"}},
            ),
            issuing("acme"),
            asked("acme", "Referenced issuer does not have a Ready status condition"),
        ),
        "Ingress/NS/web",
        "Secret/NS/ca-key",
        "NotFound",
        well=("Service/NS/web",),
    ),
    Incident(
        "denied",
        0,
        (
            custom(
                CM,
                "CertificateRequest",
                "tls-1",
                ("Denied", "True", "policy.cert-manager.io", "No policy approved this request: dnsNames"),
                ("Ready", "False", "Denied", "The CertificateRequest was denied by an approval controller"),
            ),
        ),
        "CertificateRequest.cert-manager.io/NS/tls-1",
        ITSELF,
        "Denied",
        ("dnsNames",),
    ),
    Incident(
        "renewal",
        0,
        (
            custom(
                CM,
                "Certificate",
                "tls",
                ("Ready", "True", "Ready", "Certificate is up to date and has not expired"),
                ("Issuing", "False", "Failed", "The certificate request has failed to complete"),
            ),
        ),
        "Certificate.cert-manager.io/NS/tls",
        ITSELF,
        "Failed",
        ("failed to complete",),
        status="Pending",
    ),
    Incident(
        "rate-limit",
        0,
        (custom(ACME, "Order", "tls-1", state="errored", reason="429 rateLimited: too many certificates"),),
        "Order.acme.cert-manager.io/NS/tls-1",
        ITSELF,
        "Errored",
        ("too many certificates",),
    ),
    Incident(
        "store-login",
        2,
        (
            custom(
                ES,
                "ClusterSecretStore",
                "incidents-login",
                ("Ready", "False", "InvalidProviderConfig", 'secrets "token" not found'),
                about={
                    "provider": {
                        "vault": {"auth": {"tokenSecretRef": {"name": "token", "namespace": "i-store-login"}}}
                    }
                },
            ),
            custom(
                ES,
                "ExternalSecret",
                "db",
                ("Ready", "False", "SecretSyncedError", 'ClusterSecretStore "incidents-login" is not ready'),
                about={"secretStoreRef": {"name": "incidents-login", "kind": "ClusterSecretStore"}},
            ),
        ),
        "ExternalSecret.external-secrets.io/NS/db",
        "Secret/NS/token",
        "NotFound",
    ),
    Incident(
        "unhealthy-below",
        1,
        (
            custom(SOURCE, "GitRepository", "fleet", READY),
            custom(
                KUSTOMIZE,
                "Kustomization",
                "infra",
                ("Ready", "False", "HealthCheckFailed", "timeout waiting for: [Deployment/web]"),
                about={"sourceRef": {"kind": "GitRepository", "name": "fleet"}},
                inventory={"entries": [{"id": "i-unhealthy-below_web_apps_Deployment", "v": "v1"}]},
            ),
            custom(
                KUSTOMIZE,
                "Kustomization",
                "apps",
                ("Ready", "False", "DependencyNotReady", "dependency 'infra' is not ready"),
                about={"dependsOn": [{"name": "infra"}]},
            ),
            web(),
        ),
        "Kustomization.kustomize.toolkit.fluxcd.io/NS/apps",
        "Pod/NS/web-",
        "CrashLoopBackOff",
        ("no database",),
        says=CRASHING,
    ),
    Incident(
        "of-applications",
        1,
        (
            application(
                "all",
                health={"status": "Degraded"},
                resources=[
                    {
                        "group": "argoproj.io",
                        "kind": "Application",
                        "namespace": "i-of-applications",
                        "name": "one",
                    }
                ],
            ),
            application(
                "one",
                health={"status": "Degraded"},
                resources=[
                    {
                        "kind": "Thing",
                        "name": "t",
                        "health": {"status": "Degraded", "message": "quota of the project is used up"},
                    }
                ],
            ),
        ),
        "Application.argoproj.io/NS/all",
        "Application.argoproj.io/NS/one",
        "Degraded",
        ("Thing t", "quota"),
    ),
    Incident(
        "aborted",
        0,
        (
            custom(
                ARGO,
                "Rollout",
                "web",
                ("Available", "True", "AvailableReason", ""),
                ("Progressing", "False", "RolloutAborted", 'aborted: metric "success-rate" assessed Failed'),
                ("Healthy", "False", "RolloutHealthy", "Rollout is not healthy"),
                phase="Degraded",
            ),
        ),
        "Rollout.argoproj.io/NS/web",
        ITSELF,
        "RolloutAborted",
        ("success-rate",),
        status="Error",
    ),
    Incident(
        "no-login-of-trigger",
        2,
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
                    "error parsing kafka metadata: no password given",
                ),
                about={
                    "scaleTargetRef": {"name": "web"},
                    "triggers": [{"type": "kafka", "authenticationRef": {"name": "kafka"}}],
                },
            ),
            custom(
                KEDA,
                "TriggerAuthentication",
                "kafka",
                about={"secretTargetRef": [{"parameter": "password", "name": "kafka-auth", "key": "p"}]},
            ),
        ),
        "ScaledObject.keda.sh/NS/web",
        "Secret/NS/kafka-auth",
        "NotFound",
        well=("Deployment/NS/web",),
    ),
    Incident(
        "login-of-provider",
        2,
        (
            custom(
                "s3.aws.incidents.example/v1",
                "Bucket",
                "incidents-login",
                ("Synced", "False", "ReconcileError", 'cannot get credentials: Secret "aws" not found'),
                ("Ready", "False", "Creating", ""),
                about={"providerConfigRef": {"name": "login"}},
            ),
            custom(
                AWS,
                "ProviderConfig",
                "login",
                about={"credentials": {"secretRef": {"namespace": "i-login-of-provider", "name": "aws"}}},
            ),
        ),
        "Bucket.s3.aws.incidents.example/incidents-login",
        "Secret/NS/aws",
        "NotFound",
    ),
    Incident(
        "machine-waits",
        2,
        (
            custom(CAPI, "Cluster", "eu", READY, phase="Provisioned"),
            custom(
                CAPI,
                "Machine",
                "m1",
                ("Ready", "False", "WaitingForDataSecret", "1 of 2 completed"),
                about={
                    "clusterName": "eu",
                    "infrastructureRef": {"apiVersion": INFRA, "kind": "AWSMachine", "name": "m1"},
                    "bootstrap": {
                        "configRef": {
                            "apiVersion": "bootstrap.cluster.x-k8s.io/v1beta1",
                            "kind": "KubeadmConfig",
                            "name": "m1",
                        }
                    },
                },
            ),
            custom(INFRA, "AWSMachine", "m1", ("Ready", "False", "WaitingForBootstrapData", "")),
            custom(
                "bootstrap.cluster.x-k8s.io/v1beta1",
                "KubeadmConfig",
                "m1",
                ("Ready", "False", "DataSecretGenerationFailed", 'could not fetch secret "proxy"'),
            ),
        ),
        "Machine.cluster.x-k8s.io/NS/m1",
        "KubeadmConfig.bootstrap.cluster.x-k8s.io/NS/m1",
        "DataSecretGenerationFailed",
        ("proxy",),
    ),
    Incident(
        "not-scheduled",
        1,
        (
            custom(
                KN, "Configuration", "web", ("Ready", "Unknown", "", ""), latestCreatedRevisionName="web-1"
            ),
            custom(
                KN,
                "Revision",
                "web-1",
                ("Ready", "Unknown", "Deploying", ""),
                ownedBy=(KN, "Configuration", "web"),
            ),
            {**web(nodeSelector={"disk": "fast"}), "ownedBy": (KN, "Revision", "web-1")},
        ),
        "Configuration.serving.knative.dev/NS/web",
        "Pod/NS/web-",
        "Unschedulable",
        ("selector",),
    ),
    Incident(
        "some-shards",
        0,
        (
            custom(
                MONITORING,
                "Prometheus",
                "main",
                ("Available", "Degraded", "SomePodsNotReady", "shard 0: pod 1"),
            ),
        ),
        "Prometheus.monitoring.coreos.com/NS/main",
        ITSELF,
        "SomePodsNotReady",
        ("shard 0",),
    ),
    Incident(
        "connector",
        2,
        (
            custom(
                KAFKA,
                "KafkaConnect",
                "connect",
                ("NotReady", "True", "FatalProblem", "Secret creds does not exist"),
            ),
            labelled(
                custom(
                    KAFKA, "KafkaConnector", "sink", ("NotReady", "True", "", "KafkaConnect is not ready")
                ),
                **{"strimzi.io/cluster": "connect"},
            ),
        ),
        "KafkaConnector.kafka.strimzi.io/NS/sink",
        "KafkaConnect.kafka.strimzi.io/NS/connect",
        "FatalProblem",
        ("creds",),
    ),
    Incident(
        "archive",
        0,
        (
            custom(
                CNPG,
                "Cluster",
                "db",
                ("Ready", "True", "ClusterIsReady", ""),
                ("ContinuousArchiving", "False", "ContinuousArchivingFailing", "barman: exit status 4"),
            ),
        ),
        "Cluster.postgresql.cnpg.io/NS/db",
        ITSELF,
        "ContinuousArchivingFailing",
        ("barman",),
    ),
    Incident(
        "schedule-invalid",
        0,
        (
            custom(
                "velero.io/v1",
                "Schedule",
                "night",
                phase="FailedValidation",
                validationErrors=["invalid schedule: expected exactly 5 fields, found 4"],
            ),
        ),
        "Schedule.velero.io/NS/night",
        ITSELF,
        "FailedValidation",
        ("exactly 5 fields",),
        status="Error",
    ),
    Incident(
        "told-by-event",
        0,
        (custom(AWS, "Gadget", "g", ("Ready", "False", "NotReady", "")),),
        "Gadget.aws.incidents.example/NS/g",
        ITSELF,
        "NotReady",
        ("account",),
        notes=((custom(AWS, "Gadget", "g"), "ProvisionFailed", "the quota of the account is used up"),),
    ),
)
"""What operators write when something is broken."""


def well(name: str, rule: int, *things: Object, symptom: str, rests: bool = False, **more: Any) -> Incident:
    """Something that looks odd, and is as it should be."""
    return Incident(name, rule, things, symptom, status="Ready", reason="AtRest" if rests else "", **more)


WELL = (
    well(
        "suspended-unseen",
        6,
        custom(KUSTOMIZE, "Kustomization", "apps", READY, observedGeneration=1),
        symptom="Kustomization.kustomize.toolkit.fluxcd.io/NS/apps",
        then=(thing("Kustomization", "apps", KUSTOMIZE, spec=SUSPENDED),),
    ),
    well(
        "canary-paused",
        6,
        custom(
            ARGO,
            "Rollout",
            "web",
            ("Available", "True", "AvailableReason", ""),
            ("Paused", "True", "RolloutPaused", "Rollout is paused"),
            ("Progressing", "Unknown", "RolloutPaused", "Rollout is paused"),
            ("Healthy", "False", "RolloutHealthy", "Rollout is not healthy"),
            phase="Paused",
            message="CanaryPauseStep",
        ),
        symptom="Rollout.argoproj.io/NS/web",
        rests=True,
    ),
    well(
        "rollout-zero",
        6,
        custom(
            ARGO,
            "Rollout",
            "web",
            about={"replicas": 0, "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec()}},
            phase="Healthy",
        ),
        service(),
        symptom="Service/NS/web",
        rests=True,
    ),
    well(
        "as-expected",
        0,
        custom(
            "config.incidents.example/v1",
            "Operator",
            "dns",
            ("Available", "True", "AsExpected", ""),
            ("Progressing", "False", "AsExpected", "at its version"),
            ("Degraded", "False", "NotDegraded", ""),
            ("Upgradeable", "False", "OldVersion", ""),
        ),
        symptom="Operator.config.incidents.example/NS/dns",
    ),
    well(
        "no-traffic",
        6,
        custom(
            "autoscaling.internal.knative.dev/v1alpha1",
            "PodAutoscaler",
            "web-1",
            ("Active", "False", "NoTraffic", "The target is not receiving traffic."),
            ("Ready", "False", "NoTraffic", "The target is not receiving traffic."),
        ),
        symptom="PodAutoscaler.autoscaling.internal.knative.dev/NS/web-1",
        rests=True,
    ),
    well(
        "hibernates",
        6,
        custom(
            CNPG,
            "Cluster",
            "db",
            ("cnpg.io/hibernation", "True", "Hibernated", "Cluster has been hibernated"),
            ("Ready", "False", "ClusterIsNotReady", "Cluster Is Not Ready"),
        ),
        symptom="Cluster.postgresql.cnpg.io/NS/db",
        rests=True,
    ),
    well(
        "no-errors",
        0,
        custom(
            ARGO,
            "ApplicationSet",
            "all",
            ("ErrorOccurred", "False", "ApplicationSetUpToDate", "Successfully generated all"),
            ("ParametersGenerated", "True", "ParametersGenerated", ""),
        ),
        symptom="ApplicationSet.argoproj.io/NS/all",
    ),
    well(
        "backup-of-cluster",
        2,
        custom(CNPG, "Cluster", "db", READY),
        custom(CNPG, "Backup", "night", about={"cluster": {"name": "db"}}, phase="completed"),
        symptom="Backup.postgresql.cnpg.io/NS/night",
    ),
    well(
        "policy-alone",
        0,
        web(),
        service(),
        thing("NetworkPolicy", "deny", NETWORKING, spec={"podSelector": {"matchLabels": {"app": "nobody"}}}),
        symptom="NetworkPolicy/NS/deny",
        well=("Service/NS/web", "Deployment/NS/web"),
    ),
)

CONTROLLERS = (*NETWORK, *OPERATORS, *WELL)
