"""All settings: one declaration for each.

A declaration has the name, which is the key in the file; the type; the help text; the range of valid
numbers; and the default. Flags, `--help`, README.md, docs/configuration.md and the schema of the chart's
values are generated from it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from astrolabe.graph.facts import EDGE_TYPES, EdgeType
from astrolabe.kinds.models.customrefs import Row
from astrolabe.settings.addresses import PORTS
from astrolabe.settings.declaration import About, Within
from astrolabe.settings.ordinal import ordinal


class SettingsError(Exception):
    """A wrong setting. Its text is one line: where the fault is, what it is, and what is expected."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting, with its default."""

    # The cluster

    kubeconfig: Annotated[
        str,
        About("path of the kubeconfig, or several joined by a colon", environment="KUBECONFIG"),
    ] = ""
    context: Annotated[str, About("context of the kubeconfig", default="its current one")] = ""
    contexts: Annotated[
        tuple[str, ...],
        About(
            "contexts of the kubeconfig to follow together, as in `prod,staging=eu-staging`",
            more="Each is a cluster with its own graph, and every series has the cluster's name in the label"
            " `cluster`. See [scale](scale.md#several-clusters-in-one-process).",
            default="one cluster, without that label",
        ),
    ] = ()
    clusterprofile_namespace: Annotated[
        str,
        About(
            "namespace with ClusterProfiles, whose clusters are followed",
            more="The other settings of this part lead to the hub cluster that has them. See"
            " [scale](scale.md#clusters-from-clusterprofiles).",
        ),
    ] = ""
    clusterprofile_provider_file: Annotated[
        str, About("JSON file with the plugins that issue credentials for the clusters of ClusterProfiles")
    ] = ""
    in_cluster: Annotated[bool, About("use the service account of the Pod that Astrolabe runs in")] = False
    fail_fast: Annotated[
        bool,
        About(
            "exit if the API server does not answer at the start",
            more="The exit code is 1. Without it the exporter serves restored state and keeps trying.",
        ),
    ] = False

    # What is served, and who may read it

    address: Annotated[str, About("address to listen on", default="`127.0.0.1`, in a Pod all addresses")] = ""
    port: Annotated[
        int,
        About("port of `/metrics`, the health checks and the page", more="0 takes a free port and logs it."),
        Within("a port", 0, PORTS),
    ] = 8080
    telemetry_port: Annotated[
        int,
        About("port for the exporter's own metrics; 0 serves them on `port`, together with the graph's"),
        Within("a port", 0, PORTS),
    ] = 0
    tls_cert_file: Annotated[
        str,
        About(
            "certificate chain for HTTPS on every port, PEM",
            more="It is read again when it changes. See [security](security.md) for this and the next five.",
        ),
    ] = ""
    tls_key_file: Annotated[str, About("private key of that certificate, PEM")] = ""
    tls_client_ca_file: Annotated[
        str, About("CA whose client certificates may read `/metrics` and the page, PEM")
    ] = ""
    web_token_file: Annotated[
        str,
        About("file with bearer tokens that may read, one a line", more="It is read again when it changes."),
    ] = ""
    web_users_file: Annotated[
        str,
        About(
            "file with users that may read, one `name:password` a line",
            more="It is read again when it changes.",
        ),
    ] = ""
    authorization: Annotated[
        Literal["none", "kubernetes"],
        About(
            "`none`, or `kubernetes`: the API server decides who may read",
            more="It says whose token it is, and whether they may `get` the path, as for kube-rbac-proxy.",
        ),
    ] = "none"

    # Watched resources

    namespaces: Annotated[
        tuple[str, ...],
        About(
            "namespaces to watch",
            more="Each is listed and watched separately, so a Role in each is enough.",
            default="all",
        ),
    ] = ()
    kinds: Annotated[
        tuple[str, ...],
        About(
            "resources to watch, as in `pods,deployments.apps`",
            default="all known resources, and custom resources",
        ),
    ] = ()
    kinds_denied: Annotated[tuple[str, ...], About("resources not to watch, even if `kinds` names them")] = ()
    custom_resources: Annotated[
        tuple[str, ...],
        About(
            "custom resources to watch, as patterns of plural.group, such as `*.argoproj.io`",
            more="With an empty list, only custom resources that `kinds` names are watched.",
        ),
    ] = ("*",)
    custom_references: Annotated[
        tuple[Row, ...],
        About(
            "references of your own custom resources, as in `Widget.example.com:spec.configRef=ConfigMap`",
            more="[How to write them](#references-of-your-own-custom-resources).",
        ),
    ] = ()
    events: Annotated[
        bool,
        About(
            "watch Events of type Warning, as evidence for causes",
            more="Some faults are in no status. Without permission, and with `false`, everything else works.",
        ),
    ] = True
    names: Annotated[
        dict[str, tuple[str, ...]],
        About(
            "exact names of objects to watch, as in `secrets=[a,b]`; each name has its own watch",
            more="A role with `resourceNames` is then enough.",
        ),
    ] = {}
    label_selector: Annotated[
        str,
        About(
            "watch only objects that match; missing references are then not reported",
            more="Other objects are not known: Services without known EndpointSlices are Unknown.",
            environment="LABEL_SELECTOR",
        ),
    ] = ""
    streaming_lists: Annotated[
        bool,
        About(
            "request streaming lists where the API server supports them",
            more="They need less memory on both sides. Other API servers send the list in pages.",
        ),
    ] = True
    list_from_cache: Annotated[
        bool,
        About(
            "list from the API server's cache (`resourceVersion=0`), to reduce the load of etcd",
            more="Such a list comes in one body of any size, and may be some seconds old.",
        ),
    ] = False
    idle_replicasets: Annotated[
        bool,
        About(
            "show ReplicaSets that a controller keeps at 0 replicas",
            more="They are old revisions of Deployments.",
        ),
    ] = False

    # What is exposed

    metrics: Annotated[
        tuple[str, ...],
        About(
            "the only families to expose, as regular expressions that match the whole name",
            default="all that are not opt-in",
        ),
    ] = ()
    metrics_denied: Annotated[
        tuple[str, ...],
        About("families not to expose, as regular expressions that match the whole name"),
    ] = ()
    metrics_opt_in: Annotated[
        tuple[str, ...],
        About("families to expose that are off by default, as regular expressions that match the whole name"),
    ] = ()
    edge_types: Annotated[
        tuple[EdgeType, ...],
        About(
            "types of relations to expose",
            more="See [edges](metrics/edges.md) for the types, and for the two families that have them.",
            default="all",
        ),
    ] = EDGE_TYPES
    template_edges: Annotated[
        Literal["all", "workload"],
        About(
            "`all`, or `workload`: leave out of `/metrics` the edges of a Pod that its controller has too",
            more="They are about a third of all edges. The same applies to ReplicaSets.",
        ),
    ] = "all"
    metric_labels: Annotated[
        dict[str, tuple[str, ...]],
        About(
            "labels of objects to expose, as in `pods=[app,team],nodes=[*]`",
            more="They are in `astrolabe_resource_labels`; `*` is every label.",
        ),
    ] = {}
    cause_messages: Annotated[
        bool,
        About(
            "show the message of a cause in `astrolabe_cause_info`",
            more="`false` keeps these texts out of the metrics; the page and the API still show them.",
        ),
    ] = True
    shard: Annotated[
        int,
        About(
            "number of this shard, from 0, or a Pod name that ends with the number",
            more="Only the flag takes a name: `--shard=$(POD_NAME)`.",
            parse=ordinal,
        ),
        Within("the number of a shard", 0, 999),
    ] = 0
    total_shards: Annotated[
        int,
        About("number of shards that share the work", more="All shards need the same number."),
        Within("a number of shards", 1, 1000),
    ] = 1
    shard_by: Annotated[
        Literal["series", "namespace"],
        About(
            "what shards share: `series`, or `namespace`: each shard watches only its namespaces",
            more="With `series` every shard watches everything. See [scale](scale.md).",
        ),
    ] = "series"

    # Sleep and cost

    environments: Annotated[
        dict[str, str | dict[str, str]],
        About(
            "environment of namespaces by pattern, as in `staging-*=staging,dev=dev`",
            more="The first match counts. In the file an environment can also be"
            " `{staging: {namespace: staging, sleepinfo: nights}}`. See [sleep](sleep.md).",
            default="the namespace's own name",
        ),
    ] = {}
    environment_label: Annotated[
        str,
        About("label of namespaces that names the environment if no pattern of `environments` matches"),
    ] = ""
    price_file: Annotated[
        str,
        About(
            "prices in the form of OpenCost's `default.json`",
            more="The file is read again when it changes. See [cost](cost.md).",
            default="OpenCost's own prices",
        ),
    ] = ""
    co2_per_pod_year: Annotated[
        float,
        About("kilograms of CO2 of a running Pod in a year", default="11, as in kube-green"),
        Within("kilograms", 0),
    ] = 11.0

    # Access

    access_guarded_namespaces: Annotated[
        tuple[str, ...],
        About(
            "namespaces whose Secrets have their own series of readers, as patterns such as `shop-*`",
            more="An alert reports new readers. See [access](access.md) for this and the next two.",
            default="none",
        ),
    ] = ()
    access_silence: Annotated[
        dict[str, str],
        About(
            "findings not to report, each with a reason, as in `secret-unused@Secret/shop/*=read by the API`",
            more="The key is the rule, or the rule and a pattern of ids.",
            default="none",
        ),
    ] = {}
    access_hide_names: Annotated[
        bool, About("keep the names of Secrets and ServiceAccounts out of the metrics of access")
    ] = False

    # The page in a browser

    cors_origins: Annotated[
        tuple[str, ...],
        About(
            "origins whose pages may read the API from a browser, as in `https://grafana.example.com`",
            more="`*` is every origin. See [the API](api.md).",
            default="none",
        ),
    ] = ()

    # The state that survives a restart

    enable_persistence: Annotated[
        bool,
        About(
            "keep the state in Redis, so that a restarted exporter continues where it stopped",
            more="See [persistence](persistence.md) for this and the next eleven.",
            environment="ENABLE_PERSISTENCE",
        ),
    ] = False
    redis_addr: Annotated[str, About("`host:port` of the Redis for the state", environment="REDIS_ADDR")] = (
        "localhost:6379"
    )
    redis_user: Annotated[
        str, About("ACL user to log in as", default="Redis' default user", environment="REDIS_USER")
    ] = ""
    redis_password: Annotated[
        str,
        About(
            "password for Redis; set it in the environment, where no process list shows it",
            environment="REDIS_PASSWORD",
        ),
    ] = ""
    redis_db: Annotated[
        int,
        About("number of the Redis database", environment="REDIS_DB"),
        Within("a database", 0, 2**31 - 1),
    ] = 0
    redis_tls: Annotated[bool, About("use TLS to Redis, and check its certificate")] = False
    redis_tls_ca_file: Annotated[
        str,
        About(
            "CA of the Redis certificate, PEM",
            more="It is read again for each connection.",
            default="the CAs that the system trusts",
        ),
    ] = ""
    redis_tls_cert_file: Annotated[
        str,
        About("client certificate for Redis, PEM", more="It is read again for each connection."),
    ] = ""
    redis_tls_key_file: Annotated[
        str, About("private key of that client certificate, PEM", more="An encrypted key is refused.")
    ] = ""
    redis_tls_server_name: Annotated[
        str, About("name that the Redis certificate must have", default="the host in `redis_addr`")
    ] = ""
    leader_elect: Annotated[
        bool,
        About(
            "expose counters of sleep and savings only while this replica holds the lease in Redis",
            more="For several replicas; it needs `enable_persistence`. See [scale](scale.md#two-replicas).",
        ),
    ] = False
    snapshot_interval: Annotated[
        int,
        About("seconds between full snapshots; changes are written as they happen"),
        Within("seconds", 1, 86_400),
    ] = 300

    # The log

    log_format: Annotated[
        Literal["text", "json"],
        About(
            "`text` for people, `json` (one object a line) for collectors",
            more="Both go to the standard error stream.",
        ),
    ] = "text"
    verbosity: Annotated[
        int,
        About(
            "0: important lines, 1: more, 2: everything",
            more="From 1 on, lines of the libraries are logged too.",
            flag="--v",
        ),
        Within("a verbosity", 0, 10),
    ] = 0
