"""A small Slack: its Web API, addresses for answers, signed requests, and a page to type commands on."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import html
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

USES = 5
_PAGE = """<!doctype html><meta charset="utf-8"><title>A small Slack</title>
<h1>#dev-catalog</h1><ol>{lines}</ol>
<form method="post"><input name="text" size="60" autofocus value="/k8s-wake dev-catalog 30m demo">
<button>Send</button></form>"""
"""How often an address for an answer may be used."""


class SlackServer:
    """What Slack was told, and how it behaves."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[dict[str, Any]] = []
        """What came to addresses for answers."""
        self.uses: Counter[str] = Counter()
        self._numbers = itertools.count(1)
        self.refusals: dict[str, tuple[int, dict[str, Any], dict[str, str]]] = {}
        """By method: the next answer's status, body and headers."""
        self.users: dict[str, dict[str, str]] = {}
        """By id: `name` and `email`."""
        self.groups: dict[str, list[str]] = {}
        """By id: the users in it."""
        self.sockets: list[web.WebSocketResponse] = []
        self.acknowledged: list[str] = []
        """Envelopes of the socket that were acknowledged."""
        self.news = asyncio.Event()

    def posted(self, method: str = "chat.postMessage") -> list[dict[str, Any]]:
        """Return the bodies of the calls of a method."""
        return [body for name, body in self.calls if name == method]

    async def seen(self, condition: Any, seconds: float = 10) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(seconds):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def method(self, request: web.Request) -> web.Response:
        """Answer a call of the Web API."""
        name = request.match_info["method"]
        body = (
            dict(await request.post()) if request.content_type != "application/json" else await request.json()
        )
        body |= dict(request.query)
        self.calls.append((name, body))
        self.news.set()
        if name in self.refusals:
            status, answer, headers = self.refusals.pop(name)
            return web.json_response(answer, status=status, headers=headers)
        match name:
            case "auth.test":
                return web.json_response(
                    {"ok": True, "user_id": "UBOT", "bot_id": "BBOT", "team_id": "T1", "url": self.url}
                )
            case "users.info":
                user = self.users.get(str(body.get("user")))
                if user is None:
                    return web.json_response({"ok": False, "error": "user_not_found"})
                profile = {"display_name": user["name"], "email": user["email"]}
                return web.json_response({"ok": True, "user": {"profile": profile}})
            case "usergroups.users.list":
                return web.json_response({"ok": True, "users": self.groups[str(body["usergroup"])]})
            case "apps.connections.open":
                return web.json_response({"ok": True, "url": self.url.replace("http", "ws") + "/socket"})
        return web.json_response({"ok": True})

    async def answer(self, request: web.Request) -> web.Response:
        """Take what comes to an address for answers, so many times."""
        number = request.match_info["number"]
        self.uses[number] += 1
        if self.uses[number] > USES:
            return web.Response(status=404, text="used_url")
        self.answers.append(await request.json())
        self.news.set()
        return web.Response(text="ok")

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """Keep a socket open, and note what is acknowledged over it."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        self.news.set()
        await socket.send_json({"type": "hello", "num_connections": 1})
        async for message in socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data).get("envelope_id", ""))
                self.news.set()
        return socket

    # What Slack sends

    def command(self, text: str, user: str = "UANN", *, trigger: str = "", answers: str = "") -> bytes:
        """Return a slash command's body; the text begins with the command."""
        command, _, rest = text.partition(" ")
        number = next(self._numbers)
        fields = {
            "command": command, "text": rest, "user_id": user, "channel_id": "C0DEV",
            "team_id": "T1",
            "trigger_id": trigger or f"trigger-{number}",
            "response_url": f"{self.url}/answers/{answers or number}",
        }  # fmt: skip
        return urlencode(fields).encode()

    def press(self, action: str, number: int, user: str = "UANN") -> bytes:
        """Return the body of a button that was pressed."""
        own = next(self._numbers)
        return self._payload(
            {
                "type": "block_actions", "user": {"id": user}, "channel": {"id": "C0DEV"},
                "team": {"id": "T1"},
                "trigger_id": f"trigger-{own}", "response_url": f"{self.url}/answers/{own}",
                "actions": [{"type": "button", "action_id": action, "value": str(number), "block_id": "b"}],
            }
        )  # fmt: skip

    def submit(self, view: dict[str, Any], reason: str, user: str = "UANN") -> bytes:
        """Return the body of a window that was sent."""
        state = {"values": {"reason": {"text": {"type": "plain_text_input", "value": reason}}}}
        view = view | {"state": state}
        return self._payload(
            {"type": "view_submission", "user": {"id": user}, "team": {"id": "T1"}, "view": view}
        )

    def mention(self, text: str) -> dict[str, Any]:
        """Return an event."""
        event = {"type": "app_mention", "user": "UANN", "channel": "C0DEV", "text": text, "ts": "1.1"}
        number = next(self._numbers)
        return {"type": "event_callback", "event_id": f"Ev{number}", "team_id": "T1", "event": event}

    @staticmethod
    def _payload(payload: dict[str, Any]) -> bytes:
        return urlencode({"payload": json.dumps(payload)}).encode()


