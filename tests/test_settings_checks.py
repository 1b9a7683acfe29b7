"""What a setting cannot be is refused in one line: where it was given, what is wrong, how it should be."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from astrolabe.kinds.registry import KINDS
from astrolabe.settings import SETTINGS
from astrolabe.settings.checks import CHECKS
from tests.test_settings import read, refusal

KNOWN = ", ".join(sorted(kind.resource for kind in KINDS))
NAME = "lowercase letters, digits and -, at most 63, a letter or digit first and last"
DOTTED = "lowercase letters, digits, - and ., at most 253, a letter or digit first and last"
LABEL = "letters, digits, -, _ and ., at most 63, a letter or digit first and last"
ENDPOINT = "expected host:port, as in localhost:6379 or [::1]:6379, with a port from 1 to 65535"
NO_ADDRESS = "is not an address: write an IP address or a host's name, without a port"
NO_RESOURCE = "is not a known resource"
NO_REGEX = "is not a regular expression"
NONE = "lowercase letters, digits and -"
ORIGIN = "write scheme and host, https://grafana.example.com"

REFUSED: list[tuple[str, str]] = [
    ("--port=65536", "expected a port from 0 to 65535, got 65536"),
    ("--port=0x50", "expected a whole number, got `0x50`"),
    ("--port=80_80", "expected a whole number, got `80_80`"),
    ("--port=٨٠", "expected a whole number, got `٨٠`"),
    ("--port=" + "9" * 5000, f"expected a whole number, got `{'9' * 80}…`"),
    ("--telemetry-port=-1", "expected a port from 0 to 65535, got -1"),
    ("--telemetry-port=8080", "is the same as port; leave it out to have both on one page"),
    ("--address=0.0.0.0:80", f"`0.0.0.0:80` {NO_ADDRESS}"),
    ("--address=256.1.1.1", f"`256.1.1.1` {NO_ADDRESS}"),
    ("--address=[::1]", f"`[::1]` {NO_ADDRESS}"),
    ("--address=http://a", f"`http://a` {NO_ADDRESS}"),
    ("--kubeconfig=a\nb", "`a\\nb` has control characters in it"),
    ("--namespaces=Shop", f"`Shop` can be no namespace: {NAME}"),
    ("--namespaces=shop,team.a", f"`team.a` can be no namespace: {NAME}"),
    ("--namespaces=shop*", f"`shop*` can be no namespace: {NAME}"),
    ("--clusterprofile-namespace=Fleet", f"`Fleet` can be no namespace: {NAME}"),
    ("--clusterprofile-namespace=fleet", "needs clusterprofile_provider_file as well"),
    ("--clusterprofile-provider-file=a", "needs clusterprofile_namespace as well"),
    ("--clusterprofile-provider-file=a\nb", "`a\\nb` has control characters in it"),
    ("--kinds=pod", f"`pod` {NO_RESOURCE}; did you mean `pods`?"),
    ("--kinds=Deployment.apps", f"`Deployment.apps` {NO_RESOURCE}; did you mean `deployments.apps`?"),
    ("--kinds=deployments", f"`deployments` {NO_RESOURCE}; did you mean `deployments.apps`?"),
    (
        "--kinds=things",
        f"`things` {NO_RESOURCE}; write plural.group, such as deployments.apps; known are {KNOWN}",
    ),
    ("--kinds=Rollouts.argoproj.io", f"`Rollouts` can be no plural: {NAME}"),
    ("--kinds=rollouts.argoproj..io", f"`argoproj..io` can be no group: {DOTTED}"),
    ("--kinds-denied=secret", f"`secret` {NO_RESOURCE}; did you mean `secrets`?"),
    ("--custom-resources=rollouts", "`rollouts` is not a pattern of plural.group, such as *.argoproj.io"),
    ("--custom-resources=*.", "`*.` is not a pattern of plural.group, such as *.argoproj.io"),
    ("--custom-resources=*.Argo*", f"`Argo*` can match no group: they have {NONE}"),
    ("--custom-resources=[a.b", "`[a` is not a pattern: this `[` is never closed (character 1)"),
    ("--names=secrets", "expected the form pods=[app,team],nodes=[*], got `secrets`"),
    ("--names=secrets=[a],secrets=[b]", "`secrets` is given twice, got `secrets=[a],secrets=[b]`"),
    ("--names=secrets=[]", "secrets has no names; leave it out to follow all"),
    ("--names=secrets=[a b]", f"`a b` can be no name in secrets: {DOTTED}"),
    ("--names=namespaces=[a.b]", f"`a.b` can be no name in namespaces: {NAME}"),
    (
        "--names=roles.rbac.authorization.k8s.io=[a/b]",
        "`a/b` can be no name in roles.rbac.authorization.k8s.io: it has none of / % , = \\",
    ),
    ("--names=secret=[a]", f"`secret` {NO_RESOURCE}; did you mean `secrets`?"),
    ("--metric-labels=pods=[-app]", f"`-app` can be no key of a label: {LABEL}"),
    ("--metric-labels=pods=[A/b]", f"`A` can be no prefix of a label's key: {DOTTED}"),
    ("--metrics=astrolabe_(edge", f"`astrolabe_(edge` {NO_REGEX}: this group is never closed (character 11)"),
    (
        "--metrics-denied=(?=a)b",
        f"`(?=a)b` {NO_REGEX}: `(?=` is not known here: no lookahead, flags or names (character 1)",
    ),
    ("--metrics-opt-in=*", f"`*` {NO_REGEX}: there is nothing before this to repeat (character 1)"),
    ("--shard=-1", "expected the number of a shard from 0 to 999, got -1"),
    ("--shard=1", "expected 0 to total_shards - 1, got 1 of 1"),
    ("--shard=astrolabe-7", "expected 0 to total_shards - 1, got 7 of 1"),
    (
        "--shard=astrolabe-x",
        "expected a number, or a name that ends in one, as in astrolabe-0, got `astrolabe-x`",
    ),
    ("--shard-by=pods", "invalid enum value 'pods'; known are series, namespace"),
    ("--total-shards=0", "expected a number of shards from 1 to 1000, got 0"),
    ("--environments=staging-[=a", "`staging-[` is not a pattern: this `[` is never closed (character 9)"),
    ("--environments=Staging=a", f"`Staging` can match no namespace: they have {NONE}"),
    ("--environments=a=b,a=c", "`a` is given twice, got `a=b,a=c`"),
    ("--environment-label=a b", f"`a b` can be no key of a label: {LABEL}"),
    ("--price-file=a\tb", "`a\\tb` has control characters in it"),
    ("--co2-per-pod-year=-1", "expected kilograms, 0 or more, got -1.0"),
    ("--co2-per-pod-year=nan", "expected a number, got `nan`"),
    ("--co2-per-pod-year=1e9", "expected a number, got `1e9`"),
    (
        "--access-guarded-namespaces=shop-[",
        "`shop-[` is not a pattern: this `[` is never closed (character 6)",
    ),
    ("--access-guarded-namespaces=Shop", f"`Shop` can match no namespace: they have {NONE}"),
    ("--access-silence=yodel=x", "`yodel` is not a rule; docs/access.md lists all rules"),
    (
        "--access-silence=role-missing@Role/[=x",
        "`role-missing@Role/[`: this `[` is never closed (character 6)",
    ),
    ("--cors-origins=grafana.example.com", f"`grafana.example.com` is not an origin; {ORIGIN}"),
    ("--cors-origins=https://a.b/", f"`https://a.b/` is not an origin; {ORIGIN}"),
    ("--cors-origins=https://a.b:99999", f"`https://a.b:99999` is not an origin; {ORIGIN}"),
    ("--cors-origins=https://*.a.b", f"`https://*.a.b` is not an origin; {ORIGIN}"),
    ("--cors-origins=null", f"`null` is not an origin; {ORIGIN}"),
    ("--cors-origins=https://A.b", "`https://A.b` has capital letters, which browsers do not send; write https://a.b"),
    (
        "--cors-origins=https://a.b:443",
        "`https://a.b:443` has a port that browsers leave out; write https://a.b",
    ),
    ("--redis-addr=redis://:sesame@host:1", ENDPOINT),
    ("--redis-addr=localhost", ENDPOINT),
    ("--redis-addr=localhost:0", ENDPOINT),
    ("--redis-addr=localhost:65536", ENDPOINT),
    ("--redis-addr=::1:6379", ENDPOINT),
    ("--redis-addr=[localhost]:6379", ENDPOINT),
    ("--redis-user=a b", "`a b` is not a user name: spaces and control characters are not allowed"),
    ("--redis-db=-1", "expected a database from 0 to 2147483647, got -1"),
    ("--redis-tls-ca-file=ca.pem", "needs redis_tls as well"),
    ("--redis-tls-server-name=a b", "`a b` is not a host name"),
    ("--snapshot-interval=0", "expected seconds from 1 to 86400, got 0"),
    ("--snapshot-interval=86401", "expected seconds from 1 to 86400, got 86401"),
    ("--v=-1", "expected a verbosity from 0 to 10, got -1"),
    ("--tls-cert-file=c", "needs tls_key_file as well"),
    ("--tls-key-file=k", "needs tls_cert_file as well"),
    ("--tls-client-ca-file=a", "needs tls_cert_file as well"),
]  # fmt: skip


@pytest.mark.parametrize(("flag", "text"), REFUSED, ids=[flag[:60] for flag, _ in REFUSED])
def test_what_cannot_be_meant_is_refused(flag: str, text: str) -> None:
    name = flag.partition("=")[0]
    refused = refusal(flag)
    assert refused == f"{name}: {text}"
    assert refused.isprintable()
    assert "sesame" not in refused


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            ["--authorization=kubernetes", f"--web-{kind}-file=x"],
            f"--web-{kind}-file: has no effect with authorization: kubernetes; give one of them",
        )
        for kind in ("users", "token")
    ]
    + [
        (
            ["--redis-tls", "--redis-tls-cert-file=c"],
            "--redis-tls-cert-file: needs redis_tls_key_file as well",
        ),
        (
            ["--redis-tls", "--redis-tls-key-file=c"],
            "--redis-tls-key-file: needs redis_tls_cert_file as well",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(words: list[str], text: str) -> None:
    assert refusal(*words) == text


def test_where_it_was_given_is_said(tmp_path: Path) -> None:
    wrong = "expected a database from 0 to 2147483647, got -1"
    assert (
        refusal("--redis-db=-1", file={"redis_db": 0}, folder=tmp_path, REDIS_DB="1")
        == f"--redis-db: {wrong}"
    )
    assert refusal(file={"redis_db": 0}, folder=tmp_path, REDIS_DB="-1") == f"REDIS_DB: {wrong}"
    text = "port: 1\nredis_db: -1\n"
    assert refusal(text=text, folder=tmp_path) == f"astrolabe.yaml: line 2, column 1: redis_db: {wrong}"


@pytest.mark.parametrize(
    "flag",
    [
        "--address=::",
        "--address=fe80::1%eth0",
        "--address=host_1.example.",
        "--namespaces=a,0-9",
        "--kinds=pods,rollouts.argoproj.io,gateways.gateway.networking.k8s.io",
        "--custom-resources=*,*.argoproj.io,roll[a-o]uts.*,*.*.k8s.io",
        "--names=clusterroles.rbac.authorization.k8s.io=[system:node],nodes=[ip-10-0-0-1.ec2.internal]",
        "--metric-labels=pods=[app.kubernetes.io/name,*],rockets.space.example=[a]",
        "--metrics=astrolabe_(edge|resource)_.*,^kube_green_[a-z]+$",
        "--environments=staging-*=Staging area,team-[ab]-?=teams",
        "--access-guarded-namespaces=shop,team-*",
        "--access-silence=role-missing=soon gone,*@Secret/shop/*=a test",
        "--redis-addr=[::1]:6379",
        "--redis-addr=astrolabe_redis:6379",
        "--redis-tls-server-name=",
        "--cors-origins=*,http://[::1]:3000,https://grafana.example.com:8443",
        "--price-file=/caf\udce9/prices.json",
        "--snapshot-interval=86400",
    ],
)
def test_what_can_be_meant_is_taken(flag: str) -> None:
    read("--redis-tls", flag)


@pytest.mark.parametrize("flag", ["--metrics-denied", "--metrics", "--metrics-opt-in"])
def test_a_pattern_that_would_backtrack_for_ever_is_only_a_pattern(flag: str) -> None:
    read(f"{flag}=([a-z_]+)+X")


def test_every_setting_is_checked_or_can_only_be_right() -> None:
    free = {"redis_password"}
    for setting in SETTINGS:
        hint = setting.hint
        item = get_args(hint)[0] if get_origin(hint) is tuple else hint
        finite = item is bool or get_origin(item) is Literal or setting.name in free
        checked = [setting.within is not None, setting.name in CHECKS]
        assert sum(checked) == (0 if finite else 1), setting.name
