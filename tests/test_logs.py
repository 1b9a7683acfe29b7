"""Logs go to the standard error stream, in one form, and tell no values of variables."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

import astrolabe
from astrolabe import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Give the process its own logging back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fail(logger: logging.Logger | structlog.typing.FilteringBoundLogger, token: str) -> None:
    try:
        token.index("absent")
    except ValueError:
        logger.exception("failed")


def test_json_is_one_object_a_line_whoever_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    structlog.get_logger("astrolabe").info("following", resource="pods", objects=3)
    logging.getLogger("aiohttp.server").warning("two\nlines %s", "of text")
    fail(logging.getLogger("asyncio"), "sesame")
    fail(structlog.get_logger("astrolabe"), "sesame")
    out, err = capsys.readouterr()
    events = [json.loads(line) for line in err.splitlines()]
    assert out == ""
    assert [(event["level"], event["event"]) for event in events] == [
        ("info", "following"),
        ("warning", "two\nlines of text"),
        ("error", "failed"),
        ("error", "failed"),
    ]
    assert (events[0]["resource"], events[0]["objects"]) == ("pods", 3)
    assert all(event["timestamp"].endswith("Z") for event in events)
    assert [event["exception"][0]["exc_value"] for event in events[2:]] == ["substring not found"] * 2
    assert "sesame" not in err


def test_text_shows_tracebacks_without_values(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")
    fail(logging.getLogger("asyncio"), "sesame")
    fail(structlog.get_logger("astrolabe"), "sesame")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("ValueError: substring not found") == 2
    assert "sesame" not in err


@pytest.mark.parametrize(
    ("verbosity", "heard"),
    [
        (0, ["own info", "library warning"]),
        (1, ["own info", "library info", "library warning"]),
        (2, ["own debug", "own info", "library debug", "library info", "library warning"]),
        (9, ["own debug", "own info", "library debug", "library info", "library warning"]),
    ],
)
def test_verbosity(capsys: pytest.CaptureFixture[str], verbosity: int, heard: list[str]) -> None:
    logs.configure("json", verbosity)
    for name, logger in (("own", structlog.get_logger("astrolabe")), ("library", logging.getLogger("any"))):
        logger.debug("%s debug", name)
        logger.info("%s info", name)
    logging.getLogger("any").warning("library warning")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == heard


def test_no_field_of_a_line_has_the_name_of_the_line() -> None:
    """`log.error("lost", event=...)` raises where it is said, which may be the one time that it matters."""
    found = [
        f"{path}:{call.lineno}"
        for path in sorted(Path(astrolabe.__file__).parent.rglob("*.py"))
        if "structlog" in (text := path.read_text("utf-8"))
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"debug", "info", "warning", "error", "exception", "critical"}
        and any(keyword.arg in {"event", "level", "timestamp"} for keyword in call.keywords)
    ]
    assert found == []
