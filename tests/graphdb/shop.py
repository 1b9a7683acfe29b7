"""The demo's shop as facts with the parts of Pods, and what may happen to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from random import Random

import msgspec

from astrolabe.application import Application
from astrolabe.demo.cluster import open_shop
from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Facts, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES
from astrolabe.kinds.models.podparts import with_parts
from astrolabe.kinds.registry import KINDS
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.inprocess import InProcess


async def read_shop() -> Graph:
    """Return the shop's graph as an export reads it."""
    server = ApiServer()
    open_shop(server)
    application = Application(Settings(), InProcess(server), kinds=with_parts(KINDS))
    assert await application.gather(120, asyncio.Event())
    return application.graph


def facts_of(graph: Graph) -> list[Facts]:
    """Return everything that a graph was made of."""
    return [node.facts for node in graph if node.facts.uid]


def grow(facts: Iterable[Facts]) -> Graph:
    """Build a graph in which every kind is known completely."""
    graph = Graph(JUDGES)
    for each in facts:
        graph.apply(each)
    for kind in sorted({kind for kind, _ in graph.scopes()}):
        graph.cover(kind)
    return graph


def churn(graph: Graph, facts: list[Facts], random: Random, steps: int) -> Iterable[Delta]:
    """Delete, create again, replace and change objects."""
    for _ in range(steps):
        each = random.choice(facts)
        match random.randrange(4):
            case 0:
                yield graph.remove(each.id)
            case 1:
                uid = f"{each.uid}-{random.randrange(100)}"
                yield graph.apply(msgspec.structs.replace(each, uid=uid))
            case 2:
                verdict = Verdict(random.choice(("Error", "Pending")), "Tried", "it was tried")
                yield graph.apply(msgspec.structs.replace(each, verdict=verdict))
            case _:
                yield graph.apply(msgspec.structs.replace(each))


def some(facts: list[Facts]) -> list[Facts]:
    """Return two namespaces and what is in none: enough of everything."""
    return [each for each in facts if each.namespace in ("", "shop-catalog", "shop-payments")]
