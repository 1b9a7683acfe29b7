"""The API and the page beside a small issuer, whose time is the test's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from astrolabe.override.demonstration.issuer import Client, IssuerServer, serving
from astrolabe.override.settings import Oidc
from tests.override.serving import Face, served
from tests.override.world import MONDAY
from tests.ports import free_port

SECRET = "a-secret:with+odd/characters"
PEOPLE: dict[str, dict[str, Any]] = {
    "248289761001": {
        "preferred_username": "ann", "email": "ann@example.org", "email_verified": True,
        "groups": ["staff", "Shop Developers"],
    },
    "eve-id": {"name": "Eve", "groups": ["platform"]},
    "stranger": {"email": "ann@example.org", "email_verified": False},
}  # fmt: skip
ANN = "248289761001"
RULES = """
roles:
  developer: {environments: ["dev", "staging"], longest: 4h, default: 1h, weekends: true}
  admin: {environments: ["*"], longest: 4d, weekends: true, approves: true}
people:
  - {role: developer, users: ["email:ann@example.org", "token:ann"], groups: ["oidc:Shop Developers"]}
  - {role: admin, groups: ["oidc:platform"]}
second_person: [{environments: [prod]}]
"""


@asynccontextmanager
async def beside_issuer(
    folder: Path, rules: str = RULES, *, secret: str = SECRET, page: bool = True, **settings: Any
) -> AsyncIterator[tuple[Face, IssuerServer]]:
    """Serve both; with `page` people can sign in."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (folder / "secret").write_text(secret)
    client = Client("astrolabe", secret, f"{url}/confirm/callback")
    issuer = IssuerServer(client, PEOPLE, lambda: MONDAY)
    async with serving(issuer):
        own = Oidc(
            issuer=issuer.url,
            client_id="astrolabe",
            client_secret_file=str(folder / "secret") if secret else "",
            public_url=url if page else "",
            **settings,
        )
        async with served(folder, rules, confirmation=page, oidc=own, port=port) as face:
            yield face, issuer
