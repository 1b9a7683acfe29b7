"""What `serve` and `check` make of the settings."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from time import perf_counter

import pytest

from astrolabe.commands.acquaintance import Acquaintance
from astrolabe.commands.check import check
from astrolabe.commands.persistence import open_state_store, open_state_writer
from astrolabe.kube.cluster import connect
from astrolabe.kube.credentials import Kubeconfig
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.identity import identity
from astrolabe.kube.transport import Unreachable
from astrolabe.settings import Settings, SettingsError
from astrolabe.testing import watching
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.faults import Refuse
from astrolabe.testing.http import serving
from astrolabe.testing.inprocess import InProcess
from astrolabe.testing.requests import Verb
from tests.api.exporter import cluster, kubeconfig
from tests.api.shop import make
from tests.persistence.servers import PASSWORD, redis
from tests.ports import free_port


def with_uid(kind: str, name: str, namespace: str, uid: str) -> ApiServer:
    server = ApiServer()
    server.put(make(kind, name, namespace, metadata={"uid": uid}))
    return server


async def test_a_cluster_is_told_by_what_it_has_one_of() -> None:
    whole = with_uid("Namespace", "kube-system", "", "u-1")
    part = with_uid("ConfigMap", "kube-root-ca.crt", "a", "u-2")
    assert await identity(InProcess(whole), "https://x") == "u-1"
    assert await identity(InProcess(part), "https://x", ("b", "a")) == "u-2"
    assert await identity(InProcess(part), "https://x", ("b",)) == "https://x"
    whole.faults.forbid("namespaces")
    assert await identity(InProcess(whole), "https://x") == "https://x"
    # Who does not answer, or not now, may be any cluster.
    whole.faults.order("*", Refuse(503), verbs=frozenset({Verb.GET}))
    with pytest.raises(ApiFailure, match="503"):
        await identity(InProcess(whole), "https://x")
    whole.go_away()
    with pytest.raises(Unreachable, match="refused"):
        await identity(InProcess(whole), "https://x")


def test_without_persistence_the_client_is_not_imported() -> None:
    program = "import sys; import astrolabe.cli, astrolabe.commands.serve; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


async def test_without_persistence_there_is_no_state_writer(tmp_path: Path) -> None:
    async with serving(cluster()) as url:
        found = await connect(Kubeconfig(str(kubeconfig(tmp_path, url))))
        try:
            async with open_state_writer(Settings(), Acquaintance(found, ())) as state_writer:
                assert state_writer is None
        finally:
            await found.close()


@pytest.mark.real
@pytest.mark.parametrize("password", ["", PASSWORD])
async def test_check_says_in_one_line_whether_state_can_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], password: str
) -> None:
    async with serving(cluster()) as url:
        config = str(kubeconfig(tmp_path, url))
        with redis(tmp_path, password=PASSWORD) as server:
            settings = Settings(
                kubeconfig=config,
                enable_persistence=True,
                redis_addr=server.address,
                redis_password=password,
                redis_db=3,
            )
            code = await check(settings, Namespace(), asyncio.Event())
    lines = [line for line in capsys.readouterr().out.splitlines() if "persistence" in line]
    assert len(lines) == 1
    if password:
        assert code == 0
        assert lines[0].startswith("yes persistence: Redis ")
        assert lines[0].endswith(f"at {settings.redis_addr}, database 3")
    else:
        assert code == 1
        assert lines[0].startswith(f"no  persistence: Redis at {settings.redis_addr}: ")
        assert lines[0].endswith(": check redis_user and redis_password")


async def test_check_names_a_redis_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    async with serving(cluster()) as url:
        settings = Settings(
            kubeconfig=str(kubeconfig(tmp_path, url)), enable_persistence=True, redis_addr=f"127.0.0.1:{port}"
        )
        assert await check(settings, Namespace(), asyncio.Event()) == 1
    assert f"no  persistence: Redis at 127.0.0.1:{port}: " in capsys.readouterr().out


@asynccontextmanager
async def serve(config: Path, *flags: str) -> AsyncIterator[list[str]]:
    """Run `astrolabe serve` until the block is left; what it logs is complete then."""
    said: list[str] = []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "astrolabe", "serve", f"--kubeconfig={config}", "--port=0", *flags),
        env={**os.environ, "KUBECONFIG": "", "ENABLE_PERSISTENCE": "true"},
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            while not any("synced " in line for line in said):
                said.append((await process.stderr.readline()).decode())
                assert said[-1], said
        yield said
        before = perf_counter()
        process.terminate()
        async with asyncio.timeout(20):
            said += (await process.stderr.read()).decode().splitlines()
            assert await process.wait() == 0
        assert perf_counter() - before < 5
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.real
async def test_serve_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "BOOKMARK_EVERY", 0.5)
    async with serving(cluster()) as url:
        config = kubeconfig(tmp_path, url)
        with redis(tmp_path) as server:
            async with serve(config, f"--redis-addr={server.address}") as first:
                pass
            async with serve(config, f"--redis-addr={server.address}") as second:
                pass
    assert [line for line in first if "no state is kept yet" in line]
    assert [line for line in second if "state restored" in line and "objects=10 " in line]
    assert not [line for line in first + second if "[warning" in line]


async def test_serve_starts_and_stops_in_time_though_redis_hangs(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        async with serving(cluster()) as url:
            address = f"127.0.0.1:{mute.getsockname()[1]}"
            async with serve(kubeconfig(tmp_path, url), f"--redis-addr={address}") as said:
                pass
    assert len([line for line in said if "state not restored" in line]) == 1


async def test_a_file_for_tls_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    settings = Settings(enable_persistence=True, redis_tls=True, redis_tls_ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(SettingsError) as caught:
        async with open_state_store(settings):
            pass
    assert str(caught.value) == (
        f"redis_tls_ca_file: {tmp_path / 'none.pem'}: cannot be read: No such file or directory"
    )
