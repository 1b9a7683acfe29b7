"""What an address of the page asks for. Every view has an address, so that a link shows the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from astrolabe.graph.facts import Release


class View(msgspec.Struct, frozen=True):
    """The query of an address; empty fields ask for nothing. An object wins over all the others."""

    object: str = ""
    """An id."""
    namespace: str = ""
    release: str = ""
    """`namespace/name`."""
    kind: str = ""
    status: str = ""
    q: str = ""
    """Words that ids contain."""

    @property
    def overview(self) -> bool:
        """Whether nothing is asked for."""
        return self == _NOTHING

    @property
    def title(self) -> str:
        """What the view is called."""
        if self.object:
            return self.object
        parts = [
            f"release {self.release}" if self.release else "",
            f"namespace {self.namespace}" if self.namespace else "",
            self.kind,
            self.status,
            f"“{self.q}”" if self.q else "",
        ]
        return ", ".join(part for part in parts if part) or "Everything"

    @property
    def named_release(self) -> Release | None:
        """The release, None where it is none or no release can be called so."""
        namespace, slash, name = self.release.partition("/")
        return Release(namespace, name) if slash else None

    @property
    def address(self) -> str:
        """Path and query."""
        asked = {name: value for name, value in msgspec.structs.asdict(self).items() if value}
        return f"/?{urlencode(asked, safe='/:')}" if asked else "/"

    @property
    def drawing(self) -> Drawing | None:
        """What a picture of it is made of; None for what is too large or no whole."""
        if self.object:
            return Drawing(address_of_object(self.object) + "/neighbors?depth=1", focus=self.object)
        release = self.named_release
        if release is not None:
            query = urlencode({"release": release.name, "namespace": release.namespace, "missing": "true"})
            return Drawing(f"/api/v1/graph?{query}")
        if self.namespace:
            return Drawing("/api/v1/graph?" + urlencode({"namespace": self.namespace, "missing": "true"}))
        return None

    def but(self, **changes: str) -> View:
        """Return the view with some fields changed."""
        return msgspec.structs.replace(self, **changes)


class Drawing(NamedTuple):
    """A part of the graph that is small enough to look at."""

    source: str
    """Path and query of its JSON."""
    focus: str = ""
    """The id of the object in the middle."""


_NOTHING = View()


def view_of(query: Mapping[str, str]) -> View:
    """Read the query of an address; what it does not know it leaves out."""
    return View(**{name: query[name].strip() for name in View.__struct_fields__ if name in query})


def address_of_object(node_id: str) -> str:
    """Return the path of an object in the API."""
    return "/api/v1/graph/" + quote(node_id, safe="/:")


def of_namespace(namespace: str) -> str:
    """Return the address of a namespace."""
    return View(namespace=namespace).address


def of_release(release: Release) -> str:
    """Return the address of a release."""
    return View(release=f"{release.namespace}/{release.name}").address
