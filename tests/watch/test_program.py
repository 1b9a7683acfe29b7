"""`astrolabe watch` without a cluster: what it would watch, bad usage, and dead letters delivered again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

CONFIG = """
output_dir: {folder}
retries: 0
resources:
  - {{gvr: v1/pods, namespace_names: [shop, "prod-.*"], label_selector: app=web}}
  - {{gvr: v1/namespaces, scope: Cluster, name_selector: shop}}
  - {{gvr: v1/secrets, values: true}}
"""


def astrolabe(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "astrolabe", "watch", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "c.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return path


def test_explain_prints_what_would_be_watched(config: Path) -> None:
    done = astrolabe(f"--config={config}", "--explain", "--context=lab")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.replace(str(config), "c.yaml") == (
        "cluster lab\n"
        "  all namespaces\n"
        "    v1/secrets\n"
        "      observer of values: all objects (c.yaml:7:5)\n"
        "  cluster-scoped\n"
        "    v1/namespaces\n"
        "      selector: finds the namespaces that patterns select\n"
        "      observer: name shop (c.yaml:6:5)\n"
        "  namespaces prod-.*\n"
        "    v1/pods\n"
        "      observer: labels app=web (c.yaml:5:5)\n"
        "  namespace shop\n"
        "    v1/pods\n"
        "      observer: labels app=web (c.yaml:5:5)\n"
    )


def test_explain_gives_the_same_as_data(config: Path) -> None:
    done = astrolabe(f"--config={config}", "--explain=yaml", "--context=lab")
    assert (done.returncode, done.stderr) == (0, "")
    told = yaml.safe_load(done.stdout)
    assert told["cluster"] == "lab"
    assert [place["namespace"] for place in told["namespaces"]] == [
        "all namespaces",
        "cluster-scoped",
        "prod-.*",
        "shop",
    ]
    assert told["namespaces"][2] == {
        "namespace": "prod-.*",
        "resources": [
            {
                "resource": "v1/pods",
                "roles": [{"role": "observer", "selects": "labels app=web", "where": f"{config}:5:5"}],
            }
        ],
        "pattern": True,
    }


def test_bad_usage_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("resources: [{gvr: v1/pods, scope: all}]")
    done = astrolabe(f"--config={tmp_path}/c.yaml")
    said = f"astrolabe: {tmp_path}/c.yaml:1:35: `all` is not a scope: write Namespaced or Cluster\n"
    assert (done.returncode, done.stderr) == (1, said)
    done = astrolabe()
    assert done.returncode == 2
    assert "the following arguments are required: --config" in done.stderr


def test_replay_brings_dead_letters_to_the_outputs(config: Path, tmp_path: Path) -> None:
    def letter(name: str, handler: str) -> str:
        pod = {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {"name": name, "namespace": "shop", "uid": name},
        }
        return json.dumps(
            {
                "timestamp": "2026-01-02T03:04:05Z",
                "handler": handler,
                "reason": "ValueError: no",
                "attempts": 1,
                "event_type": "ADDED",
                "gvr": "v1/pods",
                "key": f"shop/{name}",
                "received": "2026-01-02T03:04:05Z",
                "rule": {"gvr": "v1/pods"},
                "object": pod,
            }
        )

    path = tmp_path / "dead-letters.jsonl"
    path.write_text("\n".join([letter("a", "stdout"), letter("b", "elsewhere"), '{"half']))
    done = astrolabe("replay", f"--config={config}")
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["name"], line["redelivered"]) for line in lines] == [("a", True)]
    assert path.read_text() == letter("b", "elsewhere") + '\n{"half\n'
    path.unlink()
    done = astrolabe("replay", f"--config={config}")
    missing = f"astrolabe: {path} cannot be read: No such file or directory\n"
    assert (done.returncode, done.stderr) == (1, missing)
