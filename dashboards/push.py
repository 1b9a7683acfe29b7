"""Publishes dashboards to a Grafana by its HTTP API, for those without sidecars or file provisioning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import requests

_SECONDS = 10
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _PRECONDITION_FAILED = 401, 403, 404, 412


class PushError(Exception):
    """Why a dashboard did not get into Grafana, in one line."""


class Grafana:
    """The part of Grafana's HTTP API that publishing needs."""

    def __init__(self, url: str, token: str, seconds: float = _SECONDS) -> None:
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def ensure_folder(self, uid: str, title: str) -> bool:
        """Create the folder unless there is one with this uid, and say whether it was created."""
        if self._ask("GET", f"/api/folders/{uid}", {_NOT_FOUND}).status_code != _NOT_FOUND:
            return False
        self._ask("POST", "/api/folders", json={"uid": uid, "title": title})
        return True

    def publish(self, dashboard: Mapping[str, Any], folder: str, *, overwrite: bool) -> str:
        """Put a dashboard into the folder and return its address.

        Without `overwrite` Grafana refuses, with 412, a dashboard that exists in another version.
        """
        body = {
            "dashboard": dashboard,
            "folderUid": folder,
            "message": "Published from Astrolabe",
            "overwrite": overwrite,
        }
        answer = self._ask("POST", "/api/dashboards/db", json=body, name=str(dashboard["title"]))
        return f"{self._url}{_json(answer).get('url', '')}"

    def _ask(
        self, method: str, path: str, allowed: Iterable[int] = (), *, json: Any = None, name: str = ""
    ) -> requests.Response:
        address = self._url + path
        try:
            answer = self._session.request(
                method, address, json=json, timeout=self._seconds, allow_redirects=False
            )
        except requests.Timeout as why:
            raise PushError(f"{address}: no answer within {self._seconds:g} s") from why
        except requests.ConnectionError as why:
            raise PushError(f"{address}: cannot connect: {_root(why)}") from why
        except requests.RequestException as why:
            raise PushError(f"{address}: {why}") from why
        if answer.status_code in allowed or answer.status_code == requests.codes.ok:
            return answer
        raise PushError(f"{address}: {_meaning(answer, name)}")


def publish(
    grafana: Grafana,
    dashboards: Iterable[Mapping[str, Any]],
    folder_uid: str,
    folder_title: str,
    *,
    overwrite: bool,
) -> Iterator[str]:
    """Publish `dashboards` one after the other and yield the address of each; the first error ends it."""
    grafana.ensure_folder(folder_uid, folder_title)
    for dashboard in dashboards:
        yield grafana.publish(dashboard, folder_uid, overwrite=overwrite)


def _meaning(answer: requests.Response, name: str) -> str:
    status = answer.status_code
    said = str(_json(answer).get("message", "")).strip()
    explained = {
        _UNAUTHORIZED: "the token is not valid (401)",
        _FORBIDDEN: "the token may not do this (403): it needs the role Editor",
        _NOT_FOUND: "not found (404): is the address that of a Grafana, with its subpath?",
        _PRECONDITION_FAILED: f"{name} exists in another version (412): use --overwrite to replace it",
    }.get(status)
    if explained is None and answer.is_redirect:
        explained = f"redirected to {answer.headers.get('Location')} ({status}): use that address"
    line = explained or f"refused ({status})"
    return f"{line}: {said}" if said else line


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _root(why: BaseException) -> str:
    """Return the innermost reason; requests wraps it three times over."""
    while (inner := why.__cause__ or why.__context__) is not None:
        why = inner
    return str(why)
