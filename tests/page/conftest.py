"""Fixtures: one browser for all tests, and an exporter for each that wants one. All share a loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.page.browser import Watched, chromium, watched
from tests.page.exporting import Exporter, exporting, opened

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("real")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def exporter() -> AsyncIterator[Exporter]:
    async with exporting(opened()) as exporter:
        yield exporter


@pytest_asyncio.fixture(loop_scope="module")
async def seen(browser: Browser, exporter: Exporter) -> AsyncIterator[Watched]:
    assert exporter.url  # it has to outlive the page, which complains otherwise
    async with watched(browser) as seen:
        yield seen
