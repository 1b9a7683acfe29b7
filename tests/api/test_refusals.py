"""Whatever is refused, for whatever reason: the headers are the same, and tell no versions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import pytest

from astrolabe.api.v1 import names
from tests.api.certificates import Shop
from tests.api.exporter import Client, serving
from tests.api.test_security_access import written

END = b"\r\n\r\n"
HOST = b" HTTP/1.1\r\nHost: a\r\n"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


async def answers(client: Client, request: bytes) -> AsyncIterator[Answer]:
    """Send bytes on a connection of their own, and read the answers until it is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(request)
    try:
        async with asyncio.timeout(5):
            while line := await reader.readline():
                status = int(line.split()[1])
                head = (await reader.readuntil(END)).decode().split("\r\n")[:-2] if status != 100 else []
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
                if status == 100:
                    assert await reader.readline() == b"\r\n"
                    continue
                size = int(headers.get("content-length", 0))
                body = await reader.readexactly(0 if request.startswith(b"HEAD") else size)
                yield Answer(status, headers, body)
                if request.count(END) == 1 and headers.get("connection") != "close":
                    return
    finally:
        writer.close()


async def last(client: Client, request: bytes) -> Answer:
    return [answer async for answer in answers(client, request)][-1]


MALFORMED = {
    "no request line": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a method that is none": b"G\xffT /metrics" + HOST + b"\r\n",
    "a version that is none": b"GET /metrics HTTP/9\r\nHost: a\r\n\r\n",
    "HTTP/2 without being asked": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a target that is none": b"GET http://[::1/metrics" + HOST + b"\r\n",
    "a line that is too long": b"GET /metrics?" + b"x" * 8190 + HOST + b"\r\n",
    "a header that is too long": b"GET /metrics" + HOST + b"A: " + b"x" * 8200 + b"\r\n\r\n",
    "too many headers": b"GET /metrics" + HOST + b"A: b\r\n" * 200 + b"\r\n",
    "a header without a name": b"GET /metrics" + HOST + b": b\r\n\r\n",
    "a header with a break": b"GET /metrics" + HOST + b"A: b\rc\r\n\r\n",
    "a header with a NUL": b"GET /metrics" + HOST + b"Authorization: Bearer sesame\x00\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a length that is none": b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "a length and chunks": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "chunks that are none": b"POST /metrics" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a second request that is none": b"GET /livez" + HOST + b"\r\nGET\r\n\r\n",
}
REFUSED = {
    "a path that is not there": (404, b"GET /nowhere" + HOST),
    "one of the API": (404, b"GET /api/v1/nowhere" + HOST),
    "another method": (405, b"DELETE /metrics" + HOST),
    "one that nobody knows": (405, b"PROPFIND /api/v1/graph" + HOST),
    "a preflight where no origin is set": (405, b"OPTIONS /api/v1/graph" + HOST),
    "a question about the server": (404, b"OPTIONS *" + HOST),
    "a way to somewhere else": (404, b"CONNECT a:80" + HOST),
    "a bad parameter": (400, b"GET /api/v1/graph?limit=x" + HOST),
    "a body": (413, b"GET /metrics" + HOST + b"Content-Length: 5\r\nConnection: close\r\n"),
    "a body for the API": (413, b"GET /api/v1/graph" + HOST + b"Content-Length: 5\r\nConnection: close\r\n"),
    "an expectation": (417, b"GET /metrics" + HOST + b"Expect: the best\r\n"),
    "an expectation of the API": (417, b"GET /api/v1/graph" + HOST + b"Expect: the best\r\n"),
    "an announced body": (413, b"GET /metrics" + HOST + b"Expect: 100-continue\r\nContent-Length: 5\r\n"),
}


def hardened(answer: Answer) -> None:
    """What holds for every answer."""
    assert answer.headers["server"] == "astrolabe"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] in ("text/plain; charset=utf-8", "application/json; charset=utf-8")
    for word in (b"aiohttp", b"Python", b"python", b"Traceback", b"sesame"):
        assert word not in answer.body


@pytest.mark.parametrize("request_", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_request(request_: bytes) -> None:
    async with serving() as client:
        *before, answer = [answer async for answer in answers(client, request_)]
        assert (answer.status, answer.body) == (400, b"this is no HTTP request, or too large a one\n")
        hardened(answer)
        assert answer.headers["connection" if before else "content-length"]
        assert await client.text("/livez") == "ok\n"


@pytest.mark.parametrize(("status", "request_"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_not_served(status: int, request_: bytes) -> None:
    async with serving() as client:
        answer = await last(client, request_ + b"\r\n")
        assert answer.status == status
        hardened(answer)
        if b"/api/" in request_:
            assert json.loads(answer.body)["error"]["message"]
            assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/graph", "/", "/nowhere"])
async def test_who_may_not_read(tmp_path: object, path: str) -> None:
    async with serving(web_token_file=written(tmp_path, "sesame")) as client:  # type: ignore[arg-type]
        answer = await last(client, f"GET {path}".encode() + HOST + b"\r\n")
        assert answer.status == 401
        hardened(answer)


async def test_over_https(tmp_path: object) -> None:
    shop = Shop(tmp_path)  # type: ignore[arg-type]
    async with serving(**shop.settings) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port, ssl=shop.trust())
        writer.write(MALFORMED["no request line"])
        async with asyncio.timeout(5):
            head = await reader.readuntil(END)
        writer.close()
        assert b"Server: astrolabe\r\n" in head


@pytest.mark.parametrize("path", ["/api/v1/namespaces", "/"])
@pytest.mark.parametrize("fault", [ZeroDivisionError, TimeoutError])
async def test_what_fails(
    monkeypatch: pytest.MonkeyPatch, path: str, fault: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of the exporter's own is logged, and tells the client nothing of itself."""

    def fail(*_: object, **__: object) -> Callable[[], None]:
        raise fault

    monkeypatch.setattr(names, "_serve", fail)
    monkeypatch.setattr("astrolabe.api.landing.document", fail)
    async with serving() as client:
        answer = await last(client, f"GET {path}".encode() + HOST + b"\r\n")
        assert answer.status == 500
        hardened(answer)
        text = json.loads(answer.body)["error"]["message"] if "/api/" in path else answer.body.decode()
        assert text.strip() == "the exporter failed, its log says how"
        assert await client.text("/livez") == "ok\n"
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is fault


@pytest.mark.parametrize("path", ["/metric", "/metrics/", "/api/v2", "/..%2f", "/favicon.ico"])
async def test_what_is_not_there(path: str) -> None:
    async with serving() as client:
        status, response, _ = await client.get(path)
        assert (status, response.headers["X-Content-Type-Options"]) == (404, "nosniff")


@pytest.mark.parametrize(
    "path", ["/", "/metrics", "/healthz", "/livez", "/readyz", "/health", "/assets/page.js"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_can_be_written(path: str, method: str) -> None:
    async with serving() as client:
        status, response, _ = await client.get(path, method=method, data=b"x" * 100_000)
        assert (status, response.headers["Allow"]) == (405, "GET,HEAD")
        assert (await client.get("/livez"))[0] == 200
