from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.alerts.alertmanager import Alertmanager, alertmanager
from tests.real.processes import component

ROOT = Path(__file__).parents[2]


def load_render() -> ModuleType:
    spec = importlib.util.spec_from_file_location("astrolabe_alerts_render", ROOT / "alerts/render.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
def promtool() -> str:
    return component("promtool")


@pytest.fixture(scope="session")
def amtool() -> str:
    component("alertmanager")  # whose package has it
    found = shutil.which("amtool")
    assert found is not None, "Alertmanager is here without its amtool"
    return found


@pytest.fixture
def server(alerts_folder: Path, tmp_path: Path) -> Iterator[Alertmanager]:
    with alertmanager(alerts_folder / "alertmanager.yml", tmp_path) as running:
        yield running
