"""The export as the chart brings it: nothing unasked, and then what the command takes, with few rights."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import yaml

from astrolabe.commands.export import add_flags
from astrolabe.graphdb.opening import target_of
from deploy.generated import CHART
from tests.deploy.rendering import Object, chart, named, one, refusal, run
from tests.deploy.test_chart import names, pod

pytestmark = pytest.mark.real

NAME = "astrolabe-export"
BOLT = "bolt://neo4j@neo4j.databases:7688/graph"


def values(**own: Any) -> Object:
    return {"export": {"enabled": True, **own}}


def arguments(container: Object) -> argparse.Namespace:
    """Return what the command reads from the container's arguments."""
    command, config, *flags = container["args"]
    assert (command, config) == ("export", "--config=/etc/astrolabe/settings.yaml")
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return parser.parse_args(flags)


def mounts(container: Object) -> dict[str, bool]:
    return {each["mountPath"]: each.get("readOnly", False) for each in container["volumeMounts"]}


def test_nothing_of_it_comes_unasked(tmp_path: Path) -> None:
    assert named(chart(tmp_path), NAME) == []


def test_a_ladybug_file_lies_on_a_volume_of_its_own(tmp_path: Path) -> None:
    objects = chart(tmp_path, values())
    assert names(named(objects, NAME)) == [
        f"Deployment/{NAME}",
        f"NetworkPolicy/{NAME}",
        f"PersistentVolumeClaim/{NAME}",
        f"Service/{NAME}",
    ]
    deployment = one(objects, "Deployment", NAME)["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
    (container,) = pod(objects, NAME)["containers"]
    read = arguments(container)
    assert (read.schema, read.cluster, read.password_file) == ("full", "", "")
    assert mounts(container) == {"/etc/astrolabe": True, "/var/lib/astrolabe": False}
    assert str(Path(read.to).parent) == "/var/lib/astrolabe"
    assert target_of(read.to).name == read.to


def test_a_server_gets_a_password_from_a_secret_and_no_volume(tmp_path: Path) -> None:
    objects = chart(
        tmp_path,
        values(to=BOLT, schema="agent", cluster="lab", existingSecret="neo4j", existingSecretKey="p"),
    )
    assert "PersistentVolumeClaim" not in {each["kind"] for each in named(objects, NAME)}
    (container,) = pod(objects, NAME)["containers"]
    read = arguments(container)
    assert (read.to, read.schema, read.cluster) == (BOLT, "agent", "lab")
    assert mounts(container) == {"/etc/astrolabe": True, "/etc/astrolabe-export": True}
    (volume,) = [each["secret"] for each in pod(objects, NAME)["volumes"] if "secret" in each]
    assert volume == {"secretName": "neo4j", "items": [{"key": "p", "path": "password"}]}
    assert read.password_file == "/etc/astrolabe-export/password"
    assert target_of(read.to, read.password_file).name == "bolt://neo4j.databases:7688/graph"


@pytest.mark.parametrize(
    ("to", "port"),
    [
        (BOLT, 7688),
        ("neo4j+s://neo4j.databases", 7687),
        ("bolt://[fd00::1]", 7687),
        ("bolt://[fd00::1]:9", 9),
        ("falkor://falkordb.databases/shop", 6379),
        ("falkors://falkordb.databases:7000", 7000),
    ],
)
def test_it_may_reach_the_api_server_names_and_the_server(tmp_path: Path, to: str, port: int) -> None:
    rule = {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}
    wanted = values(to=to, existingSecret="neo4j", networkPolicy={"egress": [rule]})
    policy = one(chart(tmp_path, wanted), "NetworkPolicy", NAME)["spec"]
    exporter = one(chart(tmp_path), "NetworkPolicy", "astrolabe")["spec"]
    server = {"ports": [{"port": port, "protocol": "TCP"}]}
    assert policy["egress"] == [*exporter["egress"], server, rule]
    assert one(chart(tmp_path, values()), "NetworkPolicy", NAME)["spec"]["egress"] == exporter["egress"]
    assert policy["ingress"] == exporter["ingress"]


def test_it_reads_what_the_exporter_reads_and_may_do_no_more(tmp_path: Path) -> None:
    bare, objects = chart(tmp_path), chart(tmp_path, values())
    rights = {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount", "ConfigMap"}
    assert [each for each in objects if each["kind"] in rights] == [
        each for each in bare if each["kind"] in rights
    ]
    mine, exporter = pod(objects, NAME), pod(objects, "astrolabe")
    assert mine["serviceAccountName"] == exporter["serviceAccountName"]
    assert mine["volumes"][0] == exporter["volumes"][0]
    (container,), (other,) = mine["containers"], exporter["containers"]
    assert container["securityContext"] == other["securityContext"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert mine["securityContext"] == {**exporter["securityContext"], "fsGroup": 65532}


def test_no_service_of_the_exporter_means_it(tmp_path: Path) -> None:
    objects = chart(tmp_path, {**values(), "monitor": {"kind": "ServiceMonitor"}})
    labels = one(objects, "Deployment", NAME)["spec"]["template"]["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget"):
        selector = one(objects, kind, "astrolabe")["spec"]["selector"]
        assert not selector.get("matchLabels", selector).items() <= labels.items()
    assert one(objects, "Service", NAME)["spec"]["selector"].items() <= labels.items()
    assert one(objects, "ServiceMonitor", NAME)["spec"]["selector"]["matchLabels"].items() <= labels.items()
    (container,) = pod(objects, NAME)["containers"]
    assert [container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")] == [
        {"path": path, "port": "http"} for path in ("/livez", "/livez", "/readyz")
    ]


def test_it_can_have_an_image_of_its_own(tmp_path: Path) -> None:
    def image(**more: Any) -> str:
        (container,) = pod(chart(tmp_path, values(**more)), NAME)["containers"]
        return str(container["image"])

    (exporter,) = pod(chart(tmp_path, values()), "astrolabe")["containers"]
    assert image() == exporter["image"]
    assert image(image={"tag": "with-ladybug"}) == "astrolabe:with-ladybug"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (values(existingSecret="neo4j"), "existingSecret is for a server; give its address as export.to"),
        (values(to=BOLT), "the user in export.to needs a password; name its Secret as export.existingSecret"),
        (
            values(to="bolt://neo4j:secret@db", existingSecret="neo4j"),
            "a password does not belong into export.to",
        ),
        (values(to="redis://x"), "does not match pattern"),
        (values(schema="mine"), "value must be one of 'full', 'agent', 'cartography'"),
        (values(target="x"), "additional properties 'target' not allowed"),
    ],
)
def test_what_cannot_work_stops_the_installation(tmp_path: Path, wrong: Object, message: str) -> None:
    assert message in refusal(tmp_path, wrong)


def test_helm_lints_it(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values()))
    done = run("helm", "lint", "--strict", str(CHART), "--values", str(file))
    assert done.returncode == 0, done.stdout
