"""Secrets, without their content, which never enters the process."""

from __future__ import annotations

from astrolabe.kinds import helm
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.metadata import Resource

KIND = Kind(
    name="Secret",
    plural="secrets",
    metadata_only=True,
    model=Resource,
    describe=helm.describe,
)
