"""`astrolabe access`: who can do what, from a running exporter or directly from the cluster."""

from __future__ import annotations

import argparse
import asyncio
import sys

import msgspec

from astrolabe.commands import asking, tables
from astrolabe.commands.gathering import gathered
from astrolabe.derived.access import answering, answers, questions
from astrolabe.derived.access.access import NEEDED, Access
from astrolabe.derived.access.answers import Answer
from astrolabe.derived.access.powers import WORKLOADS
from astrolabe.derived.access.questions import BadQuestion
from astrolabe.kinds.registry import KINDS
from astrolabe.scheduling.steps import at_once
from astrolabe.settings import Settings, SettingsError

_FOLLOWED = frozenset({*NEEDED, *WORKLOADS.values(), "Ingress"})
_WORDS = {"who-can": 2, "of": 1, "findings": 0, "events": 0}
_EXPECTED = {
    "who-can": "takes a verb and a resource, as in: who-can get secrets/db",
    "of": "takes a subject, as in: of serviceaccount/shop/web, of user/alice, of group/devs",
    "findings": "takes no words; --namespace chooses a namespace",
    "events": "takes no words",
}
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
        metavar="QUESTION",
        choices=sorted(_WORDS),
        help="who-can VERB RESOURCE, of SUBJECT, findings, or events (of a running exporter)",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="as in: who-can get secrets/db; of serviceaccount/shop/web",
    )
    parser.add_argument(
        "-n", "--namespace", default="", help=("only in this namespace; default: the whole cluster")
    )
    parser.add_argument("--output", choices=("table", "json"), default="table", help="default: table")
    parser.add_argument(
        "--silenced", action="store_true", help="also list silenced findings, with their reasons"
    )
    asking.add_flags(parser)


async def access(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Print the answer; return 1 where it may lack somebody."""
    question, words = arguments.question, arguments.words
    if len(words) != _WORDS[question]:
        raise SettingsError(f"access {question} {_EXPECTED[question]}")
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
    application, _ = await gathered(settings, arguments.patience, stopping)
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
            request = questions.request_of(verb, resource, arguments.namespace)
            return at_once(answering.who_can(of, request)) if of is not None else None
        case "of":
            subject = questions.subject_of(*words)
            return at_once(answering.of(of, subject)) if of is not None else None
        case _:
            if of is None:
                return None
            found = answering.findings(of, namespace=arguments.namespace, silenced=arguments.silenced)
            return at_once(found)


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
    answer: Answer = await asking.ask(arguments, f"access/{question}", query, _ANSWERS[question])
    return answer
