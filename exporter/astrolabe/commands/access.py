"""`astrolabe access`: who can do what, asked of a running exporter or straight of the cluster."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import msgspec

from astrolabe.application import Application
from astrolabe.commands import tables
from astrolabe.commands.connection import connected
from astrolabe.derived.access import answers
from astrolabe.derived.access.access import NEEDED, Access
from astrolabe.derived.access.answers import Answer, BadQuestion
from astrolabe.derived.access.powers import WORKLOADS
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.transport import Unreachable
from astrolabe.settings import Settings, SettingsError

_FOLLOWED = frozenset({*NEEDED, *WORKLOADS.values(), "Ingress"})
_TIMEOUT = 60.0
"""Seconds for an answer of a running exporter."""
_WORDS = {"who-can": 2, "of": 1, "findings": 0, "events": 0}
_ANSWERS: dict[str, type[Answer]] = {
    "who-can": answers.WhoCan,
    "of": answers.Of,
    "findings": answers.Findings,
    "events": answers.Events,
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument(
        "question",
        choices=sorted(_WORDS),
        help="who-can VERB RESOURCE, of SUBJECT, findings, or events (of a running exporter)",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="as in: who-can get secrets/db; of serviceaccount/shop/web",
    )
    parser.add_argument("-n", "--namespace", default="", help="where; default: the whole cluster")
    parser.add_argument("--output", choices=("table", "json"), default="table", help="default: table")
    parser.add_argument(
        "--silenced", action="store_true", help="with the findings that are silenced, and the reasons"
    )
    parser.add_argument(
        "--url", default="", help="address of a running exporter to ask, as in http://localhost:8080"
    )
    parser.add_argument("--token-file", default="", help="file with the bearer token for that exporter")
    parser.add_argument(
        "--patience",
        type=float,
        default=120,
        metavar="SECONDS",
        help="longest wait for the lists; default: 120",
    )


async def access(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Print the answer; return 1 where it may lack somebody."""
    question, words = arguments.question, arguments.words
    if len(words) != _WORDS[question]:
        raise SettingsError(f"{question}: expected {_WORDS[question] or 'no'} words, got {len(words)}")
    try:
        if arguments.url:
            answer = await _remote(arguments)
        else:
            answer = await _direct(settings, arguments, stopping)
    except BadQuestion as error:
        raise SettingsError(str(error)) from None
    if arguments.output == "json":
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer)).decode() + "\n")
    else:
        sys.stdout.writelines(tables.table(answer))
    return 1 if answer.incomplete or answer.truncated else 0


async def _direct(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> Answer:
    """Read the cluster once and answer; raises `BadQuestion` before anything is read."""
    if arguments.question == "events":
        raise BadQuestion("events: only a running exporter knows them; give --url")
    _ask(arguments, None)
    if not settings.kinds:
        followed = tuple(kind.resource for kind in KINDS if kind.name in _FOLLOWED)
        settings = msgspec.structs.replace(settings, kinds=followed, custom_resources=())
    async with connected(settings) as cluster:
        application = Application(settings, cluster)
        await application.gather(arguments.patience, stopping)
    for _ in application.access.work():
        pass
    answer = _ask(arguments, application.access)
    assert answer is not None
    return answer


def _ask(arguments: argparse.Namespace, of: Access | None) -> Answer | None:
    """Read the question, and answer it where there is somebody to ask."""
    words = arguments.words
    match arguments.question:
        case "who-can":
            verb, resource = words
            request = answers.request_of(verb, resource, arguments.namespace)
            return answers.at_once(answers.who_can(of, request)) if of is not None else None
        case "of":
            subject = answers.subject_of(*words)
            return answers.at_once(answers.of(of, subject)) if of is not None else None
        case _:
            if of is None:
                return None
            found = answers.findings(of, namespace=arguments.namespace, silenced=arguments.silenced)
            return answers.at_once(found)


def _credentials(path: str) -> dict[str, str]:
    """Return the header with the token in a file, nothing without one; raises `SettingsError`."""
    if not path:
        return {}
    try:
        return {"Authorization": f"Bearer {Path(path).read_text('utf-8').strip()}"}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--token-file: {path} cannot be read: {error}") from None


async def _remote(arguments: argparse.Namespace) -> Answer:
    """Ask a running exporter; raises `Unreachable` and `BadQuestion`."""
    question, words, namespace = arguments.question, arguments.words, arguments.namespace
    if question != "events":
        _ask(arguments, None)
    query = {
        "who-can": dict(zip(("verb", "resource"), words, strict=False), namespace=namespace),
        "of": dict(zip(("subject",), words, strict=False)),
        "findings": {"namespace": namespace, "silenced": str(arguments.silenced).lower()},
        "events": {},
    }[question]
    url = f"{arguments.url.rstrip('/')}/api/v1/access/{question}?{urlencode(query)}"
    headers = _credentials(arguments.token_file)
    try:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.get(url) as response,
        ):
            body = await response.read()
            if not response.ok:
                raise Unreachable(f"{arguments.url}: answers {response.status} {response.reason}")
            return msgspec.json.decode(body, type=_ANSWERS[question])
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Unreachable(f"{arguments.url}: {str(error) or 'no answer in time'}") from None
    except msgspec.MsgspecError:
        raise Unreachable(f"{arguments.url}: the answer is not one of Astrolabe's") from None
