"""Values of Secrets and ConfigMaps: what `kubectl apply` leaves of them in an annotation is kept nowhere."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import zlib
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from astrolabe.graph.facts import Facts
from astrolabe.kinds import configmap, secret
from astrolabe.kinds.kind import Kind, KindOptions
from astrolabe.kube.wire import ObjectMeta, metadata_of
from astrolabe.persistence.codec import pack
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from tests.api.exporter import kubeconfig
from tests.api.shop import make
from tests.ports import free_port
from tests.test_cli import LONGEST

SECRET, TEXT, LABEL = "sesame-of-the-secret", "sesame-of-the-text", "a-label-that-is-kept"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
ASKED = (
    "/metrics", "/", "/readyz", "/health", "/api/v1/resources", "/api/v1/graph", "/api/v1/namespaces",
    "/api/v1/releases", "/openapi.json",
)  # fmt: skip


def applied(kind: str, name: str, value: str, **metadata: Any) -> dict[str, Any]:
    """An object as `kubectl apply` makes it, what cannot be escaped in it included."""
    manifest = {"kind": kind, "metadata": {"name": name}, "stringData": {"password": value, "odd": '"\\ü\n'}}
    annotations = {APPLIED: json.dumps(manifest), "example.com/note": value}
    fields = {"f:metadata": {"f:annotations": {f"f:{value}": {}}}}
    return make(
        kind,
        name,
        "shop",
        metadata={
            "annotations": annotations,
            "managedFields": [{"manager": "kubectl", "operation": "Update", "fieldsV1": fields}],
            **metadata,
        },
        data={"password": value},
    )


def cluster() -> ApiServer:
    server = ApiServer()
    server.put(applied("Secret", "db", SECRET, labels={"app": LABEL}))
    server.put(applied("Secret", "sleepinfo-nights", SECRET))
    server.put(applied("Secret", "sh.helm.release.v1.web.v1", SECRET, labels={"owner": "helm", "name": "web",
                                                                            "version": "1"}))  # fmt: skip
    server.put(applied("ConfigMap", "flags", TEXT))
    # Objects that cannot be understood: who they are is read in another way, and logged.
    server.put(applied("Secret", "odd-label", SECRET, labels={"app": 5}))
    server.put(applied("ConfigMap", "odd-owner", TEXT, ownerReferences=[{"kind": "Pod"}]))
    server.put(applied("Secret", "odd-time", SECRET, creationTimestamp=SECRET))
    return server


async def test_no_object_of_the_process_holds_them(tmp_path: Path) -> None:
    server, port = cluster(), free_port()
    needles = [text[::-1] for text in (SECRET, TEXT, LABEL)]
    async with serving(server) as url:
        labels = "--metric-labels=secrets=[*],configmaps=[*]"
        words = (
            labels,
            f"--kubeconfig={kubeconfig(tmp_path, url)}",
            f"--port={port}",
            "--v=2",
            "--log-format=json",
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.holding", json.dumps(needles), "serve", *words,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "HOME": str(tmp_path)},
        )  # fmt: skip
        try:
            async with asyncio.timeout(LONGEST):
                before = await answers(port)
                for name in ("db", "odd-label"):
                    server.put(applied("Secret", name, SECRET, labels={"app": LABEL, "changed": "yes"}))
                server.delete("secrets", "shop", "sleepinfo-nights")
                after = await answers(port, until='label_changed="yes"')
                process.send_signal(signal.SIGUSR2)
                assert process.stdout is not None
                held = json.loads(await process.stdout.readline())
                process.send_signal(signal.SIGTERM)
                _, logged = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    assert held[LABEL[::-1]] > 0, "nothing is found"
    assert (held[SECRET[::-1]], held[TEXT[::-1]]) == (0, 0)
    text = logged.decode()
    assert text.count("object skipped: it cannot be decoded") == 3
    for place in (before, after, text):
        assert "odd-owner" in place or "Secret/shop/db" in place
        assert SECRET not in place
        assert TEXT not in place


async def answers(port: int, until: str = "Secret/shop/db") -> str:
    """Whatever the exporter answers, once a text is in it."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        while True:
            found = []
            try:
                for path in ASKED:
                    async with session.get(path) as answer:
                        found.append(await answer.text())
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)  # a real process shares no clock with the test
            if until in (text := "\n".join(found)):
                return text


@pytest.mark.parametrize("kind", [secret.KIND, configmap.KIND], ids=lambda kind: kind.name)
def test_neither_facts_nor_what_is_kept_over_a_restart_has_them(kind: Kind) -> None:
    facts = kind.reader("v1", KindOptions())(data(kind), {})
    assert isinstance(facts, Facts)
    block = zlib.decompress(pack([(facts.id, facts)], set()))
    assert LABEL.encode() in block
    assert SECRET.encode() not in block


def data(kind: Kind) -> bytes:
    return json.dumps(applied(kind.name, "db", SECRET, uid="u-1", labels={"app": LABEL})).encode()


def test_who_an_object_is_is_told_without_its_annotations() -> None:
    found = metadata_of(data(secret.KIND))
    assert (found.namespace, found.name) == ("shop", "db")
    assert SECRET not in repr(found)
    bookmark = b'{"metadata": {"annotations": {"k8s.io/initial-events-end": "true", "a": 5}}}'
    assert metadata_of(bookmark).ends_initial_events
    assert not ObjectMeta().ends_initial_events
