"""An ACL user of a real Redis with the rights that the page lists: they are enough, and each is needed."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from astrolabe.persistence.access import Access
from astrolabe.persistence.store import Commit, StoreError
from tests.persistence.running import errors, kept, process, settled, state_store, until, up, warnings
from tests.persistence.servers import PASSWORD, Server
from tests.persistence.test_writer import pod

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("quick")]

PAGE = Path(__file__).parents[2] / "docs" / "persistence.md"
USER = "astrolabe"


def documented() -> list[str]:
    """The rules of the user, as the page has them."""
    found = re.search(r"ACL SETUSER astrolabe on '>…' (.*?)\n```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1].replace("\\\n", " ").split()


def grant(server: Server, rules: list[str]) -> None:
    server.client.execute_command("ACL", "SETUSER", USER, "reset", "on", f">{PASSWORD}", *rules)


def as_user(server: Server, password: str = PASSWORD, db: int = 0) -> Access:
    return Access(server.address, USER, password, db)


async def everything(access: Access) -> None:
    """Ask for whatever an exporter asks for, where something else than a lease has to go first."""
    with closing(Redis(port=access.port, db=access.db, socket_timeout=5)) as administrator:
        administrator.flushall()
        found = state_store(access)
        try:
            administrator.set(found._lease, "x/1")
            assert (await found.taken_by()).name == "x/1"
            administrator.delete(found._lease)
            await found.probe()
            await found.prepare("g1", [b"a"])
            await found.discard("g1")
            step = Commit(generation="g2", before=0, blocks=[b"b"], parts={}, first=True, lease=1)
            await found.commit(step)
            assert await found.load() is not None
        finally:
            await found.close()


async def test_the_rights_that_are_documented_are_enough(server: Server, logs: list[Any]) -> None:
    grant(server, documented())
    await everything(as_user(server, db=1))
    async with process(as_user(server)) as one:
        one.happen(1, pod("a"))
        await settled(one)
    assert await kept(as_user(server)) == one.facts() != {}
    assert warnings(logs) == []


async def test_each_of_them_is_needed(server: Server) -> None:
    rules = documented()
    commands = [rule for rule in rules if rule.startswith("+")]
    assert len(commands) > 10
    for command in commands:
        grant(server, [rule for rule in rules if rule != command])
        with pytest.raises(StoreError) as caught:
            await everything(as_user(server, db=1))
        assert caught.value.reason == "refused", command
        assert "grant redis_user what docs/persistence.md lists" in str(caught.value), command


async def test_keys_of_others_are_out_of_reach(server: Server) -> None:
    grant(server, documented())
    found = state_store(as_user(server), key="somebody:else")
    with pytest.raises(StoreError) as caught:
        await found.load()
    await found.close()
    assert caught.value.reason == "refused"


async def test_a_wrong_password_and_rights_that_come_later(server: Server, logs: list[Any]) -> None:
    grant(server, documented())
    async with process(as_user(server, "wrong-horse")) as one:
        await until(lambda: errors(one, "refused") > 3)
    assert all("check redis_user and redis_password" in line for line in warnings(logs))
    assert "horse" not in str(logs)
    logs.clear()
    grant(server, [rule for rule in documented() if rule != "+hset"])
    async with process(as_user(server)) as one:
        one.happen(1, pod("a"))
        await until(lambda: errors(one, "refused") > 3)
        assert not up(one)
        assert "grant redis_user what docs/persistence.md lists" in warnings(logs)[0]
        grant(server, documented())
        await until(lambda: up(one))
        await settled(one)
        assert await kept(as_user(server)) == one.facts()
