"""CustomResourceDefinitions as a trigger: something about what is served has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import msgspec

from astrolabe.kube.resource import Resource
from astrolabe.kube.wire import decode_bare

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

    def __init__(self, pull: Callable[[], None]) -> None:
        self._pull = pull

    def added(self, item: Definition, read_at: float | None) -> None:  # noqa: ARG002
        """Call back."""
        self._pull()

    def changed(self, old: Definition, new: Definition, read_at: float | None) -> None:  # noqa: ARG002
        """Call back."""
        self._pull()

    def deleted(self, item: Definition, read_at: float | None) -> None:  # noqa: ARG002
        """Call back."""
        self._pull()

    async def rest(self) -> None:
        """Let others have their turn."""
        await asyncio.sleep(0)
