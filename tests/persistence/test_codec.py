"""Facts as bytes and back."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from astrolabe.derived.cost.savings import Carried
from astrolabe.derived.sleep.ledger import Ledger
from astrolabe.graph.facts import Detail, Facts, Ref
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.models import details
from astrolabe.kinds.registry import KINDS
from astrolabe.persistence import codec
from astrolabe.persistence.codec import BLOCK, Change, Unreadable, decode, encode, unpack
from tests.graph.worlds import objects
from tests.kinds.samples import SAMPLES

DETAILS = [
    kind for kind in vars(details).values() if isinstance(kind, type) and issubclass(kind, Detail)
]  # fmt: skip


def pack(changes: Iterable[Change]) -> bytes:
    unkept: set[str] = set()
    block = codec.pack(changes, unkept)
    assert not unkept
    return block


def read(*blocks: bytes) -> dict[str, Facts]:
    found = [facts for some in unpack(blocks) for facts in some]
    assert len({facts.id for facts in found}) == len(found)
    return {facts.id: facts for facts in found}


def facts(name: str, version: str = "1", detail: Detail | None = None) -> Facts:
    return Facts(id=f"Pod/shop/{name}", kind="Pod", namespace="shop", uid=name, api_version="v1",
                 resource_version=version, detail=detail)  # fmt: skip


@given(st.lists(objects(), unique_by=lambda item: item.id))
def test_what_was_packed_comes_back(items: list[Facts]) -> None:
    assert read(pack((item.id, item) for item in items)) == {item.id: item for item in items}


@pytest.mark.parametrize(
    "kind", [kind for kind in DETAILS if kind is not Detail], ids=lambda kind: kind.__name__
)
@settings(max_examples=20)
@given(data=st.data())
def test_every_detail_comes_back_as_what_it_was(kind: type[Detail], data: st.DataObject) -> None:
    item = facts("a", detail=data.draw(st.builds(kind)))
    unkept: set[str] = set()
    block = codec.pack([(item.id, item)], unkept)
    assume(not unkept)  # integers of any size
    found = read(block)[item.id]
    assert found == item
    assert type(found.detail) is kind


def test_every_kind_as_its_objects_are_described_comes_back() -> None:
    described = [
        kind.reader(kind.versions[0], KindOptions())(msgspec.json.encode(SAMPLES[kind.name]), {})
        for kind in KINDS
        if kind.name in SAMPLES
    ]
    assert len(described) > 20
    assert read(pack((item.id, item) for item in described)) == {item.id: item for item in described}


def test_what_cannot_be_written_is_left_out_and_said() -> None:
    huge = facts("huge", detail=details.HelmRecord("web", 10**30, "deployed"))
    odd = facts("odd", version="\ud800")
    unnamed = msgspec.structs.replace(facts("x"), id="Pod/shop/\ud800")
    unkept = {"Pod/shop/a"}
    items = [facts("a"), huge, odd, unnamed, facts("b")]
    block = codec.pack([(item.id, item) for item in items], unkept)
    assert unkept == {huge.id, odd.id, unnamed.id}
    earlier = pack([(huge.id, facts("huge")), (odd.id, facts("odd"))])
    assert sorted(read(earlier, block)) == ["Pod/shop/a", "Pod/shop/b"]
    codec.pack([(huge.id, None), (odd.id, facts("odd"))], unkept)
    assert unkept == {unnamed.id}


CHANGES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(1, 9).map(str))), max_size=6
)


@given(st.lists(CHANGES, max_size=5))
def test_the_newest_block_that_names_an_object_is_right(history: list[list[tuple[str, str | None]]]) -> None:
    wanted: dict[str, Facts] = {}
    blocks = []
    for step in history:
        changes: dict[str, Facts | None] = {}
        for name, version in step:
            changes[f"Pod/shop/{name}"] = facts(name, version) if version is not None else None
        blocks.append(pack(changes.items()))
        for id_, item in changes.items():
            if item is None:
                wanted.pop(id_, None)
            else:
                wanted[id_] = item
    assert read(*blocks) == wanted


def test_what_many_have_in_common_is_held_once() -> None:
    def made(name: str) -> Facts:
        return msgspec.structs.replace(
            facts(name),
            labels=(("app", "web"),),
            refs=(Ref("uses-secret", "Secret/shop/db"),),
        )

    one, other = read(pack((made(name).id, made(name)) for name in "ab")).values()
    assert one.labels is other.labels
    assert one.refs[0] is other.refs[0]
    assert one.kind is other.kind


def good() -> bytes:
    return pack([("Pod/shop/a", facts("a"))])


def entry(stored: object) -> bytes:
    return zlib.compress(msgspec.msgpack.encode([["Pod/shop/a", "", stored]]))


def unknown_detail() -> bytes:
    return zlib.compress(msgspec.msgpack.encode([("Pod/shop/a", "NoSuchDetail", facts("a"))]))


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (b"", "a part is cut off, or too large"),
        (b"garbage", "a part is not compressed as it should be"),
        (good()[:-1], "a part is cut off, or too large"),
        (zlib.compress(b"garbage"), "a block does not hold facts"),
        (entry({"id": 7}), "a block does not hold facts"),
        (entry({"id": "x", "kind": b"\xff"}), "a block does not hold facts"),
        (unknown_detail(), "facts of a kind that this version does not know"),
        (zlib.compress(bytes(65 << 20)), "a part is cut off, or too large"),
    ],
)  # fmt: skip
def test_what_was_not_written_here_is_refused(block: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read(good(), block)


@given(st.data())
def test_flipped_bits_are_found_out(data: st.DataObject) -> None:
    good = pack((f"Pod/shop/{n}", facts(str(n))) for n in range(20))
    block = bytearray(good)
    block[data.draw(st.integers(2, len(block) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    # Up to seven bits before the checksum say nothing: whatever they are, the text is the same.
    if zlib.decompress(good) == _text(bytes(block)):
        return
    with pytest.raises(Unreadable):
        read(bytes(block))


def _text(block: bytes) -> bytes | None:
    try:
        return zlib.decompress(block)
    except zlib.error:
        return None


def test_amounts_of_any_size_come_back() -> None:
    carried = Carried(1, [("shop", "shop", 10**30)], [("shop", -(10**30))], [("shop", [(1, 10**20)])])
    assert decode(encode(carried), Carried) == carried


def test_a_part_of_another_form_is_refused() -> None:
    assert decode(encode(Ledger(7.0)), Ledger) == Ledger(7.0)
    with pytest.raises(Unreadable, match="a part does not hold what it should"):
        decode(encode([1, 2]), Ledger)


def test_a_block_holds_little_enough_for_a_turn() -> None:
    changes: list[Change] = [(f"Pod/shop/{n}", facts(str(n))) for n in range(BLOCK)]
    assert len(pack(changes)) < 1 << 16
