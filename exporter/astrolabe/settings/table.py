"""How each setting is written: its flag, its environment variable, and what the text means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from astrolabe.patterns.names import shown

T = TypeVar("T")


_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_ENTRY = r"\s*([^=,\[\]\s]+)=\[([^\[\]]*)\]\s*"


class Setting(msgspec.Struct, frozen=True):
    """How a setting is written outside the file."""

    name: str
    """The key in the file, and the field of `Settings`."""
    flag: str
    help: str
    parse: Callable[[str], Any] = str
    environment: str = ""


def _ordinal(text: str) -> int:
    """Parse a number, or the name of a StatefulSet's Pod, which ends in its number."""
    name, _, number = text.rpartition("-")
    try:
        return whole(number if name else text)
    except ValueError:
        raise ValueError("expected a number, or a name that ends in one, as in astrolabe-0") from None


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _lists(text: str) -> dict[str, tuple[str, ...]]:
    """Parse `pods=[app,team],nodes=[*]`, as kube-state-metrics' users write it."""
    if text.strip() == "":
        return {}
    if not re.fullmatch(f"{_ENTRY}(?:,{_ENTRY})*", text):
        raise ValueError("expected the form pods=[app,team],nodes=[*]")
    return _once((kind, _list(values)) for kind, values in re.findall(_ENTRY, text))


def _pairs(text: str) -> dict[str, str]:
    """Parse `staging-*=staging,dev=dev`."""
    pairs = [item.partition("=") for item in _list(text)]
    if not all(key and value for key, _, value in pairs):
        raise ValueError("expected the form staging-*=staging,dev=dev")
    return _once((key.strip(), value.strip()) for key, _, value in pairs)


def _references(text: str) -> tuple[dict[str, str], ...]:
    """Parse `Widget.example.com:spec.configRef=ConfigMap`."""
    found = []
    for item in _list(text):
        about, _, rest = item.partition(":")
        kind, _, group = about.partition(".")
        path, _, to = rest.partition("=")
        if not (kind and group and path and to):
            raise ValueError("expected the form Widget.example.com:spec.configRef=ConfigMap")
        found.append({"group": group, "kind": kind, "path": path, "to": to})
    return tuple(found)


