"""Connections to Redis, and what its errors mean. With `redis.py` the only one that imports the client.

Both are imported only where persistence is on.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from redis import exceptions
from redis.asyncio import Connection, ConnectionPool, Redis, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from astrolabe.kube.exchange import one_line
from astrolabe.persistence.access import Access, Tls, UnusableTls
from astrolabe.persistence.store import Reason, StoreError

CONNECT_TIMEOUT = 1.0
"""Seconds for a connection."""
ANSWER_TIMEOUT = 2.0
"""Seconds for an answer."""


def client(access: Access) -> Any:
    """Return a client that connects when it is first used, and again whenever that is needed."""
    kind: dict[str, Any] = {"connection_class": Connection}
    if access.tls is not None:
        kind = {"connection_class": _Verified, "tls": access.tls}
    pool = ConnectionPool(
        host=access.host,
        port=access.port,
        db=access.db,
        username=access.user or None,
        password=access.password or None,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_timeout=ANSWER_TIMEOUT,
        socket_keepalive=True,
        # The client's own retries would hold up what waits here; when to try again is decided above.
        retry=Retry(NoBackoff(), 0),
        client_name="astrolabe",
        **kind,
    )
    return Redis.from_pool(pool)


class _Verified(SSLConnection):
    """Checks the server's certificate, against files that are read for this connection."""

    def __init__(self, *, tls: Tls, **options: Any) -> None:
        super().__init__(**options)
        self._tls = tls

    def _connection_arguments(self) -> Mapping[str, Any]:
        arguments = dict(super()._connection_arguments())
        arguments["ssl"] = self._tls.context()
        arguments["server_hostname"] = self._tls.server_name or self.host
        return arguments


@contextmanager
def explained(access: Access) -> Iterator[None]:
    """Turn what the client raises into `StoreError`."""
    try:
        yield
    except (exceptions.RedisError, OSError, ValueError, UnicodeError) as error:
        reason, remedy = _judge(error, tls=access.tls is not None)
        said = one_line(str(error)) or type(error).__name__
        raise StoreError(reason, f"Redis at {access.address}: {said}{remedy and f': {remedy}'}") from None


_PRIMARY = "name the primary in redis_addr"
_WORDS: tuple[tuple[str, Reason, str], ...] = (
    ("can't run this command", "refused", "grant redis_user what docs/persistence.md lists"),
    ("no permissions", "refused", "grant redis_user what docs/persistence.md lists"),
    ("unknown command", "refused", "let it run what docs/persistence.md lists"),
    ("protected mode", "refused", "give it a password"),
    ("LOADING", "unreachable", "it is still loading its data"),
    ("MASTERDOWN", "unreachable", _PRIMARY),
    ("max number of clients", "unreachable", "raise its maxclients"),
    ("OOM", "full", "raise its maxmemory"),
    ("MISCONF", "full", "it cannot write to its disk"),
    ("READONLY", "readonly", _PRIMARY),
    ("NOREPLICAS", "readonly", "it is set to take writes only while its replicas are there"),
    ("WRONGTYPE", "garbage", "something else is kept under the same name"),
    ("DB index", "other", "check redis_db"),
    ("MOVED", "other", "Redis Cluster is not served: name a Redis that stands alone"),
    ("CLUSTERDOWN", "other", "Redis Cluster is not served: name a Redis that stands alone"),
)
"""By words: inside of a script an error loses its class in some versions of Redis, and keeps its words."""


def _judge(error: Exception, *, tls: bool) -> tuple[Reason, str]:
    """Return what an error of the client means, and what helps where that is plain."""
    text = f"{getattr(error, 'status_code', None) or ''} {error}"
    for words, reason, remedy in _WORDS:
        if words in text:
            return reason, remedy
    below = error.__cause__ or error.__context__
    if isinstance(error, exceptions.AuthenticationError):
        return "refused", "check redis_user and redis_password"
    if isinstance(below, UnusableTls):
        return "refused", ""
    if isinstance(below, ssl.SSLCertVerificationError):
        return "refused", "check redis_tls_ca_file and redis_tls_server_name"
    if isinstance(below, ssl.SSLError):
        if "ALERT" in str(below):
            return "refused", "check redis_tls_cert_file: it wants another client certificate"
        return "unreachable", "does it speak TLS?"
    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return "timeout", "does it speak TLS?" if tls and "connecting" in text else ""
    if not isinstance(error, exceptions.ConnectionError | OSError):
        return "other", ""
    if "closed by server" in text or "reset by peer" in text:
        wants = "another client certificate (redis_tls_cert_file)" if tls else "TLS (redis_tls)"
        return "unreachable", f"is it up, is redis_addr right, and does it want {wants}?"
    return "unreachable", "is it up, and is redis_addr right?"
