from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROMTOOL = Path.home() / ".cache/astrolabe/components/prometheus-0.315.0/promtool"


def load_render() -> ModuleType:
    spec = importlib.util.spec_from_file_location("astrolabe_alerts_render", ROOT / "alerts/render.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def component(name: str, *places: Path) -> Path:
    for place in places:
        if os.access(place, os.X_OK):
            return place
    found = shutil.which(name)
    if found:
        return Path(found)
    message = f"{name} is not here: make components, or put it on the PATH"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def alerts_folder() -> Path:
    return ROOT / "alerts"


@pytest.fixture(scope="session")
def runbooks() -> Path:
    return ROOT / "docs/runbooks"


@pytest.fixture(scope="session")
def render() -> ModuleType:
    return load_render()


@pytest.fixture(scope="session")
def alerts(render: ModuleType) -> dict[str, dict[str, Any]]:
    groups, _ = render.evaluate()
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


@pytest.fixture(scope="session")
def recordings(render: ModuleType) -> list[dict[str, Any]]:
    _, groups = render.evaluate()
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture(scope="session")
def cases(alerts_folder: Path) -> list[dict[str, Any]]:
    files = sorted((alerts_folder / "tests").glob("*.yaml"))
    return [test for file in files for test in yaml.safe_load(file.read_text("utf-8"))["tests"]]


@pytest.fixture(scope="session")
def promtool() -> Path:
    return component("promtool", PROMTOOL)


@pytest.fixture(scope="session")
def amtool() -> Path:
    return component("amtool")


@pytest.fixture(scope="session")
def alertmanager() -> Path:
    return component("alertmanager", Path("/usr/bin/prometheus-alertmanager"))
