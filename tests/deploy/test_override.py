"""The override service as kustomize brings it, and its example policies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from astrolabe.override import settings
from astrolabe.override.rules.reading import parse
from deploy.generated import HERE, KUSTOMIZE
from tests.deploy.rendering import kustomization, one
from tests.deploy.test_chart import pod

FOLDER = KUSTOMIZE / "override"
POLICIES = sorted((FOLDER / "policies").glob("*.yaml"))
NAMES = ("dev", "staging", "test", "prod")


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_the_policies_can_be_used(policy: Path) -> None:
    rules = parse(policy.read_text(), NAMES)
    unfilled = (
        {"nobody has the role `devops`", "nobody has the role `admin`"} if policy.stem == "default" else set()
    )
    assert set(rules.warnings) == unfilled


@pytest.mark.real
def test_the_base() -> None:
    objects = kustomization("override")
    (container,) = pod(objects, "astrolabe-override")["containers"]
    data = one(objects, "ConfigMap", "astrolabe-override")["data"]
    assert set(data) == {"override.yaml", "rules.yaml"}
    parse(data["rules.yaml"], NAMES)
    # What the settings name is mounted, and nothing else is written to.
    read = yaml.safe_load(data["override.yaml"])
    mounts = {each["mountPath"]: each.get("readOnly", False) for each in container["volumeMounts"]}
    assert mounts == {"/etc/astrolabe": True, "/etc/astrolabe-secret": True, "/var/lib/astrolabe": False}
    assert {str(Path(read[name]).parent) for name in ("audit_key_file", "tokens_file")} == {
        "/etc/astrolabe-secret"
    }
    assert str(Path(read["database"]).parent) == "/var/lib/astrolabe"
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    defaults = settings.read(FOLDER / "override.yaml")
    assert ports == {"api": defaults.port, "metrics": defaults.metrics_port}
    assert container["args"][-1] == "--config=/etc/astrolabe/override.yaml"


@pytest.mark.real
def test_in_git() -> None:
    """The same, with the settings of GitLab and Argo CD, whose tokens are files of the Secret."""
    objects = kustomization("override-gitops")
    data = one(objects, "ConfigMap", "astrolabe-override")["data"]
    assert set(data) == {"override.yaml", "rules.yaml"}
    assert data["override.yaml"] == (KUSTOMIZE / "override-gitops" / "override.yaml").read_text()
    read = settings.read(KUSTOMIZE / "override-gitops" / "override.yaml")
    assert read.gitlab is not None
    assert read.argocd is not None
    files = (read.gitlab.token_file, read.argocd.token_file, read.argocd.ca_file)
    assert {str(Path(each).parent) for each in files} == {"/etc/astrolabe-secret"}
    base = {(each["kind"], each["metadata"]["name"]) for each in kustomization("override")}
    ours = {(each["kind"], each["metadata"]["name"]) for each in objects}
    assert ours - base == {("NetworkPolicy", "astrolabe-override-argocd")}
    policy = one(objects, "NetworkPolicy", "astrolabe-override-argocd")["spec"]
    assert policy["policyTypes"] == ["Egress"]
    # Argo CD writes SleepInfos, so this service may not.
    role, _ = yaml.safe_load_all((KUSTOMIZE / "override-gitops" / "rights.yaml").read_text())
    (green,) = [each for each in role["rules"] if each["apiGroups"] == ["kube-green.com"]]
    assert green["verbs"] == ["get", "list"]


def test_the_secret_of_the_vault_has_what_the_settings_name() -> None:
    example = yaml.safe_load((HERE / "examples" / "override" / "externalsecret.yaml").read_text())
    keys = {each["secretKey"] for each in example["spec"]["data"]}
    text = (KUSTOMIZE / "override-gitops" / "override.yaml").read_text()
    assert keys == set(re.findall(r"/etc/astrolabe-secret/([\w-]+)", text))


@pytest.mark.real
def test_it_is_as_restricted_as_the_exporter() -> None:
    theirs, ours = (
        pod(kustomization("override"), "astrolabe-override"),
        pod(kustomization("base"), "astrolabe"),
    )
    assert {**theirs["securityContext"], "fsGroup": None} == {**ours["securityContext"], "fsGroup": None}
    assert theirs["containers"][0]["securityContext"] == ours["containers"][0]["securityContext"]


@pytest.mark.real
def test_rights_are_given_in_named_namespaces_alone() -> None:
    role, binding = yaml.safe_load_all((FOLDER / "rights.yaml").read_text())
    assert (role["kind"], binding["kind"]) == ("Role", "RoleBinding")
    assert role["metadata"]["namespace"] == binding["metadata"]["namespace"] == "dev"
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "astrolabe-override", "namespace": "astrolabe"}
    ]
    for rule in role["rules"]:
        assert not set(rule["verbs"]) & {"*", "create", "delete", "update", "watch"}
        assert "*" not in rule["resources"]
        if "secrets" in rule["resources"]:
            assert (rule["verbs"], rule["resourceNames"]) == (["get"], ["sleepinfo-nights"])
    # kustomize would move a Role into the namespace that it is told.
    assert {each["kind"] for each in kustomization("override")} == {
        "ConfigMap", "Deployment", "NetworkPolicy", "PersistentVolumeClaim", "Service", "ServiceAccount",
    }  # fmt: skip
