"""`astrolabe export`: keep a graph database equal to the cluster."""

from __future__ import annotations

import argparse
import asyncio

import structlog

from astrolabe.application import Application
from astrolabe.commands.acquaintance import Acquaintance, StartOver
from astrolabe.commands.connection import addressed, connection
from astrolabe.graph.facts import Facts
from astrolabe.graphdb.metrics import ExportCollector
from astrolabe.graphdb.opening import SCHEMAS, UnusableTarget, target_of
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.writer import GraphWriter
from astrolabe.kinds.models.podparts import with_parts
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.supervisor import Supervisor
from astrolabe.settings import Settings, SettingsError

log = structlog.get_logger(__name__)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument(
        "--to",
        default="astrolabe.lbug",
        metavar="TARGET",
        help="a file, or a server as in bolt://neo4j@localhost:7687 or falkor://localhost:6379;"
        " default: the file astrolabe.lbug",
    )
    parser.add_argument(
        "--schema", choices=sorted(SCHEMAS), default="full", help="labels and relationships; default: full"
    )
    parser.add_argument("--password-file", default="", help="file with the password for a server")
    parser.add_argument(
        "--cluster", default="", help="name of this cluster in the database; default: UID of kube-system"
    )


async def export(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Follow the cluster and write, until told to stop. It serves its own metrics and /readyz.

    Raises `ConfigurationError` and `SettingsError`, and `Unreachable` and `ApiFailure` with `fail_fast`.
    """
    settings = addressed(settings)
    known = ""
    while not stopping.is_set():
        try:
            target = target_of(arguments.to, arguments.password_file)
        except UnusableTarget as error:
            raise SettingsError(str(error)) from None
        async with connection(settings) as cluster:
            acquaintance = Acquaintance(cluster, settings.namespaces, known)
            if settings.fail_fast:
                await acquaintance.greet()
            application = Application(
                settings, cluster, greet=acquaintance.greet, kinds=with_parts(KINDS), serves=False
            )
            schema = SCHEMAS[arguments.schema](arguments.cluster)

            def ready(
                supervisor: Supervisor[Facts] = application.supervisor,
                schema: Schema = schema,
                acquaintance: Acquaintance = acquaintance,
            ) -> bool:
                # Which cluster it is, is known once it has answered.
                schema.cluster = schema.cluster or acquaintance.known
                return supervisor.ready

            writer = GraphWriter(application.graph, schema, target, ready, application.scheduler)
            application.bus.add("export", writer)
            application.telemetry.registry.register(ExportCollector(writer))
            log.info("exporting", target=target.name, schema=schema.name)
            try:
                await application.run(stopping, acquaintance.moved, writer.run)
            except StartOver as reason:
                known = "" if cluster.moved.is_set() else acquaintance.known
                log.info("starting over", reason=str(reason))
    return 0
