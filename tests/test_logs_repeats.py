"""A flood of one message is one line, and another one with a count."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from astrolabe.logs import repeats
from astrolabe.logs.repeats import DIFFERENT, REMEMBERED, WHILE, Repeats


class Said:
    """What was said, in the order in which it was."""

    def __init__(self) -> None:
        self.time = 0.0
        self.lines: list[tuple[str, int]] = []
        self.repeats: Repeats[str] = Repeats(
            lambda line, repeated: self.lines.append((line, repeated)), now=self._now
        )

    def _now(self) -> float:
        return self.time

    def say(self, message: str, values: object = None) -> None:
        if self.repeats.new(message, repr(values), f"{message} {values}"):
            self.lines.append((f"{message} {values}", 0))


def test_equal_lines_are_said_once_and_counted() -> None:
    said = Said()
    for _ in range(1000):
        said.say("failed", 1)
    assert said.lines == [("failed 1", 0)]
    said.repeats.tell()
    assert said.lines[1:] == [("failed 1", 999)]
    said.repeats.tell()
    assert len(said.lines) == 2


def test_a_flood_that_goes_on_is_a_line_a_while() -> None:
    said = Said()
    for second in range(100):
        said.time = float(second)
        for _ in range(50):
            said.say("failed")
    # In the first while 500 of which one was said; the others are told of by the first line of the next.
    assert said.lines[:3] == [("failed None", 0), ("failed None", 499), ("failed None", 500)]
    assert len(said.lines) == 10


def test_what_is_said_rarely_is_said_each_time() -> None:
    said = Said()
    for number in range(10):
        said.time = number * (WHILE + 0.1)
        said.say("failed")
    assert said.lines == [("failed None", 0)] * 10


def test_other_values_are_told_of_up_to_a_number() -> None:
    said = Said()
    for number in range(500):
        said.say("failed", number)
    assert said.lines == [(f"failed {number}", 0) for number in range(DIFFERENT)]
    said.repeats.tell()
    assert said.lines[DIFFERENT:] == [("failed 499", 500 - DIFFERENT)]


def test_other_messages_are_not_held_back() -> None:
    said = Said()
    for _ in range(10):
        said.say("failed")
        said.say("synced")
    assert said.lines == [("failed None", 0), ("synced None", 0)]


def test_messages_that_never_repeat_are_forgotten_and_those_that_do_are_told_of() -> None:
    said = Said()
    said.say("failed")
    said.say("failed")
    for number in range(REMEMBERED * 3):
        said.say(f"odd {number}")
    assert len(said.repeats._messages) <= REMEMBERED + 1
    assert ("failed None", 1) in said.lines
    assert len(said.lines) == 2 + REMEMBERED * 3


@pytest.mark.looptime
async def test_the_count_comes_also_where_nothing_else_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said()
    monkeypatch.setattr(said.repeats, "_now", asyncio.get_running_loop().time)
    said.say("failed")
    said.say("failed")
    await asyncio.sleep(repeats.WHILE + 0.1)
    assert said.lines == [("failed None", 0), ("failed None", 1)]


FLOOD = """
import logging, structlog
from astrolabe import logs
logs.detach()
logs.configure("json")
for number in range(50_000):
    structlog.get_logger("astrolabe").warning("skipped", resource="pods", number=number)
    try:
        raise OSError(24, "Too many open files")
    except OSError:
        logging.getLogger("asyncio").exception("cannot accept on %s", 3)
structlog.get_logger("astrolabe").info("stopped")
"""


def test_of_the_process() -> None:
    ended = subprocess.run([sys.executable, "-c", FLOOD], capture_output=True, check=True, timeout=60)
    said = [json.loads(line) for line in ended.stderr.decode().splitlines()]
    assert len(ended.stderr) < 50_000
    counts: dict[str, int] = {}
    for line in said:
        counts[line["event"]] = counts.get(line["event"], 0) + line.get("repeated", 1)
    assert counts == {"skipped": 50_000, "cannot accept on 3": 50_000, "stopped": 1}
    (traceback,) = (line for line in said if "exception" in line)
    assert traceback["exception"][0]["exc_value"] == "[Errno 24] Too many open files"
