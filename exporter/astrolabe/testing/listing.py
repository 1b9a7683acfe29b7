"""Lists, whole or in pages that all show the same moment."""

from __future__ import annotations

import base64
from collections import OrderedDict

import msgspec

from astrolabe.testing.refusal import Refusal, ahead, bad_request, expired_continue
from astrolabe.testing.requests import Request
from astrolabe.testing.resources import Object
from astrolabe.testing.selection import ListFilter
from astrolabe.testing.store import Store
from astrolabe.testing.wording import Wording

_KEPT = 64


class Listings:
    """Answers list requests and keeps what the further pages of started lists will show."""

    def __init__(self) -> None:
        self._started: OrderedDict[tuple[str, ...], list[Object]] = OrderedDict()

    def clear(self) -> None:
        """Let every continue token expire."""
        self._started.clear()

    def body(self, store: Store, request: Request, wording: Wording, selection: ListFilter) -> bytes:
        """Word the list that is asked for; raises `Refusal`."""
        query = request.query
        wanted = version_of(query.get("resourceVersion", ""))
        if wanted > store.version:
            raise ahead(wanted, store.version)
        limit = int(query.get("limit") or 0)
        version, page, start = store.version, 1, 0
        if query.get("continue"):
            version, page, start = _read(query["continue"])
        elif query.get("resourceVersion") == "0":
            limit = 0  # answered from the watch cache, in one piece
        selectors = query.get("labelSelector", ""), query.get("fieldSelector", "")
        key = (request.path, *selectors, str(version))
        items = self._started.get(key)
        if items is None:
            if start:
                raise expired_continue()
            items = [obj for obj in store.objects(request.resource) if obj in selection]
        end = start + limit if limit else len(items)
        metadata: Object = {"resourceVersion": str(version)}
        if end < len(items):
            self._started[key] = items
            if len(self._started) > _KEPT:
                self._started.popitem(last=False)
            metadata["continue"] = _write(version, page + 1, end)
            if selection.everything:
                metadata["remainingItemCount"] = len(items) - end
        return wording.list(items[start:end], metadata)


def version_of(text: str) -> int:
    """Read a resource version of a query, 0 where there is none; raises `Refusal` (500, as seen)."""
    try:
        return int(text or 0)
    except ValueError:
        raise Refusal(500, f'resourceVersion: Invalid value: "{text}": invalid syntax') from None


def page_of(request: Request) -> int:
    """Tell which page a list asks for, from 1; raises `Refusal` (400) for a token that cannot be read."""
    token = request.query.get("continue")
    return _read(token)[1] if token else 1


def _write(version: int, page: int, start: int) -> str:
    token = msgspec.json.encode({"v": "meta.k8s.io/v1", "rv": version, "page": page, "start": start})
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def _read(text: str) -> tuple[int, int, int]:
    try:
        token = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return token["rv"], token["page"], token["start"]
    except (ValueError, KeyError, TypeError):
        raise bad_request("invalid continue token: continue key is not valid") from None
