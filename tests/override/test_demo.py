"""`astrolabe demo --override`: the shop, the exporter and the service, asked by the command line."""

from __future__ import annotations

import argparse
import asyncio
import re
import socket
import tempfile
from functools import partial
from html import unescape
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs
from yarl import URL

from astrolabe.commands.demo import demo
from astrolabe.override.demonstration.beside import Ports, beside
from astrolabe.override.demonstration.environments import NAMESPACE
from astrolabe.settings import Settings
from tests.override.process import run
from tests.ports import free_port

NOT_RUNNING = "the override service does not run"


def _free_ports() -> list[int]:
    return [free_port() for _ in range(6)]


def _tokens(folder: Path) -> list[Path]:
    return list(folder.glob("*/token"))


async def _shows(url: str, line: str) -> None:
    """Wait until a metric shows something."""
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(url) as answer:
                    if line in (await answer.text()).splitlines():
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)


@pytest.mark.long
@pytest.mark.timeout(60)
async def test_a_visitor_sleeps_and_wakes_a_namespace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    exporter, port, metrics, slack_port, slack_page, issuer = _free_ports()
    stopping = asyncio.Event()
    arguments = argparse.Namespace(day=20)
    ports = Ports(api=port, metrics=metrics, slack=slack_port, slack_page=slack_page, issuer=issuer)
    service = partial(beside, ports=ports)
    running = asyncio.create_task(demo(Settings(port=exporter), arguments, stopping, service))
    url, shop = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{exporter}/metrics"
    own = f"http://127.0.0.1:{metrics}/metrics"

    async def ratio() -> str:
        async with aiohttp.ClientSession() as session, session.get(shop) as answer:
            lines = (await answer.text()).splitlines()
        start = 'astrolabe_environment_sleep_ratio{environment="dev-catalog"}'
        return next(line for line in lines if line.startswith(start))

    try:
        await _shows(own, 'astrolabe_override_active{action="wake",environment="dev-catalog"} 0.0')
        await _shows(shop, 'astrolabe_environment_sleep_ratio{environment="dev-catalog"} 0.0')
        (token,) = _tokens(tmp_path)
        for action, after in (("sleep", "asleep"), ("wake", "awake")):
            ended = await run(
                action, "dev-catalog", "30m", "--reason", "demo", f"--token-file={token}", url=url
            )
            assert (ended.code, ended.err) == (0, ""), ended
            verified = f'astrolabe_override_verified{{action="{action}",environment="dev-catalog"}} 1.0'
            await _shows(own, verified)
            shown = await ratio()
            assert (float(shown.split()[-1]) > 0) == (after == "asleep"), shown
            ended = await run("status", "dev-catalog", f"--token-file={token}", url=url)
            assert f"dev-catalog is to be {after} until" in ended.out
        await _in_git(token, url, own)
        await _in_slack(f"http://127.0.0.1:{slack_page}/", own)
        await _signed_in(url, own)
    finally:
        stopping.set()
        assert await running == 0
    assert not _tokens(tmp_path)


async def _in_git(token: Path, url: str, metrics: str) -> None:
    """A namespace whose SleepInfo is in git: a merge request and a sync, and back by another one."""
    name = NAMESPACE
    ended = await run("sleep", name, "30m", "--reason", "demo", f"--token-file={token}", url=url)
    assert (ended.code, ended.err) == (0, ""), ended
    await _shows(metrics, f'astrolabe_override_verified{{action="sleep",environment="{name}"}} 1.0')
    number = ended.out.split("(override ")[1].partition(")")[0]
    repository = token.parent / "environments.git"
    log = [f"--git-dir={repository}", "log", "--first-parent", "--format=%s", "main"]
    assert len(await _git(*log)) == 2
    shown = await _git(f"--git-dir={repository}", "show", f"main:environments/{name}/sleepinfo.yaml")
    (weekdays,) = [line for line in shown if "weekdays" in line]
    assert "'*'" not in weekdays
    await run("end", number, f"--token-file={token}", url=url)
    await _shows(metrics, f'astrolabe_override_holds{{environment="{name}"}} 0.0')
    assert len(await _git(*log)) == 3
    shown = await _git(f"--git-dir={repository}", "show", f"main:environments/{name}/sleepinfo.yaml")
    assert "  weekdays: '*'" in shown
    async with aiohttp.ClientSession() as session, session.get(metrics) as answer:
        text = await answer.text()
    assert f'argocd_sync_operations_total{{application="{name}",status="succeeded"}} 2.0' in text


async def _git(*words: str) -> list[str]:
    process = await asyncio.create_subprocess_exec("git", *words, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return out.decode().splitlines()


async def _in_slack(page: str, metrics: str) -> None:
    """Commands are typed on the small Slack's page, and answered; another site's page cannot."""
    plain = {"Content-Type": "text/plain"}
    async with aiohttp.ClientSession() as session:
        async with session.post(page, data="/k8s-sleep dev-orders 30m demo", headers=plain) as answer:
            assert "dev-orders is put to sleep until" in await answer.text()
        await _shows(metrics, 'astrolabe_override_verified{action="sleep",environment="dev-orders"} 1.0')
        async with session.get(page) as answer:
            assert "&gt; /k8s-sleep dev-orders 30m demo" in await answer.text()
        theirs = plain | {"Origin": "https://example.org"}
        async with session.post(page, data="/k8s-wake dev-orders 30m demo", headers=theirs) as answer:
            assert answer.status == 403


async def _signed_in(url: str, metrics: str) -> None:
    """A link, the issuer's page, and the form that comes back."""
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(url))
    wish = {"environment": "dev-orders", "action": "wake", "duration": "30m", "reason": "demo"}
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(f"{url}/confirm/sign-in", params=wish) as answer:
            text = await answer.text()
        way = unescape(re.findall(r'href="([^"]+)">visitor<', text)[0])
        async with session.get(answer.url.join(URL(way, encoded=True))) as answer:
            text = await answer.text()
        assert "You are signed in as <b>a visitor, who may do everything</b>." in text
        form = wish | {"mark": re.findall(r'name="mark" value="([^"]+)"', text)[0]}
        async with session.post(f"{url}/confirm", data=form) as answer:
            assert "dev-orders is woken until" in await answer.text()
    await _shows(metrics, 'astrolabe_override_verified{action="wake",environment="dev-orders"} 1.0')


@pytest.mark.long
@pytest.mark.timeout(60)
async def test_a_port_that_is_taken_is_told_at_once_and_the_demo_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    exporter, _, metrics, slack_port, slack_page, issuer = _free_ports()
    stopping = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as taken, capture_logs() as logs:
        api = taken.getsockname()[1]
        ports = Ports(api=api, metrics=metrics, slack=slack_port, slack_page=slack_page, issuer=issuer)
        service = partial(beside, ports=ports)
        arguments = argparse.Namespace(day=20)
        running = asyncio.create_task(demo(Settings(port=exporter), arguments, stopping, service))
        async with asyncio.timeout(20):
            # The log has no event to await.
            while not (told := [each for each in logs if each["event"] == NOT_RUNNING]):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await _shows(f"http://127.0.0.1:{exporter}/readyz", "ready")
        stopping.set()
        assert await running == 0
    assert "cannot listen on" in told[0]["reason"]
