"""Clients prepare what they send one at a time, so that the writer never waits for more than one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from astrolabe.api import scrape
from astrolabe.scheduling.scheduler import Scheduler


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
    readers, turns = asyncio.Lock(), Scheduler()
    clients: list[Any] = [Client() for _ in range(20)]
    await asyncio.gather(*(scrape._write(client, body(), readers, turns) for client in clients))
    counting.cancel()
    assert [client.received for client in clients] == [5 << 16] * 20
    assert len(prepared) == len(set(prepared)) == 100


async def test_a_group_counts_as_one() -> None:
    """Who waits beside ten of a group has every second turn, and the ten share the others."""
    turns = Scheduler()
    group = turns.group()
    order: list[str] = []
    done = asyncio.Event()

    async def one(name: str, where: Scheduler) -> None:
        while not done.is_set():
            async with where:
                order.append(name)
                done.set() if len(order) >= 80 else None

    await asyncio.gather(one("alone", turns), *(one(f"of ten {number}", group) for number in range(10)))
    assert order.count("alone") >= 38
    assert {order.count(f"of ten {number}") for number in range(10)} <= {3, 4, 5}


async def test_who_is_cancelled_in_a_group_holds_nobody_up() -> None:
    turns = Scheduler()
    group = turns.group()

    async def wait() -> None:
        async with group:
            pass

    async with turns:
        waiting = [asyncio.create_task(wait()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        waiting[2].cancel()
        await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await waiting[1]
        async with group:
            assert not group.over
