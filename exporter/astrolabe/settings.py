"""The one place that reads settings: defaults, a YAML file, environment variables and flags, in that order.

Each setting is one entry of `SETTINGS`; flags, environment variables, the file's keys and the documentation
follow from it.
"""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import yaml

from astrolabe.graph.facts import EDGE_TYPES, EdgeType


class SettingsError(Exception):
    """A setting that is wrong. Its text is one line that says where, what and how it should be."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set, with defaults."""

    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False
    address: str = ""
    port: int = 8080
    telemetry_port: int = 0
    tls_cert_file: str = ""
    tls_key_file: str = ""
    tls_client_ca_file: str = ""
    web_token_file: str = ""
    web_users_file: str = ""
    authorization: Literal["none", "kubernetes"] = "none"
    namespaces: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    kinds_denied: tuple[str, ...] = ()
    custom_resources: tuple[str, ...] = ("*",)
    names: dict[str, tuple[str, ...]] = {}
    label_selector: str = ""
    streaming_lists: bool = True
    list_from_cache: bool = False
    idle_replicasets: bool = False
    metrics: tuple[str, ...] = ()
    metrics_denied: tuple[str, ...] = ()
    metrics_opt_in: tuple[str, ...] = ()
    edge_types: tuple[EdgeType, ...] = EDGE_TYPES
    template_edges: Literal["all", "workload"] = "all"
    metric_labels: dict[str, tuple[str, ...]] = {}
    shard: int = 0
    total_shards: int = 1
    environments: dict[str, str | dict[str, str]] = {}
    environment_label: str = ""
    price_file: str = ""
    co2_per_pod_year: float = 11.0
    cors_origins: tuple[str, ...] = ()
    enable_persistence: bool = False
    redis_addr: str = "localhost:6379"
    redis_password: str = ""
    redis_db: int = 0
    snapshot_interval: int = 300
    log_format: Literal["text", "json"] = "text"
    verbosity: int = 0


_TYPES = get_type_hints(Settings)


class Setting(msgspec.Struct, frozen=True):
    """How a setting is written outside the file."""

    name: str
    """The key in the file, and the field of `Settings`."""
    flag: str
    help: str
    parse: Callable[[str], Any] = str
    environment: str = ""


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _lists(text: str) -> dict[str, tuple[str, ...]]:
    """Parse `pods=[app,team],nodes=[*]`, as kube-state-metrics' users write it."""
    if text.strip() == "":
        return {}
    entry = r"\s*([^=,\[\]\s]+)=\[([^\[\]]*)\]\s*"
    if not re.fullmatch(f"{entry}(,{entry})*", text):
        raise ValueError("expected the form pods=[app,team],nodes=[*]")
    return {kind: _list(values) for kind, values in re.findall(entry, text)}


def _pairs(text: str) -> dict[str, str]:
    """Parse `staging-*=staging,dev=dev`."""
    pairs = [item.partition("=") for item in _list(text)]
    if not all(key and value for key, _, value in pairs):
        raise ValueError("expected the form staging-*=staging,dev=dev")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _boolean(text: str) -> bool:
    if text.lower() in ("true", "1", "yes", "on"):
        return True
    if text.lower() in ("false", "0", "no", "off", ""):
        return False
    raise ValueError("expected true or false")


