"""The questions of docs/graph-databases.md and their answers. Run it to write the answers into the page."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from astrolabe.graph.graph import Graph
from astrolabe.graphdb.full import Full
from astrolabe.graphdb.ladybug import Ladybug
from astrolabe.graphdb.writer import GraphWriter
from tests.graphdb.shop import facts_of, grow, read_shop

PAGE = Path(__file__).parents[2] / "docs" / "graph-databases.md"
Ask = Callable[[str], tuple[Sequence[str], list[list[Any]]]]
"""Returns the names of the columns and the rows."""
_QUESTION = re.compile(r"```cypher\n(?P<query>.*?)```\n(?:\n(?:\|[^\n]*\n)+)?", re.DOTALL)


def answered(page: str, ask: Ask) -> str:
    """Return the page with each question's answer behind it."""

    def answer(found: re.Match[str]) -> str:
        names, rows = ask(found["query"])
        lines = [names, ["---"] * len(names), *rows]
        table = "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)
        return f"```cypher\n{found['query']}```\n\n{table}"

    return _QUESTION.sub(answer, page)


async def in_ladybug(graph: Graph, page: str) -> str:
    """Return the page with the answers that Ladybug gives."""
    import ladybug

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.lbug"
        writer = GraphWriter(graph, Full("c"), Ladybug(path), lambda: True)
        await writer._step()
        await writer.close()
        database = ladybug.Database(str(path), read_only=True)
        connection = ladybug.Connection(database)

        def ask(query: str) -> tuple[Sequence[str], list[list[Any]]]:
            result = connection.execute(query)
            names = result.get_column_names()
            rows = [list(row) for row in result.get_all()]
            result.close()
            return names, rows

        try:
            return answered(page, ask)
        finally:
            connection.close()
            database.close()


async def main() -> None:
    graph = grow(facts_of(await read_shop()))
    PAGE.write_text(await in_ladybug(graph, PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
