"""`astrolabe messages`: send the graph's data about each object to targets, as messages in JSON."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import structlog

from astrolabe.application import Application
from astrolabe.commands.acquaintance import Acquaintance, StartOver
from astrolabe.commands.connection import addressed, connection
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.transport import Transport
from astrolabe.messages.metrics import MessagesCollector
from astrolabe.messages.reading import ObjectReader
from astrolabe.messages.router import MessageRouter
from astrolabe.messages.sinks import SinkConsumer, configured, opened
from astrolabe.messages.subscription import Subscription
from astrolabe.patterns.names import shown
from astrolabe.settings import Settings, SettingsError
from astrolabe.watch import ConfigError, SinkConfig

log = structlog.get_logger(__name__)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="TARGET",
        help="`-` for standard output (the default), a file, a webhook as in https://example.org/hook, a"
        " stream in Redis as in redis://localhost, or as in nats://localhost/SUBJECT or"
        " kafka://localhost/TOPIC; may be given several times",
    )
    parser.add_argument(
        "--to-file",
        default="",
        metavar="FILE",
        help="file with targets, one a line; use it for targets with a password or a token",
    )
    parser.add_argument(
        "--tell-kinds",
        default="",
        metavar="KINDS",
        help="kinds to send, as in Pod,Secret,Rollout.argoproj.io; default: all watched kinds",
    )
    parser.add_argument(
        "--tell-namespaces",
        default="",
        metavar="NAMES",
        help="namespaces to send: names, or regular expressions; default: all, and cluster-scoped objects",
    )
    parser.add_argument(
        "--objects",
        action="store_true",
        help="add the object itself to each message, with one request each; only metadata of Secrets",
    )
    parser.add_argument(
        "--cluster", default="", help="name of the cluster in each message; default: UID of kube-system"
    )


async def messages(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Follow the cluster and send, until told to stop. It serves its own metrics and /readyz.

    Raises `ConfigurationError` and `SettingsError`, and `Unreachable` and `ApiFailure` with `fail_fast`.
    """
    settings = addressed(settings)
    subscription = _subscription(arguments)
    targets = _targets(arguments)
    known = ""
    while not stopping.is_set():
        async with connection(settings) as cluster:
            acquaintance = Acquaintance(cluster, settings.namespaces, known)
            if settings.fail_fast:
                await acquaintance.greet()
            application = Application(settings, cluster, greet=acquaintance.greet, serves=False)
            router = _router(application, acquaintance, arguments.cluster)
            reader = _reader(application, cluster) if arguments.objects else None
            for consumer in _opened(targets, stopping):
                router.add(consumer, subscription, reader)
            application.bus.add("messages", router)
            application.telemetry.registry.register(MessagesCollector(router))
            try:
                await application.run(stopping, acquaintance.moved, router.run)
            except StartOver as reason:
                known = "" if cluster.moved.is_set() else acquaintance.known
                log.info("starting over", reason=str(reason))
    return 0


def _router(application: Application, acquaintance: Acquaintance, name: str) -> MessageRouter:
    def ready() -> bool:
        # Which cluster it is, is known once it has answered.
        router.cluster = router.cluster or acquaintance.known
        return application.supervisor.ready

    router = MessageRouter(application.graph, name, ready, scheduler=application.scheduler)
    return router


def _reader(application: Application, transport: Transport) -> ObjectReader:
    def resource_of(kind: str) -> str:
        kinds = application.watchlist.kind_of
        return next(
            (state.resource for state in application.supervisor.states if kinds(state.resource) == kind), ""
        )

    return ObjectReader(transport, resource_of)


def _opened(targets: Sequence[SinkConfig], stopping: asyncio.Event) -> list[SinkConsumer]:
    try:
        return [opened(target, stopping.set) for target in targets]
    except ConfigError as error:
        raise SettingsError(f"--to: {error}") from None


def _targets(arguments: argparse.Namespace) -> list[SinkConfig]:
    targets: list[str] = list(arguments.to)
    if arguments.to_file:
        try:
            lines = Path(arguments.to_file).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise SettingsError(f"--to-file: {arguments.to_file} cannot be read: {reason}") from None
        targets += [line.strip() for line in lines if line.strip()]
    try:
        return [configured(target) for target in targets or ["-"]]
    except ConfigError as error:
        raise SettingsError(f"--to: {error}") from None


def _subscription(arguments: argparse.Namespace) -> Subscription:
    kinds = [each.strip() for each in arguments.tell_kinds.split(",") if each.strip()]
    names = [kind.name for kind in KINDS]
    written = {**{name.lower(): name for name in names}, **{kind.plural: kind.name for kind in KINDS}}
    for kind in kinds:
        # Kinds of CustomResourceDefinitions are named with their group.
        if kind not in names and "." not in kind:
            near = [written[each] for each in get_close_matches(kind.lower(), written, 1)]
            hint = f"did you mean {near[0]}?" if near else "expected a kind as in Pod or Rollout.argoproj.io"
            raise SettingsError(f"--tell-kinds: {shown(kind)} is not a known kind; {hint}")
    try:
        namespaces = [each.strip() for each in arguments.tell_namespaces.split(",") if each.strip()]
        return Subscription(kinds, namespaces)
    except ConfigError as error:
        raise SettingsError(f"--tell-namespaces: {error}") from None
