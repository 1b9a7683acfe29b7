"""`astrolabe watch` as a process against the real API server: the nine cases of Faro's end-to-end tests.

Each configuration is in the form that Faro reads. Expected are exact multisets of events, and for each object
its events in the order in which they happened.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real.cluster import Cluster
from tests.real.control_plane import ApiServer
from tests.real.processes import running, until

LIFE = ["ADDED", "UPDATED", "DELETED"]
CONFIGS = {
    "1-namespace-centric": """
namespaces:
  - name_selector: "w1"
    resources: {"v1/configmaps": {name_selector: "test-config-1"}}
""",
    "2-resource-centric": """
resources:
  - {gvr: "v1/configmaps", scope: "Namespaced", namespace_names: ["w1"], name_selector: "test-config-1"}
""",
    "3-namespace-and-label": """
namespaces:
  - name_selector: "w1"
    resources: {"v1/configmaps": {name_selector: "test-config-1", label_selector: "app=test"}}
""",
    "4-resource-and-label": """
resources:
  - {gvr: "v1/configmaps", scope: "Namespaced", namespace_names: ["w1"], label_selector: "app=test"}
""",
    "5-namespace-by-name": """
resources:
  - {gvr: "v1/namespaces", scope: "Cluster", name_selector: "w1"}
""",
    "6-namespace-and-configmap": """
resources:
  - {gvr: "v1/namespaces", scope: "Cluster", name_selector: "w1"}
namespaces:
  - name_selector: "w1"
    resources: {"v1/configmaps": {name_selector: "test-config-1"}}
""",
    "7-overlapping-rules": """
resources:
  - {gvr: "v1/configmaps", scope: "Namespaced", namespace_names: ["w1"], name_selector: "test-config-1"}
namespaces:
  - name_selector: "w1"
    resources: {"v1/configmaps": {name_selector: "test-config-1"}}
""",
    "8-namespaces-by-label": """
resources:
  - {gvr: "v1/namespaces", scope: "Cluster", label_selector: "test-label=watched"}
""",
    "9-jobs-and-configmaps": """
resources:
  - {gvr: "batch/v1/jobs", scope: "namespaced", namespace_names: ["w1", "w2", "w3"]}
  - {gvr: "v1/configmaps", scope: "namespaced", namespace_names: ["w1", "w2", "w3"], name_selector: "test-.*"}
