"""The commands that ask a running service: what they take, and how they print what it answers."""

from __future__ import annotations

import argparse
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from astrolabe.override.calling import CallError, Client

SERVER = "http://127.0.0.1:8090"


def add(commands: Any) -> None:
    """Add the commands to a parser."""
    for action in ("wake", "sleep"):
        text = f"{action} an environment for a while"
        command = commands.add_parser(action, help=text, description=text[0].upper() + text[1:] + ".")
        command.add_argument("environment", metavar="ENVIRONMENT", help="name of the environment, or all")
        command.add_argument(
            "duration", nargs="*", metavar="DURATION", help="2h, 90m, until 18:00, tuesday 18:00-21:00"
        )
        command.add_argument("--reason", default="", help="why you need it")
        where(command)
        command.set_defaults(run=_ask)
    for name, run, text in (
        ("status", _status, "show the state of environments"),
        ("schedule", _schedule, "when environments sleep and wake"),
    ):
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        command.add_argument("environment", nargs="?", default="", metavar="ENVIRONMENT")
        command.add_argument("--output", choices=("text", "json"), default="text")
        where(command)
        command.set_defaults(run=run)
    cost = commands.add_parser(
        "cost", help="estimate the cost of waking", description="Estimate the cost of waking."
    )
    cost.add_argument("environment", metavar="ENVIRONMENT")
    cost.add_argument("duration", nargs="*", metavar="DURATION")
    where(cost)
    cost.set_defaults(run=_cost)
    for name, text in (
        ("approve", "approve a request of somebody else"),
        ("reject", "reject a request of somebody else"),
        ("end", "end an override now"),
    ):
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        command.add_argument("number", type=int, metavar="NUMBER")
        if name == "reject":
            command.add_argument("--why", default="")
        where(command)
        command.set_defaults(run=_change)


def where(parser: argparse.ArgumentParser) -> None:
    """Have a command take where the service is, and the caller's token."""
    parser.add_argument(
        "--server", default=os.environ.get("ASTROLABE_OVERRIDE_URL", SERVER), metavar="URL",
        help=f"address of the service; default: {SERVER} [env ASTROLABE_OVERRIDE_URL]",
    )  # fmt: skip
    parser.add_argument(
        "--token-file", default="", metavar="FILE", help="your token [env ASTROLABE_OVERRIDE_TOKEN]"
    )
    parser.add_argument("--ca-file", default="", metavar="FILE", help="CA of the service's certificate")


def client(parsed: argparse.Namespace) -> Client:
    """Return the way to the service that a command names; raises `CallError`."""
    token = os.environ.get("ASTROLABE_OVERRIDE_TOKEN", "")
    if parsed.token_file:
        try:
            token = Path(parsed.token_file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is no text"
            raise CallError(f"--token-file: {parsed.token_file}: {reason}") from None
    return Client(parsed.server, token, parsed.ca_file)


def _ask(parsed: argparse.Namespace) -> int:
    body = {
        "environment": parsed.environment,
        "action": parsed.command,
        "duration": " ".join(parsed.duration),
        "reason": parsed.reason,
    }
    answers = client(parsed).post("/overrides", body)["answers"]
    for answer in answers:
        print(answer["text"])  # noqa: T201
    return 0 if any(answer["outcome"] != "refused" for answer in answers) else 1


def _change(parsed: argparse.Namespace) -> int:
    body = {"why": parsed.why} if parsed.command == "reject" else {}
    print(client(parsed).post(f"/overrides/{parsed.number}/{parsed.command}", body)["text"])  # noqa: T201
    return 0


def _status(parsed: argparse.Namespace) -> int:
    found = client(parsed).get("/environments", environment=parsed.environment)["environments"]
    if parsed.output == "json":
        print(json.dumps(found, indent=2))  # noqa: T201
        return 0
    for each in found:
        figures = each["figures"] or {}
        more = []
        if figures.get("sleep_ratio") is not None:
            more.append(f"{figures['sleep_ratio']:.0%} of its replicas sleep")
        if figures.get("hourly") is not None:
            more.append(f"awake it costs ${figures['hourly']:.2f} an hour")
        print("; ".join([each["text"], *more]))  # noqa: T201
    return 0


def _schedule(parsed: argparse.Namespace) -> int:
    found = client(parsed).get("/environments", environment=parsed.environment)["environments"]
    if parsed.output == "json":
        schedules = {each["environment"]: (each["figures"] or {}).get("schedules") for each in found}
        print(json.dumps(schedules, indent=2))  # noqa: T201
        return 0
    for each in found:
        if each["figures"] is None:
            print(f"{each['environment']}: unknown: the exporter does not answer")  # noqa: T201
            continue
        if not each["figures"]["schedules"]:
            print(f"{each['environment']}: no schedule")  # noqa: T201
        for one in each["figures"]["schedules"]:
            wakes = f", wakes at {one['wake_up_at']}" if one["wake_up_at"] else ", nothing wakes it"
            print(  # noqa: T201
                f"{each['environment']}: {one['namespace']}/{one['name']}: on {one['weekdays']} sleeps at"
                f" {one['sleep_at']}{wakes} ({one['time_zone']}); next sleep {_local(one['next_sleep'])},"
                f" next wake-up {_local(one['next_wake_up'])}"
            )
    return 0


def _cost(parsed: argparse.Namespace) -> int:
    found = client(parsed).get("/cost", environment=parsed.environment, duration=" ".join(parsed.duration))
    until = _local(found["until"])
    if found["dollars"] is None:
        print(f"{found['environment']}: what it costs is unknown to the exporter")  # noqa: T201
    else:
        print(f"{found['environment']} awake until {until} costs about ${found['dollars']:.2f}")  # noqa: T201
    return 0


def _local(moment: float | None) -> str:
    if moment is None:
        return "unknown"
    return datetime.fromtimestamp(moment).astimezone().strftime("%a %d %b %H:%M %Z")
