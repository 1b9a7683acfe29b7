"""The graph as the two frames that the view takes, and the demo's graph at moments of its day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from random import Random
from typing import TypeAlias, TypedDict

import looptime

from astrolabe.application import Application
from astrolabe.demo.cluster import open_shop
from astrolabe.demo.day.run import Day
from astrolabe.derived.diagnosis.causes import causes
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.graph.graph import Graph
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import LoopClock
from astrolabe.testing.inprocess import InProcess
from tests.demo.conftest import START

Row: TypeAlias = dict[str, str]

MOMENTS = {"healthy": "08:05", "secret": "09:20", "node": "10:24"}
"""Before anything happens; a Secret and more is missing; a Node is silent."""


class Frames(TypedDict):
    """What `update` of the view is called with, and what the exporter says of it."""

    nodes: list[Row]
    edges: list[Row]
    causes: dict[str, list[list[str]]]
    """For each unhealthy object the ways to its causes."""


def frames(graph: Graph, namespaces: Iterable[str] = ()) -> Frames:
    """Return the frames of a graph: of some namespaces with what they are related to, or of everything."""
    chosen = set(namespaces)
    missing = [each for each in graph.missing() if not each.optional]
    edges = [*graph.edges(), *missing]
    why = {node.id: [list(cause.path) for cause in causes(graph, node)] for node in graph if unhealthy(node)}
    if chosen:
        edges = [edge for edge in edges if edge.namespace in chosen]
    ends = {end for edge in edges for end in (edge.source, edge.target)}
    nodes = []
    for node in graph:
        if chosen and node.facts.namespace not in chosen and node.id not in ends:
            continue
        nodes.append(
            {
                "id": node.id,
                "title": node.facts.name,
                "subtitle": node.facts.kind,
                "mainstat": node.status,
                "detail__kind": node.facts.kind,
                "detail__namespace": node.facts.namespace,
                "detail__name": node.facts.name,
                "detail__message": node.message,
                "detail__release": node.release.name if node.release else "",
                "detail__root": f"{node.root.kind}/{node.root.name}" if node.root else "",
                **({"detail__causes": ",".join(map(" ".join, why[node.id]))} if node.id in why else {}),
            }
        )
    nodes += [
        {"id": target, "mainstat": "Missing"} for target in sorted({each.target for each in missing} & ends)
    ]
    known = {node["id"] for node in nodes}
    rows = [
        {
            "id": f"{edge.source} {edge.type} {edge.target}",
            "source": edge.source,
            "target": edge.target,
            "detail__type": edge.type,
        }
        for edge in edges
        if edge.source in known and edge.target in known
    ]
    return {"nodes": nodes, "edges": rows, "causes": why}


async def _play() -> dict[str, Graph]:
    server = ApiServer(history=5000, clock=LoopClock(START))
    plane, almanac = open_shop(server)
    day = asyncio.create_task(Day(plane, almanac).run())
    found = {}
    for name, time in MOMENTS.items():
        await asyncio.sleep((almanac.when(0, time) - server.now()).total_seconds())
        application = Application(Settings(), InProcess(server), random=Random(1))
        assert await application.gather(60, asyncio.Event())
        found[name] = application.graph
    day.cancel()
    await asyncio.wait({day})
    return found


def demo() -> dict[str, Graph]:
    """Play the demo's morning on a virtual clock; return its graph at each moment."""
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        return runner.run(_play())
