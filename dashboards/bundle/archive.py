"""Writes the plugin as Grafana installs it: a zip of one folder, named like the plugin."""

from __future__ import annotations

import zipfile
from pathlib import Path

from dashboards.bundle.content import PLUGIN, PROVISIONING, Bundle

_UNIX = 3
_READABLE = 0o100644


def write(bundle: Bundle, folder: Path) -> list[Path]:
    """Write the zip and, beside it, the provisioning file into `folder`; return their paths.

    The same bundle makes the same bytes anywhere: sorted, with one time and one mode for all files, and
    stored, since different builds of zlib compress the same text to different bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{PLUGIN}-{bundle.version}.zip"
    day = bundle.released
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for path, text in sorted(bundle.files.items()):
            entry = zipfile.ZipInfo(f"{PLUGIN}/{path}", (day.year, day.month, day.day, 0, 0, 0))
            entry.create_system = _UNIX
            entry.external_attr = _READABLE << 16
            packed.writestr(entry, text)
    provisioning = folder / PROVISIONING.name
    provisioning.write_bytes(PROVISIONING.read_bytes())
    return [target, provisioning]
