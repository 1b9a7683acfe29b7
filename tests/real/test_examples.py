"""deploy/examples/override against the definitions that their own projects publish, on a real API server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy.generated import HERE
from tests.components.missing import missing
from tests.real.cluster import Cluster, Object
from tests.real.test_deploy import established

FOLDER = HERE / "examples" / "override"
DEFINITIONS = {
    "applications.yaml": ("github.com/argoproj/argo-cd/v3@v3.2.11", "manifests/crds/application-crd.yaml"),
    "externalsecret.yaml": (
        "github.com/external-secrets/external-secrets@v0.16.2",
        "config/crds/bases/external-secrets.io_externalsecrets.yaml",
    ),
    "velero.yaml": ("github.com/vmware-tanzu/velero@v1.16.2", "config/crd/v1/bases/velero.io_schedules.yaml"),
    "virtualservice.yaml": ("istio.io/api@v1.27.0", "kubernetes/customresourcedefinitions.gen.yaml"),
    "ciliumnetworkpolicy.yaml": (
        "github.com/cilium/cilium@v1.18.0",
        "pkg/k8s/apis/cilium.io/client/crds/v2/ciliumnetworkpolicies.yaml",
    ),
}
"""The Go module that has the definition of an example's kind, and the file in it."""
SECONDS = 240


def _definition(module: str, path: str, kind: str) -> Object:
    """Return a definition from Go's cache, where it is downloaded to once; skips where that cannot be."""
    ended = None
    if shutil.which("go") is not None:
        command = ["go", "mod", "download", "-json", module]
        environment = {**os.environ, "GOFLAGS": "-mod=mod"}
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False, env=environment, cwd="/"
        )
    if ended is None or ended.returncode:
        reason = f"{module} cannot be downloaded: {ended.stdout if ended else 'go is missing'}"
        missing(reason, optional=True)
    text = (Path(json.loads(ended.stdout)["Dir"]) / path).read_text()
    (found,) = [each for each in yaml.safe_load_all(text) if each and each["spec"]["names"]["kind"] == kind]
    return dict(found)


@pytest.fixture
def served(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[list[Object]]:
    """The objects of an example, whose kind the API server knows."""
    objects = [each for each in yaml.safe_load_all((FOLDER / request.param).read_text()) if each]
    definition = _definition(*DEFINITIONS[request.param], objects[0]["kind"])
    path = cluster.path(definition)
    there = cluster.request("GET", path).ok
    if not there:
        # Its conversion webhook does not run here.
        definition["spec"].pop("conversion", None)
        cluster.apply(definition)
        cluster.wait(path, established, "it is established")
    yield objects
    if not there:
        cluster.delete(path)


@pytest.mark.parametrize("served", sorted(DEFINITIONS), indirect=True)
def test_an_example_is_valid(served: list[Object], cluster: Cluster, namespace: str) -> None:
    for each in served:
        path = cluster.path(each | {"metadata": {"name": each["metadata"]["name"]}}, namespace)
        body = each | {"metadata": {"name": each["metadata"]["name"], "namespace": namespace}}
        params = {"fieldManager": "astrolabe-tests", "fieldValidation": "Strict", "dryRun": "All"}
        headers = {"Content-Type": "application/apply-patch+yaml"}
        answer = cluster.request("PATCH", path, body, params=params, headers=headers)
        assert answer.ok, f"{path}: {answer.text}"
        assert "Warning" not in answer.headers, answer.headers
        wrong = body | {"spec": body["spec"] | {"noSuchField": 1}}
        assert not cluster.request("PATCH", path, wrong, params=params, headers=headers).ok


def test_every_example_is_tried() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} == set(DEFINITIONS)
