"""What is exposed of the demo's shop stays as it is, unless somebody means to change it."""

from __future__ import annotations

from tests.demo.golden import EXPOSED, OPEN, WITHOUT, digest


def test_the_rows_of_each_family_are_those_that_were_read_and_kept() -> None:
    kept = EXPOSED.read_text("utf-8").splitlines()
    found = digest().splitlines()
    assert kept.index(f"# {OPEN}") < kept.index(f"# {WITHOUT}")
    assert found == kept, "if it is meant so, read the difference and run `python -m tests.demo.golden`"
