"""What one client may take, and what the program leaves behind: nothing."""

from __future__ import annotations

import asyncio
import gzip
import logging
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from astrolabe.api import limits
from astrolabe.testing.faults import Silent
from astrolabe.testing.requests import Verb
from tests.api.certificates import Shop
from tests.api.exporter import Client, cluster, serving, until
from tests.api.test_security_access import bearer, written
from tests.test_cli import against, ready


async def said(client: Client, request: bytes) -> bytes:
    """Send bytes on a connection of their own; returns all that comes until it is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(request)
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /metrics?" + b"x" * 8190 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + b"x" * 8190 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\n" + b"X-A: b\r\n" * 200 + b"\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sesame\x00\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_too_large_or_malformed_is_refused_and_not_logged(
    request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as client:
        assert (await said(client, request_)).startswith(b"HTTP/1.0 400 Bad Request\r\n")
        assert await client.text("/livez") == "ok\n"
    assert caplog.records == []


def test_faults_of_ours_are_logged() -> None:
    logger = limits.server_options()["logger"]
    for error in (ValueError("ours"), None):
        exc_info = (type(error), error, None) if error else None
        record = logging.LogRecord("", logging.ERROR, "", 0, "Error handling request", (), exc_info)
        assert logger.filter(record)


class TestBodies:
    @pytest.mark.parametrize("path", ["/metrics", "/", "/livez", "/nowhere"])
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    async def test_questions_carry_nothing(self, path: str, method: str) -> None:
        async with serving() as client:
            status, response, body = await client.get(path, method=method, data=b"x" * 100_000)
            assert (status, response.headers["Connection"]) == (413, "close")
            assert body == (b"no body is taken\n" if method == "GET" else b"")

    async def test_chunks_are_a_body_and_nothing_is_none(self) -> None:
        async with serving() as client:
            head = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
            answer = await said(client, head + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 413 ")
            answer = await said(client, head + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 ")

    async def test_one_that_never_ends_holds_no_connection(self) -> None:
        async with serving() as client:
            answer = await said(client, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\nx")
            assert answer.startswith(b"HTTP/1.1 405 ")

    async def test_none_is_unpacked(self) -> None:
        packed = gzip.compress(b"x" * 1_000_000)
        async with serving() as client:
            for headers in ({"Content-Encoding": "gzip"}, {"Content-Encoding": "deflate"}):
                assert (await client.get("/", method="POST", data=packed, headers=headers))[0] == 405


async def test_a_connection_that_says_nothing_whole_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IDLE", 0.2)
    async with serving() as client:
        for silence in (b"", b"GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: ", b"\r\n"):
            assert await said(client, silence) == b""
        # And one that has had its answer.
        answer = await said(client, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.endswith(b"ok\n")


async def test_who_may_not_read_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that wait for the API server's verdict are not counted among those being answered."""
    monkeypatch.setattr(limits, "REQUESTS_AT_ONCE", 1)
    server = cluster()
    server.accounts.tokens["good"] = "prometheus"
    server.accounts.paths.add(("prometheus", "/astrolabe/"))
    async with serving(server, authorization="kubernetes") as client:
        assert (await client.get("/", headers=bearer("good")))[0] == 200
        server.faults.order("*", Silent(), verbs=frozenset({Verb.REVIEW}), times=None)
        strangers = [
            asyncio.create_task(client.get("/", headers=bearer(f"guess-{number}"))) for number in range(3)
        ]
        await until(lambda: sum(request.verb is Verb.REVIEW for request in server.requests) == 2 + 3)
        assert (await client.get("/", headers=bearer("good")))[0] == 200
        for stranger in strangers:
            stranger.cancel()
        await asyncio.wait(strangers)


# The process

WATCHED = """
import os, sys

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown",
           "os.truncate", "os.utime", "tempfile.mkstemp", "tempfile.mkdtemp"}

def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
    if event in CHANGES or writes and arguments[0] != os.devnull:
        os.write(2, f"WRITES {event} {arguments!r}\\n".encode())

sys.addaudithook(watch)
"""
"""Runs before the program, and says on the error stream what it writes to a file system."""


async def test_it_writes_nothing(tmp_path: Path) -> None:
    """As on a read-only file system, without a home and a folder for temporary files."""
    hooks, here = tmp_path / "hooks", tmp_path / "here"
    hooks.mkdir()
    here.mkdir()
    (hooks / "sitecustomize.py").write_text(WATCHED)
    nowhere = str(tmp_path / "nowhere")
    environment = {
        "HOME": nowhere,
        "TMPDIR": nowhere,
        "PYTHONPATH": str(hooks),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    shop = Shop(tmp_path)
    token = written(tmp_path, "sesame")
    words = (
        f"--web-token-file={token}",
        *(f"--{name.replace('_', '-')}={path}" for name, path in shop.settings.items()),
    )
    async with (
        ready(tmp_path, cluster(), *words, environment=environment, cwd=here, ssl=shop.trust()) as (
            process,
            url,
        ),
        aiohttp.ClientSession() as session,
    ):
        async with session.get(f"{url}/metrics", headers=bearer("sesame"), ssl=shop.trust()) as response:
            assert response.status == 200
            assert "astrolabe_resource_info" in await response.text()
        ended = await process.stopped(signal.SIGTERM)
    assert ended.code == 0
    assert "WRITES" not in ended.err
    assert "sesame" not in ended.err
    assert list(here.iterdir()) == []


async def test_what_watches_for_writing_sees_it(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCHED)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"open({str(tmp_path / 'trace')!r}, 'w')",
        env={"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        _, err = await process.communicate()
    assert b"WRITES open" in err


async def test_a_file_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    token = written(tmp_path, "sesame street")
    ended = await against(tmp_path, cluster(), f"--web-token-file={token}", "--log-format=json")
    assert ended.code == 1
    assert ended.err.splitlines()[-1] == (
        f"astrolabe: web_token_file: {token}: line 1: no token: letters, digits and -._~+/ alone"
    )
    assert "street" not in ended.err
