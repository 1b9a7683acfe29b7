"""A type of messages for each kind, written from the table of kinds."""

from __future__ import annotations

import pytest

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models.details import HelmRecord, SecretDetail
from astrolabe.kinds.models.metadata import MetadataOnly, facts_of
from deploy import messagetypes


def kind(name: str, **given: object) -> Kind:
    def describe(decoded: MetadataOnly, context: object) -> Facts:
        return facts_of(decoded.metadata, context)  # type: ignore[arg-type]

    return Kind(name=name, plural="things", model=MetadataOnly, describe=describe, **given)  # type: ignore[arg-type]


def test_a_kind_becomes_a_type_with_what_only_it_carries() -> None:
    lamp = kind("Lamp.sea.example", metadata_only=True, detail=SecretDetail, records={"told": HelmRecord})
    text = messagetypes.module([lamp, kind("Buoy.sea.example"), kind("Rumour", node=False)])
    assert text.partition("]\n")[2] == (
        '''

class Buoy(Object, frozen=True, tag="Buoy"):
    """Kind `Buoy.sea.example`."""


class Lamp(Object, frozen=True, tag="Lamp"):
    """Kind `Lamp.sea.example`, of which only metadata is read."""

    detail: SecretDetail | None = None
    told: HelmRecord | None = None


AnyObject: TypeAlias = (
    Buoy
    | Lamp
    | Custom
)
"""An object of any kind."""
'''
    )
    assert "import (\n    HelmRecord,\n    SecretDetail,\n)\n" in text


@pytest.mark.parametrize("other", ["Lamp", "Custom", "Listing"])
def test_two_types_of_one_name_are_refused(other: str) -> None:
    with pytest.raises(ValueError, match=f"^messages would have two types of the name {other}$"):
        messagetypes.module([kind(f"{other}.sea.example"), kind("Lamp")])
