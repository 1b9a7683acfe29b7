"""Shared by commands that query a running exporter, or else the cluster."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec

from astrolabe.api.v1.errors import Refusal
from astrolabe.commands import gathering
from astrolabe.kube.transport import Unreachable
from astrolabe.patterns.names import shown
from astrolabe.settings import SettingsError

_TIMEOUT = 60.0
"""Seconds for an answer of a running exporter."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the exporter to ask, and how long to wait."""
    parser.add_argument(
        "--url", default="", help="address of a running exporter to ask, as in http://localhost:8080"
    )
    parser.add_argument("--token-file", default="", help="file with the bearer token for that exporter")
    gathering.add_flags(parser)


async def ask(arguments: argparse.Namespace, path: str, query: Mapping[str, str], kind: Any) -> Any:
    """Return what a running exporter answers under /api/v1/, as a type; raises `Unreachable`."""
    if not arguments.url.startswith(("http://", "https://")):
        raise SettingsError(
            f"--url: expected an address as in http://localhost:8080, got {shown(arguments.url)}"
        )
    url = f"{arguments.url.rstrip('/')}/api/v1/{path}?{urlencode(query)}"
    headers = _credentials(arguments.token_file)
    try:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.get(url) as response,
        ):
            body = await response.read()
            if not response.ok:
                raise Unreachable(f"{arguments.url}: {_refusal(response, body)}")
            return msgspec.json.decode(body, type=kind)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Unreachable(f"{arguments.url}: {str(error) or 'no answer in time'}") from None
    except msgspec.MsgspecError:
        raise Unreachable(f"{arguments.url}: the answer is not one of Astrolabe's") from None


def _refusal(response: aiohttp.ClientResponse, body: bytes) -> str:
    """Say why there is no answer: what the exporter says itself, or what helps."""
    try:
        said = f": {msgspec.json.decode(body, type=Refusal).error.message}"
    except msgspec.MsgspecError:
        said = ""
    helps = {401: "; give --token-file", 404: "; is it the address of an exporter?"}.get(response.status, "")
    return f"answers {response.status} {response.reason}{said}{helps}"


def _credentials(path: str) -> dict[str, str]:
    """Return the header with the token in a file, nothing without one; raises `SettingsError`."""
    if not path:
        return {}
    try:
        return {"Authorization": f"Bearer {Path(path).read_text('utf-8').strip()}"}
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(f"--token-file: {path} cannot be read: {why}") from None
