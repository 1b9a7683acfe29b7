"""A simulated API server: a double of kube-apiserver's reading side, steered by tests and by the demo.

It serves discovery, lists, watches and access reviews as kube-apiserver 1.36 does; there is no writing over
the protocol, tests and the demo write with `put`, `status` and `delete` of its store.
"""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import unquote

import msgspec

from astrolabe.simulation import discovery
from astrolabe.simulation.clock import rfc3339
from astrolabe.simulation.faults import Body, Faults, error_event
from astrolabe.simulation.refusal import (
    Broken,
    PageNotFound,
    Refusal,
    absent,
    ahead,
    bad_request,
    expired_continue,
    forbidden,
    invalid_options,
    unserved,
)
from astrolabe.simulation.requests import Request, Verb
from astrolabe.simulation.resources import BUILT_IN, DEFINITIONS, Object, Resource, defined, established
from astrolabe.simulation.selection import Selection
from astrolabe.simulation.store import Snapshot, Store
from astrolabe.simulation.watching import Watch
from astrolabe.simulation.wording import JSON, Form, Wording, accepted, form_of

_PIECE = 64 * 1024
_LISTINGS_KEPT = 64
_LONGEST_WATCH = 1800.0
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(slots=True)
class Answer:
    """An answer whose body is still to come; `close` must be called when nobody reads on."""

    status: int
    headers: dict[str, str]
    body: Body
    close: Callable[[], None] = field(default=lambda: None)


