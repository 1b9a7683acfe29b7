"""What batches, marks and sweeps are in Cypher, for servers whose statements take parameters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from astrolabe.graphdb.rows import Batch, by_label, by_type
from astrolabe.graphdb.schema import Schema

MARK = "AstrolabeExport"
"""The label of the nodes that say what an export wrote, one for each cluster. Their key is the cluster."""
SWEPT_TOGETHER = 10_000
"""What is deleted by one statement of a sweep, at most."""
ALL_MARKS = f"MATCH (m:{MARK}) RETURN m.key, m.schema, m.version"


class Statement(NamedTuple):
    """A text, and the values of its parameters."""

    text: str
    parameters: dict[str, Any]


@dataclass(slots=True)
class Ledger:
    """What an export wrote last. A database that says otherwise is not as it was left."""

    run: str = ""
    batch: int = 0
    """How many batches of the run were written."""

    def begin(self, run: str) -> None:
        """Note that a run began."""
        self.run, self.batch = run, 0

    def recognise(self, run: str, batch: int) -> bool:
        """Whether a database is as it was left, at the first connection too: what it was before is not known.

        A batch whose end nobody saw may be in it or not: it is written again.
        """
        if not self.run:
            return True
        if run != self.run or batch not in (self.batch, self.batch + 1):
            return False
        self.batch = batch
        return True


def mark_of(cluster: str) -> Statement:
    """Return the statement that reads run, number of batches, and whether the run wrote everything."""
    text = f"MATCH (m:{MARK} {{key: $key}}) RETURN m.run, coalesce(m.batch, 0), coalesce(m.complete, false)"
    return Statement(text, {"key": cluster})


def remains(cluster: str) -> Iterator[Statement]:
    """Yield what finds something of a cluster in a database: its mark, or any of its objects."""
    for what in (f":{MARK} {{key: $key}}", "{cluster: $key}"):
        yield Statement(f"MATCH ({what}) RETURN 1 LIMIT 1", {"key": cluster})


def marked(schema: Schema, ledger: Ledger, *, complete: bool) -> Statement:
    """Return the statement that notes how far a run is."""
    text = (
        f"MERGE (m:{MARK} {{key: $key}}) SET m.schema = $schema, m.version = $version, m.run = $run,"
        " m.batch = $batch, m.complete = $complete"
    )
    return Statement(
        text,
        {
            "key": schema.cluster,
            "schema": schema.name,
            "version": schema.version,
            "run": ledger.run,
            "batch": ledger.batch,
            "complete": complete,
        },
    )


def counted(cluster: str, ledger: Ledger) -> Statement:
    """Return the statement that counts one batch more; it returns nothing where that is not the next one."""
    text = (
        f"MATCH (m:{MARK} {{key: $key}}) WHERE m.run = $run AND m.batch = $batch"
        " SET m.batch = $batch + 1 RETURN 1"
    )
    return Statement(text, {"key": cluster, "run": ledger.run, "batch": ledger.batch})


def statements(batch: Batch, cluster: str, run: str, *, fresh: bool) -> Iterator[Statement]:
    """Yield what makes the changes of a batch. In a fresh database no relationship is there already."""
    for label, keys in by_label(batch.gone).items():
        yield Statement(f"UNWIND $keys AS k MATCH (n:`{label}` {{key: k}}) DETACH DELETE n", {"keys": keys})
    cut: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in batch.cut:
        cut[one.type, one.source.label].append(one.source.key)
    for (relation, label), keys in cut.items():
        text = f"UNWIND $keys AS k MATCH (:`{label}` {{key: k}})-[e:`{relation}`]->() DELETE e"
        yield Statement(text, {"keys": keys})
    for (relation, source, target), edges in by_type(batch.removed).items():
        text = (
            f"UNWIND $rows AS r MATCH (:`{source}` {{key: r.a}})-[e:`{relation}`]->"
            f"(:`{target}` {{key: r.b}}) DELETE e"
        )
        yield Statement(text, {"rows": [{"a": edge.source.key, "b": edge.target.key} for edge in edges]})
    nodes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in batch.nodes:
        nodes[row.end.label].append({"k": row.end.key, "v": row.values})
    for label, rows in nodes.items():
        text = (
            f"UNWIND $rows AS r MERGE (n:`{label}` {{key: r.k}})"
            " SET n += r.v, n.cluster = $cluster, n.astrolabe_run = $run"
        )
        yield Statement(text, {"rows": rows, "cluster": cluster, "run": run})
    # To look for a relationship takes longer than to make it; each is written once in a run.
    make = "CREATE" if fresh else "MERGE"
    for (relation, source, target), edges in by_type(batch.edges).items():
        text = (
            f"UNWIND $rows AS r MATCH (a:`{source}` {{key: r.a}}) MATCH (b:`{target}` {{key: r.b}})"
            f" {make} (a)-[e:`{relation}`]->(b) SET e += r.v, e.astrolabe_run = $run"
        )
        rows = [{"a": edge.source.key, "b": edge.target.key, "v": edge.values} for edge in edges]
        yield Statement(text, {"rows": rows, "run": run})
    for label, keys in by_label(batch.orphans).items():
        text = f"UNWIND $keys AS k MATCH (n:`{label}` {{key: k}}) WHERE NOT (n)--() DELETE n"
        yield Statement(text, {"keys": keys})


def sweeps(labels: list[str], cluster: str, run: str) -> Iterator[Statement]:
    """Yield what deletes other runs' relationships, and then their nodes.

    Each deletes some, and is repeated while it returns `SWEPT_TOGETHER`. What has no such mark is not of an
    export: the comparison is not true then.
    """
    parameters = {"cluster": cluster, "run": run, "most": SWEPT_TOGETHER}
    for pattern, what in (("-[e]->()", "e"), ("", "n")):
        for label in labels:
            # Nobody checks the labels of others.
            name = label.replace("`", "``")
            yield Statement(
                f"MATCH (n:`{name}` {{cluster: $cluster}}){pattern} WHERE {what}.astrolabe_run <> $run"
                f" WITH {what} LIMIT $most DETACH DELETE {what} RETURN count(*)",
                parameters,
            )
