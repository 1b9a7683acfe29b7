"""docs/graph-databases.md says what the databases answer on the demo's shop, and what the schemas have."""

from __future__ import annotations

import re

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.graphdb.opening import BOLT, FALKOR, SCHEMAS
from tests.graphdb.contents import expected
from tests.graphdb.page import PAGE, in_ladybug
from tests.graphdb.shop import grow


async def test_the_answers_are_those_of_the_shop(shop_facts: list[Facts]) -> None:
    page = PAGE.read_text("utf-8")
    assert page.count("```cypher") == 12
    assert await in_ladybug(grow(shop_facts), page) == page


@pytest.mark.parametrize("name", SCHEMAS)
def test_labels_and_relationships_of_each_schema_are_told(name: str, shop_facts: list[Facts]) -> None:
    row = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| `{name}` |"))
    told = set(re.findall(r"`(\w+)`", row)) - {name}
    contents = expected(grow(shop_facts), SCHEMAS[name]("c"))
    have = {end.label for end in contents.nodes} | {relation for relation, _, _ in contents.edges}
    if name == "full":
        # It names examples: one label for each kind, and each relation of the graph.
        told |= set(
            re.findall(r"`(\w+)`", PAGE.read_text("utf-8").partition("| `agent` |")[2].splitlines()[0])
        )
        assert told - have == set()
    else:
        bindings = {label for label in have if label.endswith(("Role", "RoleBinding"))}
        assert told == have - bindings


def test_every_scheme_of_a_server_works_as_documented() -> None:
    page = PAGE.read_text("utf-8")
    known = {*BOLT, *FALKOR}
    assert {scheme for scheme in known if f"`{scheme}://`" in page} == known - {"bolt+ssc", "neo4j+ssc"}
