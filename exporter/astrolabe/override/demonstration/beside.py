"""The service beside the demo: it wakes and sleeps the namespaces of the shop that have a schedule."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import structlog

from astrolabe.demo.cluster import Demo
from astrolabe.override import application, parts
from astrolabe.override.demonstration.environments import NAMESPACE, in_git
from astrolabe.override.demonstration.people import with_issuer, with_slack
from astrolabe.override.demonstration.repository import GitFailed
from astrolabe.override.settings import Environment
from astrolabe.override.settings import Settings as Own
from astrolabe.settings import Settings

_RULES = """\
roles:
  visitor: {environments: ["*"], longest: 4h, default: 30m, weekends: true, bulk: true, audit: true}
people: [{role: visitor, users: ["token:visitor", "slack:U0VISITOR", "oidc:visitor"]}]
cooldown: {first: 0s, second: 0s, further: 0s}
"""

log = structlog.get_logger(__name__)


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything listens, on loopback."""

    api: int = 8090
    metrics: int = 8091
    slack: int = 8092
    """Where the service takes Slack's requests."""
    slack_page: int = 8093
    issuer: int = 8094


PORTS = Ports()


@asynccontextmanager
async def beside(
    cluster: Demo,
    settings: Settings,
    ports: Ports = PORTS,
) -> AsyncIterator[None]:
    """Run the service until the context is left; its files are in a folder that goes with it.

    One namespace is changed in git, by a small GitLab and Argo CD, the others directly. A small Slack has a
    page to type commands on, a small issuer one to sign in.
    """
    cluster.server.writable = True
    sleepinfos = cluster.server.objects("sleepinfos.kube-green.com")
    names = sorted({each["metadata"]["namespace"] for each in sleepinfos})
    scheme = "https" if settings.tls_cert_file else "http"
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="astrolabe-demo-")))
        own = msgspec.structs.replace(
            _settings(folder, cluster.url, names, f"{scheme}://127.0.0.1:{settings.port}"),
            port=ports.api,
            metrics_port=ports.metrics,
        )
        own = await _with_git(own, cluster, folder, stack)
        own = await with_slack(own, folder, stack, ports.slack, ports.slack_page)
        own = await with_issuer(own, stack, ports.issuer)
        stopping = asyncio.Event()
        running = asyncio.create_task(_run(own, stopping))
        log.info(
            "wake a namespace of the shop",
            command=f"astrolabe override wake dev-catalog 30m --reason demo --token-file {folder}/token",
            metrics=f"http://127.0.0.1:{own.metrics_port}/metrics",
        )
        try:
            yield
        finally:
            stopping.set()
            await running


async def _with_git(own: Own, cluster: Demo, folder: Path, stack: AsyncExitStack) -> Own:
    """Return the settings with one namespace in git; where there is no git, say so and change it directly."""
    try:
        found = await stack.enter_async_context(in_git(cluster.server, folder))
    except GitFailed as failed:
        log.warning("every namespace is changed without GitOps", reason=str(failed))
        return own
    log.info(
        "a namespace that is changed in git",
        command=f"astrolabe override wake {NAMESPACE} 30m --reason demo --token-file {folder}/token",
        see=f"git --git-dir {found.repository} log --patch main",
    )
    namespace = msgspec.structs.replace(own.environments[NAMESPACE], gitops=found.gitops)
    return msgspec.structs.replace(
        own,
        environments={**own.environments, NAMESPACE: namespace},
        gitlab=found.gitlab,
        argocd=found.argocd,
    )


async def _run(own: Own, stopping: asyncio.Event) -> None:
    """Run the service; where it cannot start, say so at once, and let the demo go on without it."""
    try:
        await application.run(own, stopping)
    except parts.StartError as error:
        log.warning("the override service does not run", reason=str(error))


def _settings(folder: Path, api_server: str, namespaces: list[str], exporter: str) -> Own:
    """Write the files that the service reads, and return its settings."""
    token = secrets.token_urlsafe(24)
    cluster = {"name": "shop", "cluster": {"server": api_server}}
    context = {"name": "shop", "context": {"cluster": "shop", "user": "visitor"}}
    kubeconfig = {
        "apiVersion": "v1", "kind": "Config", "current-context": "shop",
        "clusters": [cluster], "contexts": [context], "users": [{"name": "visitor", "user": {}}],
    }  # fmt: skip
    contents = {
        "token": token,
        "tokens": f"visitor:{token}\n",
        "rules.yaml": _RULES,
        "audit-key": parts.new_key(),
        "kubeconfig": json.dumps(kubeconfig),
    }
    for name, content in contents.items():
        (folder / name).write_text(content, "utf-8")
    return Own(
        environments={name: Environment(namespaces=(name,)) for name in namespaces},
        rules=str(folder / "rules.yaml"),
        audit_key_file=str(folder / "audit-key"),
        tokens_file=str(folder / "tokens"),
        database=str(folder / "override.db"),
        kubeconfig=str(folder / "kubeconfig"),
        exporter=exporter,
    )
