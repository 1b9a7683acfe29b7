"""What is asked of the simulated API server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verb(StrEnum):
    """The kinds of requests that faults tell apart."""

    GET = "get"
    LIST = "list"
    WATCH = "watch"
    STREAM = "stream"
    """A watch that sends the list first (`sendInitialEvents`)."""
    DISCOVERY = "discovery"
    REVIEW = "review"
    OTHER = "other"


@dataclass(slots=True)
class Request:
    """One request; the server's log keeps it."""

    time: float
    """The loop's clock, in seconds."""
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    accept: str = "application/json"
    token: str | None = None
    """The bearer token that was presented."""
    body: bytes = b""
    verb: Verb = Verb.OTHER
    resource: str = ""
    """`plural.group`, empty where the path names no resource that is served."""
    namespace: str = ""
    status: int = 0
    """Code of the answer; 0 when there was none."""
    page: int = 1
    """Which page of a list is asked for."""
