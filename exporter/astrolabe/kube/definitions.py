"""CustomResourceDefinitions: they tell when to discover again, and what is served although not discovered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, KeysView, Mapping
from contextlib import suppress
from http import HTTPStatus
from random import Random

import msgspec

from astrolabe.kube.exchange import ApiFailure, read
from astrolabe.kube.observer import Observer, WatchState, Work
from astrolabe.kube.reflector import Reflector, ReflectorOptions
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.transport import Transport, Unreachable
from astrolabe.kube.wire import MALFORMED, decode_bare

DEFINITIONS = Resource(
    "apiextensions.k8s.io",
    "v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    namespaced=False,
    metadata_only=True,
)


class Definition(msgspec.Struct, frozen=True, gc=False):
    """One CustomResourceDefinition, of which only the version matters."""

    id: str
    uid: str
    resource_version: str


def decode_definition(raw: msgspec.Raw, _known: Mapping[str, Definition]) -> Definition:
    """Return the definition; raises `msgspec.ValidationError`."""
    meta = decode_bare(raw).metadata
    return Definition(meta.name, meta.uid, meta.resource_version)


class Trigger:
    """A sink that calls back at every change."""

    def __init__(self, pull: Callable[[], None], work: Work) -> None:
        self._pull = pull
        self._work = work

    def put(self, item: Definition, old: Definition | None, read_at: float | None) -> None:  # noqa: ARG002
        """Call back."""
        self._pull()

    def remove(self, item: Definition, read_at: float | None) -> None:  # noqa: ARG002
        """Call back."""
        self._pull()

    def covered(self, resource: str, complete: bool) -> None:
        """Do nothing: the phase of the reflector says it."""

    async def work(self, steps: Iterator[object]) -> None:
        """Pass it on."""
        await self._work(steps)


class _Version(msgspec.Struct):
    served: bool = True


class _Spec(msgspec.Struct):
    versions: list[_Version] = []


class _Condition(msgspec.Struct):
    type: str = ""
    status: str = ""


class _Status(msgspec.Struct):
    conditions: list[_Condition] | None = None


class _Whole(msgspec.Struct):
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


class _Page(msgspec.Struct):
    items: list[_Whole] | None = None


class Definitions:
    """Follows the metadata of the definitions. A whole definition is read only when it matters."""

    def __init__(
        self,
        transport: Transport,
        changed: Callable[[], None],
        work: Work,
        observer: Observer,
        *,
        random: Random,
        options: ReflectorOptions,
        now: Callable[[], float],
    ) -> None:
        """Call back at every change; take in lists by `work`, see `Sink.work`."""
        self._transport = transport
        self._heard = asyncio.Event()
        self.reflector = Reflector(
            transport,
            DEFINITIONS,
            Scope(),
            decode_definition,
            Trigger(changed, work),
            observer,
            random=random,
            options=options,
            on_phase=self._phase,
            now=now,
        )

    @property
    def state(self) -> WatchState:
        """The state of the watch."""
        return self.reflector.state

    @property
    def names(self) -> KeysView[str]:
        """`plural.group` of each known definition."""
        return self.reflector.known.keys()

    async def heard(self, seconds: float) -> None:
        """Wait until they are known, or until it is known that they may not be read; not longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._heard.wait()

    async def serves(self, name: str) -> bool:
        """Whether `plural.group` is served by what its definition says; without an answer it may be.

        False for what has no definition, and where definitions may no longer be read.
        """
        if name not in self.names:
            return False
        query = {"fieldSelector": f"metadata.name={name}"}
        try:
            page = msgspec.json.decode(await read(self._transport, DEFINITIONS.path(), query), type=_Page)
        except ApiFailure as failure:
            return failure.code != HTTPStatus.FORBIDDEN
        except (Unreachable, *MALFORMED):
            return True
        return any(
            any(version.served for version in item.spec.versions)
            and any(
                condition.type == "Established" and condition.status == "True"
                for condition in item.status.conditions or ()
            )
            for item in page.items or ()
        )

    def _phase(self) -> None:
        if self.state.phase != "listing":
            self._heard.set()
