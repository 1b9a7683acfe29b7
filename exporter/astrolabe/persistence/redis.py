"""The state store in Redis, imported only where persistence is on.

Three keys for each cluster and shard: a hash with the parts, a list with the blocks of the generation that
the hash names, and the name of the process that writes, which expires. Every step is one script, so that it
is taken whole or not at all, and only from the process that owns the keys.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

from redis import exceptions

from astrolabe import tracing
from astrolabe.kube.exchange import one_line
from astrolabe.persistence.access import Access
from astrolabe.persistence.connection import client, explained
from astrolabe.persistence.state import Kept
from astrolabe.persistence.store import LEASE, Commit, Holder, LeaseHeld, StateLost, StoreError

EXPIRES_AFTER = 30 * 86400
"""Seconds after the last write from which on Redis may forget: as long as sleep and savings look back."""
UNFINISHED_EXPIRES_AFTER = 120
"""Seconds for which the blocks of a snapshot stay that is not finished."""

STATE_BYTES = 128 << 20
"""Bytes that are read back; a hundred are an object."""
_LEASE_MILLISECONDS = round(LEASE * 1000)
_NAME = re.compile(r"[^/\s]+/[0-9]+(?:/[0-9a-f]+)?")
"""The name of a process that writes."""

_LOAD = """
local kept = redis.call('HGETALL', KEYS[1])
if #kept == 0 then return false end
local generation = redis.call('HGET', KEYS[1], 'generation') or ''
local blocks = redis.call('LRANGE', KEYS[1] .. ':' .. generation, 0, -1)
local size = 0
for _, each in ipairs({kept, blocks}) do
  for _, value in ipairs(each) do size = size + #value end
end
if size > tonumber(ARGV[1]) then return 'large' end
return {kept, blocks}
"""
_PEEK = """
local found = {}
for at = 1, #ARGV do found[at] = redis.call('HGET', KEYS[1], ARGV[at]) end
return found
"""
_PREPARE = """
for at = 2, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[at]) end
return redis.call('EXPIRE', KEYS[1], ARGV[1])
"""
# Whoever writes here renews its lease all the time. What has no end, or a far one, is none of an exporter:
# it gets an end, and is gone by then unless somebody renews it. So two never write at once.
_HOLDER = """
local function holder(key, longest)
  if redis.call('TYPE', key).ok ~= 'string' then return false end
  local left = redis.call('PTTL', key)
  if left < 0 or left > longest then redis.call('PEXPIRE', key, longest) end
  return redis.call('GET', key)
