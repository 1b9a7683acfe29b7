"""Slack signs each request; one that is not signed, or is old, is nobody's. Pure."""

from __future__ import annotations

import hashlib
import hmac

TOLERANCE = 300.0
"""Seconds that a request may be old, or ahead."""
_LONGEST = 12


def holds(secret: str, timestamp: str, body: bytes, signature: str, now: float) -> bool:
    """Whether Slack sent a request, within the last minutes; with a garbled timestamp it did not."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= _LONGEST):
        return False
    if abs(now - int(timestamp)) > TOLERANCE:
        return False
    expected = hmac.new(secret.encode(), b":".join((b"v0", timestamp.encode(), body)), hashlib.sha256)
    given = signature.encode(errors="surrogateescape")
    return hmac.compare_digest(f"v0={expected.hexdigest()}".encode(), given)
