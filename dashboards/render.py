"""Writes the dashboards of an edition as JSON, byte for byte the same each time."""

from __future__ import annotations

import json
from pathlib import Path

from grafanalib._gen import DashboardEncoder  # type: ignore[import-untyped]

from dashboards import boards
from dashboards.edition import Edition

RENDERED = Path(__file__).parent / "rendered"


def rendered(edition: Edition) -> dict[str, str]:
    """Return the text of each file of the edition by its name."""
    return {
        f"{name}.json": json.dumps(
            board.to_json_data(), cls=DashboardEncoder, ensure_ascii=False, indent=2, sort_keys=True
        )
        + "\n"
        for name, board in boards.every(edition).items()
    }


def write(edition: Edition, folder: Path) -> list[Path]:
    """Write the dashboards into `folder`, remove JSON that is no longer one, and return what changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = drifted(edition, folder)
    texts = rendered(edition)
    for path in changed:
        if path.name in texts:
            path.write_text(texts[path.name], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    return changed


def drifted(edition: Edition, folder: Path) -> list[Path]:
    """Return the files of `folder` that are not what the code makes: changed, missing or left over."""
    texts = rendered(edition)
    found = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    wanted = {name: text.encode() for name, text in texts.items()}
    return [
        folder / name for name in sorted(found.keys() | wanted.keys()) if found.get(name) != wanted.get(name)
    ]
