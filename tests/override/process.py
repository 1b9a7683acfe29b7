"""`astrolabe override` as a process."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from astrolabe.override.cli import main
from tests.override.serving import SECOND, TOKENS, tokens_file

LONGEST = 30
NAMES = ("dev", "prod", "staging")
KEY = "0123456789abcdef0123456789abcdef"


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that says what is wrong."""
        assert self.code != 0
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("astrolabe override: ")
        return self.err.removeprefix("astrolabe override: ").rstrip("\n")


async def run(*words: str, person: str = "", url: str = "") -> Ended:
    """Run a command to its end, in this process: starting Python takes longer than most commands do."""
    return await asyncio.to_thread(_run, words, _environment(person, url))


def _run(words: tuple[str, ...], environment: dict[str, str]) -> Ended:
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
    ):
        try:
            code = main(words)
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
    out, err = (stream.buffer.getvalue().decode() for stream in streams)  # type: ignore[attr-defined]
    return Ended(code, out, err)


async def spawn(*words: str, person: str = "", url: str = "") -> Ended:
    """Run a command to its end, as users do."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "astrolabe", "override", *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=_environment(person, url),
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def _environment(person: str, url: str) -> dict[str, str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ASTROLABE", "KUBE"))
    }
    if person:
        environment["ASTROLABE_OVERRIDE_TOKEN"] = TOKENS[person]
    if url:
        environment["ASTROLABE_OVERRIDE_URL"] = url
    return environment


def configuration(folder: Path, **changes: str) -> Path:
    """Write the settings of a service, and the files that they name; returns their path."""
    tokens_file(folder)
    (folder / "rules.yaml").write_text(changes.pop("rules", SECOND))
    (folder / "audit-key").write_text(changes.pop("key", KEY) + "\n")
    fields = {
        "environments": "{" + ", ".join(f"{name}: {{namespaces: [{name}]}}" for name in NAMES) + "}",
        "rules": "rules.yaml",
        "audit_key_file": "audit-key",
        "tokens_file": "tokens",
        "database": "override.db",
        **changes,
    }
    path = folder / "override.yaml"
    path.write_text("".join(f"{name}: {value}\n" for name, value in fields.items() if value))
    return path
