"""The standard error stream that nobody waits for."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from astrolabe.logs.stream import WAITING_BYTES, Stream


class Pipe:
    """A pipe that is as small as it can be, with the stream at its one end."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self.stream = Stream(self.writing)

    def read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            found += os.read(self.reading, size - len(found))
        return found


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    # What waits would be written to whatever gets the number next.
    os.close(pipe.reading)
    pipe.stream.drain(10)
    os.close(pipe.writing)


def test_lines_come_whole_and_in_order(pipe: Pipe) -> None:
    print("one", 1, file=pipe.stream)
    pipe.stream.write("two\nthr")
    pipe.stream.write("ee\nfour")
    pipe.stream.drain()
    assert pipe.read(18) == b"one 1\ntwo\nthree\n" + b"fo"
    assert pipe.read(2) == b"ur"
    assert (pipe.stream.fileno(), pipe.stream.isatty(), pipe.stream.lost()) == (pipe.writing, False, 0)


def test_any_text_can_be_written(pipe: Pipe) -> None:
    pipe.stream.write("gr\u00fc\u00dfe \udcff\n")
    pipe.stream.drain()
    assert pipe.read(15) == "gr\u00fc\u00dfe \\udcff\n".encode()


def test_what_does_not_fit_is_counted_and_told_of_once_there_is_room(pipe: Pipe) -> None:
    line = "x" * 1023 + "\n"
    for _ in range(1000):
        pipe.stream.write(line)
    assert pipe.stream.lost() == 0
    assert pipe.stream._size <= WAITING_BYTES
    found = bytearray()

    def read() -> None:
        while not found.endswith(b"end\n"):
            found.extend(os.read(pipe.reading, 1 << 16))

    reading = threading.Thread(target=read)
    reading.start()
    pipe.stream.drain(10)
    lost = pipe.stream.lost()
    assert lost > 0
    assert pipe.stream.lost() == 0
    pipe.stream.write("end\n")
    reading.join(10)
    assert bytes(found) == (line * (1000 - lost)).encode() + b"end\n"


def test_a_pipe_that_is_closed_loses_lines_and_does_not_fail(pipe: Pipe) -> None:
    os.close(pipe.reading)
    for _ in range(10):
        pipe.stream.write("nobody hears it\n")
        pipe.stream.drain()
    assert pipe.stream.lost() == 0
    pipe.reading = os.dup(pipe.writing)


def test_a_stream_that_does_not_block_loses_nothing(pipe: Pipe) -> None:
    """Whoever shares it may have made it so."""
    os.set_blocking(pipe.writing, False)
    for number in range(10_000):
        pipe.stream.write(f"{number:09}\n")
    assert pipe.read(100_000) == b"".join(b"%09d\n" % number for number in range(10_000))
