"""What operators render: the chart by Helm, the bases by kustomize."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from astrolabe.settings import Settings, read_settings
from deploy.generated import CHART, KUSTOMIZE
from tests.real.processes import component

Object = dict[str, Any]
SECONDS = 60


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Helm or kustomize; whether it worked is the caller's to see."""
    return subprocess.run(
        [component(program), *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
    )


def attempt(values: object, release: str, namespace: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Render the chart with values as in a values file."""
    file = folder / "values.json"
    file.write_text(json.dumps(values))
    return run("helm", "template", release, str(CHART), "--namespace", namespace, "--values", str(file))


def chart(
    folder: Path, values: object = None, *, release: str = "astrolabe", namespace: str = "astrolabe"
) -> list[Object]:
    """Return what the chart makes of values."""
    return _objects(attempt(values or {}, release, namespace, folder))


def refusal(folder: Path, values: object) -> str:
    """Return what Helm says of values that the chart refuses."""
    done = attempt(values, "astrolabe", "astrolabe", folder)
    assert done.returncode != 0, done.stdout
    return done.stderr


def kustomization(folder: str | Path) -> list[Object]:
    """Return what kustomize makes of a folder below deploy/kustomize."""
    return _objects(run("kustomize", "build", str(KUSTOMIZE / folder)))


def one(objects: Iterable[Object], kind: str, name: str = "") -> Object:
    """Return the only object of a kind, or of a kind and name."""
    (found,) = (each for each in objects if each["kind"] == kind and name in ("", each["metadata"]["name"]))
    return found


def settings_text(objects: Iterable[Object]) -> str:
    """Return the settings file that the objects mount."""
    (found,) = (each for each in objects if "settings.yaml" in each.get("data", ()))
    return found["data"]["settings.yaml"]


def settings(objects: Iterable[Object], folder: Path) -> Settings:
    """Return what the program reads from the settings file."""
    file = folder / "settings.yaml"
    file.write_text(settings_text(objects))
    return read_settings(argparse.Namespace(config=str(file)), {})


def _objects(done: subprocess.CompletedProcess[str]) -> list[Object]:
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def named(objects: list[Object], name: str) -> list[Object]:
    """The objects of a program, by their label."""
    label = "app.kubernetes.io/name"
    return [each for each in objects if each["metadata"].get("labels", {}).get(label) == name]
