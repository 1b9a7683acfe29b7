"""The command line: write, check and push."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboards import push, render
from dashboards.edition import CORE, EDITIONS, Edition

_TOKEN = "GRAFANA_TOKEN"  # noqa: S105  (the name of a variable)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code; what went wrong is said in one line."""
    chosen = _parser().parse_args(arguments)
    edition = dataclasses.replace(EDITIONS[chosen.edition], multi_cluster=chosen.multi_cluster)
    try:
        return int(chosen.run(chosen, edition))
    except (push.PushError, OSError) as why:
        _say(f"dashboards: {why}", error=True)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run, meaning in (
        ("write", _write, "write the JSON"),
        ("check", _check, "fail when the JSON is not what the code makes"),
        ("push", _push, "publish to a Grafana"),
    ):
        command = commands.add_parser(name, help=meaning, description=f"{meaning.capitalize()}.")
        command.set_defaults(run=run)
        command.add_argument("--edition", choices=EDITIONS, default=CORE.name, help="set of dashboards")
        command.add_argument("--multi-cluster", action="store_true", help="show the variable `cluster`")
        if name == "push":
            command.add_argument("--url", required=True, help="address of the Grafana, subpath included")
            command.add_argument("--folder", default="Astrolabe", help="title of the folder")
            command.add_argument("--folder-uid", default="astrolabe", help="uid of the folder")
            command.add_argument("--overwrite", action="store_true", help="replace what exists")
            command.add_argument("--timeout", type=float, default=10, help="seconds to wait for an answer")
            command.add_argument(
                "--token-file", type=Path, help=f"file with a service account token (default: ${_TOKEN})"
            )
        else:
            command.add_argument("--to", type=Path, default=render.RENDERED, help="folder of the JSON")
    return parser


def _write(chosen: argparse.Namespace, edition: Edition) -> int:
    for path in render.write(edition, chosen.to):
        _say(f"{'wrote' if path.exists() else 'removed'} {path}")
    return 0


def _check(chosen: argparse.Namespace, edition: Edition) -> int:
    drifted = render.drifted(edition, chosen.to)
    for path in drifted:
        _say(f"dashboards: {path} is not what the code makes: run `make dashboards`", error=True)
    return 1 if drifted else 0


def _push(chosen: argparse.Namespace, edition: Edition) -> int:
    grafana = push.Grafana(chosen.url, _token(chosen.token_file), chosen.timeout)
    texts = (json.loads(text) for text in render.rendered(edition).values())
    addresses = push.publish(grafana, texts, chosen.folder_uid, chosen.folder, overwrite=chosen.overwrite)
    for address in addresses:
        _say(f"published {address}")
    return 0


def _token(file: Path | None) -> str:
    """Return the token from the file or the environment: never from arguments, which anybody may list."""
    token = (file.read_text(encoding="utf-8") if file else os.environ.get(_TOKEN, "")).strip()
    if not token:
        raise push.PushError(f"no token: set {_TOKEN} or give a --token-file that is not empty")
    return token


def _say(line: str, *, error: bool = False) -> None:
    print(line, file=sys.stderr if error else sys.stdout)
