"""The command line. What the user can fix is one line and exit code 1; bad usage is exit code 2."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import nullcontext
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

from astrolabe import __version__, logs
from astrolabe.api.files import UnusableFile
from astrolabe.api.port import ListenError
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from astrolabe.settings import Settings, SettingsError, add_flags, read_settings
from astrolabe.signals import on_stop
from astrolabe.tracing.starting import traced

Command = Callable[[Settings, argparse.Namespace, asyncio.Event], Coroutine[Any, Any, int]]

_GRACE = 3.0
"""Seconds after which a command that was told to stop, and waits for something all the same, is ended."""

_COMMANDS = {
    "serve": ("serve:serve", "watch a cluster and serve /metrics (the default)"),
    "demo": ("demo:demo", "run the exporter against a simulated shop, no cluster needed"),
    "check": ("check:check", "connect and list which resources may be watched"),
    "snapshot": ("snapshot:snapshot", "read the cluster once and print the graph"),
    "export": ("export:export", "keep a graph database equal to the cluster"),
    "messages": ("messages:messages", "send each object and each change as JSON"),
    "why": ("diagnosis:why", "explain why an object is not Ready, as in: why Deployment/shop/web"),
    "problems": ("diagnosis:problems", "list what is broken now, by cause"),
    "watch": ("watch:run", "bring the changes of chosen resources to files, a webhook or standard output"),
    "access": ("access:access", "show who can do what by RBAC, and what is dangerous or stale"),
}
"""By name: where a command is, below `astrolabe.commands`, and what it does. It alone is imported."""

_FLAGS = {
    "demo": "demo:add_flags",
    "snapshot": "snapshot:add_flags",
    "export": "export:add_flags",
    "messages": "messages:add_flags",
    "why": "diagnosis:why_flags",
    "problems": "diagnosis:problems_flags",
    "watch": "watch:add_flags",
    "access": "access:add_flags",
}
"""What only one command takes: where it is added to a parser."""

_SETTINGS = {"watch": "watch:SETTINGS"}
"""The settings that a command takes, where it does not take all."""

_LASTING = frozenset({"serve", "demo", "export", "messages", "watch"})
"""What runs until it is told to stop."""

_NEAR = 0.7
"""How alike a flag must be to be the one that was meant, from 0 to 1."""
_OF_SETTINGS = "the same for all commands; docs/configuration.md describes each"

_GRACES = {"watch": "watch:GRACE"}
"""Seconds that a command may take to stop, where it has reason to take longer."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    logs.detach()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["override"]:
        # It has settings of its own, and what it imports is an extra that the exporter does without.
        from astrolabe.override.cli import main as override  # noqa: PLC0415

        return override(words[1:])
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "serve")
    parser, chosen = _parser(words[0])
    parsed, unknown = parser.parse_known_args(words)
    if unknown:
        chosen.error(_unknown(unknown, chosen))
    try:
        settings = read_settings(parsed)
    except SettingsError as error:
        return _fail(str(error), 2)
    several = "contexts" if settings.contexts else "clusterprofile_namespace"
    if getattr(settings, several) and parsed.command != "serve":
        return _fail(f"{parsed.command} does not take {several}: it follows one cluster; give --context", 2)
    # What ends soon says what it may not read once, at its end.
    logs.configure(settings.log_format, settings.verbosity, forbidden=parsed.command in _LASTING)
    command: Command = _found(_COMMANDS[parsed.command][0])
    if parsed.command == "demo" and parsed.override:
        from astrolabe.override.demonstration.beside import beside  # noqa: PLC0415

        command = partial(_found("demo:demo"), beside=beside)
    try:
        with traced("astrolabe") if parsed.command in _LASTING else nullcontext():
            code = asyncio.run(_run(command, settings, parsed))
        sys.stdout.flush()
    except (ConfigurationError, SettingsError, ListenError, UnusableFile, Unreachable, ApiFailure) as error:
        return _fail(str(error), 1)
    except BrokenPipeError:
        # Who read the output has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return code


async def _run(command: Command, settings: Settings, parsed: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    grace: float = _found(_GRACES[parsed.command]) if parsed.command in _GRACES else _GRACE
    loop = asyncio.get_running_loop()
    running = loop.create_task(command(settings, parsed, stopping), name=parsed.command)

    def stop() -> None:
        if stopping.is_set():
            running.cancel()
        stopping.set()
        loop.call_later(grace, running.cancel)

    on_stop(stop)
    await asyncio.wait([running])
    if running.cancelled():
        return 0 if parsed.command in _LASTING else 1
    return running.result()


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def __init__(self, **options: Any) -> None:
        # An abbreviation would change its meaning with the next setting that begins alike.
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        self.exit(_fail(f"{message}{'' if message.endswith('?') else ';'} see {self.prog} --help", 2))


def _parser(command: str) -> tuple[_Parser, _Parser]:
    """Return a parser that knows all commands and the flags of one, and the parser of that one."""
    parser = _Parser(
        prog="astrolabe",
        description="Publishes the relationship graph of a Kubernetes cluster to Prometheus.",
        epilog="Without a command: `serve`. For details: `astrolabe COMMAND --help`.",
    )
    parser.add_argument("--version", action="version", version=f"astrolabe {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = parser
    for name, (_, text) in _COMMANDS.items():
        added = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == command:
            chosen = added
            if name in _FLAGS:
                _found(_FLAGS[name])(added)
            # Its own flags alone: all settings would fill the screen, and are listed below.
            added.usage = f"{_usage(added)} [SETTING ...]"
            group = added.add_argument_group("settings", _OF_SETTINGS if name not in _SETTINGS else None)
            add_flags(group, _found(_SETTINGS[name]) if name in _SETTINGS else ())
    commands.add_parser("override", help="wake and sleep environments for a while (its own service)")
    return parser, chosen


def _usage(parser: argparse.ArgumentParser) -> str:
    """Return how a command is called."""
    return parser.format_usage().removeprefix("usage: ").rstrip("\n").replace("%", "%%")


def _found(place: str) -> Any:
    """Return what stands at a place below `astrolabe.commands`, as in `serve:serve`."""
    module, _, name = place.partition(":")
    # The collector would look through all that is imported, several times, and find nothing.
    gc.disable()
    try:
        return getattr(import_module(f"astrolabe.commands.{module}"), name)
    finally:
        gc.enable()


def _unknown(words: Sequence[str], parser: argparse.ArgumentParser) -> str:
    """Say which flags are unknown, and which were meant. Values are left out: one may be a password."""
    names = [word.partition("=")[0] for word in words if word.startswith("-")]
    if not names:
        return f"unexpected words: {len(words)}"
    known = [flag for action in parser._actions for flag in action.option_strings]  # noqa: SLF001
    near = get_close_matches(names[0], known, 1, _NEAR)
    return f"unknown flags: {' '.join(names)}" + (f"; did you mean {near[0]}?" if near else "")


def _fail(text: str, code: int) -> int:
    text = text if text.isprintable() else ascii(text)[1:-1]
    sys.stderr.write(f"astrolabe: {text}\n")
    return code
