"""What can be set: one declaration for each setting.

A declaration is the name, which is the key in the file; the type; what people are told; the numbers that make
sense; and the default. Flags, `--help`, README.md, docs/configuration.md and the schema of the chart's values
are made from it.
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
    """A setting that is wrong. Its text is one line that says where, what and how it should be."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set, with defaults."""

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
            more="Each is a cluster with a graph of its own, and every series has its name in the label"
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
    in_cluster: Annotated[bool, About("use the service account of the Pod that this runs in")] = False
    fail_fast: Annotated[
        bool,
        About(
            "end where the API server does not answer at the start",
            more="The exit code is 1. Without it what is restored is served, and the exporter keeps trying.",
        ),
    ] = False

    # What is served, and who may read it

    address: Annotated[str, About("address to listen on", default="`127.0.0.1`, in a Pod all addresses")] = ""
    port: Annotated[
        int,
        About("port of `/metrics`, the health checks and the page", more="0 takes a free one and logs it."),
        Within("a port", 0, PORTS),
    ] = 8080
    telemetry_port: Annotated[
        int,
        About("port for the program's own metrics; 0 has them on the same page as the graph's"),
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
            more="It is asked who has a token, and whether they may `get` the path, as kube-rbac-proxy does.",
        ),
    ] = "none"

    # What is followed

    namespaces: Annotated[
        tuple[str, ...],
        About(
            "namespaces to follow",
            more="Each is listed and watched on its own, so that a Role in each is enough.",
            default="all",
        ),
    ] = ()
    kinds: Annotated[
        tuple[str, ...],
        About(
            "resources to follow, as in `pods,deployments.apps`",
            default="all that are known, and custom resources",
        ),
    ] = ()
    kinds_denied: Annotated[
        tuple[str, ...], About("resources not to follow, even if `kinds` names them")
    ] = ()
    custom_resources: Annotated[
        tuple[str, ...],
        About(
            "custom resources to follow, as patterns of plural.group, such as `*.argoproj.io`",
            more="Without any, only those that `kinds` names are followed.",
        ),
    ] = ("*",)
    custom_references: Annotated[
        tuple[Row, ...],
        About(
            "what your own custom resources refer to, as in `Widget.example.com:spec.configRef=ConfigMap`",
            more="[How it is written](#references-of-your-own-custom-resources).",
        ),
    ] = ()
    events: Annotated[
        bool,
        About(
            "follow Events of type Warning, as evidence",
            more="They say what no status says. Without permission, and with `false`, everything else works.",
        ),
    ] = True
    names: Annotated[
        dict[str, tuple[str, ...]],
        About(
            "exact names to follow of a resource, as in `secrets=[a,b]`; each is a watch of its own",
            more="So a rule with `resourceNames` is enough.",
        ),
    ] = {}
    label_selector: Annotated[
        str,
        About(
            "follow only objects that match; missing references are not reported then",
            more="Nothing is known of the rest: Services without known EndpointSlices are Unknown.",
            environment="LABEL_SELECTOR",
        ),
    ] = ""
    streaming_lists: Annotated[
        bool,
        About(
            "ask for streaming lists where the server has them",
            more="They need less memory on both sides. A server that has none is asked for pages.",
        ),
    ] = True
    list_from_cache: Annotated[
        bool,
        About(
            "take lists from the API server's cache (`resourceVersion=0`), to spare etcd",
            more="Such a list comes in one body however large it is, and may be some seconds old.",
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
            "`all`, or `workload`: leave out of `/metrics` what a Pod uses just as its controller does",
            more="That is about a third of all edges. It goes for ReplicaSets too.",
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
            "have what a cause says of itself in `astrolabe_cause_info`",
            more="`false` keeps every such text out of the metrics; the page and the API have it.",
        ),
    ] = True
    shard: Annotated[
        int,
        About(
            "number of this shard, from 0, or the name of a Pod that ends in it",
            more="The name is for the flag alone: `--shard=$(POD_NAME)`.",
            parse=ordinal,
        ),
        Within("the number of a shard", 0, 999),
    ] = 0
    total_shards: Annotated[
        int,
        About("how many shards share the work", more="All of them need the same number."),
        Within("a number of shards", 1, 1000),
    ] = 1
    shard_by: Annotated[
        Literal["series", "namespace"],
        About(
            "what shards share: `series`, or `namespace`: each reads its namespaces alone",
            more="With `series` every shard follows everything. See [scale](scale.md).",
        ),
    ] = "series"

    # Sleep and cost

    environments: Annotated[
        dict[str, str | dict[str, str]],
        About(
            "environment of namespaces by pattern, as in `staging-*=staging,dev=dev`",
            more="The first that matches counts. In the file it can also be"
            " `{staging: {namespace: staging, sleepinfo: nights}}`. See [sleep](sleep.md).",
            default="the namespace's own name",
        ),
    ] = {}
    environment_label: Annotated[
        str,
        About("label of namespaces that names the environment where no pattern of `environments` matches"),
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
        About("kilograms of CO2 that a running Pod stands for in a year", default="11, as kube-green has it"),
        Within("kilograms", 0),
    ] = 11.0

    # Access

    access_guarded_namespaces: Annotated[
        tuple[str, ...],
        About(
            "namespaces whose Secrets are counted one by one, as patterns such as `shop-*`",
            more="An alert watches who can read them. See [access](access.md) for this and the next two.",
            default="none",
        ),
    ] = ()
    access_silence: Annotated[
        dict[str, str],
        About(
            "findings not to report, each with a reason, as in `secret-unused@Secret/shop/*=read by the API`",
            more="A finding is named by its rule, or by rule and pattern of ids.",
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
            more="`*` is every one. See [the API](api.md).",
            default="none",
        ),
    ] = ()

    # The state that survives a restart

    enable_persistence: Annotated[
        bool,
        About(
            "keep the state in Redis, so that a restart goes on where it stopped",
            more="See [persistence](persistence.md) for this and the next eleven.",
            environment="ENABLE_PERSISTENCE",
        ),
    ] = False
    redis_addr: Annotated[str, About("`host:port` of that Redis", environment="REDIS_ADDR")] = (
        "localhost:6379"
    )
    redis_user: Annotated[
        str, About("ACL user to log in as", default="Redis' default user", environment="REDIS_USER")
    ] = ""
    redis_password: Annotated[
        str,
        About(
            "its password; better in the environment, where no list of processes shows it",
            environment="REDIS_PASSWORD",
        ),
    ] = ""
    redis_db: Annotated[
        int,
        About("number of its database", environment="REDIS_DB"),
        Within("a database", 0, 2**31 - 1),
    ] = 0
    redis_tls: Annotated[bool, About("speak TLS to that Redis, and check its certificate")] = False
    redis_tls_ca_file: Annotated[
        str,
        About(
            "CA of that Redis, PEM",
            more="It is read again for each connection.",
            default="those that the system trusts",
        ),
    ] = ""
    redis_tls_cert_file: Annotated[
        str,
        About("client certificate for that Redis, PEM", more="It is read again for each connection."),
    ] = ""
    redis_tls_key_file: Annotated[
        str, About("private key of that client certificate, PEM", more="It has no password.")
    ] = ""
    redis_tls_server_name: Annotated[
        str, About("name that its certificate has to have", default="the host in `redis_addr`")
    ] = ""
    leader_elect: Annotated[
        bool,
        About(
            "expose counters of sleep and savings only while holding the lease in that Redis",
            more="For several replicas; it needs `enable_persistence`. See [scale](scale.md#two-replicas).",
        ),
    ] = False
    snapshot_interval: Annotated[
        int,
        About("seconds between whole snapshots; changes are kept as they come"),
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
            "0: what matters, 1: more, 2: everything",
            more="1 logs what the libraries say as well.",
            flag="--v",
        ),
        Within("a verbosity", 0, 10),
    ] = 0