SETTINGS: tuple[Setting, ...] = (
    Setting("kubeconfig", "--kubeconfig", "kubeconfig file, or several joined by a colon", str, "KUBECONFIG"),
    Setting("context", "--context", "context of the kubeconfig; default: its current one"),
    Setting("in_cluster", "--in-cluster", "use the service account of the Pod that this runs in", _boolean),
    Setting(
        "address",
        "--address",
        "address to listen on; default: 127.0.0.1, in a cluster 0.0.0.0",
    ),
    Setting("port", "--port", "port of /metrics, the health checks and the page; default: 8080", int),
    Setting(
        "telemetry_port",
        "--telemetry-port",
        "port for the program's own metrics; default: 0, on the same page as the graph's",
        int,
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
        _boolean,
    ),
    Setting(
        "list_from_cache",
        "--list-from-cache",
        "let lists come from the API server's cache (resourceVersion=0) to spare etcd; default: false",
        _boolean,
    ),
    Setting(
        "idle_replicasets",
        "--idle-replicasets",
        "show ReplicaSets that a controller keeps at 0 replicas; default: false",
        _boolean,
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
    Setting("shard", "--shard", "number of this shard, from 0; default: 0", int),
    Setting("total_shards", "--total-shards", "how many shards share the series; default: 1", int),
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
        float,
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
        _boolean,
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
        "redis_password",
        "--redis-password",
        "its password; better in the environment, where no process list shows it",
        str,
        "REDIS_PASSWORD",
    ),
    Setting("redis_db", "--redis-db", "number of its database; default: 0", int, "REDIS_DB"),
    Setting(
        "snapshot_interval",
        "--snapshot-interval",
        "seconds between whole snapshots; changes are kept as they come; default: 300",
        int,
    ),
    Setting("log_format", "--log-format", "text or json; default: text"),
    Setting("verbosity", "--v", "0: what matters, 1: more, 2: everything; default: 0", int),
)

_PORTS = 65535
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_KEY = rf"(?:[a-z0-9](?:[a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_NAME}"
_VALUES = rf"\((?!\s*\))\s*(?:{_NAME})?\s*(?:,\s*(?:{_NAME})?\s*)*\)"
_SELECTOR = re.compile(
    rf"\s*(?:!\s*{_KEY}|{_KEY}(?:\s*(?:==?|!=)\s*(?:{_NAME})?|\s+(?:in|notin)\s*{_VALUES}|\s*[<>]\s*-?\d+)?)\s*",
    re.ASCII,
)
"""One requirement of a label selector, as the API server parses it (k8s.io/apimachinery's labels.Parse)."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add every setting's flag, and the one that names the file."""
    parser.add_argument("--config", metavar="FILE", default="", help="YAML file with settings")
    for setting in SETTINGS:
        switch = setting.parse is _boolean
        parser.add_argument(
            setting.flag,
            dest=f"setting_{setting.name}",
            metavar="BOOL" if switch else setting.name.upper(),
            default=None,
            nargs="?" if switch else None,
            const="true" if switch else None,
            help=setting.help + (f" [env {setting.environment}]" if setting.environment else ""),
        )


def read_settings(arguments: argparse.Namespace, environment: Mapping[str, str] | None = None) -> Settings:
    """Gather the settings; raises `SettingsError`."""
    environment = os.environ if environment is None else environment
    path = getattr(arguments, "config", "")
    from_file = _read_file(path) if path else {}
    from_environment: dict[str, Any] = {}
    from_flags: dict[str, Any] = {}
    for setting in SETTINGS:
        if text := environment.get(setting.environment, ""):
            from_environment[setting.name] = _parse(setting, setting.environment, text)
        if (flag := getattr(arguments, f"setting_{setting.name}", None)) is not None:
            from_flags[setting.name] = _parse(setting, setting.flag, flag)
    # One way to the cluster takes the other's place. In a file or on the command line somebody meant it,
    # a KUBECONFIG may just happen to be set.
    if from_flags.get("in_cluster"):
        from_file.pop("kubeconfig", None)
    if from_flags.get("kubeconfig"):
        from_file.pop("in_cluster", None)
    if from_flags.get("in_cluster", from_file.get("in_cluster")):
        from_environment.pop("kubeconfig", None)
    settings = Settings(**(from_file | from_environment | from_flags))
    _check(settings)
    return settings


def _read_file(path: str) -> dict[str, Any]:
    try:
        values = yaml.safe_load(Path(path).read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        # The error's own text would quote the file, which may hold a password.
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path}: no YAML: line {line}: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise SettingsError(f"{path}: no YAML: it holds characters that no text has") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: expected settings as `key: value`")
    for key in values:
        if key not in Settings.__struct_fields__:
            known = ", ".join(Settings.__struct_fields__)
            raise SettingsError(f"{path}: unknown setting `{key}`; known are {known}")
    return {key: _convert(f"{path}: {key}", key, value) for key, value in values.items()}


