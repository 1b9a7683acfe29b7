"""The override service as the chart brings it: nothing unasked, and then no more than it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from astrolabe.override import settings
from astrolabe.override.rbac import manifests
from astrolabe.override.rules.reading import parse
from tests.deploy.rendering import Object, chart, named, one, refusal, run
from tests.deploy.test_chart import pod

pytestmark = pytest.mark.real

NAME = "astrolabe-override"
CHART = Path(__file__).parents[2] / "deploy" / "helm" / "astrolabe"
POSTGRES = "postgresql://astrolabe@postgres/override"


def values(own: dict[str, Any] | None = None, **more: Any) -> Object:
    """What somebody writes who wants the service."""
    return {
        "override": {
            "enabled": True,
            "settings": {"environments": {"dev": {"namespaces": ["dev", "dev-jobs"]}}, **(own or {})},
            "rules": {
                "roles": {"developer": {"environments": ["dev"]}},
                "people": [{"role": "developer", "users": ["token:ann"]}],
            },
            "sleepinfos": {"dev": ["nights", "days"]},
            "existingSecret": "override",
            **more,
        }
    }


def written(objects: list[Object], folder: Path) -> settings.Settings:
    """Return what the service reads from the settings that the chart writes."""
    file = folder / "override.yaml"
    file.write_text(one(objects, "ConfigMap", NAME)["data"]["override.yaml"])
    return settings.read(file)


def test_nothing_of_it_comes_unasked(tmp_path: Path) -> None:
    assert named(chart(tmp_path), NAME) == []


def test_what_it_consists_of(tmp_path: Path) -> None:
    objects = named(chart(tmp_path, values()), NAME)
    assert sorted(f"{each['kind']}/{each['metadata']['namespace']}" for each in objects) == [
        "ConfigMap/astrolabe",
        "Deployment/astrolabe",
        "NetworkPolicy/astrolabe",
        "PersistentVolumeClaim/astrolabe",
        "Role/dev",
        "Role/dev-jobs",
        "RoleBinding/dev",
        "RoleBinding/dev-jobs",
        "Service/astrolabe",
        "ServiceAccount/astrolabe",
    ]
    assert {each["metadata"]["name"] for each in objects} == {NAME}


def test_its_settings_can_be_read_and_name_what_is_mounted(tmp_path: Path) -> None:
    slack = {
        "bot_token_file": "/etc/astrolabe-secret/slack-bot",
        "signing_secret_file": "/etc/astrolabe-secret/slack-signing",
    }
    gitlab = {"token_file": "/etc/astrolabe-secret/gitlab-token"}
    hooks = {"gitlab_token_file": "/etc/astrolabe-secret/gitlab-hook"}
    objects = chart(tmp_path, values({"slack": slack, "gitlab": gitlab, "webhooks": hooks, "port": 9000}))
    read = written(objects, tmp_path)
    data = one(objects, "ConfigMap", NAME)["data"]
    parse(data["rules.yaml"], read.environments)
    (container,) = pod(objects, NAME)["containers"]
    mounts = {each["mountPath"]: each.get("readOnly", False) for each in container["volumeMounts"]}
    assert mounts == {"/etc/astrolabe": True, "/etc/astrolabe-secret": True, "/var/lib/astrolabe": False}
    assert str(Path(read.rules).parent) == "/etc/astrolabe"
    assert str(Path(read.database).parent) == "/var/lib/astrolabe"
    assert {str(Path(each).parent) for each in (read.audit_key_file, read.tokens_file)} == {
        "/etc/astrolabe-secret"
    }
    assert (read.exporter, read.in_cluster, read.address) == ("http://astrolabe:8080", True, "0.0.0.0")
    assert read.slack is not None
    assert read.webhooks is not None
    ports = {"api": 9000, "metrics": 8091, "slack": read.slack.port, "webhooks": read.webhooks.port}
    assert {each["name"]: each["containerPort"] for each in container["ports"]} == ports
    assert {each["name"]: each["port"] for each in one(objects, "Service", NAME)["spec"]["ports"]} == ports
    policy = one(objects, "NetworkPolicy", NAME)["spec"]
    assert [each["port"] for each in policy["ingress"][0]["ports"]] == list(ports)


def test_people_may_sign_in(tmp_path: Path) -> None:
    commented = (CHART / "values.yaml").read_text().partition("  # confirmation_page: true\n")[2]
    lines = [line.removeprefix("  # ") for line in commented.splitlines()[:5]]
    oidc = yaml.safe_load("\n".join(lines))
    read = written(chart(tmp_path, values({"confirmation_page": True, **oidc})), tmp_path)
    assert read.oidc is not None
    assert str(Path(read.oidc.client_secret_file).parent) == "/etc/astrolabe-secret"
    assert read.oidc.public_url


@pytest.mark.parametrize(
    "said", [{}, {"gitops": {"project": "shop/envs"}}, {"sleeper": "kube-downscaler"}, {"sleeper": "keda"}]
)
def test_its_rights_are_those_that_the_command_prints(tmp_path: Path, said: Object) -> None:
    environment: Object = {"namespaces": ["dev", "dev-jobs"], **said}
    more: Object = {}
    if "gitops" in said:
        more = {"gitlab": {"token_file": "/etc/astrolabe-secret/gitlab-token"}}
    objects = chart(tmp_path, values({"environments": {"dev": environment}, **more}))
    read = written(objects, tmp_path)
    printed = manifests(read, {"dev": ["nights", "days"]}, namespace="astrolabe")
    for each in printed:
        (found,) = [
            other
            for other in objects
            if other["kind"] == each["kind"]
            and other["metadata"].get("namespace") == each["metadata"]["namespace"]
        ]
        assert {key: found[key] for key in each if key != "metadata"} == {
            key: each[key] for key in each if key != "metadata"
        }
    cluster = [each for each in named(objects, NAME) if each["kind"].startswith("Cluster")]
    assert cluster == [], "nothing outside of its namespaces"


def test_it_may_reach_the_exporter_where_few_may(tmp_path: Path) -> None:
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    objects = chart(tmp_path, {**values(), "networkPolicy": {"from": [peer]}})
    (rule,) = one(objects, "NetworkPolicy", "astrolabe")["spec"]["ingress"]
    labels = pod_labels(objects)
    assert rule["from"][0] == peer
    assert rule["from"][1]["podSelector"]["matchLabels"].items() <= labels.items()
    without = chart(tmp_path, {"networkPolicy": {"from": [peer]}})
    (rule,) = one(without, "NetworkPolicy", "astrolabe")["spec"]["ingress"]
    assert rule["from"] == [peer]


def pod_labels(objects: list[Object]) -> dict[str, str]:
    labels: dict[str, str] = one(objects, "Deployment", NAME)["spec"]["template"]["metadata"]["labels"]
    return labels


def test_with_postgresql_there_is_no_file_and_there_may_be_several(tmp_path: Path) -> None:
    objects = chart(tmp_path, values({"database": POSTGRES}, replicas=3))
    kinds = {each["kind"] for each in named(objects, NAME)}
    assert "PersistentVolumeClaim" not in kinds
    deployment = one(objects, "Deployment", NAME)["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (3, {"type": "RollingUpdate"})
    assert {each["name"] for each in deployment["template"]["spec"]["volumes"]} == {"settings", "secret"}


def test_a_secret_from_a_vault(tmp_path: Path) -> None:
    vault = {
        "enabled": True,
        "secretStoreRef": {"name": "vault"},
        "properties": ["audit-key", "tokens", "gitlab-token"],
    }
    objects = chart(tmp_path, values(existingSecret="", externalSecret=vault))
    found = one(objects, "ExternalSecret")["spec"]
    assert [each["secretKey"] for each in found["data"]] == vault["properties"]
    (volume,) = [each for each in pod(objects, NAME)["volumes"] if each["name"] == "secret"]
    assert volume["secret"]["secretName"] == found["target"]["name"] == NAME


def test_it_can_have_an_image_of_its_own(tmp_path: Path) -> None:
    def image(**more: Any) -> str:
        (container,) = pod(chart(tmp_path, values(**more)), NAME)["containers"]
        return str(container["image"])

    (exporter,) = pod(chart(tmp_path, values()), "astrolabe")["containers"]
    assert image() == exporter["image"]
    assert image(image={"tag": "with-slack"}) == "astrolabe:with-slack"
    assert image(image={"repository": "shop/override", "digest": "sha256:1"}) == "shop/override@sha256:1"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (values(existingSecret=""), "needs existingSecret, with audit-key and tokens, or externalSecret"),
        (values(externalSecret={"enabled": True}), "give existingSecret or externalSecret, one of them"),
        (values(replicas=2), "several need a PostgreSQL as settings.database"),
        (values({"environments": {}}), "settings.environments: there is none"),
        (values({"tokens_file": "/x"}), "settings.tokens_file is the chart's to write"),
        (values(sleepinfo={}), "additional properties 'sleepinfo' not allowed"),
    ],
)
def test_what_cannot_work_stops_the_installation(tmp_path: Path, wrong: Object, message: str) -> None:
    assert message in refusal(tmp_path, wrong)


def test_helm_lints_it(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values()))
    done = run("helm", "lint", "--strict", str(CHART), "--values", str(file))
    assert done.returncode == 0, done.stdout
