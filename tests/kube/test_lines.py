"""A watch's lines come out the same, however the network cuts the stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.kube.lines import LineSplitter, LineTooLong
from astrolabe.kube.watching import batches
from tests.kube.canned import CannedResponse


def split(chunks: list[bytes]) -> tuple[list[bytes], bytes]:
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines, splitter.rest()


def test_split_at_every_byte() -> None:
    body = b'{"a":1}\n{"b":"\xc3\xa4"}\r\n\n  \n{"c":3}\n{"cut'
    for cut in range(len(body) + 1):
        lines, rest = split([body[:cut], body[cut:]])
        assert (lines, rest) == ([b'{"a":1}', b'{"b":"\xc3\xa4"}\r', b'{"c":3}'], b'{"cut')
    assert split([body[i : i + 1] for i in range(len(body))]) == split([body])


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)), st.data())
def test_any_split_gives_the_same_lines(lines: list[bytes], data: st.DataObject) -> None:
    body = b"\n".join(lines)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(body)))))
    chunks = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    complete = [line for line in lines[:-1] if line and not line.isspace()]
    assert split(chunks) == (complete, lines[-1] if lines else b"")


def test_three_megabytes_in_one_line() -> None:
    line = b"x" * (3 << 20)
    body = line + b"\n"
    chunks = [body[i : i + 65536] for i in range(0, len(body), 65536)]
    assert split(chunks) == ([line], b"")


def test_a_line_without_end_is_refused_beyond_the_limit() -> None:
    splitter = LineSplitter(limit=10)
    assert splitter.feed(b"0123456789") == []
    with pytest.raises(LineTooLong, match=r"^a line of the watch is longer than 10 bytes$"):
        splitter.feed(b"x")


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b'{"type":"A"}\n{"type":"B"}', [b'{"type":"A"}', b'{"type":"B"}']),
        (b'{"type":"A"}\n{"type":"B"', [b'{"type":"A"}']),
        (b'{"type":"A"}\n', [b'{"type":"A"}']),
        (b"", []),
    ],
)
async def test_a_last_line_without_its_end_counts_when_it_is_whole(body: bytes, lines: list[bytes]) -> None:
    found = [line async for batch, _ in batches(CannedResponse(200, body, {})) for line in batch]
    assert found == lines
