"""Installs the shop: releases one after another in the past, each settled before the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count

from astrolabe.demo.controllers.controlplane import ControlPlane
from astrolabe.demo.shop import cluster, objects, oddities
from astrolabe.demo.shop.catalogue import COPIES, ENVIRONMENTS, PLATFORM, REGISTRY, TEAMS, App, Part
from astrolabe.demo.shop.objects import Release
from astrolabe.demo.shop.pods import Container, config_volume, secret_volume, template
from astrolabe.demo.shop.rights import rights
from astrolabe.testing.managedfields import wrote
from astrolabe.testing.resources import Object

DOMAIN = "shop.example.com"
_PARTS = ("metadata", "spec", "data", "type", "rules", "subjects", "roleRef", "imagePullSecrets")
_STEP = timedelta(hours=7)
_SETTLING = timedelta(seconds=90)


def namespaces() -> dict[str, dict[str, str]]:
    """Return every namespace with its labels."""
    found: dict[str, dict[str, str]] = {name: {} for name in ("default", "kube-public", "kube-node-lease")}
    found |= {part.namespace: {"environment": "platform"} for part in PLATFORM}
    for team in TEAMS:
        found[f"shop-{team}"] = {"environment": ENVIRONMENTS["shop"], "team": team}
    for environment, teams in COPIES.items():
        for team in teams:
            found[f"{environment}-{team}"] = {"environment": ENVIRONMENTS[environment], "team": team}
    return found


class Installer:
    """Puts the shop's objects on a server, with the clock in the past."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self._server = plane.server
        self._addresses = (f"10.96.{n // 250}.{n % 250 + 1}" for n in count(10))

    def install(self, sleepinfos: Iterable[Object]) -> None:
        """Install everything and return to the present."""
        present = self._server.now
        self._now = present() - timedelta(days=60)
        self._server.now = lambda: self._now
        self._put(cluster.definitions(), "kubectl-client-side-apply")
        self._plane.start()
        self._put(cluster.nodes(self._time()), "kubelet")
        self._put(cluster.classes(), "kubectl-client-side-apply")
        self._put(cluster.cluster_roles(), "kube-apiserver")
        for name, labels in namespaces().items():
            self._put(cluster.namespace(name, labels), "kubectl-create")
        for part in PLATFORM:
            self._put(self._platform(part), "helm")
            self._settle(_STEP)
        for team, apps in TEAMS.items():
            self._team(f"shop-{team}", apps, ENVIRONMENTS["shop"])
        for environment, teams in COPIES.items():
            for team in teams:
                self._team(f"{environment}-{team}", TEAMS[team], ENVIRONMENTS[environment])
        self._put(oddities.objects_without_use(self._time()), "kubectl-client-side-apply")
        self._put(rights(), "kubectl-client-side-apply")
        self._put(sleepinfos, "kubectl-client-side-apply")
        self._settle(_SETTLING)
        assert self._now < present(), "the past is too short for what is installed in it"
        self._now = present() - timedelta(minutes=5)
        for cronjob in self._server.objects("cronjobs.batch"):
            self._plane.jobs.begin(cronjob, self._now)
        self._settle(_SETTLING)
        self._server.now = present

    def _time(self) -> str:
        return self._plane.loop.time()

    def _put(self, found: Iterable[Object], manager: str) -> None:
        for obj in found:
            self._server.put(wrote(obj, manager, self._time(), *_PARTS))

    def _settle(self, duration: timedelta) -> None:
        """Let controllers work for a while, and take no time over it."""
        end: datetime = self._now + duration
        self._plane.loop.settle()
        for due in self._plane.loop.upcoming():
            if due > end:
                break
            self._now = max(self._now, due)
            self._plane.loop.settle()
        self._now = end

    def _platform(self, part: Part) -> Iterable[Object]:
        release = Release(namespace=part.namespace, name=part.name, chart=part.chart)
        container = Container(name=part.name, image=part.image, mounts=(("config", "/etc/config"),))
        volumes = [config_volume("config", f"{part.name}-config")]
        pods = template(release.selector, [container], volumes=volumes, account=part.name)
        yield objects.config_map(release, f"{part.name}-config", config="level: info")
        yield release.object("v1", "ServiceAccount", part.name)
        if part.chart:
            yield objects.helm_record(release, 1, "deployed")
        if part.everywhere:
            update = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
            spec = {
                "selector": {"matchLabels": release.selector},
                "template": pods,
                "updateStrategy": update,
                "revisionHistoryLimit": 10,
            }
            yield release.object("apps/v1", "DaemonSet", spec=spec, status={})
            return
        if part.store:
            yield objects.statefulset(release, pods, part.replicas, "50Gi")
        else:
            yield objects.deployment(release, pods, part.replicas)
        edge = part.namespace == "ingress-nginx"
        yield objects.service(
            release,
            next(self._addresses),
            kind="LoadBalancer" if edge else "ClusterIP",
            ip="203.0.113.10" if edge else "",
        )

    def _team(self, namespace: str, apps: tuple[App, ...], environment: str) -> None:
        """Install a team's releases, each twice: the second revision is the one that runs."""
        owner = Release(namespace=namespace, name="namespace", chart="")
        registry = objects.secret(
            owner, "registry", ".dockerconfigjson", kind="kubernetes.io/dockerconfigjson"
        )
        deny = objects.network_policy(owner, "default-deny", {}, [])
        self._put((registry, deny), "argocd-controller")
        for app in apps:
            for revision, version in ((1, "2.6.4"), (2, app.version)):
                self._put(self._app(namespace, app, environment, version, revision), "helm")
                self._settle(_SETTLING)
            self._now += _STEP

    def _app(
        self, namespace: str, app: App, environment: str, version: str, revision: int
    ) -> Iterable[Object]:
        release = Release(namespace=namespace, name=app.name, chart=f"shop-app-{version}")
        production = environment == "production"
        for number in range(1, revision + 1):
            status = "deployed" if number == revision else "superseded"
            yield objects.helm_record(release, number, status)
        yield objects.service_account(release, app.name)
        reading = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "watch"]}
        yield objects.role(release, app.name, [reading])
        yield objects.role_binding(release, app.name, app.name, app.name)
        config, credentials = f"{app.name}-config", f"{app.name}-credentials"
        yield objects.config_map(release, config, ENVIRONMENT=environment, LOG_LEVEL="info")
        yield objects.config_map(release, f"{app.name}-features", flags="checkout-v2: true")
        yield objects.secret(release, credentials, "password", "username")
        container = Container(
            name="app",
            image=f"{REGISTRY}/shop/{app.name}:{version}",
            cpu=app.cpu,
            memory=app.memory,
            config_env=config,
            secret_env=(("DATABASE_PASSWORD", credentials, "password"),),
            mounts=(("features", "/etc/features"), ("extra", "/etc/extra")),
        )
        proxy = Container(
            name="proxy", image="docker.io/envoyproxy/envoy:v1.34.2", port=9901, cpu="50m", memory="64Mi"
        )
        volumes = [
            config_volume("features", f"{app.name}-features"),
            config_volume("extra", f"{app.name}-extra", optional=True),
        ]
        containers = [container, proxy] if app.host else [container]
        pods = template(release.selector, containers, volumes=volumes, account=app.name)
        yield objects.deployment(release, pods, app.replicas if production else 1, recreate=app.recreate)
        if revision > 1:
            yield from self._around(release, app, production=production)

    def _around(self, release: Release, app: App, *, production: bool) -> Iterable[Object]:
        yield objects.service(release, self._address(release))
        source = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}
        selector = {"matchLabels": release.selector}
        peers: list[Object] = [{"podSelector": {}}, *([source] if app.host else [])]
        yield objects.network_policy(release, app.name, selector, peers)
        if app.host:
            host = f"{app.host}.{DOMAIN}" if production else f"{app.host}.{release.namespace}.{DOMAIN}"
            tls = f"{app.name}-tls"
            yield objects.ingress(release, host, app.name, secret=tls)
            yield cluster.certificate(release.namespace, tls, host, self._time())
            yield objects.secret(release, tls, "tls.crt", "tls.key", kind="kubernetes.io/tls")
        if production and app.most:
            yield objects.autoscaler(release, app.name, app.replicas, app.most)
        if production and app.replicas > 1:
            yield objects.budget(release, selector)
        if app.store:
            yield from self._store(release, app, production=production)
        if app.job:
            job = Container(name="job", image=f"{REGISTRY}/shop/{app.name}-job:2.7.1", cpu="50m")
            labels = {"app.kubernetes.io/component": "job", "app.kubernetes.io/instance": app.name}
            pods = template(labels, [job], account=app.name, restart="Never")
            yield objects.cronjob(release, f"{app.name}-job", app.job, pods)

    def _store(self, release: Release, app: App, *, production: bool) -> Iterable[Object]:
        store = Release(
            namespace=release.namespace, name=release.name, chart=release.chart, app=f"{app.name}-store"
        )
        container = Container(
            name="store",
            image=app.store,
            cpu="250m",
            memory="1Gi",
            mounts=(("data", "/var/lib/data"), ("credentials", "/etc/credentials")),
        )
        volumes = [secret_volume("credentials", f"{app.name}-credentials")]
        pods = template(store.selector, [container], volumes=volumes, account=app.name)
        replicas = app.store_replicas if production else 1
        yield objects.statefulset(store, pods, replicas, "20Gi" if production else "5Gi")
        yield objects.service(store, "None")

    def _address(self, release: Release) -> str:
        """Return the address of the release's Service, a new one where it is not there yet."""
        if self._server.has("services", release.namespace, release.name):
            spec = self._server.peek("services", release.namespace, release.name)["spec"]
            return str(spec["clusterIP"])
        return next(self._addresses)
