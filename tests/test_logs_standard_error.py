"""The program goes on whatever becomes of its standard error stream."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import cluster, until
from tests.test_cli import Running, ready, started


@contextmanager
def closed_pipe() -> Iterator[dict[str, Any]]:
    reading, writing = os.pipe()
    os.close(reading)
    yield {"stderr": writing}
    os.close(writing)


@contextmanager
def full_pipe() -> Iterator[dict[str, Any]]:
    """Nobody reads, and not one byte more fits in."""
    with filled_pipe() as (_, writing):
        yield {"stderr": writing}


@contextmanager
def filled_pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"." * 512)
    os.set_blocking(writing, True)
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


@contextmanager
def full_disk() -> Iterator[dict[str, Any]]:
    with Path("/dev/full").open("wb", buffering=0) as stream:
        yield {"stderr": stream}


@contextmanager
def none_at_all() -> Iterator[dict[str, Any]]:
    """As `2>&-` in a shell: the next file that is opened would get the number of the stream."""
    yield {"wrapped": ("sh", "-c", 'exec "$@" 2>&-', "sh")}


@contextmanager
def no_streams_at_all() -> Iterator[dict[str, Any]]:
    yield {"wrapped": ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")}


SICK = [closed_pipe, full_pipe, full_disk, none_at_all, no_streams_at_all]


@asynccontextmanager
async def talkative(
    home: Path, server: ApiServer, stream: dict[str, Any]
) -> AsyncIterator[tuple[Running, Callable[[], Any]]]:
    """An exporter that has much to say; and what asks it for its metrics."""
    async with (
        ready(home, server, "--v=2", **stream) as (process, url),
        aiohttp.ClientSession() as session,
    ):

        async def metrics() -> str:
            async with asyncio.timeout(5), session.get(f"{url}/metrics") as answer:
                assert answer.status == 200
                return await answer.text()

        yield process, metrics


@pytest.mark.parametrize("sick", SICK)
async def test_it_serves_and_stops_in_order(
    tmp_path: Path, sick: Callable[[], contextlib.AbstractContextManager[dict[str, Any]]]
) -> None:
    server = cluster()
    with sick() as stream:
        async with talkative(tmp_path, server, stream) as (process, metrics):
            assert 'name="web-abc-1"' in await metrics()
            # Something goes wrong, is told to nobody, and is followed all the same.
            server.go_away()
            server.come_back()
            server.delete("pods", "shop", "web-abc-1")
            async with asyncio.timeout(20):
                while 'name="web-abc-1"' in await metrics():
                    pass
            process.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                assert await process.process.wait() == 0


async def test_what_was_held_up_is_read_in_the_end(tmp_path: Path) -> None:
    with filled_pipe() as (reading, writing):
        async with talkative(tmp_path, cluster(), {"stderr": writing}) as (process, metrics):
            await metrics()
            said = b""
            os.set_blocking(reading, False)

            def read() -> bool:
                nonlocal said
                with contextlib.suppress(BlockingIOError):
                    said += os.read(reading, 1 << 16)
                return b"synced" in said

            await until(read)
            assert b"listening" in said.lstrip(b".")
            assert (await stopped(process)) == 0


async def stopped(process: Running) -> int | None:
    process.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(5):
        return await process.process.wait()


@pytest.mark.parametrize("sick", SICK)
async def test_a_command_that_fails_ends(
    tmp_path: Path, sick: Callable[[], contextlib.AbstractContextManager[dict[str, Any]]]
) -> None:
    with sick() as stream:
        for words, code in ((("check", "--port=http"), 2), (("check",), 1)):
            async with started(tmp_path, *words, **stream) as process, asyncio.timeout(15):
                assert await process.process.wait() == code


@pytest.mark.parametrize("sick", SICK)
async def test_warnings_and_tracebacks_hold_nobody_up_either(
    tmp_path: Path, sick: Callable[[], contextlib.AbstractContextManager[dict[str, Any]]]
) -> None:
    """What Python itself writes there: 100 KB of warnings, and the traceback of what nobody catches."""
    script = (
        "import warnings; from astrolabe import logs; logs.detach();\n"
        "warnings.simplefilter('always')\n"
        "for _ in range(1000): warnings.warn('x' * 100)\n"
        "raise LookupError"
    )
    with sick() as stream:
        process = await asyncio.create_subprocess_exec(
            *stream.pop("wrapped", ()), sys.executable, "-c", script, cwd=tmp_path, **stream
        )
        try:
            async with asyncio.timeout(15):
                assert await process.wait() == 1
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
