"""The shelf in Redis. The one module that imports the client, itself imported only where persistence is on.

Three keys for each cluster and shard: a hash with the parts, a list with the blocks of the generation that
the hash names, and the name of the process that writes, which expires. Every step is one script, so that it
is taken whole or not at all, and only by whom the keys belong to.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from astrolabe.kube.exchange import one_line
from astrolabe.persistence.shelf import Commit, Lost, Reason, Taken, Trouble
from astrolabe.persistence.state import Kept

CONNECT = 1.0
"""Seconds for a connection."""
ANSWER = 2.0
"""Seconds for an answer."""
KEEP = 30 * 86400
"""Seconds after the last write from which on Redis may forget: as long as sleep and savings look back."""
PREPARED = 120
"""Seconds for which the blocks of a snapshot stay that is not finished."""

_LOAD = """
local kept = redis.call('HGETALL', KEYS[1])
if #kept == 0 then return false end
local generation = redis.call('HGET', KEYS[1], 'generation') or ''
return {kept, redis.call('LRANGE', KEYS[1] .. ':' .. generation, 0, -1)}
"""
_WRITER = "return redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1])"
# Whatever can be of the wrong type is looked at before anything is written: a script that fails has no undo.
_COMMIT = """
local me, lease, takeover, first = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4] == '1'
local generation, before, keep, blocks = ARGV[5], tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local function type_of(key) return redis.call('TYPE', key).ok end
local writer = type_of(KEYS[3]) == 'string' and redis.call('GET', KEYS[3])
if writer and writer ~= me and not takeover then return 'taken ' .. writer end
local blocks_type = type_of(KEYS[2])
if blocks_type ~= 'list' and blocks_type ~= 'none' then return 'lost' end
if redis.call('LLEN', KEYS[2]) ~= before then return 'lost' end
local old = type_of(KEYS[1]) == 'hash' and redis.call('HGET', KEYS[1], 'generation')
if not first and old ~= generation then return 'lost' end
for at = 9, 8 + blocks do redis.call('RPUSH', KEYS[2], ARGV[at]) end
if first then redis.call('DEL', KEYS[1]) end
for at = 9 + blocks, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
redis.call('SET', KEYS[3], me, 'PX', lease)
redis.call('EXPIRE', KEYS[1], keep)
redis.call('EXPIRE', KEYS[2], keep)
if first and old and old ~= generation then redis.call('UNLINK', KEYS[1] .. ':' .. old) end
return 'ok'
"""


class RedisShelf:
    """A `Shelf`. Connects when it is first used, and again whenever that is needed."""

    def __init__(
        self, address: str, *, password: str, db: int, key: str, writer: str, at: tuple[str, str] = ("", "")
    ) -> None:
        """Write under a key, as a writer whose name tells it from every other process.

        With every whole state word is left of which cluster it is of (the second of `at`), for whoever knows
        only where that is (the first).
        """
        host, _, port = address.rpartition(":")
        self._address = address
        self._key = key
        self._at = f"astrolabe:at:{at[0]}"
        self._cluster = at[1]
        self._lease = f"{key}:writer"
        self._writer = writer
        # The client's own retries would hold up what waits here; when to try again is decided above.
        self._client: Any = Redis(
            host=host.strip("[]"),
            port=int(port),
            db=db,
            password=password or None,
            socket_connect_timeout=CONNECT,
            socket_timeout=ANSWER,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            client_name="astrolabe",
        )

    async def probe(self) -> str:
        """Return the server's version, having written and removed something; raises `Trouble`."""
        key = f"astrolabe:probe:{os.getpid()}"
        with self._explained():
            await self._client.execute_command("SET", key, "", "PX", 1000)
            await self._client.execute_command("DEL", key)
            # What a client may not know does not matter here.
            information = await self._client.info("server")
        return str(information.get("redis_version", ""))

    async def cluster(self) -> str:
        """Return which cluster an earlier process found at the address; empty where that is not known."""
        try:
            with self._explained():
                found: Any = await self._client.execute_command("GET", self._at)
        except Trouble:
            return ""
        return (found or b"").decode("utf-8", "replace")

    async def load(self) -> Kept | None:
        """Read everything in one step; see `Shelf`."""
        with self._explained():
            answer: Any = await self._client.execute_command("EVAL", _LOAD, 1, self._key)
        if answer is None:
            return None
        flat, blocks = answer
        names = (name.decode("ascii", "replace") for name in flat[::2])
        return Kept(dict(zip(names, flat[1::2], strict=True)), blocks)

    async def taken_by(self) -> str:
        """Look who writes; see `Shelf`."""
        with self._explained():
            found: Any = await self._client.execute_command("EVAL", _WRITER, 1, self._lease)
        writer = (found or b"").decode("utf-8", "replace")
        return "" if writer == self._writer else one_line(writer)

    async def prepare(self, generation: str, blocks: Sequence[bytes]) -> None:
        """Lay down blocks; see `Shelf`."""
        key = self._blocks(generation)
        with self._explained():
            pipeline = self._client.pipeline(transaction=True)
            pipeline.execute_command("RPUSH", key, *blocks)
            pipeline.execute_command("EXPIRE", key, PREPARED)
            await pipeline.execute()

    async def discard(self, generation: str) -> None:
        """Take away blocks; see `Shelf`."""
        with self._explained():
            await self._client.execute_command("UNLINK", self._blocks(generation))

    async def commit(self, commit: Commit, *, takeover: bool = False) -> None:
        """Take one step; see `Shelf`."""
        generation = {"generation": commit.generation.encode()} if commit.first else {}
        fields = [item for pair in {**commit.parts, **generation}.items() for item in pair]
        with self._explained():
            answer: Any = await self._client.execute_command(
                *("EVAL", _COMMIT, 3, self._key, self._blocks(commit.generation), self._lease),
                *(self._writer, max(1, round(commit.lease * 1000)), int(takeover), int(commit.first)),
                *(commit.generation, commit.before, KEEP, len(commit.blocks), *commit.blocks, *fields),
            )
        text = answer.decode("utf-8", "replace")
        if text.startswith("taken "):
            raise Taken(one_line(text.removeprefix("taken ")))
        if text != "ok":
            raise Lost
        if commit.first and self._cluster:
            # The state is kept, whether or not this is.
            with suppress(Trouble), self._explained():
                await self._client.execute_command("SET", self._at, self._cluster, "EX", KEEP)

    async def close(self) -> None:
        """Let the connection go."""
        await self._client.aclose()

    def _blocks(self, generation: str) -> str:
        return f"{self._key}:{generation}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the client raises into `Trouble`."""
        try:
            yield
        except (exceptions.RedisError, OSError, ValueError, UnicodeError) as error:
            reason, remedy = _judge(error)
            said = one_line(str(error)) or type(error).__name__
            raise Trouble(reason, f"Redis at {self._address}: {said}{remedy and f': {remedy}'}") from None


def _judge(error: Exception) -> tuple[Reason, str]:
    """Return what an error of the client means, and what helps where that is plain."""
    text = str(error)
    match error:
        case exceptions.AuthenticationError() | exceptions.NoPermissionError():
            return "refused", "check redis_password"
        case exceptions.OutOfMemoryError():
            return "full", "raise its maxmemory"
        case exceptions.ReadOnlyError():
            return "readonly", "name the primary in redis_addr"
        case exceptions.TimeoutError() | TimeoutError():
            return "timeout", ""
        case exceptions.ConnectionError() | OSError():
            return "unreachable", "is it up, and is redis_addr right?"
    # Inside a script an error loses its class in some versions, and keeps its words.
    if "OOM" in text or "MISCONF" in text:
        return "full", "make room"
    if "READONLY" in text:
        return "readonly", "name the primary in redis_addr"
    if "WRONGTYPE" in text:
        return "garbage", "something else is kept under the same name"
    return "other", ""
