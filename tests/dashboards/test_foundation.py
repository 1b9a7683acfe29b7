"""Grafana's own typed models read the dashboards: an independent reader of the JSON."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest

from tests.dashboards.rendering import APP_BOARDS, BOARDS

with warnings.catch_warnings():
    # It would rather have us on the next model, which file provisioning does not read yet.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()


def lost(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Return the paths that stand in `ours` and that the models did not keep as they are."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            found
            for key, value in ours.items()
            for found in (lost(value, theirs[key], f"{path}.{key}") if key in theirs else [f"{path}.{key}"])
            if value is not None  # the models leave null out
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [found for i, (mine, other) in pairs for found in lost(mine, other, f"{path}[{i}]")]
    return [] if ours == theirs else [path]


@pytest.mark.parametrize("board", [*BOARDS.values(), *APP_BOARDS.values()], ids=lambda board: board["uid"])
def test_the_models_keep_everything_that_we_write(board: dict[str, Any]) -> None:
    read = Dashboard.from_json(board)
    again = json.loads(JSONEncoder().encode(read))
    assert lost(board, again) == []
    assert read.title == board["title"]
