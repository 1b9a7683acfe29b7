"""Starting, awaiting and stopping real servers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from tests.components import build
from tests.components.missing import missing

LIFETIME_SECONDS = 30 * 60
"""No server outlives this, whatever becomes of the tests that started it."""

T = TypeVar("T")


def component(name: str) -> str:
    """Return the program's path; without it the test is skipped, or fails where all must be there."""
    found = build.find(name)
    if found is None:
        reason = f"{name} is missing: {build.COMPONENTS[name].remedy}"
        missing(reason, optional=build.COMPONENTS[name].optional)
    return str(found)


def until(condition: Callable[[], T | None], what: str, seconds: float = 30) -> T:
    """Return the condition's first true value; polls, since real processes share no clock with the test."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {seconds} s, last seen: {value!r}")
        time.sleep(0.05)
    return value


@contextlib.contextmanager
def running(
    command: Sequence[str],
    log: Path,
    ready: Callable[[], object] = lambda: True,
    *,
    environment: Mapping[str, str] | None = None,
    grace: float = 5,
    within: float = 60,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a process group of its own from when it is ready until the block is left.

    It has to be ready `within` so many seconds, also on a machine that is busy.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["timeout", "--kill-after=5", str(LIFETIME_SECONDS), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=None if environment is None else {**os.environ, **environment},
        )

    def started() -> object:
        if process.poll() is not None:
            pytest.fail(f"{command[0]} ended with code {process.returncode}:\n{tail(log)}")
        return ready()

    try:
        try:
            until(started, f"{command[0]} is ready", within)
        except pytest.fail.Exception as failure:
            pytest.fail(f"{failure}\n{tail(log)}")
        yield process
    finally:
        stop(process, grace)


def stop(process: subprocess.Popen[bytes], grace: float = 5) -> int:
    """End the server's process group and return its exit code."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode


def program_of(process: subprocess.Popen[bytes]) -> int:
    """Return the id of the server itself, the child of the `timeout` that bounds it."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0])


def tail(log: Path, lines: int = 30) -> str:
    """Return the end of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