def _parse(setting: Setting, where: str, text: str) -> Any:
    try:
        value = setting.parse(text)
    except ValueError as error:
        reason = "expected a whole number" if setting.parse is int else str(error)
        raise SettingsError(f"{where}: {reason}, got `{text}`") from None
    return _convert(where, setting.name, value)


def _convert(where: str, name: str, value: Any) -> Any:
    """Bring a value to the setting's type."""
    hint = _TYPES[name]
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        message = str(error).partition(" - at ")[0]
        item = get_args(hint)[0] if get_origin(hint) is tuple else hint
        known = f"; known are {', '.join(get_args(item))}" if get_origin(item) is Literal else ""
        raise SettingsError(f"{where}: {message[0].lower()}{message[1:]}{known}") from None


def _check(settings: Settings) -> None:
    for name in ("port", "telemetry_port"):
        value = getattr(settings, name)
        if not 0 <= value <= _PORTS:
            raise SettingsError(f"{name}: expected a port from 0 to {_PORTS}, got {value}")
    if not 0 <= settings.co2_per_pod_year < math.inf:
        raise SettingsError(
            f"co2_per_pod_year: expected kilograms, 0 or more, got {settings.co2_per_pod_year}"
        )
    if settings.redis_db < 0:
        raise SettingsError(f"redis_db: expected 0 or more, got {settings.redis_db}")
    if settings.snapshot_interval < 1:
        raise SettingsError(
            f"snapshot_interval: expected seconds, 1 or more, got {settings.snapshot_interval}"
        )
    if not _ADDRESS.fullmatch(settings.redis_addr):
        # The text may be a URL with a password in it.
        raise SettingsError("redis_addr: expected host:port, as in localhost:6379")
    for origin in settings.cors_origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"cors_origins: `{origin}` is no origin; write scheme and host, https://grafana.example.com"
            )
    if settings.telemetry_port and settings.telemetry_port == settings.port:
        raise SettingsError("telemetry_port: is the same as port; leave it out to have both on one page")
    _check_protection(settings)
    if settings.total_shards < 1 or not 0 <= settings.shard < settings.total_shards:
        raise SettingsError(
            f"shard: expected 0 to total_shards - 1, got {settings.shard} of {settings.total_shards}"
        )
    if settings.verbosity < 0:
        raise SettingsError(f"verbosity: expected 0 or more, got {settings.verbosity}")
    for part in _split_selector(settings.label_selector):
        if not _SELECTOR.fullmatch(part):
            raise SettingsError(
                f"label_selector: `{part.strip()}` is no requirement; write key=value, key!=value, key,"
                " !key, key in (a,b) or key notin (a,b)"
            )
    for name in ("metrics", "metrics_denied", "metrics_opt_in"):
        for pattern in getattr(settings, name):
            try:
                re.compile(pattern)
            except re.error as error:
                raise SettingsError(f"{name}: `{pattern}` is no regular expression: {error}") from None


def _check_protection(settings: Settings) -> None:
    for name, needed in (
        ("tls_cert_file", "tls_key_file"),
        ("tls_key_file", "tls_cert_file"),
        ("tls_client_ca_file", "tls_cert_file"),
    ):
        if getattr(settings, name) and not getattr(settings, needed):
            raise SettingsError(f"{name}: needs {needed} as well")
    if settings.authorization == "kubernetes":
        for name in ("web_token_file", "web_users_file"):
            if getattr(settings, name):
                raise SettingsError(f"{name}: is of no use with authorization: kubernetes; give one of them")


def _split_selector(selector: str) -> list[str]:
    """Split at commas outside of parentheses."""
    return re.split(r",(?![^()]*\))", selector) if selector.strip() else []
