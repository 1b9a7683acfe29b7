"""The Redis that keeps the state: by the chart, by kustomize, in a container beside the demo."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import yaml

from astrolabe.settings import Settings, read_settings
from deploy.generated import HERE
from tests.deploy.rendering import Object, chart, kustomization, one, refusal
from tests.deploy.test_chart import comparable, names, pod
from tests.persistence.servers import redis

pytestmark = pytest.mark.real

SECRET = {"existingSecret": "astrolabe-redis"}


def environment(objects: list[Object]) -> dict[str, Any]:
    (container,) = pod(objects, "astrolabe")["containers"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container.get("env", ())}


def settings(objects: list[Object], **secrets: str) -> Settings:
    """What the program reads from the variables that the exporter's container has."""
    given = {name: value for name, value in environment(objects).items() if isinstance(value, str)}
    return read_settings(argparse.Namespace(), {**given, **secrets})


def test_without_it_nothing_of_it_is_there(tmp_path: Path) -> None:
    objects = chart(tmp_path)
    assert not [name for name in names(objects) if "redis" in name]
    assert environment(objects) == {}


def test_a_redis_comes_with_the_release(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"redis": {"enabled": True}}, release="blue", namespace="monitoring")
    assert [name for name in names(objects) if "redis" in name] == [
        "Deployment/blue-astrolabe-redis",
        "NetworkPolicy/blue-astrolabe-redis",
        "NetworkPolicy/blue-astrolabe-redis-client",
        "Service/blue-astrolabe-redis",
    ]
    (container,) = one(objects, "Deployment", "blue-astrolabe")["spec"]["template"]["spec"]["containers"]
    found = {each["name"]: each["value"] for each in container["env"]}
    assert found == {
        "ENABLE_PERSISTENCE": "true",
        "REDIS_ADDR": "blue-astrolabe-redis:6379",
        "REDIS_DB": "0",
    }


