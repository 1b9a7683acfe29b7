"""Does what Grafana's backend does with a request to a plugin's route: plugin.json says where it goes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from dashboards.bundle import content

ROOT = f"/api/plugin-proxy/{content.PLUGIN}/"
_ROLES = ("Viewer", "Editor", "Admin")


@dataclass(frozen=True)
class Configured:
    """The app's configuration as Grafana keeps it."""

    open: Mapping[str, str] = field(default_factory=dict)
    """`jsonData`, which every page is given."""
    secret: Mapping[str, str] = field(default_factory=dict)
    """`secureJsonData`, which leaves the backend in requests to the route alone."""


def forwarded(
    session: requests.Session, address: str, role: str, configured: Configured
) -> tuple[int, dict[str, Any]]:
    """Return status and answer of a GET by somebody with a role."""
    asked = urlsplit(address)
    routes = json.loads((content.SOURCE / "plugin.json").read_text("utf-8"))["routes"]
    path = asked.path.removeprefix(ROOT)
    found = [route for route in routes if route["path"] == path and route["method"] == "GET"]
    if not found:
        return 404, {"message": "plugin route match not found"}
    (route,) = found
    if _ROLES.index(role) < _ROLES.index(route["reqRole"]):
        return 403, {"message": "plugin proxy route access denied"}
    headers = {each["name"]: _filled(each["content"], configured) for each in route["headers"]}
    try:
        answer = session.get(
            f"{_filled(route['url'], configured)}?{asked.query}", headers=headers, timeout=30
        )
    except requests.ConnectionError:
        return 502, {"message": "the exporter refused the connection"}
    try:
        return answer.status_code, dict(answer.json())
    except requests.JSONDecodeError:
        return answer.status_code, {"message": answer.text.strip()}


def _filled(text: str, configured: Configured) -> str:
    """Fill in a template of Go's; what is not set is written as Go writes it."""
    known = {
        **{f"JsonData.{name}": value for name, value in configured.open.items()},
        **{f"SecureJsonData.{name}": value for name, value in configured.secret.items()},
    }
    return re.sub(r"\{\{ \.(\w+\.\w+) \}\}", lambda one: known.get(one[1], "<no value>"), text)