end
"""
_WRITER = f"""
{_HOLDER}
local name = holder(KEYS[1], tonumber(ARGV[1]))
if not name then return false end
return {{name, redis.call('PTTL', KEYS[1])}}
"""
_ACQUIRE = f"""
{_HOLDER}
local writer = holder(KEYS[1], tonumber(ARGV[3]))
if writer and writer ~= ARGV[1] then return {{writer, redis.call('PTTL', KEYS[1])}} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
"""
# Whatever can be of the wrong type is looked at before anything is written: a script that fails has no undo.
_COMMIT = f"""
{_HOLDER}
local me, lease, takeover, first = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4] == '1'
local generation, before, keep, blocks = ARGV[5], tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local longest = tonumber(ARGV[9])
local function type_of(key) return redis.call('TYPE', key).ok end
local writer = holder(KEYS[3], longest)
if writer and writer ~= me and not takeover then return 'taken ' .. writer end
local blocks_type = type_of(KEYS[2])
if blocks_type ~= 'list' and blocks_type ~= 'none' then return 'lost' end
if redis.call('LLEN', KEYS[2]) ~= before then return 'lost' end
local old = type_of(KEYS[1]) == 'hash' and redis.call('HGET', KEYS[1], 'generation')
if not first and old ~= generation then return 'lost' end
for at = 10, 9 + blocks do redis.call('RPUSH', KEYS[2], ARGV[at]) end
if first then redis.call('DEL', KEYS[1]) end
for at = 10 + blocks, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
redis.call('SET', KEYS[3], me, 'PX', lease)
redis.call('EXPIRE', KEYS[1], keep)
redis.call('EXPIRE', KEYS[2], keep)
if first and old and old ~= generation then redis.call('UNLINK', KEYS[1] .. ':' .. old) end
return 'ok'
"""


class RedisShelf:
    """A `Shelf`. Connects when it is first used, and again whenever that is needed."""

    def __init__(self, access: Access, *, key: str, writer: str, at: tuple[str, str] = ("", "")) -> None:
        """Write under a key, as a writer whose name tells it from every other process.

        With every whole state word is left of which cluster it is of (the second of `at`), for whoever knows
        only where that is (the first).
        """
        self._access = access
        self._key = key
        self._at = f"astrolabe:at:{at[0]}"
        self._cluster = at[1]
        self._lease = f"{key}:writer"
        self._writer = writer
        self._client = client(access)

    async def probe(self) -> str:
        """Return the server's version, having done and undone all that keeping needs; raises `StoreError`."""
        key = f"astrolabe:probe:{os.getpid()}"
        there = RedisShelf(self._access, key=key, writer=self._writer)
        try:
            await there.taken_by()
            await there.prepare("one", [b""])
            await there.discard("one")
            for name in ("two", "three"):
                step = Commit(generation=name, before=0, blocks=[b""], parts={}, first=True, lease=1)
                await there.commit(step)
            await there.load()
            await there.discard("three")
        finally:
            await there.close()
        with explained(self._access):
            await self._client.execute_command("DEL", key, f"{key}:writer")
            information: Any = {}
            # The version is only shown.
            with suppress(exceptions.NoPermissionError):
                information = await self._client.info("server")
        return str(information.get("redis_version", "of a version that it does not tell"))

    async def cluster(self) -> str:
        """Return which cluster an earlier process found at the address; empty where that is not known."""
        try:
            with explained(self._access):
                found: Any = await self._client.execute_command("GET", self._at)
        except StoreError:
            return ""
        return (found or b"").decode("utf-8", "replace")

    async def load(self) -> Kept | None:
        """Read everything in one step; see `Shelf`."""
        with explained(self._access):
            answer: Any = await self._client.execute_command("EVAL", _LOAD, 1, self._key, STATE_BYTES)
        if answer is None:
            return None
        if isinstance(answer, bytes):
            raise StoreError("garbage", f"the stored state is larger than {STATE_BYTES >> 20} MiB")
        flat, blocks = answer
        names = (name.decode("ascii", "replace") for name in flat[::2])
        return Kept(dict(zip(names, flat[1::2], strict=True)), blocks)

    async def peek(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """Read some of the parts; see `Shelf`."""
        with explained(self._access):
            found: Any = await self._client.execute_command("EVAL", _PEEK, 1, self._key, *names)
        return {name: part for name, part in zip(names, found, strict=True) if part is not None}

    async def taken_by(self) -> Holder:
        """Look who writes; see `Shelf`."""
        with explained(self._access):
            found: Any = await self._client.execute_command(
                "EVAL", _WRITER, 1, self._lease, _LEASE_MILLISECONDS
            )
        if not found or found[0] == self._writer.encode():
            return Holder("")
        return Holder(str(self._other(found[0])), max(0, found[1]) / 1000)

    async def acquire(self, lease: float) -> None:
        """Take or renew the lease; see `Shelf`."""
        with explained(self._access):
            found: Any = await self._client.execute_command(
                *("EVAL", _ACQUIRE, 1, self._lease),
                *(self._writer, max(1, round(lease * 1000)), _LEASE_MILLISECONDS),
            )
        if found:
            raise self._other(found[0], max(0, found[1]) / 1000)

    async def prepare(self, generation: str, blocks: Sequence[bytes]) -> None:
        """Lay down blocks; see `Shelf`."""
        key = self._blocks(generation)
        with self._traced("prepare", len(blocks)), explained(self._access):
            await self._client.execute_command("EVAL", _PREPARE, 1, key, UNFINISHED_EXPIRES_AFTER, *blocks)

    async def discard(self, generation: str) -> None:
        """Take away blocks; see `Shelf`."""
        with explained(self._access):
            await self._client.execute_command("UNLINK", self._blocks(generation))

    async def commit(self, commit: Commit, *, takeover: bool = False) -> None:
        """Take one step; see `Shelf`."""
        generation = {"generation": commit.generation.encode()} if commit.first else {}
        fields = [item for pair in {**commit.parts, **generation}.items() for item in pair]
        with self._traced("commit", len(commit.blocks)), explained(self._access):
            answer: Any = await self._client.execute_command(
                *("EVAL", _COMMIT, 3, self._key, self._blocks(commit.generation), self._lease),
                *(self._writer, max(1, round(commit.lease * 1000)), int(takeover), int(commit.first)),
                *(commit.generation, commit.before, EXPIRES_AFTER, len(commit.blocks), _LEASE_MILLISECONDS),
                *(*commit.blocks, *fields),
            )
        if answer.startswith(b"taken "):
            raise self._other(answer.removeprefix(b"taken "))
        if answer != b"ok":
            raise StateLost
        if commit.first and self._cluster:
            # The state is kept, whether or not this is.
            with suppress(StoreError), explained(self._access):
                await self._client.execute_command("SET", self._at, self._cluster, "EX", EXPIRES_AFTER)

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    def _traced(self, what: str, blocks: int) -> AbstractContextManager[object]:
        """Return the span of a write."""
        return tracing.span(
            f"EVAL {what}",
            {
                "db.system.name": "redis",
                "db.operation.name": "EVAL",
                "server.address": self._access.host,
                "server.port": self._access.port,
                "astrolabe.blocks": blocks,
            },
            kind="client",
        )

    def _blocks(self, generation: str) -> str:
        return f"{self._key}:{generation}"

    def _other(self, name: bytes, left: float = LEASE) -> LeaseHeld:
        """Return that another process writes; raises `StoreError` where what holds the lease is none."""
        text = name.decode("utf-8", "replace")
        if _NAME.fullmatch(text):
            return LeaseHeld(one_line(text), left)
        raise StoreError(
            "garbage",
            f"Redis at {self._access.address}: `{self._lease}` holds something else than the name of an"
            f" exporter: it goes within {LEASE:g} s, unless something writes it again",
        )
