"""The service beside the demo: it wakes and sleeps the namespaces of the shop that have a schedule."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import structlog

from astrolabe.demo.cluster import Demo
from astrolabe.override import application
from astrolabe.override.settings import Environment
from astrolabe.override.settings import Settings as Own
from astrolabe.settings import Settings

_RULES = """\
roles:
  visitor: {environments: ["*"], longest: 4h, default: 30m, weekends: true, bulk: true, audit: true}
people: [{role: visitor, users: ["token:visitor"]}]
cooldown: {first: 0s, second: 0s, further: 0s}
"""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def beside(
    cluster: Demo, settings: Settings, *, port: int = 8090, metrics_port: int = 8091
) -> AsyncIterator[None]:
    """Run the service until the context is left; its files are in a folder that goes with it."""
    cluster.server.writable = True
    sleepinfos = cluster.server.objects("sleepinfos.kube-green.com")
    names = sorted({each["metadata"]["namespace"] for each in sleepinfos})
    scheme = "https" if settings.tls_cert_file else "http"
    with TemporaryDirectory(prefix="astrolabe-demo-") as folder:
        own = msgspec.structs.replace(
            _settings(Path(folder), cluster.url, names, f"{scheme}://127.0.0.1:{settings.port}"),
            port=port,
            metrics_port=metrics_port,
        )
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


async def _run(own: Own, stopping: asyncio.Event) -> None:
    """Run the service; where it cannot start, say so at once, and let the demo go on without it."""
    try:
        await application.run(own, stopping)
    except application.StartError as error:
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
        "audit-key": application.new_key(),
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
