"""A real database in a file: equal to the graph through churn, absence, kills and trouble; nothing twice."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from astrolabe.graph.facts import Facts
from astrolabe.graph.graph import Graph
from astrolabe.graphdb.agent import Agent
from astrolabe.graphdb.cartography import Cartography
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.ladybug import Ladybug
from astrolabe.graphdb.ladybugfile import LadybugFile
from astrolabe.graphdb.schema import Schema
from astrolabe.graphdb.target import TargetError
from astrolabe.graphdb.writer import GraphWriter
from tests.graphdb.contents import Contents, check, expected, of_ladybug
from tests.graphdb.shop import churn, grow, some

SCHEMAS: tuple[Callable[[str], Schema], ...] = (Full, Agent, Cartography)


def writer_of(graph: Graph, path: Path, schema: Schema) -> GraphWriter:
    return GraphWriter(graph, schema, Ladybug(path), lambda: True)


async def written(graph: Graph, path: Path, schema: Schema) -> None:
    """Bring a file up to date as a new process does."""
    writer = writer_of(graph, path, schema)
    await writer._step()
    await writer.close()


@pytest.mark.parametrize("schema_type", SCHEMAS)
async def test_it_equals_the_graph_through_churn_and_after_an_absence(
    schema_type: Callable[[str], Schema], shop_facts: list[Facts], tmp_path: Path
) -> None:
    facts, random, path = some(shop_facts), Random(1), tmp_path / "graph.lbug"
    graph, schema = grow(facts), schema_type("c")
    writer = writer_of(graph, path, schema)
    await writer._step()
    for _ in range(3):
        for delta in churn(graph, facts, random, 40):
            writer.follow(delta)
        await writer._step()
        assert writer.equal
    await writer.close()
    check(of_ladybug(path), expected(graph, schema))
    # Nobody follows what happens now; the next process makes good for it.
    for _ in churn(graph, facts, random, 100):
        pass
    await written(graph, path, schema_type("c"))
    check(of_ladybug(path), expected(graph, schema))


async def test_two_clusters_in_one_database_leave_each_other_alone(
    shop_facts: list[Facts], tmp_path: Path
) -> None:
    facts, path = some(shop_facts), tmp_path / "graph.lbug"
    graph = grow(facts)
    for cluster in ("one", "two"):
        await written(graph, path, Agent(cluster))
    # Nobody follows what happens to one of them now.
    before = expected(graph, Agent("two"))
    for _ in churn(graph, facts, Random(5), 100):
        pass
    await written(graph, path, Agent("one"))
    found = of_ladybug(path)
    for cluster, mine in (("one", expected(graph, Agent("one"))), ("two", before)):
        assert {end: v for end, v in found.nodes.items() if end.key.startswith(f"{cluster}/")} == mine.nodes
        assert mine.edges.items() <= found.edges.items()


@pytest.mark.parametrize(
    "own",
    [
        "CREATE NODE TABLE Team(name STRING PRIMARY KEY)",
        "ALTER TABLE Pod ADD note STRING",
        "ALTER TABLE RUNS_AS ADD note STRING",
        "CREATE (:Pod {`key`: 'mine'})",
        "MATCH (p:Pod), (a:ServiceAccount) WITH p, a LIMIT 1 CREATE (p)-[:RUNS_AS]->(a)",
    ],
)
async def test_what_somebody_else_put_into_the_file_stays(
    own: str, shop_facts: list[Facts], tmp_path: Path
) -> None:
    facts, path = some(shop_facts), tmp_path / "graph.lbug"
    graph = grow(facts)
    await written(graph, path, Agent("c"))
    file = LadybugFile(path)
    assert file.only(Agent("c"))
    file.run(own)
    file.close()
    file = LadybugFile(path)
    before = sorted(map(str, file.run("CALL show_tables() RETURN name")))
    notes = "MATCH (p:Pod) RETURN count(*)", "MATCH ()-[e:RUNS_AS]->() RETURN count(*)"
    counted = [file.run(query) for query in notes]
    columns = [file.run(f"CALL table_info('{table}') RETURN name") for table in ("Pod", "RUNS_AS")]
    assert not file.only(Agent("c"))
    file.close()
    await written(graph, path, Agent("c"))
    file = LadybugFile(path)
    assert sorted(map(str, file.run("CALL show_tables() RETURN name"))) == before
    assert [file.run(query) for query in notes] == counted
    assert [file.run(f"CALL table_info('{table}') RETURN name") for table in ("Pod", "RUNS_AS")] == columns
    file.close()


CHILD = """
import asyncio, pickle, resource, signal, sys
from pathlib import Path
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.ladybug import Ladybug
from astrolabe.graphdb.writer import GraphWriter
from tests.graphdb.shop import facts_of, grow, read_shop, some

