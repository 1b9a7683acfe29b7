"""`astrolabe watch`: write changes of chosen resources to files, webhooks or the standard output."""

from __future__ import annotations

import argparse
import asyncio
import sys

import msgspec

from astrolabe.settings import Settings, SettingsError
from astrolabe.watch import ConfigError, load_config
from astrolabe.watch.program import replay, watch
from astrolabe.watch.topology import as_yaml, explain, topology

GRACE = 45.0
"""Seconds that it may take to stop: handlers get 30 of them."""
SETTINGS = ("kubeconfig", "context", "in_cluster", "log_format", "verbosity")
"""The settings of the exporter that mean something here as well."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=["follow", "replay"],
        default="follow",
        help="watch the cluster (the default), or deliver dead letters again",
    )
    parser.add_argument(
        "--config",
        dest="watch_config",
        metavar="FILE",
        required=True,
        help="YAML file with the resources to watch, see docs/watch.md; files of Faro work too",
    )
    parser.add_argument(
        "--explain",
        nargs="?",
        choices=["text", "yaml"],
        const="text",
        help="print what will be watched, by namespace, and exit; as text, or as YAML",
    )
    parser.add_argument("--output-dir", default="", help="overrides output_dir of the file")
    parser.add_argument(
        "--auto-shutdown",
        type=float,
        default=None,
        metavar="SECONDS",
        help="overrides auto_shutdown_sec of the file",
    )


async def run(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Follow until told to stop; return 1 from `replay` if some dead letters stay."""
    try:
        config = load_config(arguments.watch_config)
        if arguments.output_dir:
            config = msgspec.structs.replace(config, output_dir=arguments.output_dir)
        if arguments.auto_shutdown is not None:
            config = msgspec.structs.replace(config, auto_shutdown_sec=arguments.auto_shutdown)
        if arguments.explain:
            chosen = settings.context or "of the current context"
            found = topology(config.rules, chosen)
            text = as_yaml(found) if arguments.explain == "yaml" else "\n".join((*explain(found), ""))
            sys.stdout.write(text)
            return 0
        if arguments.action == "replay":
            return await replay(config)
        await watch(
            config,
            stopping,
            kubeconfig=settings.kubeconfig,
            context=settings.context,
            in_cluster=settings.in_cluster,
        )
    except ConfigError as error:
        raise SettingsError(str(error)) from None
    return 0
