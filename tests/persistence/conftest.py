"""Fixtures of the tests against a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from astrolabe.persistence import writer
from tests.persistence.servers import Server, redis


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write, and try again, many times a second."""
    monkeypatch.setattr(writer, "WRITE_INTERVAL", 0.02)
    monkeypatch.setattr(writer, "RETRY_INTERVAL", 0.1)
    monkeypatch.setattr(writer, "HEARTBEAT_INTERVAL", 0.1)


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as found:
        yield found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with redis(tmp_path) as running:
        yield running
