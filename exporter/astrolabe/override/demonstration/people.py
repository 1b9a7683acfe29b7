"""How people reach the service of the demo: a small Slack, and a small issuer to sign in at."""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path

import msgspec
import structlog

from astrolabe.override.demonstration.slack import Page, SlackServer, slack_server
from astrolabe.override.settings import Oidc, Settings, Slack

VISITOR = "U0VISITOR"
"""Who types on the page of the small Slack."""
_CLIENT = "astrolabe-override"
_PEOPLE = {
    "visitor": {"name": "a visitor, who may do everything"},
    "stranger": {"name": "a stranger, who may do nothing"},
}

log = structlog.get_logger(__name__)


async def with_slack(own: Settings, folder: Path, stack: AsyncExitStack, port: int, page: int) -> Settings:
    """Return the settings with the small Slack; where that cannot be, say so and go on without it."""
    if find_spec("slack_bolt") is None:
        log.warning("Slack is not simulated", reason="it needs more: pip install 'astrolabe[override]'")
        return own
    secret = secrets.token_hex(16)
    for name, content in (("slack-secret", secret), ("slack-token", "xoxb-demo")):
        (folder / name).write_text(content, "utf-8")
    server = SlackServer()
    server.users = {VISITOR: {"name": "visitor", "email": ""}}
    shown = Page(server, f"http://127.0.0.1:{port}/slack/events", secret, VISITOR)
    try:
        await stack.enter_async_context(slack_server(shown, page))
    except OSError as error:
        log.warning("Slack is not simulated", reason=f"cannot listen on 127.0.0.1:{page}: {error.strerror}")
        return own
    log.info(
        "type commands as in Slack",
        page=server.url,
        command=f"curl -H 'Content-Type: text/plain' -d '/k8s-wake dev-catalog 30m demo' {server.url}/",
    )
    environments = {
        name: msgspec.structs.replace(each, channel="C0DEMO") for name, each in own.environments.items()
    }
    slack = Slack(
        bot_token_file=str(folder / "slack-token"),
        signing_secret_file=str(folder / "slack-secret"),
        port=port,
        api_url=f"{server.url}/api/",
    )
    return msgspec.structs.replace(own, environments=environments, slack=slack)


async def with_issuer(own: Settings, stack: AsyncExitStack, port: int) -> Settings:
    """Return the settings with the small issuer; where that cannot be, say so and go on without it."""
    own = msgspec.structs.replace(own, confirmation_page=True)
    if find_spec("jwt") is None:
        log.warning("nobody can sign in", reason="it needs more: pip install 'astrolabe[override]'")
        return own
    from astrolabe.override.demonstration.issuer import Client, IssuerServer, serving  # noqa: PLC0415

    url = f"http://127.0.0.1:{own.port}"
    server = IssuerServer(Client(_CLIENT, "", f"{url}/confirm/callback"), _PEOPLE)
    try:
        await stack.enter_async_context(serving(server, port))
    except OSError as error:
        log.warning("nobody can sign in", reason=f"cannot listen on 127.0.0.1:{port}: {error.strerror}")
        return own
    log.info(
        "follow a link as from Grafana, and sign in",
        page=f"{url}/confirm?environment=dev-catalog&action=wake&duration=30m&reason=demo",
    )
    return msgspec.structs.replace(own, oidc=Oidc(issuer=server.url, client_id=_CLIENT, public_url=url))
