"""The reading of `plugin.json` that other tests rely on finds what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dashboards.bundle import content
from tests.bundle import metadata

Change = Callable[[dict[str, Any]], object]

WRONG: dict[str, tuple[Change, str]] = {
    "no id": (lambda plugin: plugin.pop("id"), "missing required field `id`"),
    "an id that Grafana does not take": (lambda plugin: plugin.update(id="Astrolabe"), "matching regex"),
    "a type that there is not": (lambda plugin: plugin.update(type="dashboards"), "Invalid enum value"),
    "a field that there is not": (lambda plugin: plugin.update(dashboards=[]), "unknown field `dashboards`"),
    "a version that is none": (lambda plugin: plugin["info"].update(version="v1"), "`$.info.version`"),
    "a day that is none": (lambda plugin: plugin["info"].update(updated="today"), "`$.info.updated`"),
    "no keywords": (lambda plugin: plugin["info"].update(keywords=[]), "`$.info.keywords`"),
    "one logo": (lambda plugin: plugin["info"]["logos"].pop("large"), "`$.info.logos`"),
    "no Grafana": (lambda plugin: plugin["dependencies"].clear(), "`grafanaDependency`"),
    "words for a Grafana": (
        lambda plugin: plugin["dependencies"].update(grafanaDependency="any"),
        "`$.dependencies.grafanaDependency`",
    ),
    "a role that there is not": (
        lambda plugin: plugin["includes"][0].update(role="Owner"),
        "`$.includes[0].role`",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str) -> None:
    change, said = WRONG[name]
    plugin = json.loads(content.bundle().files["plugin.json"])
    change(plugin)
    with pytest.raises(msgspec.ValidationError) as why:
        metadata.read(json.dumps(plugin).encode())
    assert said in str(why.value)
