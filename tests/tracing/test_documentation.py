"""docs/tracing.md tells every variable that is read, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from astrolabe.tracing.environment import Variables

PAGE = Path(__file__).parents[2] / "docs" / "tracing.md"


class Noting(Mapping[str, str]):
    """An environment that notes what is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        if name == "OTEL_TRACES_SAMPLER":
            return "traceidratio"
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


def test_every_variable_is_told_and_no_other() -> None:
    environment = Noting()
    variables = Variables(environment)
    assert not variables.wanted
    variables.tracing("astrolabe")
    table = PAGE.read_text("utf-8").partition("## Environment variables")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`OTEL_.*?) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == environment.asked
