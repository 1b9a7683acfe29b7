"""What is read again while the service runs, and what stops its start."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from astrolabe.api import files
from astrolabe.api.files import UnusableFile
from astrolabe.override import application, chain, parts, settings, sqlite
from astrolabe.override.application import StartError
from astrolabe.override.chain import Head
from astrolabe.override.ledger import Ledger
from astrolabe.override.store import StoreError
from tests.override.process import KEY, configuration
from tests.override.serving import SECOND
from tests.override.test_store import refused
from tests.override.world import HOUR, RULES, Service, World


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at files each time."""
    monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)


def test_rules_are_read_again(tmp_path: Path) -> None:
    rules = parts.rules_of(settings.read(configuration(tmp_path)))
    assert rules.current.roles["developer"].longest == 4 * 3600
    (tmp_path / "rules.yaml").write_text(SECOND.replace("longest: 4h", "longest: 3h"))
    assert rules.current.roles["developer"].longest == 3 * 3600


def test_rules_that_cannot_be_used_leave_the_old_ones(tmp_path: Path) -> None:
    rules = parts.rules_of(settings.read(configuration(tmp_path)))
    (tmp_path / "rules.yaml").write_text("roles: {developer: {longest: for ever}}")
    with capture_logs() as logs:
        assert rules.current.roles["developer"].longest == 4 * 3600
        assert rules.current.roles["developer"].longest == 4 * 3600
    reasons = [entry["reason"] for entry in logs]
    assert len(reasons) == 1
    assert "roles.developer.longest: `for ever` is not a duration" in reasons[0]
    (tmp_path / "rules.yaml").write_text(SECOND)
    assert rules.current.roles["developer"].longest == 4 * 3600


async def started(config: Path) -> None:
    async with asyncio.timeout(20):
        await application.run(settings.read(config), asyncio.Event())


async def test_a_broken_audit_stops_the_start(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    store = sqlite.opened(tmp_path / "override.db")
    await store.append(chain.seal(b"x" * 32, Head(), [refused(1)]))
    await store.close()
    with pytest.raises(
        StartError, match="the audit is broken: record 1 was changed, or sealed with another key"
    ):
        await started(config)
    # The database is free again.
    await sqlite.opened(tmp_path / "override.db").close()


async def test_an_environment_in_hand_has_to_be_in_the_settings(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    store = sqlite.opened(tmp_path / "override.db")
    bench = Service(World(), store, names=("qa",), rules=RULES.replace("dev", "qa"))
    bench.ledger = bench.worker._ledger = Ledger(store, KEY.encode())
    await bench.ask("qa", "sleep", HOUR)
    await bench.settle()
    await store.close()
    with pytest.raises(StartError, match="environments: `qa` is in hand and is not in the settings"):
        await started(config)


async def test_what_was_changed_directly_is_not_put_back_in_git(tmp_path: Path) -> None:
    environments = {
        "prod": {"namespaces": ["prod"]},
        "staging": {"namespaces": ["staging"]},
        "dev": {"namespaces": ["dev"], "gitops": {"project": "a/b"}},
    }
    config = configuration(tmp_path, environments=json.dumps(environments), gitlab="{token_file: audit-key}")
    store = sqlite.opened(tmp_path / "override.db")
    bench = Service(World(), store, rules=RULES)
    bench.ledger = bench.worker._ledger = Ledger(store, KEY.encode())
    await bench.ask("dev", "sleep", HOUR)
    await bench.settle()
    await store.close()
    with pytest.raises(StartError, match="in hand and was changed directly: leave gitops out until"):
        await started(config)


async def test_a_second_process_on_the_same_file_stops(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    store = sqlite.opened(tmp_path / "override.db")
    with pytest.raises(StoreError, match="another process works with it"):
        await started(config)
    await store.close()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ann:short", "line 1: expected NAME:TOKEN, a token of 16 characters or more"),
        ("just-a-token-0123456789", "line 1: expected NAME:TOKEN"),
        ("ann:0123456789abcdef0\nann:fedcba98765432100", "line 2: `ann` has a token already"),
        ("ann:0123456789abcdef0\nbob:0123456789abcdef0", "line 2: `bob` has the same token as somebody else"),
    ],
)
async def test_tokens_that_cannot_be_used(tmp_path: Path, line: str, message: str) -> None:
    config = configuration(tmp_path)
    (tmp_path / "tokens").write_text(line + "\n")
    with pytest.raises(UnusableFile) as error:
        await started(config)
    assert message in str(error.value)
    assert "0123456789" not in str(error.value)


def nowhere(folder: Path) -> Path:
    """Write a kubeconfig of an API server that is away."""
    path = folder / "kubeconfig"
    path.write_text(
        "{apiVersion: v1, kind: Config, current-context: a, clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}],"
        " users: [{name: a, user: {}}], contexts: [{name: a, context: {cluster: a, user: a}}]}"
    )
    return path


async def test_webhooks_and_the_page_have_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hook").write_text("a-token-of-gitlab\n")
    config = configuration(
        tmp_path,
        port="0",
        metrics_port="0",
        kubeconfig=os.fspath(nowhere(tmp_path)),
        gitlab="{token_file: hook}",
        webhooks="{gitlab_token_file: hook, port: 0}",
        confirmation_page="true",
    )
    ports: dict[str, int] = {}
    listen, all_there = application._listen, asyncio.Event()

    async def noted(*given: Any) -> int:
        ports[given[-1]] = await listen(*given)
        if given[-1] == "metrics_port":
            all_there.set()
        return ports[given[-1]]

    monkeypatch.setattr(application, "_listen", noted)
    stopping = asyncio.Event()
    running = asyncio.create_task(application.run(settings.read(config), stopping))
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        await all_there.wait()
        hook = f"http://127.0.0.1:{ports['webhooks.port']}/gitlab"
        told = []
        for token in ("a-token-of-gitlab", "another"):
            async with session.post(hook, json={}, headers={"X-Gitlab-Token": token}) as answer:
                told.append(answer.status)
        page = f"http://127.0.0.1:{ports['port']}/confirm?environment=dev&action=wake"
        async with session.get(page) as answer:
            told.append(answer.status)
        stopping.set()
        await running
    assert told == [204, 401, 200]
    assert len(set(ports.values())) == 3


async def test_what_one_sleeper_was_told_is_not_put_back_by_another(tmp_path: Path) -> None:
    environments = {name: {"namespaces": [name]} for name in ("prod", "staging")}
    config = configuration(
        tmp_path, environments=json.dumps({**environments, "dev": {"namespaces": ["dev"], "sleeper": "keda"}})
    )
    store = sqlite.opened(tmp_path / "override.db")
    bench = Service(World(), store, rules=RULES)
    bench.ledger = bench.worker._ledger = Ledger(store, KEY.encode())
    await bench.ask("dev", "sleep", HOUR)
    await bench.settle()
    await store.close()
    with pytest.raises(StartError, match="changed for kube-green: leave `sleeper` as it was until"):
        await started(config)


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    kubeconfig = nowhere(tmp_path)
    config = configuration(tmp_path, port=str(port), metrics_port="0", kubeconfig=os.fspath(kubeconfig))
    async with server:
        with pytest.raises(
            StartError, match=rf"cannot listen on 127\.0\.0\.1:{port} .*: check address and port"
        ):
            await started(config)


def test_the_key_is_not_shown(tmp_path: Path) -> None:
    config = settings.read(configuration(tmp_path, key="short"))
    with pytest.raises(UnusableFile) as error:
        parts.audit_key(config)
    assert "short`" not in str(error.value)
    assert KEY not in str(error.value)
