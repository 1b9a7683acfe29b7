"""What can be set: names, types and defaults."""

from __future__ import annotations

from typing import Literal

import msgspec

from astrolabe.graph.facts import EDGE_TYPES, EdgeType
from astrolabe.kinds.models.customrefs import Row


class SettingsError(Exception):
    """A setting that is wrong. Its text is one line that says where, what and how it should be."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set, with defaults."""

    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False
    fail_fast: bool = False
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
    custom_references: tuple[Row, ...] = ()
    events: bool = True
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
    cause_messages: bool = True
    shard: int = 0
    total_shards: int = 1
    shard_by: Literal["series", "namespace"] = "series"
    environments: dict[str, str | dict[str, str]] = {}
    environment_label: str = ""
    price_file: str = ""
    co2_per_pod_year: float = 11.0
    access_guarded_namespaces: tuple[str, ...] = ()
    access_silence: dict[str, str] = {}
    access_hide_names: bool = False
    cors_origins: tuple[str, ...] = ()
    enable_persistence: bool = False
    redis_addr: str = "localhost:6379"
    redis_user: str = ""
    redis_password: str = ""
    redis_db: int = 0
    redis_tls: bool = False
    redis_tls_ca_file: str = ""
    redis_tls_cert_file: str = ""
    redis_tls_key_file: str = ""
    redis_tls_server_name: str = ""
    snapshot_interval: int = 300
    log_format: Literal["text", "json"] = "text"
    verbosity: int = 0
