"""What OpenTelemetry's variables ask for, and what is said of values that cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from astrolabe import __version__
from astrolabe.tracing.environment import NotUsable, Target, Tracing, Variables

ON = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


def read(**variables: str) -> Tracing:
    found = Variables(ON | variables)
    tracing = found.tracing("astrolabe")
    assert found.ignored == []
    return tracing


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "shop", "OTEL_TRACES_SAMPLER": "always_on"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        (ON, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none,otlp"}, True),
        (ON | {"OTEL_TRACES_EXPORTER": "none"}, False),
        (ON | {"OTEL_SDK_DISABLED": "TRUE"}, False),
        (ON | {"OTEL_SDK_DISABLED": "yes"}, True),
    ],
)
def test_an_endpoint_or_the_name_of_the_exporter_turns_it_on(variables: dict[str, str], wanted: bool) -> None:
    assert Variables(variables).wanted is wanted


def test_without_more_the_defaults_of_opentelemetry_hold() -> None:
    assert Variables({"OTEL_TRACES_EXPORTER": "otlp"}).tracing("astrolabe") == Tracing(
        target=Target(url="http://localhost:4318/v1/traces"),
        resource={"service.name": "astrolabe", "service.version": __version__},
    )


def test_what_is_said_for_traces_wins_over_what_is_said_for_everything(tmp_path: Path) -> None:
    ca, own, key = (tmp_path / name for name in ("ca.pem", "own.pem", "key.pem"))
    for file in (ca, own, key):
        file.touch()
    target = read(
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="https://traces.example.org/own/path?tenant=one",
        OTEL_EXPORTER_OTLP_HEADERS="a=b",
        OTEL_EXPORTER_OTLP_TRACES_HEADERS="Authorization=Bearer%20secret%3D%3D, x-tenant=one,",
        OTEL_EXPORTER_OTLP_CERTIFICATE=str(ca),
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=str(own),
        OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY=str(key),
        OTEL_EXPORTER_OTLP_TIMEOUT="20",
        OTEL_EXPORTER_OTLP_TRACES_TIMEOUT="2.5",
        OTEL_EXPORTER_OTLP_COMPRESSION="GZIP",
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="http/protobuf",
    ).target
    assert target == Target(
        url="https://traces.example.org/own/path?tenant=one",
        headers={"authorization": "Bearer secret==", "x-tenant": "one"},
        certificate=str(ca),
        client_certificate=str(own),
        client_key=str(key),
        timeout=2.5,
        compression="gzip",
    )


@pytest.mark.parametrize(
    ("url", "sent", "shown"),
    [
        ("http://c:4318", "http://c:4318/v1/traces", "http://c:4318/v1/traces"),
        ("http://c:4318/", "http://c:4318/v1/traces", "http://c:4318/v1/traces"),
        ("https://c/a", "https://c/a/v1/traces", "https://c/a/v1/traces"),
        (
            "http://me:secret@[::1]:4318",
            "http://me:secret@[::1]:4318/v1/traces",
            "http://[::1]:4318/v1/traces",
        ),
    ],
)
def test_where_spans_go_and_what_is_told_of_it(url: str, sent: str, shown: str) -> None:
    target = read(OTEL_EXPORTER_OTLP_ENDPOINT=url).target
    assert (target.url, target.shown) == (sent, shown)


def test_how_much_is_kept_and_what_is_said_of_the_process() -> None:
    tracing = read(
        OTEL_TRACES_SAMPLER="parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG="0.25",
        OTEL_BSP_MAX_QUEUE_SIZE="100",
        OTEL_BSP_SCHEDULE_DELAY="250",
        OTEL_RESOURCE_ATTRIBUTES="k8s.pod.name=a-0,service.name=other,text=a%2Cb%3D",
        OTEL_SERVICE_NAME="shop",
    )
    assert (tracing.sampler, tracing.ratio) == ("parentbased_traceidratio", 0.25)
    assert (tracing.queue, tracing.batch, tracing.delay) == (100, 100, 0.25)
    assert tracing.resource == {
        "service.name": "shop",
        "service.version": __version__,
        "k8s.pod.name": "a-0",
        "text": "a,b=",
    }


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("OTEL_TRACES_SAMPLER", "sometimes", "OTEL_TRACES_SAMPLER: expected one of always_on, always_off"),
        ("OTEL_TRACES_SAMPLER_ARG", "2", "OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1, got `2`"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan", "expected a number from 0 to 1, got `nan`"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1.5", "OTEL_BSP_MAX_QUEUE_SIZE: expected a whole number from 1"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "-1", "expected a whole number from 1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon", "OTEL_BSP_SCHEDULE_DELAY: expected a number"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "inf", "OTEL_EXPORTER_OTLP_TIMEOUT: expected a number"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zip", "expected one of none, gzip, deflate, got `zip`"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team", "OTEL_RESOURCE_ATTRIBUTES: expected NAME=VALUE"),
    ],
)
def test_a_value_that_cannot_be_meant_is_one_line_and_the_default_holds(
    variable: str, value: str, line: str
) -> None:
    sampler = {"OTEL_TRACES_SAMPLER": "traceidratio"}
    variables = Variables(ON | sampler | {variable: value})
    tracing = variables.tracing("astrolabe")
    (said,) = variables.ignored
    assert line in said
    assert said.isprintable()
    default = Variables(ON | (sampler if variable != "OTEL_TRACES_SAMPLER" else {})).tracing("astrolabe")
    assert tracing == default


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"OTEL_TRACES_EXPORTER": "jaeger"}, "OTEL_TRACES_EXPORTER: expected otlp or none, got `jaeger`"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "me:secret@collector"},
            "OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL",
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://:secret"}, "OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:secret"}, "_TRACES_ENDPOINT: expected a URL"),
        ({"OTEL_EXPORTER_OTLP_HEADERS": "secret"}, "OTEL_EXPORTER_OTLP_HEADERS: expected NAME=VALUE"),
        ({"OTEL_EXPORTER_OTLP_TRACES_HEADERS": "a=secret%0D%0Ab:c"}, "_TRACES_HEADERS: expected NAME=VALUE"),
        ({"OTEL_EXPORTER_OTLP_CERTIFICATE": "/none/ca.pem"}, "`/none/ca.pem` cannot be read: No such file"),
    ],
)
def test_what_would_send_spans_elsewhere_or_without_proof_sends_none(
    variables: dict[str, str], line: str
) -> None:
    def used(found: Variables) -> Tracing | None:
        return found.tracing("astrolabe") if found.wanted else None

    with pytest.raises(NotUsable) as refused:
        used(Variables(ON | variables))
    assert line in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_key_without_its_certificate_sends_none(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.touch()
    with pytest.raises(NotUsable, match="OTEL_EXPORTER_OTLP_CLIENT_KEY: the certificate"):
        read(OTEL_EXPORTER_OTLP_CLIENT_KEY=str(key))
