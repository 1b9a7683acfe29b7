"""The size of an exporter's parts, and where it spends its time: logged on SIGUSR1.

Numbers, kinds, resources and functions; no name of an object, and nothing of what one holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from astrolabe.application import Application
from astrolabe.commands import profiling
from astrolabe.scheduling.steps import Steps

log = structlog.get_logger(__name__)

_NODES_PER_STEP = 64


@contextmanager
def said_on_signal(followed: Callable[[], Sequence[Application]]) -> Iterator[None]:
    """Say the state of what is `followed` at each SIGUSR1, where the system has it; once at a time."""
    loop = asyncio.get_running_loop()
    saying: asyncio.Task[None] | None = None

    def begin() -> None:
        nonlocal saying
        if saying is None or saying.done():
            saying = loop.create_task(say(followed()), name="say state")

    number = getattr(signal, "SIGUSR1", None)
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(number, begin) if number is not None else None
    try:
        yield
    finally:
        if number is not None:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(number)
        if saying is not None:
            saying.cancel()


async def say(applications: Sequence[Application]) -> None:
    """Say how large everything is, then where the loop's thread spends the next seconds."""
    try:
        for application in applications:
            await _say_size(application)
        log.info("profile begins", seconds=profiling.SECONDS)
        profile = await asyncio.to_thread(profiling.sample, threading.get_ident())
        log.info("profile", looks=profile.looks, own=profile.own, with_callees=profile.below)
    except Exception as error:  # noqa: BLE001  (whatever it is, the exporter goes on)
        log.warning("state cannot be logged", error=repr(error))


async def _say_size(application: Application) -> None:
    edges, missing = await application.scheduler.work(_counted(application))
    objects = {kind: 0 for kind, _ in application.graph.scopes()}
    for kind, namespace in application.graph.scopes():
        objects[kind] += len(application.graph.of_kind(kind, namespace))
    log.info(
        "state",
        objects=dict(Counter(objects).most_common()),
        edges=dict(edges.most_common()),
        missing_references=missing,
        namespaces=len(application.graph.namespaces()),
        queues=application.telemetry.queues(),
        watches=dict(Counter(each.phase for each in application.supervisor.states)),
        tasks=len(asyncio.all_tasks()),
        threads=threading.active_count(),
        **({"cluster": application.state.cluster} if application.state.cluster else {}),
    )


def _counted(application: Application) -> Steps[tuple[Counter[str], int]]:
    """Count the edges by type, and the missing references."""
    graph = application.graph
    edges: Counter[str] = Counter()
    missing = 0
    for number, node_id in enumerate([node.id for node in graph]):
        node = graph.get(node_id)
        if node is not None:
            edges.update(edge.type for edge in graph.carried(node))
            missing += len(graph.missing_of(node))
        if number % _NODES_PER_STEP == 0:
            yield
    return edges, missing