class Told(Ladybug):
    def _edges(self, *arguments):
        # Within the transaction: nodes are written, relationships are not.
        print("writing", flush=True)
        super()._edges(*arguments)

    def _replace(self, *arguments):
        print("writing", flush=True)
        super()._replace(*arguments)

async def main():
    graph = grow(some(facts_of(await read_shop())))
    writer = GraphWriter(graph, Full("c"), Told(Path(sys.argv[1])), lambda: True)
    while True:
        writer.lost()
        await writer._step()

asyncio.run(main())
"""


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("shared", [False, True])
def test_it_is_right_after_the_writer_is_killed_in_the_middle(
    shared: bool, shop_facts: list[Facts], tmp_path: Path
) -> None:
    path = tmp_path / "graph.lbug"
    graph = grow(some(shop_facts))
    if shared:
        asyncio.run(written(grow(some(shop_facts)[:5]), path, Full("other")))
    for batches in (1, 2):
        command = [sys.executable, "-c", CHILD, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(batches):
                assert "writing\n" in child.stdout
            child.send_signal(signal.SIGKILL)
    asyncio.run(written(graph, path, Full("c")))
    found, wanted = of_ladybug(path), expected(graph, Full("c"))
    if shared:
        found.nodes = {end: values for end, values in found.nodes.items() if end.key.startswith("c/")}
        found.edges = {key: values for key, values in found.edges.items() if key[1].key.startswith("c/")}
    check(found, wanted)
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name]


def crash(path: Path, to: Path, end: bytes) -> None:
    """Put beside a database that is open what a crash leaves of it: a log with another end."""
    log = path.with_name(f"{path.name}.wal").read_bytes()
    assert len(log) > 10_000
    to.write_bytes(path.read_bytes())
    to.with_name(f"{to.name}.wal").write_bytes(log[:-3_000] + end)


@pytest.mark.parametrize("torn", ["cut", "garbled"])
async def test_a_log_whose_end_was_torn_by_a_crash_is_read_up_to_there(
    torn: str, shop_facts: list[Facts], tmp_path: Path
) -> None:
    facts, path, crashed = some(shop_facts)[:60], tmp_path / "graph.lbug", tmp_path / "crashed.lbug"
    graph = grow(facts)
    await written(grow(facts[:5]), path, Full("other"))
    writer = writer_of(graph, path, Full("c"))
    await writer._step()
    crash(path, crashed, b"" if torn == "cut" else b"\xff" * 3_000)
    await writer.close()
    await written(graph, crashed, Full("c"))
    found = of_ladybug(crashed)
    wanted, others = expected(graph, Full("c")), expected(grow(facts[:5]), Full("other"))
    check(found, Contents(wanted.nodes | others.nodes, wanted.edges | others.edges))
    assert not crashed.with_name(f"{crashed.name}.wal").exists()


async def test_trouble_is_told_and_outlived(shop_facts: list[Facts], tmp_path: Path) -> None:
    facts, random, path = some(shop_facts)[:120], Random(2), tmp_path / "graph.lbug"
    graph, schema = grow(facts), Full("c")
    target = Failing(path)
    writer = GraphWriter(graph, schema, target, lambda: True)
    await writer._step()
    for _ in range(4):
        for delta in churn(graph, facts, random, 10):
            writer.follow(delta)
        target.failing = True
        with pytest.raises(TargetError, match="disk"):
            await writer._step()
        await writer._failed("the disk is full", 1)
        target.failing = False
        for delta in churn(graph, facts, random, 10):
            writer.follow(delta)
        await writer._step()
    await writer.close()
    check(of_ladybug(path), expected(graph, schema))


FULL = """
import asyncio, resource, sys
from pathlib import Path
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.ladybug import Ladybug
from astrolabe.graphdb.writer import GraphWriter
from tests.graphdb.shop import facts_of, grow, read_shop

