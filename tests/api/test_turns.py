"""Clients prepare what they send one at a time, so that the writer never waits for more than one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from astrolabe.api import scrape
from astrolabe.metrics.turns import Turns


class Client:
    """Takes whatever it gets at once."""

    def __init__(self) -> None:
        self.received = 0

    async def write(self, piece: bytes) -> None:
        self.received += len(piece)


async def test_one_piece_is_prepared_a_turn_of_the_loop() -> None:
    turn = 0
    prepared: list[int] = []

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    def body() -> Iterator[bytes]:
        for _ in range(5):
            prepared.append(turn)
            yield bytes(1 << 16)

    counting = asyncio.create_task(count())
    readers, turns = asyncio.Lock(), Turns()
    clients: list[Any] = [Client() for _ in range(20)]
    await asyncio.gather(*(scrape._write(client, body(), readers, turns) for client in clients))
    counting.cancel()
    assert [client.received for client in clients] == [5 << 16] * 20
    assert len(prepared) == len(set(prepared)) == 100
