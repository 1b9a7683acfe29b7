"""What is installed: the platform and the shop's teams, as data."""

from __future__ import annotations

from dataclasses import dataclass

REGISTRY = "registry.example.com"
NODES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A release of the shop's own chart: Deployment, Service and what belongs to them."""

    name: str
    replicas: int = 2
    cpu: str = "200m"
    memory: str = "256Mi"
    version: str = "2.7.1"
    host: str = ""
    """Host of its Ingress; none where it is empty."""
    most: int = 0
    """Highest number of replicas of its HorizontalPodAutoscaler; none where it is 0."""
    store: str = ""
    """Image of the StatefulSet that keeps its data; none where it is empty."""
    store_replicas: int = 1
    job: str = ""
    """Schedule of its CronJob; none where it is empty."""
    recreate: bool = False
    """Old Pods stop before new ones start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A release of the platform in its namespace."""

    namespace: str
    name: str
    image: str
    chart: str
    replicas: int = 1
    everywhere: bool = False
    """A DaemonSet."""
    store: bool = False
    """A StatefulSet."""


POSTGRES = "docker.io/library/postgres:17.2"
REDIS = "docker.io/library/redis:7.4.2"
OPENSEARCH = "docker.io/opensearchproject/opensearch:2.19.0"

TEAMS: dict[str, tuple[App, ...]] = {
    "frontend": (
        App(name="web", replicas=4, host="www", most=10, cpu="300m", memory="512Mi"),
        App(name="assets", replicas=2, host="static"),
        App(name="storefront-api", replicas=3, host="api", most=8),
        App(name="banner", replicas=2, job="*/10 * * * *"),
    ),
    "checkout": (
        App(name="checkout", replicas=3, most=9, cpu="400m", memory="512Mi"),
        App(name="cart", replicas=3, store=REDIS, store_replicas=3, most=6),
        App(name="vouchers", replicas=2, store=POSTGRES),
    ),
    "catalog": (
        App(name="products", replicas=3, store=POSTGRES, store_replicas=2, most=6),
        App(name="pricing", replicas=2, job="*/6 * * * *"),
        App(name="reviews", replicas=2, store=POSTGRES),
        App(name="media", replicas=2, host="media"),
    ),
    "payments": (
        App(name="gateway", replicas=2, host="pay", recreate=True),
        App(name="ledger", replicas=2, store=POSTGRES, store_replicas=2),
        App(name="fraud", replicas=2, cpu="500m", memory="1Gi"),
    ),
    "orders": (
        App(name="orders", replicas=3, store=POSTGRES, store_replicas=2, most=6),
        App(name="invoices", replicas=2, job="*/8 * * * *"),
        App(name="returns", replicas=2),
    ),
    "search": (
        App(name="search", replicas=3, most=8, cpu="500m", memory="1Gi"),
        App(name="indexer", replicas=1, store=OPENSEARCH, store_replicas=3, job="*/7 * * * *"),
        App(name="suggest", replicas=2),
    ),
    "accounts": (
        App(name="accounts", replicas=3, store=POSTGRES, store_replicas=2, host="login"),
        App(name="sessions", replicas=2, store=REDIS),
        App(name="consent", replicas=1),
    ),
    "shipping": (
        App(name="shipping", replicas=2, store=POSTGRES),
        App(name="tracking", replicas=2, job="*/5 * * * *"),
        App(name="labels", replicas=1),
    ),
    "inventory": (
        App(name="stock", replicas=3, store=POSTGRES, store_replicas=2),
        App(name="warehouse", replicas=2),
        App(name="forecast", replicas=1, job="*/12 * * * *", cpu="1", memory="2Gi"),
    ),
    "recommendations": (
        App(name="recommender", replicas=3, most=6, cpu="600m", memory="1Gi"),
        App(name="features", replicas=2, store=REDIS),
    ),
    "notifications": (
        App(name="mailer", replicas=2, job="*/9 * * * *"),
        App(name="push", replicas=2),
        App(name="templates", replicas=1),
    ),
}
"""Apps by team, as production runs them."""

COPIES: dict[str, tuple[str, ...]] = {
    "staging": ("frontend", "checkout", "catalog", "orders", "search", "payments"),
    "dev": ("frontend", "checkout", "catalog", "orders", "search"),
}
"""Environments beside production, and the teams that have one."""

ENVIRONMENTS = {"shop": "production", "staging": "staging", "dev": "development"}

PLATFORM: tuple[Part, ...] = (
    Part(
        namespace="kube-system",
        name="coredns",
        image="registry.k8s.io/coredns/coredns:v1.12.1",
        chart="",
        replicas=2,
    ),
    Part(
        namespace="kube-system",
        name="kube-proxy",
        image="registry.k8s.io/kube-proxy:v1.36.3",
        chart="",
        everywhere=True,
    ),
    Part(
        namespace="kube-system",
        name="metrics-server",
        image="registry.k8s.io/metrics-server/metrics-server:v0.8.0",
        chart="metrics-server-3.13.0",
    ),
    Part(
        namespace="kube-system",
        name="csi-node",
        image=f"{REGISTRY}/csi/node:1.14.0",
        chart="csi-driver-1.14.0",
        everywhere=True,
    ),
    Part(
        namespace="ingress-nginx",
        name="ingress-nginx-controller",
        image="registry.k8s.io/ingress-nginx/controller:v1.13.0",
        chart="ingress-nginx-4.13.0",
        replicas=2,
    ),
    Part(
        namespace="cert-manager",
        name="cert-manager",
        image="quay.io/jetstack/cert-manager-controller:v1.18.2",
        chart="cert-manager-v1.18.2",
    ),
    Part(
        namespace="cert-manager",
        name="cert-manager-webhook",
        image="quay.io/jetstack/cert-manager-webhook:v1.18.2",
        chart="cert-manager-v1.18.2",
    ),
    Part(
        namespace="monitoring",
        name="prometheus",
        image="quay.io/prometheus/prometheus:v3.5.0",
        chart="kube-prometheus-stack-75.15.0",
        replicas=2,
        store=True,
    ),
    Part(
        namespace="monitoring",
        name="alertmanager",
        image="quay.io/prometheus/alertmanager:v0.28.1",
        chart="kube-prometheus-stack-75.15.0",
        replicas=3,
        store=True,
    ),
    Part(
        namespace="monitoring",
        name="grafana",
        image="docker.io/grafana/grafana:12.1.0",
        chart="grafana-9.3.0",
    ),
    Part(
        namespace="monitoring",
        name="node-exporter",
        image="quay.io/prometheus/node-exporter:v1.9.1",
        chart="kube-prometheus-stack-75.15.0",
        everywhere=True,
    ),
    Part(
        namespace="logging",
        name="log-agent",
        image="docker.io/fluent/fluent-bit:4.0.7",
        chart="fluent-bit-0.52.0",
        everywhere=True,
    ),
    Part(
        namespace="kube-green",
        name="kube-green",
        image="docker.io/kubegreen/kube-green:0.8.0",
        chart="kube-green-0.8.0",
    ),
    Part(
        namespace="argocd",
        name="argocd-server",
        image="quay.io/argoproj/argocd:v3.1.0",
        chart="argo-cd-8.2.5",
        replicas=2,
    ),
    Part(
        namespace="argocd",
        name="argocd-application-controller",
        image="quay.io/argoproj/argocd:v3.1.0",
        chart="argo-cd-8.2.5",
        store=True,
    ),
)