async def main():
    graph = grow(facts_of(await read_shop()))
    writer = GraphWriter(graph, Full("c"), Ladybug(Path(sys.argv[1])), lambda: True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        await writer._step()
    except Exception as error:
        print("told", error, file=sys.stderr)
    await writer.close()

asyncio.run(main())
"""


@pytest.mark.long
@pytest.mark.parametrize("size", [20_000, 800_000])
def test_a_disk_that_takes_no_more_is_told_in_few_words(size: int, tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    command = [sys.executable, "-c", FULL, str(path), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = done.stderr.partition("told ")[2]
    assert told.startswith(f"{path}: ")
    assert "make room on the disk" in told
    assert "durable" not in told
    assert told.count("\n") == 1


async def test_a_failure_that_lasts_is_said_once_and_its_end_when_all_is_written(
    shop_facts: list[Facts], tmp_path: Path
) -> None:
    facts = some(shop_facts)[:60]
    graph, target = grow(facts), Failing(tmp_path / "graph.lbug")
    writer = GraphWriter(graph, Full("c"), target, lambda: True)
    await writer._step()
    target.failing = True
    with capture_logs() as logs:
        for number in range(3):
            writer.follow(graph.apply(msgspec.structs.replace(facts[0], uid=str(number))))
            with pytest.raises(TargetError) as told:
                await writer._step()
            await writer._failed(str(told.value), 1)
    assert [line["event"] for line in logs] == ["the graph database is not up to date"]
    target.failing = False
    with capture_logs() as logs:
        await writer._step()
        await writer._step()
    assert [line["event"] for line in logs] == ["the graph database is up to date again"]
    await writer.close()


class Failing(Ladybug):
    """Fails at the end of a batch, when most of it is written."""

    failing = False

    def _orphans(self, *arguments: Any) -> None:
        if self.failing:
            raise OSError("No space left on the disk")
        super()._orphans(*arguments)


async def test_a_database_of_another_schema_is_refused(shop_facts: list[Facts], tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    await written(grow(shop_facts[:5]), path, Agent("c"))
    target = Ladybug(path)
    with pytest.raises(TargetError, match=r"the schema agent .* not full .*use --schema agent"):
        target.open(Full("c"))
    target.close()


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    import ladybug

    path = tmp_path / "other.lbug"
    database = ladybug.Database(str(path))
    connection = ladybug.Connection(database)
    connection.execute("CREATE NODE TABLE Person(name STRING PRIMARY KEY)")
    connection.close()
    database.close()
    target = Ladybug(path)
    with pytest.raises(TargetError, match="something else than an export"):
        target.open(Full("c"))
    target.close()


def test_a_file_that_cannot_be_used_is_told_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text that is no database, and long enough to be read as one " * 100)
    for path in (tmp_path / "file", tmp_path / "file" / "below", tmp_path):
        target = Ladybug(path)
        with pytest.raises(TargetError) as told:
            target.open(Full("c"))
        text = str(told.value)
        assert str(path) in text
        assert "\n" not in text
        assert "--to" in text, text
        target.close()


def test_a_file_that_another_program_writes_to_is_told(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    hold = "import ladybug, sys; d = ladybug.Database(sys.argv[1]); print('open', flush=True); input()"
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        target = Ladybug(path)
        with pytest.raises(TargetError, match="another program has it open"):
            target.open(Full("c"))
        other.communicate("\n")
    assert target.open(Full("c")) == ""
    target.close()
