"""Headers that say who sends a request, and which user it impersonates."""

from __future__ import annotations

import base64
import string
from collections.abc import Iterator

from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.kubeconfigform import User

_PLAIN = frozenset((string.ascii_letters + string.digits + "!#$&'*+-.^_`|~").encode())
"""Bytes that stand for themselves in the name of a header; a percent sign marks the others."""


def bearer(token: str) -> str:
    """Return the header of a token, empty for none."""
    return f"Bearer {''.join(token.split())}" if token.strip() else ""


def basic(username: str, password: str) -> str:
    """Return the header of a name and a password."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def impersonation(user: User) -> tuple[tuple[str, str], ...]:
    """Return the headers that have the API server treat requests as somebody else's.

    Raises `ConfigurationError` where groups or more are asked for without a user, as client-go does.
    """
    if not user.as_:
        for field, value in (
            ("as-uid", user.as_uid), ("as-groups", user.as_groups), ("as-user-extra", user.as_user_extra),
        ):  # fmt: skip
            if value:
                raise ConfigurationError(f"{field} needs `as`: the user to impersonate is missing")
    headers = tuple(_headers(user))
    if any(ord(character) < ord(" ") for _, value in headers for character in value):
        raise ConfigurationError("as: a name to impersonate has a control character in it")
    return headers


def _headers(user: User) -> Iterator[tuple[str, str]]:
    if user.as_:
        yield "Impersonate-User", user.as_
    if user.as_uid:
        yield "Impersonate-Uid", user.as_uid
    for group in user.as_groups:
        yield "Impersonate-Group", group
    for name, values in user.as_user_extra.items():
        escaped = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in name.encode())
        for value in values:
            yield f"Impersonate-Extra-{escaped}", value