""",
}
ONE = Counter({("v1/configmaps", "w1/test-config-1", each): 1 for each in LIFE})
SPACE = Counter({("v1/namespaces", "w1", "ADDED"): 1, ("v1/namespaces", "w1", "DELETED"): 1})
EXPECTED: dict[str, Counter[tuple[str, str, str]]] = {
    "1-namespace-centric": ONE,
    "2-resource-centric": ONE,
    "3-namespace-and-label": ONE,
    "4-resource-and-label": ONE,
    "5-namespace-by-name": SPACE,
    "6-namespace-and-configmap": ONE + SPACE,
    "7-overlapping-rules": ONE + ONE,
    "8-namespaces-by-label": Counter(
        {("v1/namespaces", name, each): 1 for name in ("w1", "w2") for each in ("ADDED", "DELETED")}
    ),
    "9-jobs-and-configmaps": Counter(
        {
            (gvr, f"{space}/{name}", each): 1
            for space in ("w1", "w2", "w3")
            for gvr, name in (("v1/configmaps", "test-config-1"), ("batch/v1/jobs", "test-job"))
            for each in ("ADDED", "DELETED")
        }
    )
    + Counter({("v1/configmaps", f"{space}/test-config-1", "UPDATED"): 1 for space in ("w1", "w2", "w3")}),
}


@contextlib.contextmanager
def watching(
    server: ApiServer, folder: Path, name: str, text: str, *flags: str
) -> Iterator[subprocess.Popen[bytes]]:
    config = folder / f"{name}.yaml"
    output = folder / name
    config.write_text(f'output_dir: "{output}"\nlog_level: "debug"\njson_export: true\n{text}')
    command = [sys.executable, "-m", "astrolabe", "watch", f"--config={config}", *flags]
    command.append(f"--kubeconfig={server.kubeconfig}")
    log = folder / f"{name}.log"

    def ready() -> bool:
        return log.exists() and "ready " in log.read_text(errors="replace")

    with running(command, log, ready, environment={"KUBECONFIG": ""}) as process:
        yield process


def exported(folder: Path, name: str) -> list[dict[str, Any]]:
    lines = []
    for path in sorted((folder / name / "logs").glob("events-*.json")):
        lines += [json.loads(line) for line in path.read_text().splitlines()]
    return lines


def key(line: dict[str, Any]) -> str:
    return f"{line['namespace']}/{line['name']}" if "namespace" in line else str(line["name"])


def counted(lines: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    """Events by resource, key and type; how often a controller updates a Namespace or a Job is its affair."""
    return Counter(
        (line["gvr"], key(line), line["eventType"])
        for line in lines
        if not (line["eventType"] == "UPDATED" and line["gvr"] != "v1/configmaps")
    )


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def configmap(space: str, value: str) -> dict[str, Any]:
    metadata = {"name": "test-config-1", "namespace": space, "labels": {"app": "test"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}}


def job(space: str) -> dict[str, Any]:
    container = {"name": "main", "image": "registry.example.com/job:1"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "test-job", "namespace": space},
        "spec": {
            "suspend": True,
            "template": {"spec": {"restartPolicy": "Never", "containers": [container]}},
        },
    }


def gone(cluster: Cluster, *names: str) -> None:
    for name in names:
        cluster.delete(f"/api/v1/namespaces/{name}")
    for name in names:
        until(
            lambda name=name: cluster.request("GET", f"/api/v1/namespaces/{name}").status_code == 404,
            f"namespace {name} is gone",
            60,
        )


@pytest.fixture
def namespace_of_test(control_plane: ApiServer) -> Iterator[str]:
    control_plane.cluster.apply(namespace("w-killed"))
    yield "w-killed"
    control_plane.cluster.delete("/api/v1/namespaces/w-killed")


@pytest.fixture(scope="module")
def cases(control_plane: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run all nine at once through one life of three namespaces; return the folder with what they wrote."""
    folder = tmp_path_factory.mktemp("cases")
    cluster = control_plane.cluster
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(watching(control_plane, folder, name, text)) for name, text in CONFIGS.items()
        ]
        cluster.apply(namespace("w1", **{"test-label": "watched"}))
        cluster.apply(namespace("w2", **{"test-label": "watched"}))
        cluster.apply(namespace("w3"))
        for space in ("w1", "w2", "w3"):
            for manifest in (configmap(space, "1"), configmap(space, "2"), job(space)):
                cluster.apply(manifest)
        for space in ("w1", "w2", "w3"):
            cluster.delete(f"/apis/batch/v1/namespaces/{space}/jobs/test-job", propagationPolicy="Background")
            cluster.delete(f"/api/v1/namespaces/{space}/configmaps/test-config-1")
        gone(cluster, "w1", "w2", "w3")
        for name, expected in EXPECTED.items():
            until(
                lambda name=name, expected=expected: (
                    counted(exported(folder, name)).total() >= expected.total()
                ),
                f"events of {name}",
            )
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            assert process.wait(30) == 0
    return folder


