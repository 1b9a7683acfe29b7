"""Texts that others wrote into an object: made one line, cut to a length, and without secrets.

Condition messages, container messages and Events are written by controllers, kubelets and programs. They may
hold control characters, megabytes, or a password in a URL. Nothing of that is kept.
"""

from __future__ import annotations

import re

TEXT_CHARACTERS = 1000
"""Characters of a text that are kept."""
MASK = "***"
_ELLIPSIS = "…"
_READ = 4 * TEXT_CHARACTERS
"""Characters of a text that are looked at. The rest is never scanned: a text of a megabyte costs no more."""

# Each pattern scans once: no quantified part can match what the next one matches, and lengths are bounded.
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")
_USER_INFO = re.compile(r"(?<=://)[^\s/@?#]{1,256}@")
_AUTHORIZATION = re.compile(
    r"\b(Bearer|Basic|Negotiate|Token)\s{1,4}[A-Za-z0-9._~+/=-]{8,4000}", re.IGNORECASE
)
_JSON_WEB_TOKEN = re.compile(r"\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,2000}(?:\.[A-Za-z0-9_-]{0,1000})?")
_KNOWN_TOKEN = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|glpat-[A-Za-z0-9_-]{10,255}"
    r"|xox[a-z]-[A-Za-z0-9-]{8,255}|AKIA[A-Z0-9]{12,32}|AIza[A-Za-z0-9_-]{20,64}|hvs\.[A-Za-z0-9_-]{8,255})"
)
_KEY_VALUE = re.compile(
    r"(?P<key>[\w.-]{0,64}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|signature)[\w.-]{0,32}[\"']?\s{0,4}[=:]\s{0,4})"
    r"(?P<value>\"[^\"]{0,1000}\"|'[^']{0,1000}'|[^\s\"',;&)}\]]{1,1000})",
    re.IGNORECASE,
)
_PROSE = frozenset({MASK, "not", "is", "unexpected", "failed", "invalid"})
"""Words that go on after a colon where a value could be: `failed to fetch anonymous token: unexpected …`."""
_HTTP_STATUS = re.compile(r"[45][0-9]{2} [A-Z][a-z]")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*", re.DOTALL)


def one_line(text: str | None) -> str:
    """Return a text as one line of at most `TEXT_CHARACTERS` characters, without secrets; empty for none."""
    if not text:
        return ""
    looked_at = text[:_READ]
    line = _SPACE.sub(" ", masked(looked_at)).strip()
    if len(line) > TEXT_CHARACTERS or len(text) > _READ:
        return line[: TEXT_CHARACTERS - 1].rstrip() + _ELLIPSIS
    return line


def shortened(text: str, characters: int) -> str:
    """Return a text of at most so many characters. What is too long loses its middle.

    Programs put each error before the one that it comes from: the last words are those of the cause.
    """
    if len(text) <= characters:
        return text
    ahead = (characters - 1) // 2
    return text[:ahead].rstrip() + _ELLIPSIS + text[ahead + 1 - characters :].lstrip()


def masked(text: str) -> str:
    """Replace what looks like a secret: user info in URLs, tokens, and values of keys that sound secret."""
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _USER_INFO.sub(f"{MASK}@", text)
    text = _AUTHORIZATION.sub(rf"\1 {MASK}", text)
    text = _JSON_WEB_TOKEN.sub(MASK, text)
    text = _KNOWN_TOKEN.sub(MASK, text)
    return _KEY_VALUE.sub(_hide, text)


def _hide(found: re.Match[str]) -> str:
    key, value = found["key"], found["value"]
    # Kubernetes itself writes `secret "db" not found`; a name after a colon in prose is no value either.
    prose = value in _PROSE or _HTTP_STATUS.match(found.string, found.start("value")) is not None
    return found[0] if prose else f"{key}{MASK}"


def is_log(text: str) -> bool:
    """Whether a termination message is the end of a log rather than a message: more than one line.

    The kubelet takes it from the log where a container says `FallbackToLogsOnError`.
    """
    return "\n" in text.strip()
