"""`astrolabe override`: run the service, ask it for something, look after its audit."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml

from astrolabe import logs
from astrolabe.api.files import UnusableFile
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from astrolabe.override import application, asking, auditing, parts, rbac, settings
from astrolabe.override.auditing import AuditError
from astrolabe.override.calling import CallError
from astrolabe.override.files import authorities, token_of
from astrolabe.override.gitops.remotes import Remotes
from astrolabe.override.settings import Settings, SettingsError
from astrolabe.override.store import StoreError
from astrolabe.signals import on_stop
from astrolabe.tracing.starting import traced

PROGRAM = "astrolabe override"
_MENDABLE = (
    SettingsError, UnusableFile, StoreError, AuditError, CallError, ConfigurationError, Unreachable,
    ApiFailure, parts.StartError,
)  # fmt: skip

Run = Callable[[argparse.Namespace], int]


def main(words: Sequence[str]) -> int:
    """Run a command; return the exit code: 1 for what the user can fix, 2 for bad usage."""
    parsed = _parser().parse_args(words)
    run: Run = parsed.run
    try:
        code = run(parsed)
        sys.stdout.flush()
    except _MENDABLE as error:
        return _fail(str(error), 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _fail(text: str, code: int) -> int:
    text = text if text.isprintable() else ascii(text)[1:-1]
    sys.stderr.write(f"{PROGRAM}: {text}\n")
    return code


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        self.exit(_fail(f"{message}; see {self.prog} --help", 2))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Wake and sleep environments for a while, with a record.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_local(commands)
    asking.add(commands)
    return parser


def _add_local(commands: Any) -> None:
    """Add what works on the settings, the database and the rules themselves."""
    for name, run, text in (
        ("serve", _serve, "run the service"),
        ("check", _check, "check the settings and the rules"),
        ("rbac", _rbac, "print the rights that the service account needs, as YAML"),
    ):
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        _config(command)
        command.set_defaults(run=run)
    commands.choices["rbac"].add_argument("--namespace", default="astrolabe", help="where the service runs")
    commands.choices["rbac"].add_argument(
        "--sleepinfo", action="append", default=[], metavar="NAMESPACE/NAME",
        help="a SleepInfo whose Secret may be read; may be given several times",
    )  # fmt: skip
    key = commands.add_parser("key", help="print a new key for the audit", description="Print a new key.")
    key.set_defaults(run=_key)
    audit = commands.add_parser("audit", help="verify or export the audit", description="Look at the audit.")
    kinds = audit.add_subparsers(dest="what", metavar="WHAT", required=True)
    verify = kinds.add_parser("verify", help="check that no record was changed, removed or added")
    _config(verify, required=False)
    verify.add_argument("--file", default="", help="an export to verify instead of the database")
    verify.add_argument("--key-file", default="", help="the key for --file; default: the key in the settings")
    verify.add_argument(
        "--at-least", type=int, default=0, metavar="SEQUENCE",
        help="the last sequence number seen elsewhere, for example in Prometheus, to detect removed records",
    )  # fmt: skip
    asking.where(verify)
    verify.set_defaults(run=_verify)
    export = kinds.add_parser("export", help="print the records")
    _config(export, required=False)
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl")
    asking.where(export)
    export.set_defaults(run=_export)
    for name, run, text in (
        ("backup", _backup, "write the whole audit to a file"),
        ("restore", _restore, "restore a backup into an empty database"),
    ):
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        _config(command)
        command.add_argument("file", metavar="FILE")
        command.set_defaults(run=run)


def _config(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument(
        "--config", metavar="FILE", required=required, default="", help="the service's settings"
    )


def _settings(parsed: argparse.Namespace) -> Settings:
    return settings.read(Path(parsed.config))


def _serve(parsed: argparse.Namespace) -> int:
    read = _settings(parsed)
    logs.configure(read.log_format, read.verbosity)
    with traced("astrolabe-override"):
        asyncio.run(_until_stopped(read))
    return 0


async def _until_stopped(read: Settings) -> None:
    stopping = asyncio.Event()
    on_stop(stopping.set)
    await application.run(read, stopping)


def _check(parsed: argparse.Namespace) -> int:
    read = _settings(parsed)
    rules = parts.rules_of(read).current
    parts.audit_key(read)
    Remotes(read)
    if (oidc := read.oidc) is not None:
        authorities("oidc.ca_file", oidc.ca_file)
        if oidc.client_secret_file:
            token_of("oidc.client_secret_file", oidc.client_secret_file)
    for warning in rules.warnings:
        print(f"warning: {warning}")  # noqa: T201
    for role in rules.roles.values():
        people = ", ".join(rules.people_of(role.name)) or "nobody"
        print(f"{role.name}: {people}: {', '.join(role.fields.environments)}")  # noqa: T201
    print(f"{len(read.environments)} environments, {len(rules.roles)} roles: all can be used.")  # noqa: T201
    return 0


def _rbac(parsed: argparse.Namespace) -> int:
    names: dict[str, list[str]] = {}
    for entry in parsed.sleepinfo:
        namespace, _, name = entry.partition("/")
        if not name:
            raise SettingsError(f"--sleepinfo: `{entry}`: expected NAMESPACE/NAME")
        names.setdefault(namespace, []).append(name)
    found = rbac.manifests(_settings(parsed), names, namespace=parsed.namespace)
    sys.stdout.write(yaml.safe_dump_all(found, sort_keys=False))
    return 0


def _key(_parsed: argparse.Namespace) -> int:
    print(parts.new_key())  # noqa: T201
    return 0


def _verify(parsed: argparse.Namespace) -> int:
    if not parsed.config and not parsed.file:
        found = asking.client(parsed).get("/audit/verification")
        if not found["intact"]:
            raise AuditError(f"the audit is broken: {found['problem']}")
        auditing.reaches(found["sequence"], parsed.at_least)
        print(f"{found['records']} records, the last one is {found['sequence']}: all as written.")  # noqa: T201
        return 0
    records, key = auditing.source(_settings(parsed) if parsed.config else None, parsed.file, parsed.key_file)
    head = auditing.verified(records, key, parsed.at_least)
    print(f"{len(records)} records, the last one is {head.sequence}: all as written.")  # noqa: T201
    return 0


def _export(parsed: argparse.Namespace) -> int:
    if parsed.config:
        auditing.export(_settings(parsed), parsed.format, sys.stdout.buffer)
        return 0
    client, after = asking.client(parsed), 0
    while True:
        page = client.text("/audit", after=str(after), format="jsonl")
        some = auditing.records_of(page)
        if not some:
            return 0
        auditing.write(some, parsed.format, sys.stdout.buffer, header=after == 0)
        after = some[-1].sequence


def _backup(parsed: argparse.Namespace) -> int:
    count = auditing.backup(_settings(parsed), Path(parsed.file))
    print(f"{count} records in {parsed.file}.")  # noqa: T201
    return 0


def _restore(parsed: argparse.Namespace) -> int:
    count = auditing.restore(_settings(parsed), Path(parsed.file))
    print(f"{count} records are back.")  # noqa: T201
    return 0
