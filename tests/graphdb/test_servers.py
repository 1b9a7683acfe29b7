"""Real Neo4j and FalkorDB: equal to the graph through churn, absence and kills; nothing twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.graphdb.agent import Agent
from astrolabe.graphdb.bolt import Bolt
from astrolabe.graphdb.cartography import Cartography
from astrolabe.graphdb.cypher import Statement
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.rows import Batch
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import Target, TargetError
from astrolabe.graphdb.writer import GraphWriter
from tests.graphdb.contents import check, expected
from tests.graphdb.falkorserver import FalkorServer
from tests.graphdb.neo4jserver import Server as Neo4jServer
from tests.graphdb.page import PAGE, answered
from tests.graphdb.shop import churn, grow, some
from tests.graphdb.test_ladybug_rows import rows

pytestmark = [pytest.mark.real, pytest.mark.timeout(480)]
SCHEMAS: tuple[Callable[[str], Schema], ...] = (Full, Agent, Cartography)
Server = Neo4jServer | FalkorServer


@pytest.fixture(scope="module", params=[Neo4jServer, FalkorServer], ids=["neo4j", "falkordb"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server: Server = request.param(tmp_path_factory.mktemp("server"))
    with server.running():
        server.begin()
        yield server


@pytest.fixture
def empty(server: Server) -> Server:
    server.clear()
    return server


def writer_of(graph: Graph, target: Target, schema: Schema) -> GraphWriter:
    return GraphWriter(graph, schema, target, lambda: True)


@pytest.mark.parametrize("schema_type", SCHEMAS)
async def test_it_equals_the_graph_through_churn_and_after_an_absence(
    schema_type: Callable[[str], Schema], shop_facts: list[Facts], empty: Server
) -> None:
    facts, random = some(shop_facts), Random(1)
    graph, schema = grow(facts), schema_type("c")
    writer = writer_of(graph, empty.target(), schema)
    await writer._step()
    for _ in range(3):
        for delta in churn(graph, facts, random, 40):
            writer.follow(delta)
        await writer._step()
        assert writer.equal
    await writer.close()
    check(empty.contents(), expected(graph, schema))
    for _ in churn(graph, facts, random, 100):
        pass
    writer = writer_of(graph, empty.target(), schema_type("c"))
    await writer._step()
    await writer.close()
    check(empty.contents(), expected(graph, schema))


async def test_two_clusters_in_one_database_leave_each_other_alone(
    shop_facts: list[Facts], empty: Server
) -> None:
    facts = some(shop_facts)
    graph = grow(facts)
    for cluster in ("one", "two"):
        writer = writer_of(graph, empty.target(), Agent(cluster))
        await writer._step()
        await writer.close()
    before = expected(graph, Agent("two"))
    for _ in churn(graph, facts, Random(5), 100):
        pass
    writer = writer_of(graph, empty.target(), Agent("one"))
    await writer._step()
    await writer.close()
    found, mine = empty.contents(), expected(graph, Agent("one"))
    assert found.nodes == {**mine.nodes, **before.nodes}
    assert found.edges == {**mine.edges, **before.edges}


async def test_keys_are_unique_and_found_by_an_index(shop_facts: list[Facts], empty: Server) -> None:
    graph, schema = grow(some(shop_facts)), Agent("c")
    writer = writer_of(graph, empty.target(), schema)
    await writer._step()
    await writer.close()
    labels = {end.label for end in expected(graph, schema).nodes}
    assert {(label, "key") for label in labels} <= empty.constraints()


def test_texts_arrive_as_they_are(empty: Server) -> None:
    target = empty.target()
    target.open(Full("c"))
    target.begin("1")
    target.write(Batch(nodes=rows()), "1")
    target.sweep("1")
    target.close()
    found = empty.contents().nodes
    for row in rows():
        for name in ("message", "labels"):
            wanted = row.values[name]
            if isinstance(empty, FalkorServer):
                # There a text ends at this byte.
                wanted = _without_zero(wanted)
            assert found[row.end].get(name) == wanted


def _without_zero(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_zero(each) for each in value]
    return value.replace("\x00", "") if isinstance(value, str) else value


async def test_a_wrong_password_and_another_schema_are_told(
    shop_facts: list[Facts], empty: Server, tmp_path: Path
) -> None:
    writer = writer_of(grow(shop_facts[:5]), empty.target(), Agent("c"))
    await writer._step()
    await writer.close()
    target = empty.target()
    with pytest.raises(TargetError, match=r"the schema agent .* not full .*use --schema agent"):
        target.open(Full("c"))
    target.close()
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    target = empty.target(wrong)
    with pytest.raises(TargetError, match="check the user in --to and the password") as told:
        target.open(Agent("c"))
    assert "\n" not in str(told.value)
    target.close()
    target = empty.target(tmp_path / "nowhere")
    with pytest.raises(TargetError, match=r"--password-file: .*nowhere cannot be read"):
        target.open(Agent("c"))


@pytest.mark.parametrize("what", ["emptied", "written to by another export"])
async def test_a_database_that_is_not_as_it_was_left_is_written_again(
    what: str, shop_facts: list[Facts], empty: Server
) -> None:
    facts = some(shop_facts)
    graph, schema = grow(facts), Agent("c")
    writer = writer_of(graph, empty.target(), schema)
    await writer._step()
    if what == "emptied":
        empty.clear()
    else:
        other = writer_of(grow(facts[:20]), empty.target(), Agent("c"))
        await other._step()
        await other.close()
    for delta in churn(graph, facts, Random(4), 40):
        writer.follow(delta)
    with pytest.raises(TargetError, match="is not as this export left it"):
        await writer._step()
    await writer._failed("not as it was left", 1)
    await writer._step()
    assert writer.equal
    await writer.close()
    check(empty.contents(), expected(graph, schema))


class Interrupted(Bolt):
    """Does something in the middle of a transaction, once."""

    def __init__(self, server: Neo4jServer, interrupt: Callable[[], None]) -> None:
        super().__init__(server.address, "neo4j", server.password_file)
        self.interrupt: Callable[[], None] | None = interrupt

    def _run(self, transaction: Any, statement: Statement) -> list[list[Any]]:
        if "-[e:" in statement.text and self.interrupt is not None:
            interrupt, self.interrupt = self.interrupt, None
            interrupt()
        return super()._run(transaction, statement)


async def test_it_is_right_after_the_server_is_killed_in_the_middle_of_a_batch(
    shop_facts: list[Facts], tmp_path: Path
) -> None:
    facts, random = some(shop_facts), Random(3)
    graph, schema = grow(facts), Full("c")
    server = Neo4jServer(tmp_path)
    with server.running() as pid:
        server.begin()
        target = Interrupted(server, lambda: os.kill(pid, signal.SIGKILL))
        writer = writer_of(graph, target, schema)
        with pytest.raises(TargetError, match="check that the server runs"):
            await writer._step()
        await writer._failed("killed", 1)
    for delta in churn(graph, facts, random, 20):
        writer.follow(delta)
    with pytest.raises(TargetError, match="check that the server runs"):
        await writer._step()
    await writer._failed("away", 1)
    with server.running():
        await writer._step()
        assert writer.equal
        await writer.close()
        check(server.contents(), expected(graph, schema))


@pytest.mark.parametrize("kept", ["every change", "what was saved earlier"])
async def test_it_is_right_after_falkordb_is_killed(
    kept: str, shop_facts: list[Facts], tmp_path: Path
) -> None:
    facts, random = some(shop_facts), Random(3)
    graph, schema = grow(facts), Full("c")
    server = FalkorServer(tmp_path)
    options = ("--appendonly", "no", "--save", "") if kept == "what was saved earlier" else ()
    with server.running(*options) as pid:
        writer = writer_of(graph, server.target(), schema)
        await writer._step()
        with server.client() as client:
            client.save()
        for delta in churn(graph, facts, random, 40):
            writer.follow(delta)
        await writer._step()
        os.kill(pid, signal.SIGKILL)
        for delta in churn(graph, facts, random, 20):
            writer.follow(delta)
        with pytest.raises(TargetError, match="check that the server runs"):
            await writer._step()
        await writer._failed("killed", 1)
    with server.running(*options):
        await writer._step()
        assert writer.equal
        await writer.close()
        check(server.contents(), expected(graph, schema))


async def test_the_answers_of_the_page_are_those_of_servers(shop_facts: list[Facts], empty: Server) -> None:
    writer = writer_of(grow(shop_facts), empty.target(), Full("c"))
    await writer._step()
    await writer.close()
    page = PAGE.read_text("utf-8")
    assert answered(page, empty.ask) == page