class ApiServer(Store):
    """The objects of a cluster and the protocol to read them."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] | None = None,
        history: int = 4096,
        seed: int = 0,
        resources: Iterable[Resource] = BUILT_IN,
        requests_kept: int = 100_000,
    ) -> None:
        """Keep `history` events of each resource and a log of the last `requests_kept` requests."""
        super().__init__(resources, clock=clock, history=history, seed=seed)
        self.faults = Faults()
        self.requests: deque[Request] = deque(maxlen=requests_kept)
        self._watches: set[Watch] = set()
        self._listings: OrderedDict[tuple[str, ...], list[Object]] = OrderedDict()

    # Writing

    def put(self, obj: Object) -> Object:
        """Create or update an object as `Store.put` does; a definition is served from then on."""
        stored = super().put(obj)
        if self.resource_of(obj).name != DEFINITIONS:
            return stored
        resource = defined(stored)
        name = f"{stored['spec']['names']['plural']}.{stored['spec']['group']}"
        if resource is None:
            self._withdraw(name)
        else:
            dropped = set(self.resources[name].versions if name in self.resources else ()) - set(
                resource.versions
            )
            self.register(resource)
            for watch in self.watches(name):
                if watch.request.path.split("/")[3] in dropped:
                    watch.finish()
        if "conditions" in (stored.get("status") or {}):
            return stored
        return super().put(stored | {"status": established(stored, rfc3339(self.now()))})

    def delete(self, resource: str, namespace: str, name: str) -> Object:
        """Delete an object as `Store.delete` does; with a definition go its objects and its resource."""
        if resource == DEFINITIONS:
            self._withdraw(name)
        return super().delete(resource, namespace, name)

    def _withdraw(self, name: str) -> None:
        if name in self.resources:
            watches = self.watches(name)
            self.withdraw(name)
            for watch in watches:
                watch.finish()

    def compact(self) -> None:
        """Forget the history and the snapshots behind continue tokens: all of them are too old (410)."""
        super().compact()
        self._listings.clear()

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot and break every connection, as a restored control plane does."""
        super().restore(snapshot)
        self.break_connections()

    # Steering

    def watches(self, resource: str | None = None) -> list[Watch]:
        """Return the open watches of a resource, or all."""
        return [watch for watch in self._watches if resource in {None, watch.request.resource}]

    def break_connections(self) -> None:
        """Break every open watch."""
        for watch in self._watches:
            watch.break_off()

    def go_away(self) -> None:
        """Break every connection and refuse new ones, until `come_back`."""
        self.faults.away = True
        self.break_connections()

    def come_back(self) -> None:
        """Accept connections again."""
        self.faults.away = False

    # Answering

    async def answer(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        accept: str = JSON,
        token: str | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Answer one request; raises `Broken` where the connection is refused or breaks off."""
        request = Request(
            time=asyncio.get_running_loop().time(),
            method=method,
            path=path,
            query=dict(query or {}),
            accept=accept,
            token=token,
            body=body,
        )
        self.requests.append(request)
        if self.faults.away:
            raise Broken
        try:
            answer = await self._admit(request)
        except Refusal as refusal:
            headers = {"Content-Type": JSON}
            if refusal.retry_after is not None:
                headers["Retry-After"] = str(refusal.retry_after)
            answer = Answer(refusal.code, headers, _whole(msgspec.json.encode(refusal.status)))
        except PageNotFound:
            plain = {"Content-Type": "text/plain; charset=utf-8"}
            answer = Answer(404, plain, _whole(b"404 page not found\n"))
        request.status = answer.status
        return answer

    async def _admit(self, request: Request) -> Answer:
        if self.faults.token is not None and request.token != self.faults.token:
            raise Refusal(401, "Unauthorized")
        target = self._target(request)
        faults = self.faults.take(request)
        for fault in faults:
            await fault.meet()
        answer = self._route(request, target)
        for fault in faults:
            answer.body = fault.bend(answer.body)
        return answer

    def _target(self, request: Request) -> tuple[Resource, str, str] | None:
        """Find resource, version and name in a path, and tell the request what it is about."""
        match [unquote(part) for part in request.path.strip("/").split("/")]:
            case ["api", version, *rest] if rest:
                group = ""
            case ["apis", group, version, *rest] if rest:
                pass
            case _:
                request.verb = Verb.DISCOVERY if request.path.startswith("/api") else Verb.OTHER
                return None
        if request.path == _REVIEWS:
            request.verb = Verb.REVIEW
            return None
        if rest[0] == "namespaces" and len(rest) > 2:  # noqa: PLR2004 - namespaces/NAME/PLURAL
            request.namespace, rest = rest[1], rest[2:]
        plural, name = rest[0], "/".join(rest[1:])
        resource = self.resources.get(f"{plural}.{group}" if group else plural)
        if resource is None or version not in resource.versions:
            known = {v for r in self.resources.values() if r.group == group for v in r.versions}
            raise unserved() if version in known else PageNotFound
        request.resource = resource.name
        request.page = _token(request)[1] if request.query.get("continue") else 1
        if name:
            request.verb = Verb.GET
        elif request.query.get("watch", "") not in {"1", "true"}:
            request.verb = Verb.LIST
        else:
            initial = request.query.get("sendInitialEvents") == "true"
            request.verb = Verb.STREAM if initial else Verb.WATCH
        return resource, version, name

    def _route(self, request: Request, target: tuple[Resource, str, str] | None) -> Answer:
        if target is None:
            return self._plain(request)
        resource, version, name = target
        if request.method != "GET":
            raise Refusal(405, "the server does not allow this method on the requested resource", details={})
        if resource.group in self.faults.broken_groups:
            raise Refusal(503, "service unavailable")
        if self.faults.forbids(resource.name, request.namespace):
            verb = "watch" if request.verb in {Verb.WATCH, Verb.STREAM} else request.verb.value
            raise forbidden(resource, verb, request.namespace)
        wording = Wording(resource, version, form_of(request.accept))
        if request.verb is Verb.GET:
            if not self.has(resource.name, request.namespace, name):
                raise absent(resource, name)
            return _json(wording.object(self.peek(resource.name, request.namespace, name)))
        query = request.query
        selection = Selection.parse(
            request.namespace, query.get("labelSelector", ""), query.get("fieldSelector", "")
        )
        if request.verb is Verb.LIST:
            return self._list(request, wording, selection)
        return self._watch(request, wording, selection)

    def _plain(self, request: Request) -> Answer:
        if request.path in {"/readyz", "/livez", "/healthz"}:
            return Answer(200, {"Content-Type": "text/plain; charset=utf-8"}, _whole(b"ok"))
        if request.path == "/version":
            return _json({"major": "1", "minor": "36", "gitVersion": "v1.36.3", "platform": "linux/amd64"})
        if request.verb is Verb.REVIEW:
            return self._review(request)
        served = self.resources.values()
        _, wanted = accepted(request.accept)
        root = request.path.rstrip("/")
        if (
            wanted == "APIGroupDiscoveryList"
            and root in {"/api", "/apis"}
            and self.faults.aggregated_discovery
        ):
            document = discovery.aggregated(served, core=root == "/api", broken=self.faults.broken_groups)
            return _json(document, discovery.AGGREGATED)
        return _json(discovery.legacy(served, request.path, broken=self.faults.broken_groups))

    def _review(self, request: Request) -> Answer:
        review: dict[str, Any] = msgspec.json.decode(request.body or b"{}")
        asked = (review.get("spec") or {}).get("resourceAttributes") or {}
        group, plural = asked.get("group", ""), asked.get("resource", "")
        name = f"{plural}.{group}" if group else plural
        allowed = not self.faults.forbids(name, asked.get("namespace", ""))
        answer = _json(review | {"metadata": {}, "status": {"allowed": allowed}})
        answer.status = 201
        return answer

    def _list(self, request: Request, wording: Wording, selection: Selection) -> Answer:
        query = request.query
        wanted = _version(query.get("resourceVersion", ""))
        if wanted > self.version:
            raise ahead(wanted, self.version)
        limit = int(query.get("limit") or 0)
        version, page, start = self.version, 1, 0
        if query.get("continue"):
            version, page, start = _token(request)
        elif query.get("resourceVersion") == "0":
            limit = 0  # answered from the watch cache, in one piece
        key = (
            request.path,
            query.get("labelSelector", ""),
            query.get("fieldSelector", ""),
            str(version),
        )
        items = self._listings.get(key)
        if items is None:
            if start:
                raise expired_continue()
            items = [obj for obj in self.objects(request.resource) if obj in selection]
        end = start + limit if limit else len(items)
        metadata: Object = {"resourceVersion": str(version)}
        if end < len(items):
            self._listings[key] = items
            if len(self._listings) > _LISTINGS_KEPT:
                self._listings.popitem(last=False)
            metadata["continue"] = _continue(version, page + 1, end)
            if selection.everything:
                metadata["remainingItemCount"] = len(items) - end
        return Answer(200, {"Content-Type": JSON}, _whole(wording.list(items[start:end], metadata)))

    def _watch(self, request: Request, wording: Wording, selection: Selection) -> Answer:
        query = request.query
        wanted = _version(query.get("resourceVersion", ""))
        match = query.get("resourceVersionMatch", "")
        streaming = request.verb is Verb.STREAM
        if streaming and match != "NotOlderThan":
            raise invalid_options("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
        if match and "sendInitialEvents" not in query:
            raise invalid_options(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            )
        headers = {"Content-Type": JSON}
        if wording.form is Form.METADATA_LIST:
            return Answer(200, headers, _whole(b""))  # seen: a stream without a single event
        bookmarks = query.get("allowWatchBookmarks") in {"1", "true"}
        backlog: list[bytes] = []
        since = wanted
        try:
            if streaming and wanted > self.version:
                raise ahead(wanted, self.version)
            if streaming or not wanted:
                since = self.version
                found = (obj for obj in self.objects(request.resource) if obj in selection)
                backlog = [wording.event("ADDED", obj) for obj in found]
                if streaming and bookmarks:
                    backlog.append(wording.bookmark(since, complete=True))
                history = []
            else:
                # A version that lies ahead is no error here: nothing is sent up to it (seen).
                history = self.since(request.resource, wanted)
        except Refusal as refusal:
            # Seen: what the watch cache finds out comes as an event of a stream that has begun.
            return Answer(200, headers, _whole(error_event(refusal)))
        watch = Watch(
            self,
            request,
            selection,
            since=since,
            backlog=backlog,
            encode=wording.event,
            bookmark=(lambda: wording.bookmark(max(self.version, since))) if bookmarks else None,
            seconds=float(query.get("timeoutSeconds") or 0) or _LONGEST_WATCH,
        )
        watch.word_history(history)
        self._watches.add(watch)
        return Answer(200, headers, watch.lines(), partial(self._forget, watch))

    def _forget(self, watch: Watch) -> None:
        watch.close()
        self._watches.discard(watch)


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE]


def _json(document: Object, media: str = JSON) -> Answer:
    return Answer(200, {"Content-Type": media}, _whole(msgspec.json.encode(document)))


def _version(text: str) -> int:
    try:
        return int(text or 0)
    except ValueError:
        raise Refusal(500, f'resourceVersion: Invalid value: "{text}": invalid syntax') from None


def _continue(version: int, page: int, start: int) -> str:
    token = msgspec.json.encode({"v": "meta.k8s.io/v1", "rv": version, "page": page, "start": start})
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def _token(request: Request) -> tuple[int, int, int]:
    """Read version, page and start of a continue token."""
    text = request.query["continue"]
    try:
        token = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return token["rv"], token["page"], token["start"]
    except (ValueError, KeyError, TypeError):
        raise bad_request("invalid continue token: continue key is not valid") from None