@pytest.mark.parametrize("name", CONFIGS)
def test_exact_events_in_order(cases: Path, name: str) -> None:
    lines = exported(cases, name)
    assert counted(lines) == EXPECTED[name]
    times = 2 if name.startswith("7") else 1
    for each in {key(line) for line in lines if line["gvr"] == "v1/configmaps"}:
        types = [line["eventType"] for line in lines if key(line) == each and line["gvr"] == "v1/configmaps"]
        assert types == [type_ for type_ in LIFE for _ in range(times)]
    for each in {(line["gvr"], key(line)) for line in lines if line["gvr"] != "v1/configmaps"}:
        # How often a controller updates these is its affair, and nothing comes before or after their life.
        types = [line["eventType"] for line in lines if (line["gvr"], key(line)) == each]
        assert types == ["ADDED", *["UPDATED"] * (len(types) - 2), "DELETED"]
    for line in lines:
        assert line["timestamp"].endswith("Z")
        assert line["uid"]


def test_standard_output_names_the_files_and_the_end_tells_what_happened(cases: Path) -> None:
    said = (cases / "1-namespace-centric.log").read_text()
    logs = cases / "1-namespace-centric" / "logs"
    (events,) = logs.glob("events-*.json")
    (log,) = logs.glob("faro-*.log")
    assert f"FARO_JSON_FILE: {events}\n" in said
    assert f"FARO_LOG_FILE: {log}\n" in said
    assert "v1/configmaps         1         1         1\n" in said
    assert "json-export: 3 handled, 0 retries, 0 dead letters, 0 left out\n" in said


def test_killed_in_the_middle_it_goes_on_where_it_was(
    control_plane: ApiServer, namespace_of_test: str, tmp_path: Path
) -> None:
    cluster, space = control_plane.cluster, namespace_of_test
    text = f"state_file: {tmp_path}/state.json\n" + CONFIGS["2-resource-centric"].replace("w1", space)
    with watching(control_plane, tmp_path, "killed", text) as process:
        state = tmp_path / "state.json"
        until(lambda: re.search(r'"version":"[1-9]', state.read_text()), "a saved position", 10)
        for value in "123":
            cluster.apply(configmap(space, value))
        until(lambda: len(exported(tmp_path, "killed")) == 3, "three events")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    cluster.apply(configmap(space, "4"))
    cluster.delete(f"/api/v1/namespaces/{space}/configmaps/test-config-1")
    (tmp_path / "killed.log").unlink()
    with watching(control_plane, tmp_path, "killed", text) as process:
        until(lambda: exported(tmp_path, "killed")[-1]["eventType"] == "DELETED", "the deletion")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    lines = exported(tmp_path, "killed")
    types = [line["eventType"] for line in lines]
    first, again = types[:3], types[3:]
    assert first == ["ADDED", "UPDATED", "UPDATED"]
    # At least once: what the last saved second did not know comes again, and says so.
    assert again[-2:] == ["UPDATED", "DELETED"]
    assert all(line["redelivered"] for line in lines[3:-2])
    with watching(control_plane, tmp_path, "killed", text) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert len(exported(tmp_path, "killed")) == len(lines)


def test_it_stops_by_itself(control_plane: ApiServer, tmp_path: Path) -> None:
    with watching(
        control_plane, tmp_path, "stops", CONFIGS["1-namespace-centric"], "--auto-shutdown=1"
    ) as process:
        assert process.wait(20) == 0


def test_what_cannot_be_used_is_one_line(control_plane: ApiServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    bad = {
        f"resources: [{{gvr: v1/pods}}]\noutput_dir: {tmp_path}/file": (
            f"{tmp_path}/file/logs cannot be written: Not a directory; choose another `output_dir`"
        ),
        "resources: [{gvr: v1/pods, scope: all}]": (
            f"{tmp_path}/bad.yaml:1:35: `all` is not a scope: write Namespaced or Cluster"
        ),
    }
    for text, message in bad.items():
        (tmp_path / "bad.yaml").write_text(text)
        command = [sys.executable, "-m", "astrolabe", "watch", f"--config={tmp_path}/bad.yaml"]
        command.append(f"--kubeconfig={control_plane.kubeconfig}")
        environment = {**os.environ, "KUBECONFIG": ""}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=environment
        )
        assert (done.returncode, done.stderr) == (1, f"astrolabe: {message}\n")
