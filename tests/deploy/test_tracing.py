"""Traces, as the chart has the exporter send them."""

from __future__ import annotations

from pathlib import Path

import pytest

from astrolabe import __version__
from astrolabe.tracing.environment import Target, Tracing, Variables
from tests.deploy.rendering import chart, one, refusal
from tests.deploy.test_chart import pod
from tests.deploy.test_redis import environment

pytestmark = pytest.mark.real

FIELDS = {
    "POD_NAMESPACE": ("metadata.namespace", "monitoring"),
    "POD_NAME": ("metadata.name", "astrolabe-abc"),
    "POD_UID": ("metadata.uid", "1-2-3"),
    "NODE_NAME": ("spec.nodeName", "node-7"),
}
"""What a kubelet puts in, and a value."""


def test_without_an_endpoint_nothing_of_it_is_there(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"tracing": {"sampler": "always_on", "existingSecret": "headers"}})
    assert environment(objects) == {}
    assert len(one(objects, "NetworkPolicy")["spec"]["egress"]) == 1


def test_the_program_reads_what_the_values_say(tmp_path: Path) -> None:
    values = {
        "endpoint": "http://collector.observability:4318",
        "sampler": "parentbased_traceidratio",
        "samplerArg": "0.1",
        "clusterName": "east, the first",
        "resourceAttributes": {"deployment.environment.name": "a=b"},
        "existingSecret": "collector",
    }
    objects = chart(tmp_path, {"tracing": values}, namespace="monitoring")
    found = environment(objects)
    fields = {name: {"fieldRef": {"fieldPath": path}} for name, (path, _) in FIELDS.items()}
    assert {name: found[name] for name in fields} == fields
    assert found["OTEL_EXPORTER_OTLP_HEADERS"] == {"secretKeyRef": {"name": "collector", "key": "headers"}}
    # A variable stands for those before it alone.
    names = list(found)
    assert all(names.index(name) < names.index("OTEL_RESOURCE_ATTRIBUTES") for name in fields)
    for name, (_, value) in FIELDS.items():
        found["OTEL_RESOURCE_ATTRIBUTES"] = found["OTEL_RESOURCE_ATTRIBUTES"].replace(f"$({name})", value)
    variables = Variables(found | {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20TOKEN"})
    assert variables.wanted
    assert variables.tracing("astrolabe") == Tracing(
        target=Target(
            url="http://collector.observability:4318/v1/traces", headers={"authorization": "Bearer TOKEN"}
        ),
        sampler="parentbased_traceidratio",
        ratio=0.1,
        resource={
            "service.name": "astrolabe",
            "service.version": __version__,
            "service.namespace": "monitoring",
            "service.instance.id": "monitoring.astrolabe-abc.astrolabe",
            "k8s.namespace.name": "monitoring",
            "k8s.deployment.name": "astrolabe",
            "k8s.pod.name": "astrolabe-abc",
            "k8s.pod.uid": "1-2-3",
            "k8s.node.name": "node-7",
            "k8s.container.name": "astrolabe",
            "k8s.cluster.name": "east, the first",
            "deployment.environment.name": "a=b",
        },
    )
    assert variables.ignored == []
    egress = one(objects, "NetworkPolicy")["spec"]["egress"]
    assert egress[-1] == {"ports": [{"port": 4318, "protocol": "TCP"}]}


def test_each_shard_says_what_it_belongs_to_and_its_pods_name_once(tmp_path: Path) -> None:
    values = {"tracing": {"endpoint": "https://collector"}, "shards": 2, "sharding": {"by": "namespace"}}
    objects = chart(tmp_path, values)
    (container,) = one(objects, "StatefulSet")["spec"]["template"]["spec"]["containers"]
    names = [each["name"] for each in container["env"]]
    assert len(names) == len(set(names))
    said = {each["name"]: each.get("value") for each in container["env"]}["OTEL_RESOURCE_ATTRIBUTES"]
    assert "k8s.statefulset.name=astrolabe-of-2," in said
    assert one(objects, "NetworkPolicy")["spec"]["egress"][-1]["ports"][0]["port"] == 443


def test_files_for_tls_are_those_of_the_secret(tmp_path: Path) -> None:
    tls = {"existingSecret": "collector-tls", "clientCertificate": True}
    objects = chart(tmp_path, {"tracing": {"endpoint": "https://collector:4318", "tls": tls}})
    folder = "/etc/astrolabe-otel"
    found = environment(objects)
    assert {name: value for name, value in found.items() if value and folder in str(value)} == {
        "OTEL_EXPORTER_OTLP_CERTIFICATE": f"{folder}/ca.crt",
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": f"{folder}/tls.crt",
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": f"{folder}/tls.key",
    }
    spec = pod(objects, "astrolabe")
    assert {"name": "otel-tls", "secret": {"secretName": "collector-tls"}} in spec["volumes"]
    mount = {"name": "otel-tls", "mountPath": folder, "readOnly": True}
    assert mount in spec["containers"][0]["volumeMounts"]


def test_the_export_traces_as_well(tmp_path: Path) -> None:
    values = {
        "tracing": {"endpoint": "https://collector:4318", "tls": {"existingSecret": "collector-tls"}},
        "export": {"enabled": True},
    }
    objects = chart(tmp_path, values, namespace="monitoring")
    spec = pod(objects, "astrolabe-export")
    (container,) = spec["containers"]
    names = [each["name"] for each in container["env"]]
    assert len(names) == len(set(names))
    assert names.index("POD_NAME") < names.index("OTEL_RESOURCE_ATTRIBUTES")
    said = {each["name"]: each.get("value") for each in container["env"]}
    assert said["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://collector:4318"
    attributes = said["OTEL_RESOURCE_ATTRIBUTES"].split(",")
    assert "k8s.deployment.name=astrolabe-export" in attributes
    assert f"k8s.container.name={container['name']}" in attributes
    assert f"service.instance.id=$(POD_NAMESPACE).$(POD_NAME).{container['name']}" in attributes
    assert {"name": "otel-tls", "secret": {"secretName": "collector-tls"}} in spec["volumes"]
    mount = {"name": "otel-tls", "mountPath": "/etc/astrolabe-otel", "readOnly": True}
    assert mount in container["volumeMounts"]
    egress = one(objects, "NetworkPolicy", "astrolabe-export")["spec"]["egress"]
    assert {"ports": [{"port": 4318, "protocol": "TCP"}]} in egress


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"endpoint": "collector:4317"}, "endpoint"),
        ({"endpoint": "http://me:secret@collector:4318"}, "endpoint"),
        ({"endpoint": "http://c", "sampler": "some"}, "sampler"),
        ({"endpoint": "http://c", "samplerArg": "10%"}, "samplerArg"),
        (
            {"endpoint": "http://c", "tls": {"clientCertificate": True}},
            "needs tls.existingSecret",
        ),
    ],
    ids=["no-url", "password", "sampler", "argument", "certificate"],
)
def test_values_that_cannot_be_meant_stop_the_installation(tmp_path: Path, values: object, word: str) -> None:
    assert word in refusal(tmp_path, {"tracing": values})
