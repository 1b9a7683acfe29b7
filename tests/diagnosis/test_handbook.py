"""Each reason that the program gives is in the handbook, and docs/reasons tells each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import astrolabe
from astrolabe.derived.diagnosis.handbook import REASONS
from astrolabe.kinds.judges import evidence
from astrolabe.metrics.rows import NOT_FOUND

KINDS = Path(astrolabe.__file__).parent / "kinds"
PAGE = Path(__file__).parents[2] / "docs" / "reasons" / "README.md"
PREFIX = {"Not"}
"""With the type of a condition: NotAvailable."""
READ = {"Error"}
"""What is compared with, and never said."""


def constants() -> dict[str, str]:
    """The texts that modules give names to."""
    return {
        target.id: node.value.value
        for tree in trees()
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def trees() -> Iterator[ast.Module]:
    for path in sorted(KINDS.rglob("*.py")):
        yield ast.parse(path.read_text("utf-8"))


def said() -> set[str]:
    """The reasons that stand in the code, wherever a verdict is made."""
    named = constants()
    places = {"Verdict": 1, "ContainerFault": 0}
    found = set()
    for tree in trees():
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                continue
            place = places.get(call.func.id)
            if place is None or len(call.args) <= place:
                continue
            for each in ast.walk(call.args[place]):
                text = each.value if isinstance(each, ast.Constant) else None
                text = named.get(each.id) if isinstance(each, ast.Name) else text
                if isinstance(text, str) and text[:1].isupper():
                    found.add(text)
    return found - PREFIX - READ


def test_each_reason_that_is_given_has_an_entry() -> None:
    given = said()
    assert len(given) > 25
    tables = (*evidence.INSTEAD.values(), *evidence.BESIDE.values(), evidence.MISSED)
    of_events = {reason for reasons in tables for reason in reasons}
    assert (given | of_events | {NOT_FOUND}) - set(REASONS) == set()


def test_entries_are_sentences_in_order() -> None:
    assert list(REASONS) == sorted(REASONS, key=str.lower)
    for reason, entry in REASONS.items():
        assert re.fullmatch(r"[A-Z][A-Za-z]+", reason), reason
        assert all(text.endswith(".") and text == " ".join(text.split()) for text in entry), reason


def test_the_page_has_a_section_for_each() -> None:
    assert re.findall(r"^## (.*)$", PAGE.read_text("utf-8"), re.MULTILINE) == list(REASONS)
