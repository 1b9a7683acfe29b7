"""What the reasons of conditions mean, whoever writes them.

A reason is made of words in CamelCase. No list of reasons is complete, since each controller and each version
has its own; the words that they are made of are few, and mean the same everywhere.
"""

from __future__ import annotations

import re

_FAILS = re.compile(
    r"""(?x)
    (?: F | (?<![A-Za-z]) f ) ail | (?: E | (?<![A-Za-z]) e ) rr (?:or)? s? (?![a-z]) | ERR
    | Invalid | Incorrect | Malformed | Mismatch | Unsupported
    | Denied | Forbidden | Unauth | Reject | Refuse | Conflict
    | Missing | Not (?: Found | Valid | Permitted | Allowed | Supported ) | Unresolved
    | Abort | Exceeded | Expired | TimedOut | Timeout | BackOff
    | Crash | Killed | ExitCode | Exception | Fatal | Lost | Broken | Degraded | Unhealthy | Unable | Cannot
    """
)
_RESTS = re.compile(r"Suspend|Paused|Disabled|Stopped|Hibernat|Asleep|Sleeping|Scaled?ToZero|NoTraffic")


def fails(reason: str | None) -> bool:
    """Whether a reason says that something went wrong, and not only that it is not ready yet."""
    return _FAILS.search(reason or "") is not None


def rests(reason: str | None) -> bool:
    """Whether a reason says that somebody wants it so: suspended, paused, disabled, at zero, unasked."""
    return _RESTS.search(reason or "") is not None and not fails(reason)