def signed(body: bytes, now: float, secret: str, timestamp: str = "") -> dict[str, str]:
    """Return the headers of a request of Slack's."""
    timestamp = timestamp or str(int(now))
    code = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={code}",
        "Content-Type": "application/json" if body[:1] == b"{" else "application/x-www-form-urlencoded",
    }


class Page:
    """A channel to type commands in, as one person, and to read what comes of them."""

    def __init__(self, slack: SlackServer, events: str, secret: str, user: str) -> None:
        """`events` is the address that the service takes requests at."""
        self.slack = slack
        self._events = events
        self._secret = secret
        self._user = user
        self._typed: list[str] = []

    async def shown(self, _request: web.Request) -> web.Response:
        """Show the page."""
        said = [each.get("text", "") for each in (*self.slack.answers, *self.slack.posted())]
        lines = "".join(f"<li>{html.escape(text)}</li>" for text in [*self._typed, *said])
        return web.Response(text=_PAGE.format(lines=lines), content_type="text/html")

    async def typed(self, request: web.Request) -> web.Response:
        """Send a command as Slack does, and return the first answer to it as text, or show the page again."""
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("//")[2] != request.host:
            return web.Response(status=403, text="from another page\n")
        form = request.content_type == "application/x-www-form-urlencoded"
        text = str((await request.post()).get("text", "")) if form else await request.text()
        before = len(self.slack.answers)
        body = self.slack.command(text.strip(), self._user)
        self._typed.append(f"> {text.strip()}")
        headers = signed(body, time.time(), self._secret)
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(self._events, data=body, headers=headers) as answer,
            ):
                await answer.read()
            await self.slack.seen(lambda: len(self.slack.answers) > before)
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=502, text="no answer: is this one of the commands? /k8s-help\n")
        if form:
            raise web.HTTPSeeOther("/")
        return web.Response(text=str(self.slack.answers[before].get("text", "")) + "\n")


@asynccontextmanager
async def slack_server(page: Page | None = None, port: int = 0) -> AsyncIterator[SlackServer]:
    """Serve on loopback; with `page` people can type commands."""
    server = SlackServer() if page is None else page.slack
    app = web.Application()
    if page is not None:
        app.router.add_get("/", page.shown)
        app.router.add_post("/", page.typed)
    app.router.add_route("*", "/api/{method}", server.method)
    app.router.add_post("/answers/{number}", server.answer)
    app.router.add_get("/socket", server.socket)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except OSError:
        await runner.cleanup()
        raise
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        for socket in server.sockets:
            await socket.close()
        await runner.cleanup()
