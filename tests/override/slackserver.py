"""The small Slack with the people that tests speak as."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from astrolabe.override.demonstration import slack as small
from astrolabe.override.demonstration.slack import USES, SlackServer

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def signed(body: bytes, now: float, secret: str = SECRET, timestamp: str = "") -> dict[str, str]:
    """Return the headers of a request of Slack's."""
    return small.signed(body, now, secret, timestamp)


@asynccontextmanager
async def slack_server() -> AsyncIterator[SlackServer]:
    """Serve on loopback."""
    async with small.slack_server() as server:
        server.users = {
            "UANN": {"name": "ann", "email": "ann@example.org"},
            "UEVE": {"name": "eve", "email": "eve@example.org"},
            "UZOE": {"name": "zoe", "email": "zoe@example.org"},
            "UBOB": {"name": "bob <!channel>", "email": ""},
        }
        server.groups = {"S0DEV": ["UBOB"]}
        yield server


__all__ = ["SECRET", "USES", "SlackServer", "signed", "slack_server"]