def _once(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    found: dict[str, T] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{shown(key)} is given twice")
        found[key] = value
    return found


def boolean(text: str) -> bool:
    """Parse a switch."""
    if text.lower() in ("true", "1", "yes", "on"):
        return True
    if text.lower() in ("false", "0", "no", "off", ""):
        return False
    raise ValueError("expected true or false")


def whole(text: str) -> int:
    """Parse a whole number."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("expected a whole number")
    return int(text)


def number(text: str) -> float:
    """Parse a number."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("expected a number")
    return float(text)


SETTINGS: tuple[Setting, ...] = (
    Setting("kubeconfig", "--kubeconfig", "kubeconfig file, or several joined by a colon", str, "KUBECONFIG"),
    Setting("context", "--context", "context of the kubeconfig; default: its current one"),
    Setting("in_cluster", "--in-cluster", "use the service account of the Pod that this runs in", boolean),
    Setting(
        "fail_fast",
        "--fail-fast",
        "end where the API server does not answer at the start; default: false",
        boolean,
    ),
    Setting(
        "address",
        "--address",
        "address to listen on; default: 127.0.0.1, in a cluster 0.0.0.0",
    ),
    Setting("port", "--port", "port of /metrics, the health checks and the page; default: 8080", whole),
    Setting(
        "telemetry_port",
        "--telemetry-port",
        "port for the program's own metrics; default: 0, on the same page as the graph's",
        whole,
    ),
    Setting("tls_cert_file", "--tls-cert-file", "certificate chain for HTTPS on every port, PEM"),
    Setting("tls_key_file", "--tls-key-file", "private key of that certificate, PEM"),
    Setting(
        "tls_client_ca_file",
        "--tls-client-ca-file",
        "CA whose client certificates may read /metrics and the page, PEM",
    ),
    Setting("web_token_file", "--web-token-file", "bearer tokens that may read, one a line"),
    Setting("web_users_file", "--web-users-file", "users that may read, one name:password a line"),
    Setting(
        "authorization",
        "--authorization",
        "kubernetes: who may read is for the API server to say; default: none",
    ),
    Setting("namespaces", "--namespaces", "namespaces to follow, comma-separated; default: all", _list),
    Setting(
        "kinds",
        "--kinds",
        "resources to follow, as in pods,deployments.apps; default: all that are known",
        _list,
    ),
    Setting("kinds_denied", "--kinds-denied", "resources not to follow", _list),
    Setting(
        "custom_resources",
        "--custom-resources",
        "custom resources to follow, as patterns of plural.group; default: * (all that may be read)",
        _list,
    ),
    Setting(
        "custom_references",
        "--custom-references",
        "what your own custom resources refer to, as in Widget.example.com:spec.configRef=ConfigMap",
        _references,
    ),
    Setting("events", "--events", "follow Events of type Warning, as evidence; default: true", boolean),
    Setting(
        "names",
        "--names",
        "exact names to follow of a resource, as in secrets=[a,b]; each is a watch of its own",
        _lists,
    ),
    Setting(
        "label_selector",
        "--label-selector",
        "follow only objects that match; missing references are not reported then",
        str,
        "LABEL_SELECTOR",
    ),
    Setting(
        "streaming_lists",
        "--streaming-lists",
        "ask for streaming lists where the server has them; default: true",
        boolean,
    ),
    Setting(
        "list_from_cache",
        "--list-from-cache",
        "let lists come from the API server's cache (resourceVersion=0) to spare etcd; default: false",
        boolean,
    ),
    Setting(
        "idle_replicasets",
        "--idle-replicasets",
        "show ReplicaSets that a controller keeps at 0 replicas; default: false",
        boolean,
    ),
    Setting("metrics", "--metrics", "the only families to expose, as regular expressions", _list),
    Setting("metrics_denied", "--metrics-denied", "families not to expose, as regular expressions", _list),
    Setting(
        "metrics_opt_in",
        "--metrics-opt-in",
        "families to expose that are off by default, as regular expressions",
        _list,
    ),
    Setting("edge_types", "--edge-types", "types of relations to expose; default: all", _list),
    Setting(
        "template_edges",
        "--template-edges",
        "all, or workload: leave out what a Pod uses just as its controller does; default: all",
    ),
    Setting(
        "metric_labels",
        "--metric-labels",
        "labels of objects to expose, as in pods=[app,team],nodes=[*]",
        _lists,
    ),
    Setting(
        "cause_messages",
        "--cause-messages",
        "let what a cause says of itself stand in a metric; default: true",
        boolean,
    ),
    Setting(
        "shard",
        "--shard",
        "number of this shard, from 0, or the name of a Pod that ends in it, as in astrolabe-0; default: 0",
        _ordinal,
    ),
    Setting("total_shards", "--total-shards", "how many shards share the work; default: 1", whole),
    Setting(
        "shard_by",
        "--shard-by",
        "what shards share: series, or namespace: each reads its namespaces alone; default: series",
    ),
    Setting(
        "environments",
        "--environments",
        "environment of namespaces, as in staging-*=staging,dev=dev; default: the namespace's own name",
        _pairs,
    ),
    Setting(
        "environment_label",
        "--environment-label",
        "label of namespaces that names the environment where no pattern of --environments matches",
    ),
    Setting(
        "price_file",
        "--price-file",
        "prices in the form of OpenCost's default.json; default: OpenCost's own prices",
    ),
    Setting(
        "co2_per_pod_year",
        "--co2-per-pod-year",
        "kilograms of CO2 that a running Pod stands for in a year; default: 11, as kube-green has it",
        number,
    ),
    Setting(
        "access_guarded_namespaces",
        "--access-guarded-namespaces",
        "namespaces of which each Secret's readers are counted, as patterns; default: none",
        _list,
    ),
    Setting(
        "access_silence",
        "--access-silence",
        "findings not to report, as in secret-unused@Secret/shop/*=read by the API; default: none",
        _pairs,
    ),
    Setting(
        "access_hide_names",
        "--access-hide-names",
        "keep the names of Secrets and ServiceAccounts out of the metrics of access; default: false",
        boolean,
    ),
    Setting(
        "cors_origins",
        "--cors-origins",
        "origins whose pages may read /api/v1, as in https://grafana.example.com; default: none",
        _list,
    ),
    Setting(
        "enable_persistence",
        "--enable-persistence",
        "keep the state in Redis, so that a restart goes on where it stopped; default: false",
        boolean,
        "ENABLE_PERSISTENCE",
    ),
    Setting(
        "redis_addr",
        "--redis-addr",
        "host:port of that Redis; default: localhost:6379",
        str,
        "REDIS_ADDR",
    ),
    Setting(
        "redis_user",
        "--redis-user",
        "ACL user to log in as; default: Redis' default user",
        str,
        "REDIS_USER",
    ),
    Setting(
        "redis_password",
        "--redis-password",
        "its password; better in the environment, where no process list shows it",
        str,
        "REDIS_PASSWORD",
    ),
    Setting("redis_db", "--redis-db", "number of its database; default: 0", whole, "REDIS_DB"),
    Setting(
        "redis_tls",
        "--redis-tls",
        "speak TLS to that Redis, and check its certificate; default: false",
        boolean,
    ),
    Setting(
        "redis_tls_ca_file",
        "--redis-tls-ca-file",
        "CA of that Redis, PEM; default: those that the system trusts",
    ),
    Setting("redis_tls_cert_file", "--redis-tls-cert-file", "client certificate for that Redis, PEM"),
    Setting("redis_tls_key_file", "--redis-tls-key-file", "private key of that client certificate, PEM"),
    Setting(
        "redis_tls_server_name",
        "--redis-tls-server-name",
        "name that its certificate has to have; default: the host of --redis-addr",
    ),
    Setting(
        "snapshot_interval",
        "--snapshot-interval",
        "seconds between whole snapshots; changes are kept as they come; default: 300",
        whole,
    ),
    Setting("log_format", "--log-format", "text or json; default: text"),
    Setting("verbosity", "--v", "0: what matters, 1: more, 2: everything; default: 0", whole),
)
