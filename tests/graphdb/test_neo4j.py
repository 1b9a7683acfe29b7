"""A real Neo4j: equal to the graph through churn, absence and kills of either side; nothing twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.graphdb.agent import Agent
from astrolabe.graphdb.bolt import Bolt
from astrolabe.graphdb.cartography import Cartography
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import TargetError
from astrolabe.graphdb.writer import GraphWriter
from tests.graphdb.contents import check, expected, of_bolt
from tests.graphdb.neo4jserver import Server
from tests.graphdb.page import PAGE, answered
from tests.graphdb.shop import churn, grow, some

pytestmark = [pytest.mark.real, pytest.mark.timeout(480)]
SCHEMAS: tuple[Callable[[str], Schema], ...] = (Full, Agent, Cartography)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("neo4j"))
    with server.running():
        server.begin()
        yield server


@pytest.fixture
def empty(server: Server) -> Server:
    with server.driver() as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
    return server


def writer_of(graph: Graph, server: Server, schema: Schema) -> GraphWriter:
    return GraphWriter(graph, schema, server.target(), lambda: True)


@pytest.mark.parametrize("schema_type", SCHEMAS)
async def test_it_equals_the_graph_through_churn_and_after_an_absence(
    schema_type: Callable[[str], Schema], shop_facts: list[Facts], empty: Server
) -> None:
    facts, random = some(shop_facts), Random(1)
    graph, schema = grow(facts), schema_type("c")
    writer = writer_of(graph, empty, schema)
    await writer._step()
    for _ in range(3):
        for delta in churn(graph, facts, random, 40):
            writer.follow(delta)
        await writer._step()
        assert writer.equal
    await writer.close()
    with empty.driver() as driver:
        check(of_bolt(driver), expected(graph, schema))
        for _ in churn(graph, facts, random, 100):
            pass
        writer = writer_of(graph, empty, schema_type("c"))
        await writer._step()
        await writer.close()
        check(of_bolt(driver), expected(graph, schema))


async def test_keys_are_unique_and_found_by_an_index(shop_facts: list[Facts], empty: Server) -> None:
    graph, schema = grow(some(shop_facts)), Agent("c")
    writer = writer_of(graph, empty, schema)
    await writer._step()
    await writer.close()
    with empty.driver() as driver:
        rows = driver.execute_query("SHOW CONSTRAINTS YIELD labelsOrTypes, properties, type").records
    labels = {end.label for end in expected(graph, schema).nodes}
    unique = {row["labelsOrTypes"][0] for row in rows if row["properties"] == ["key"]}
    assert {row["type"] for row in rows} == {"UNIQUENESS"}
    assert labels <= unique


async def test_a_wrong_password_and_another_schema_are_told(
    shop_facts: list[Facts], empty: Server, tmp_path: Path
) -> None:
    writer = writer_of(grow(shop_facts[:5]), empty, Agent("c"))
    await writer._step()
    await writer.close()
    target = empty.target()
    with pytest.raises(TargetError, match=r"the schema agent .* not full .*use --schema agent"):
        target.open(Full("c"))
    target.close()
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    target = Bolt(empty.address, "neo4j", wrong)
    with pytest.raises(TargetError, match="check the user in --to and the password") as told:
        target.open(Agent("c"))
    assert "\n" not in str(told.value)
    target.close()
    target = Bolt(empty.address, "neo4j", tmp_path / "nowhere")
    with pytest.raises(TargetError, match=r"--password-file: .*nowhere cannot be read"):
        target.open(Agent("c"))


class Interrupted(Bolt):
    """Does something in the middle of a transaction, once."""

    def __init__(self, server: Server, interrupt: Callable[[], None]) -> None:
        super().__init__(server.address, "neo4j", server.password_file)
        self.interrupt: Callable[[], None] | None = interrupt

    def _edges(self, *arguments: Any) -> None:
        interrupt, self.interrupt = self.interrupt, None
        if interrupt is not None:
            interrupt()
        super()._edges(*arguments)


async def test_it_is_right_after_the_server_is_killed_in_the_middle_of_a_batch(
    shop_facts: list[Facts], tmp_path: Path
) -> None:
    facts, random = some(shop_facts), Random(3)
    graph, schema = grow(facts), Full("c")
    server = Server(tmp_path)
    with server.running() as pid:
        server.begin()
        writer = GraphWriter(
            graph, schema, Interrupted(server, lambda: os.kill(pid, signal.SIGKILL)), lambda: True
        )
        with pytest.raises(TargetError, match="check that the server runs"):
            await writer._step()
        await writer._failed("killed", 1)
    for delta in churn(graph, facts, random, 20):
        writer.follow(delta)
    with pytest.raises(TargetError, match="check that the server runs"):
        await writer._step()
    await writer._failed("away", 1)
    with server.running(), server.driver() as driver:
        await writer._step()
        assert writer.equal
        await writer.close()
        check(of_bolt(driver), expected(graph, schema))


async def test_the_answers_of_the_page_are_those_of_neo4j(shop_facts: list[Facts], empty: Server) -> None:
    writer = writer_of(grow(shop_facts), empty, Full("c"))
    await writer._step()
    await writer.close()
    page = PAGE.read_text("utf-8")
    with empty.driver() as driver, driver.session() as session:

        def ask(query: str) -> tuple[Sequence[str], list[list[Any]]]:
            result = session.run(query)
            return list(result.keys()), [list(row) for row in result.values()]

        assert answered(page, ask) == page
