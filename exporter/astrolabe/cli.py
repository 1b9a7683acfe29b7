"""The command line. Every error that is the user's to mend is one line and exit code 1, or 2 for bad usage."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence

from astrolabe import __version__, logs
from astrolabe.commands import check, serve, snapshot
from astrolabe.kube.credentials import ConfigurationError
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from astrolabe.settings import Settings, SettingsError, add_flags, read_settings

Command = Callable[[Settings, argparse.Namespace, asyncio.Event], Awaitable[int]]

_COMMANDS: dict[str, tuple[Command, str]] = {
    "serve": (serve.serve, "follow a cluster and serve /metrics (the default)"),
    "check": (check.check, "connect and list what may and may not be followed"),
    "snapshot": (snapshot.snapshot, "read the cluster once and print the graph"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    parser = _parser()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "serve")
    parsed = parser.parse_args(words)
    try:
        settings = read_settings(parsed)
    except SettingsError as error:
        return _fail(str(error), 2)
    logs.configure(settings.log_format, settings.verbosity)
    command, _ = _COMMANDS[parsed.command]
    try:
        return asyncio.run(_run(command, settings, parsed))
    except (ConfigurationError, SettingsError, Unreachable, ApiFailure) as error:
        return _fail(str(error), 1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _fail(f"port {settings.port} is in use: choose another one with --port", 1)
        if error.errno in (errno.EADDRNOTAVAIL, errno.EACCES):
            where = f"{settings.address}:{settings.port}"
            return _fail(f"cannot listen on {where} ({os.strerror(error.errno)}): see --address, --port", 1)
        raise
    except KeyboardInterrupt:
        return 130


async def _run(command: Command, settings: Settings, parsed: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # not on every system
            loop.add_signal_handler(name, stopping.set)
    return await command(settings, parsed, stopping)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="astrolabe",
        description="Publishes the relationship graph of a Kubernetes cluster to Prometheus.",
        epilog="Without a command, `serve`. `astrolabe COMMAND --help` tells more.",
    )
    parser.add_argument("--version", action="version", version=f"astrolabe {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (_, text) in _COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == "snapshot":
            snapshot.add_flags(command)
        add_flags(command)
    return parser


def _fail(text: str, code: int) -> int:
    sys.stderr.write(f"astrolabe: {text}\n")
    return code
