"""The server does as its OpenAPI document says, whatever is asked."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.override.serving import TOKENS, served


@pytest.mark.timeout(120)
async def test_the_server_does_as_the_document_says_whatever_is_asked(tmp_path: Path) -> None:
    async with served(tmp_path) as face:
        await face.ask("dev", duration="1h")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "run", f"{face.url}/openapi.json",
            "--phases=examples,coverage,fuzzing", "--checks=all",
            # Which environments and durations there are, no schema says.
            "--exclude-checks=positive_data_acceptance",
            f"--header=Authorization: Bearer {TOKENS['eve']}", "--seed=1", "--generation-deterministic",
            "--max-examples=8", "--max-time=8", "--request-timeout=10", "--no-color",
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, output.decode()[-8000:]