def test_its_pod_is_as_restricted_as_the_exporters_and_only_that_reaches_it(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"redis": {"enabled": True, **SECRET}})
    theirs, ours = pod(objects, "astrolabe-redis"), pod(objects, "astrolabe")
    assert theirs["securityContext"] == ours["securityContext"]
    assert theirs["automountServiceAccountToken"] is False
    (container,) = theirs["containers"]
    assert container["securityContext"] == ours["containers"][0]["securityContext"]
    labels = one(objects, "Deployment", "astrolabe-redis")["spec"]["template"]["metadata"]["labels"]
    exporter = one(objects, "Deployment", "astrolabe")["spec"]["template"]["metadata"]["labels"]
    for kind, name in (
        ("Service", "astrolabe"),
        ("NetworkPolicy", "astrolabe"),
        ("PodDisruptionBudget", "astrolabe"),
    ):
        spec = one(objects, kind, name)["spec"]
        selector = spec.get("podSelector", spec.get("selector"))
        assert not selector.get("matchLabels", selector).items() <= labels.items(), kind
    policy = one(objects, "NetworkPolicy", "astrolabe-redis")["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    assert "egress" not in policy
    ((peer,),) = (rule["from"] for rule in policy["ingress"])
    assert peer["podSelector"]["matchLabels"].items() <= exporter.items()
    client = one(objects, "NetworkPolicy", "astrolabe-redis-client")["spec"]
    assert client["podSelector"]["matchLabels"].items() <= exporter.items()
    ((to,),) = (rule["to"] for rule in client["egress"])
    assert to["podSelector"]["matchLabels"].items() <= labels.items()
    # The one password serves both sides, and stands in no object but the Secret.
    wanted = {"secretKeyRef": {"name": "astrolabe-redis", "key": "password"}}
    assert environment(objects)["REDIS_PASSWORD"] == wanted
    assert container["env"] == [{"name": "REDIS_PASSWORD", "valueFrom": wanted}]


def test_a_redis_of_ones_own(tmp_path: Path) -> None:
    values = {"enabled": True, "address": "redis.data:6380", "db": 2, **SECRET, "existingSecretKey": "pass"}
    objects = chart(tmp_path, {"redis": values})
    assert [name for name in names(objects) if "redis" in name] == ["NetworkPolicy/astrolabe-redis-client"]
    assert one(objects, "NetworkPolicy", "astrolabe-redis-client")["spec"]["egress"] == [
        {"ports": [{"port": 6380, "protocol": "TCP"}]}
    ]
    found = settings(objects, REDIS_PASSWORD="secret")
    assert found == Settings(
        enable_persistence=True, redis_addr="redis.data:6380", redis_db=2, redis_password="secret"
    )
    assert environment(objects)["REDIS_PASSWORD"] == {
        "secretKeyRef": {"name": "astrolabe-redis", "key": "pass"}
    }


def test_tls_to_a_redis_of_ones_own_and_a_user(tmp_path: Path) -> None:
    values = {"enabled": True, "address": "redis.data:6380", "user": "astrolabe", "tls": {"enabled": True}}
    objects = chart(tmp_path, {"redis": values})
    assert environment(objects)["REDIS_USER"] == "astrolabe"
    assert tls_of(objects, tmp_path) == (True, "", "", "", "")
    values["tls"] = {
        "enabled": True,
        "existingSecret": "redis-tls",
        "clientCertificate": True,
        "serverName": "redis.example",
    }
    objects = chart(tmp_path, {"redis": values})
    folder = "/etc/astrolabe-redis"
    files = (f"{folder}/ca.crt", f"{folder}/tls.crt", f"{folder}/tls.key")
    assert tls_of(objects, tmp_path) == (True, *files, "redis.example")
    spec = pod(objects, "astrolabe")
    assert {"name": "redis-tls", "secret": {"secretName": "redis-tls"}} in spec["volumes"]
    (container,) = spec["containers"]
    assert {"name": "redis-tls", "mountPath": folder, "readOnly": True} in container["volumeMounts"]


def tls_of(objects: list[Object], folder: Path) -> tuple[object, ...]:
    """What the program reads of TLS from its file and its variables."""
    (text,) = one(objects, "ConfigMap", "astrolabe-settings")["data"].values()
    file = folder / "settings.yaml"
    file.write_text(text)
    given = {name: value for name, value in environment(objects).items() if isinstance(value, str)}
    found = read_settings(argparse.Namespace(config=str(file)), given)
    return (
        found.redis_tls,
        found.redis_tls_ca_file,
        found.redis_tls_cert_file,
        found.redis_tls_key_file,
        found.redis_tls_server_name,
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"enabled": True, "user": "a"}, "redis: user and tls are for a Redis of yours; give its address"),
        (
            {"enabled": True, "tls": {"enabled": True}},
            "redis: user and tls are for a Redis of yours; give its address",
        ),
        (
            {"enabled": True, "address": "a:1", "tls": {"enabled": True, "clientCertificate": True}},
            "redis: tls.clientCertificate needs tls.existingSecret",
        ),
        ({"enabled": True, "address": "redis"}, "at '/redis/address': 'redis' does not match pattern"),
        ({"enabled": True, "maxmemory": "much"}, "at '/redis/maxmemory': 'much' does not match pattern"),
        ({"enabled": True, "password": "x"}, "at '/redis': additional properties 'password' not allowed"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(tmp_path: Path, values: object, said: str) -> None:
    assert said in refusal(tmp_path, {"redis": values})


def test_the_overlay_is_the_chart_with_a_redis(tmp_path: Path) -> None:
    values = {"redis": {"enabled": True, **SECRET}, "dashboards": {"sidecar": {"enabled": False}}}
    assert comparable(kustomization("overlays/kept")) == comparable(chart(tmp_path, values))


@pytest.mark.parametrize("where", ["chart", "compose"])
def test_redis_takes_the_command(tmp_path: Path, where: str) -> None:
    if where == "chart":
        (container,) = pod(chart(tmp_path, {"redis": {"enabled": True}}), "astrolabe-redis")["containers"]
        command = container["command"]
    else:
        services = yaml.safe_load((HERE / "compose" / "docker-compose.yml").read_text())["services"]
        command = services["redis"]["command"]
    assert command[0] == "redis-server"
    with redis(tmp_path, *command[1:]) as server:
        assert server.client.config_get("maxmemory") == {"maxmemory": str(96 << 20)}
        assert server.client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert server.client.config_get("save") == {"save": ""}
