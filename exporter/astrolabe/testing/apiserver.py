"""A simulated API server: a double of kube-apiserver's reading side, steered by tests and by the demo.

It serves discovery, lists, watches and access reviews as kube-apiserver 1.36 does. Tests and the demo write
with `put`, `status` and `delete` of its store; over the protocol it takes patches, once it is told to.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import unquote

import msgspec

from astrolabe.testing import discovery, reviews, writing
from astrolabe.testing.clock import rfc3339
from astrolabe.testing.faults import Body, Faults, error_event
from astrolabe.testing.listing import Listings, page_of
from astrolabe.testing.refusal import (
    Broken,
    PageNotFound,
    Refusal,
    absent,
    forbidden,
    unserved,
)
from astrolabe.testing.requests import Request, Verb
from astrolabe.testing.resources import BUILT_IN, DEFINITIONS, Object, ServedResource, defined, established
from astrolabe.testing.selection import ListFilter
from astrolabe.testing.store import Snapshot, Store
from astrolabe.testing.watching import Watch, check_options, open_watch
from astrolabe.testing.wording import JSON, Form, Wording, accepted, form_of

_PIECE_BYTES = 64 * 1024


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
        resources: Iterable[ServedResource] = BUILT_IN,
        requests_kept: int = 100_000,
    ) -> None:
        """Keep `history` events of each resource and a log of the last `requests_kept` requests."""
        super().__init__(resources, clock=clock, history=history, seed=seed)
        self.faults = Faults()
        self.accounts = reviews.Accounts()
        self.writable = False
        """Whether it takes patches. The exporter writes nothing."""
        self.requests: deque[Request] = deque(maxlen=requests_kept)
        self._watches: set[Watch] = set()
        self._listings = Listings()

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

    def restart(self, seconds: float = 0.3) -> None:
        """Break every connection, and not know the groups of definitions for the first moments."""
        groups = {resource.group for resource in self.resources.values() if resource.custom}
        self.faults.forgotten_groups |= groups
        self.break_connections()
        asyncio.get_running_loop().call_later(seconds, self.faults.forgotten_groups.difference_update, groups)

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

    def _target(self, request: Request) -> tuple[ServedResource, str, str] | None:
        """Find resource, version and name in a path, and tell the request what it is about."""
        match [unquote(part) for part in request.path.strip("/").split("/")]:
            case ["api", version, *rest] if rest:
                group = ""
            case ["apis", group, version, *rest] if rest:
                pass
            case _:
                request.verb = Verb.DISCOVERY if request.path.startswith("/api") else Verb.OTHER
                return None
        if request.path in reviews.PATHS:
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
        if resource.group in self.faults.forgotten_groups:
            raise Refusal(503, "the request was made before all known HTTP paths have been installed")
        request.page = page_of(request)
        if name:
            request.verb = Verb.GET
        elif request.query.get("watch", "") not in {"1", "true"}:
            request.verb = Verb.LIST
        else:
            initial = request.query.get("sendInitialEvents") == "true"
            request.verb = Verb.STREAM if initial else Verb.WATCH
        return resource, version, name

    def _route(self, request: Request, target: tuple[ServedResource, str, str] | None) -> Answer:
        if target is None:
            return self._plain(request)
        resource, version, name = target
        if request.method == "PATCH" and self.writable and name:
            return _json(writing.patch(self, request, resource, name))
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
        selection = ListFilter.parse(
            request.namespace, query.get("labelSelector", ""), query.get("fieldSelector", "")
        )
        if request.verb is Verb.LIST:
            listed = self._listings.body(self, request, wording, selection)
            return Answer(200, {"Content-Type": JSON}, _whole(listed))
        return self._watch(request, wording, selection)

    def _plain(self, request: Request) -> Answer:
        if request.path in {"/readyz", "/livez", "/healthz"}:
            return Answer(200, {"Content-Type": "text/plain; charset=utf-8"}, _whole(b"ok"))
        if request.path == "/version":
            return _json({"major": "1", "minor": "36", "gitVersion": "v1.36.3", "platform": "linux/amd64"})
        if request.verb is Verb.REVIEW:
            return self._review(request)
        forgotten = self.faults.forgotten_groups
        served = [resource for resource in self.resources.values() if resource.group not in forgotten]
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
        match request.path:
            case reviews.TOKENS:
                status = self.accounts.authenticate(review)
            case reviews.ACCESS:
                status = self.accounts.authorize(review)
            case _:
                asked = (review.get("spec") or {}).get("resourceAttributes") or {}
                group, plural = asked.get("group", ""), asked.get("resource", "")
                name = f"{plural}.{group}" if group else plural
                status = {"allowed": not self.faults.forbids(name, asked.get("namespace", ""))}
        answer = _json(review | {"metadata": {}, "status": status})
        answer.status = 201
        return answer

    def _watch(self, request: Request, wording: Wording, selection: ListFilter) -> Answer:
        headers = {"Content-Type": JSON}
        if wording.form is Form.METADATA_LIST:
            return Answer(200, headers, _whole(b""))  # seen: a stream without a single event
        check_options(request)
        try:
            watch = open_watch(self, request, wording, selection)
        except Refusal as refusal:
            # Seen: what the watch cache finds out comes as an event of a stream that has begun.
            return Answer(200, headers, _whole(error_event(refusal)))
        self._watches.add(watch)
        return Answer(200, headers, watch.lines(), partial(self._forget, watch))

    def _forget(self, watch: Watch) -> None:
        watch.close()
        self._watches.discard(watch)


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), _PIECE_BYTES):
        yield body[start : start + _PIECE_BYTES]


def _json(document: Object, media: str = JSON) -> Answer:
    return Answer(200, {"Content-Type": media}, _whole(msgspec.json.encode(document)))
