"""HelmReleases of Flux: custom resources like others, which say where the records of a release are.

Helm keeps them in the release's namespace, Flux in that of the HelmRelease, or where that says.
"""

from __future__ import annotations

import hashlib

import msgspec

from astrolabe.graph.facts import Release, release
from astrolabe.kinds.models.metadata import Metadata, Model

NAME = "HelmRelease.helm.toolkit.fluxcd.io"
_LONGEST = 53
_HASH = 12


class HelmReleaseSpec(Model):
    """What is wanted."""

    release_name: str | None = None
    target_namespace: str | None = None
    storage_namespace: str | None = None
    kube_config: msgspec.Raw = msgspec.Raw(b"null")


_spec = msgspec.json.Decoder(HelmReleaseSpec | None).decode


def declared(metadata: Metadata, spec: msgspec.Raw) -> Release | None:
    """Return the release that a HelmRelease makes; None where it is in another cluster or cannot be read."""
    try:
        wanted = _spec(spec)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if wanted is None or bytes(wanted.kube_config) != b"null":
        return None
    home = metadata.namespace or ""
    target = wanted.target_namespace
    name = wanted.release_name or (f"{target}-{metadata.name}" if target else metadata.name)
    return release(target or home, _short(name), wanted.storage_namespace or home)


def _short(name: str) -> str:
    """Return a name as Flux shortens it: a release's has at most 53 characters."""
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return f"{name[: _LONGEST - _HASH - 1]}-{digest[:_HASH]}"
