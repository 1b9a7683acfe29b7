"""A message as it may stand in a label: what only churns is taken out, and the middle of what is too long.

Each text that a label has had is a series of its own. So a message in a label must not change while the fault
stays the same: no durations, no numbers of tries, no hashes, no addresses.
"""

from __future__ import annotations

import re

from astrolabe.kinds.models.untrusted import shortened

LABEL_CHARACTERS = 250
"""Characters of a message that stand in a label, at most."""
_GONE = "…"

_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of which Kubernetes makes the ends of generated names."""

# Lengths are bounded, and no quantified part can match what the next one matches.
_RESTARTS = re.compile(r"[;,]? \d{1,9} restarts?\b|[;,]? \(x\d{1,9} over [^)]{1,40}\)")
_CHURNS = re.compile(
    r"""(?xi)
    \b\d{4}-\d\d-\d\d(?:[T\ ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?     # moments
    | \b\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\b
    | \b(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|h|m|s)){1,4}(?![\w.])                       # durations
    | \b\d{1,9}\ (?:milli|micro)?(?:second|minute|hour|day)s?\b
    | (?<=\battempt\ )\d{1,9} | (?<=\bretry\ )\d{1,9} | (?<=\bgeneration\ )\d{1,9}         # counters
    | \b0x[0-9a-f]{4,32}\b | \b(?=[a-f]{0,63}\d)[0-9a-f]{12,64}\b                         # hashes
    | \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b
    | \b\d{1,3}(?:\.\d{1,3}){3}\b | \[[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}\]                # addresses
    """
)
_SOURCE_PORT = re.compile(rf"{_GONE}:\d{{5}}->")
_GENERATED = re.compile(
    rf"(?<=[a-z0-9])-(?:[{_SUFFIX}]{{8,10}}-[{_SUFFIX}]{{5}}|(?=[{_SUFFIX}]{{0,4}}\d)[{_SUFFIX}]{{5}})(?![\w-])"
)


def steady(message: str) -> str:
    """Return a message, which is one line without secrets, without what churns, at most 250 characters."""
    text = _RESTARTS.sub("", message)
    text = _CHURNS.sub(_GONE, text)
    text = _SOURCE_PORT.sub(f"{_GONE}->", text)
    text = _GENERATED.sub(f"-{_GONE}", text)
    return shortened(text, LABEL_CHARACTERS)
