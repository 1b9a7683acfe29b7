"""What Grafana's reference says of `plugin.json`, for the fields that an app or a panel of ours may have.

The reference, and the JSON schema that it is made from, say more: fields of data sources, of backends and of
Grafana's own plugins are left out here, so that one that slips in is found too.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Identity = Annotated[str, Meta(pattern=r"^[0-9a-z]+-([0-9a-z]+-)?(app|panel)$")]
Url = Annotated[str, Meta(pattern=r"^https://")]


class Named(Struct, forbid_unknown_fields=True):
    name: str
    url: Url | None = None


class Logos(Struct, forbid_unknown_fields=True):
    small: str
    large: str


class Screenshot(Struct, forbid_unknown_fields=True):
    name: str
    path: str


class Info(Struct, forbid_unknown_fields=True):
    version: Annotated[str, Meta(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")]
    updated: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    keywords: Annotated[list[str], Meta(min_length=1)]
    logos: Logos
    # Not in the reference, but Grafana's plugin page reads them without asking whether they are there.
    author: Named
    description: str
    links: list[Named]
    screenshots: list[Screenshot]


class Dependencies(Struct, forbid_unknown_fields=True):
    grafanaDependency: Annotated[str, Meta(pattern=r"^(<=|>=|<|>|=|~|\^)?\d+\.[0-9x*]+(\.[0-9x*]+)?$")]  # noqa: N815
    plugins: list[str] = []


class Include(Struct, forbid_unknown_fields=True):
    type: Literal["dashboard", "page", "panel"]
    name: str
    path: str | None = None
    uid: str | None = None
    role: Literal["Admin", "Editor", "Viewer"] | None = None
    addToNav: bool = False  # noqa: N815
    defaultNav: bool = False  # noqa: N815
    icon: str | None = None


class Header(Struct, forbid_unknown_fields=True):
    name: str
    content: str


class Route(Struct, forbid_unknown_fields=True):
    path: str
    url: str
    method: Literal["GET"]
    reqRole: Literal["Admin", "Editor", "Viewer"]  # noqa: N815
    headers: list[Header] = []


class Plugin(Struct, forbid_unknown_fields=True):
    id: Identity
    type: Literal["app", "panel"]
    name: str
    info: Info
    dependencies: Dependencies
    includes: list[Include] = []
    routes: list[Route] = []
    schema: Url | None = msgspec.field(name="$schema", default=None)


def read(text: bytes) -> Plugin:
    """Read a `plugin.json`; raises msgspec.ValidationError, which names the field, when it is not valid."""
    return msgspec.json.decode(text, type=Plugin)
