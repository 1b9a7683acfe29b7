"""Where the parts that speak to Slack are put together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog
from aiohttp import ClientSession, ClientTimeout, web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from astrolabe.api.files import Reloaded, text_of
from astrolabe.override import settings as configured
from astrolabe.override.backend import Trouble
from astrolabe.override.exporter import Exporter
from astrolabe.override.ledger import Ledger
from astrolabe.override.rules.reading import Rules
from astrolabe.override.service import Service
from astrolabe.override.slack import server
from astrolabe.override.slack.face import Face
from astrolabe.override.slack.face import Observer as Commands
from astrolabe.override.slack.news import News
from astrolabe.override.slack.outbox import Busy, Outbox
from astrolabe.override.slack.people import Directory
from astrolabe.override.store import Store, StoreError

_CHECK_INTERVAL = 60.0
"""Seconds between looks at what kube-green did."""
_TIMEOUT = 30

log = structlog.get_logger(__name__)


class Observer(Commands, server.Observer, Protocol):
    """Hears how requests went, and how fast they were acknowledged."""


class Slack:
    """Everything that speaks to Slack."""

    def __init__(
        self,
        client: AsyncWebClient,
        face: Face,
        outbox: Outbox,
        news: News,
        *,
        incoming: web.Application | None,
        app_token: str,
        figures: Callable[[], Any],
        port: int,
    ) -> None:
        self._client = client
        self._face = face
        self._outbox = outbox
        self._news = news
        self.web = incoming
        """The path that Slack calls; None over a socket."""
        self.port = port
        self._app_token = app_token
        self._figures = figures

    async def run(self, stopping: asyncio.Event, store: Store) -> None:
        """Follow Slack's socket where there is one, and tell what happens by schedule, until told to stop."""
        handler = AsyncSocketModeHandler(self._face.app, self._app_token) if self._app_token else None
        try:
            if handler is not None:
                await self._connect(handler, stopping)
            while not stopping.is_set():
                try:
                    async with store.lease("news") as held:
                        if held:
                            await self._tell(stopping)
                except StoreError as error:
                    log.warning("schedules are not announced", reason=str(error))
                await _pause(stopping)
        finally:
            if handler is not None:
                await handler.close_async()  # type: ignore[no-untyped-call]

    @staticmethod
    async def _connect(handler: AsyncSocketModeHandler, stopping: asyncio.Event) -> None:
        """Connect to Slack's socket; afterwards the client connects again by itself."""
        while not stopping.is_set():
            try:
                await handler.connect_async()  # type: ignore[no-untyped-call]
            except (SlackApiError, OSError, TimeoutError) as error:
                reason = str(error.response.get("error", "")) if isinstance(error, SlackApiError) else ""
                log.warning("Slack's socket cannot be opened", reason=reason or type(error).__name__)
                await _pause(stopping)
            else:
                return

    async def close(self) -> None:
        """Post nothing more, close all connections."""
        await self._outbox.close()
        if self._client.session is not None:
            await self._client.session.close()

    async def _tell(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                self._news.scheduled(await self._figures())
            except Trouble as trouble:
                log.info("schedules are not known", reason=str(trouble))
            await _pause(stopping)


async def _pause(stopping: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_CHECK_INTERVAL):
            await stopping.wait()
    except TimeoutError:
        return


def slack(
    settings: configured.Settings,
    own: configured.Slack,
    service: Service,
    ledger: Ledger,
    rules: Reloaded[Rules],
    exporter: Exporter | None,
    clock: Callable[[], float],
    observer: Observer,
) -> Slack:
    """Put it together; raises `UnusableFile`. Sends nothing yet."""
    token = text_of("slack.bot_token_file", own.bot_token_file).strip()
    session = ClientSession(timeout=ClientTimeout(total=_TIMEOUT))
    client = AsyncWebClient(token, base_url=own.api_url, session=session, timeout=_TIMEOUT)
    directory = Directory(client, lambda: sorted(rules.current.groups("slack")), clock)
    face = Face(service, client, directory, clock, observer)
    outbox = Outbox(_Poster(client))
    channels = {name: each.channel for name, each in settings.environments.items() if each.channel}
    news = News(outbox, channels, lambda: rules.current.zone, clock)
    ledger.listen(news.happened)
    incoming, app_token = None, ""
    if own.signing_secret_file:
        path = own.signing_secret_file
        secret = Reloaded(lambda: text_of("slack.signing_secret_file", path).strip(), path)
        incoming = server.application(face.app, lambda: secret.current, clock, observer)
    else:
        app_token = text_of("slack.app_token_file", own.app_token_file).strip()

    async def figures() -> Mapping[str, Any]:
        return await exporter.figures(settings.namespaces()) if exporter is not None else {}

    return Slack(
        client, face, outbox, news, incoming=incoming, app_token=app_token, figures=figures, port=own.port
    )


class _Poster:
    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def __call__(self, channel: str, text: str, blocks: list[dict[str, Any]]) -> None:
        try:
            await self._client.chat_postMessage(channel=channel, text=text, blocks=blocks)
        except SlackApiError as error:
            if error.response.status_code == 429:  # noqa: PLR2004
                after = error.response.headers.get("Retry-After", "1")
                raise Busy(float(after) if after.isdecimal() else 1.0) from None
            raise OSError(str(error.response.get("error", ""))) from None
        except TimeoutError:
            raise OSError("no answer") from None
