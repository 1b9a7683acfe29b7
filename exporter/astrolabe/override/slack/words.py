"""What people type after a command, and what is written back. Pure."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from astrolabe.override import durations
from astrolabe.override.durations import DurationError

VERBS = ("wake", "sleep", "status", "schedule", "cost", "help")
HELP = (
    "*What I understand*\n"
    "`/k8s-wake ENVIRONMENT [DURATION] [REASON]` wakes it for a while\n"
    "`/k8s-sleep ENVIRONMENT [DURATION] [REASON]` puts it to sleep for a while\n"
    "`/k8s-status [ENVIRONMENT]` show the state of environments\n"
    "`/k8s-schedule [ENVIRONMENT]` when they sleep and wake\n"
    "`/k8s-cost ENVIRONMENT [DURATION]` what waking costs\n"
    f"Durations: {durations.EXAMPLES}. `all` is every environment that you may change."
)
_MOST_WORDS = 8


class Command(msgspec.Struct, frozen=True):
    """A command, understood as far as its words go."""

    environment: str = ""
    duration: str = ""
    reason: str = ""


def parse(text: str, now: float, zone: ZoneInfo) -> Command:
    """Take the words apart: a name, the longest run of words that is a duration, and the reason."""
    words = text.split()
    if not words:
        return Command()
    environment, rest = words[0].strip("`*_"), words[1:]
    for count in range(min(len(rest), _MOST_WORDS), 0, -1):
        duration = " ".join(rest[:count])
        try:
            durations.read(duration, now, zone)
        except DurationError:
            continue
        return Command(environment, duration, " ".join(rest[count:]).strip(" \"'“”"))
    # What looks like a duration and is none must not become a part of the reason.
    if rest and rest[0][:1].isdigit():
        return Command(environment, rest[0], " ".join(rest[1:]).strip(" \"'“”"))
    return Command(environment, "", " ".join(rest).strip(" \"'“”"))


def mention(text: str) -> tuple[str, str]:
    """Return the verb and the words after it of a message that names the app."""
    words = [word for word in text.split() if not (word.startswith("<@") and word.endswith(">"))]
    if not words:
        return "help", ""
    return words[0].lower(), " ".join(words[1:])


def escaped(text: str) -> str:
    """Return a text in which nothing is a mention, a link or a format of Slack's."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
