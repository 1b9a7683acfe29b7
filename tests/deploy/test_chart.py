"""The chart, rendered by Helm; the same content from kustomize."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import tarfile
from pathlib import Path

import pytest
import yaml

from astrolabe.api.authorization import nonresource_url
from astrolabe.derived.cost.prices import OPENCOST, Prices, parse
from astrolabe.kinds.registry import KINDS
from astrolabe.settings import Settings
from dashboards import render
from dashboards.edition import CORE
from deploy import rbac
from deploy.generated import DASHBOARDS, HERE, RULES
from tests.api.paths import served
from tests.deploy.rendering import (
    Object,
    chart,
    kustomization,
    one,
    refusal,
    run,
    settings,
    settings_text,
)

pytestmark = pytest.mark.real

CLUSTER_SCOPED = tuple(sorted(kind.resource for kind in KINDS if not kind.namespaced))
FULL = {
    "monitor": {"kind": "ServiceMonitor"},
    "prometheusRule": {"enabled": True},
    "dashboards": {"operator": {"enabled": True}},
}


def names(objects: list[Object]) -> list[str]:
    return sorted(f"{each['kind']}/{each['metadata']['name']}" for each in objects)


def pod(objects: list[Object], deployment: str = "") -> Object:
    return one(objects, "Deployment", deployment)["spec"]["template"]["spec"]


def test_helm_lints_the_chart() -> None:
    done = run("helm", "lint", "--strict", str(HERE / "helm" / "astrolabe"))
    assert done.returncode == 0, done.stdout


def test_a_package_carries_the_dashboards_and_the_rules(tmp_path: Path) -> None:
    done = run("helm", "package", str(HERE / "helm" / "astrolabe"), "--destination", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (package,) = tmp_path.glob("astrolabe-*.tgz")
    with tarfile.open(package) as archive:
        packed = {Path(member.name).name for member in archive if member.isfile()}
    assert packed >= {path.name for path in DASHBOARDS.glob("*.json")} | {RULES.name, "kinds.yaml"}


def test_what_an_installation_without_values_consists_of(tmp_path: Path) -> None:
    boards = [f"ConfigMap/astrolabe-dashboard-{path.stem}" for path in sorted(DASHBOARDS.glob("*.json"))]
    assert names(chart(tmp_path)) == sorted(
        [
            *boards,
            "ClusterRole/astrolabe",
            "ClusterRoleBinding/astrolabe",
            "ConfigMap/astrolabe-settings",
            "Deployment/astrolabe",
            "NetworkPolicy/astrolabe",
            "PodDisruptionBudget/astrolabe",
            "Service/astrolabe",
            "ServiceAccount/astrolabe",
        ]
    )


def test_a_release_of_another_name_carries_it(tmp_path: Path) -> None:
    objects = chart(tmp_path, FULL, release="blue", namespace="monitoring")
    prefixed = {each["metadata"]["name"].startswith("blue-astrolabe") for each in objects}
    assert prefixed == {True}
    assert one(objects, "ClusterRoleBinding")["subjects"] == [
        {"kind": "ServiceAccount", "name": "blue-astrolabe", "namespace": "monitoring"}
    ]
    assert pod(objects)["serviceAccountName"] == "blue-astrolabe"


def test_the_programs_settings_are_passed_in_its_own_form(tmp_path: Path) -> None:
    written = {
        "label_selector": "team in (a, b)",
        "metric_labels": {"pods": ["app", "team"], "nodes": ["*"]},
        "metrics_opt_in": ["astrolabe_.*"],
        "list_from_cache": True,
        "verbosity": 2,
    }
    objects = chart(tmp_path, {"settings": written, "customResources": ["*.argoproj.io"]})
    assert settings(objects, tmp_path) == Settings(
        label_selector="team in (a, b)",
        metric_labels={"pods": ("app", "team"), "nodes": ("*",)},
        metrics_opt_in=("astrolabe_.*",),
        list_from_cache=True,
        verbosity=2,
        log_format="json",
        custom_resources=("*.argoproj.io",),
    )


def test_without_values_the_whole_cluster_is_followed_but_no_custom_resources(tmp_path: Path) -> None:
    objects = chart(tmp_path)
    assert settings(objects, tmp_path) == Settings(custom_resources=(), log_format="json")
    assert one(objects, "ClusterRole")["rules"] == rbac.rules()


@pytest.mark.parametrize(
    ("patterns", "rules"),
    [
        (["rollouts.argoproj.io"], [("argoproj.io", "rollouts")]),
        (["*.argoproj.io", "certificates.cert-manager.io"],
         [("argoproj.io", "*"), ("cert-manager.io", "certificates")]),
        (["*"], [("*", "*")]),
    ],
)  # fmt: skip
def test_custom_resources_are_granted_and_followed_alike(
    tmp_path: Path, patterns: list[str], rules: list[tuple[str, str]]
) -> None:
    objects = chart(tmp_path, {"customResources": patterns})
    assert settings(objects, tmp_path).custom_resources == tuple(patterns)
    added = [rule for rule in one(objects, "ClusterRole")["rules"] if rule not in rbac.rules()]
    assert added == [
        {"apiGroups": [group], "resources": [plural], "verbs": ["get", "list", "watch"]}
        for group, plural in rules
    ]


def test_a_kind_that_is_off_is_neither_followed_nor_granted(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"kinds": {"secrets": False, "sleepinfos.kube-green.com": False}})
    assert settings(objects, tmp_path).kinds_denied == ("secrets", "sleepinfos.kube-green.com")
    off = {("", "secrets"), ("kube-green.com", "sleepinfos")}
    wanted = rbac.rules(kind for kind in KINDS if (kind.group, kind.plural) not in off)
    assert one(objects, "ClusterRole")["rules"] == wanted


def test_definitions_can_be_read_where_their_own_kind_is_off(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"kinds": {"customresourcedefinitions.apiextensions.k8s.io": False}})
    definitions = [kind for kind in KINDS if kind.name == "CustomResourceDefinition"]
    others = [kind for kind in KINDS if kind not in definitions]
    assert one(objects, "ClusterRole")["rules"] == [*rbac.rules(others), *rbac.rules(definitions)]


def test_names_are_granted_by_name(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"names": {"secrets": ["registry", "database"]}})
    assert settings(objects, tmp_path).names == {"secrets": ("registry", "database")}
    secrets = [rule for rule in one(objects, "ClusterRole")["rules"] if "secrets" in rule["resources"]]
    assert secrets == [
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "resourceNames": ["registry", "database"],
            "verbs": ["get", "list", "watch"],
        }
    ]


def test_named_namespaces_get_a_role_each(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"namespaces": ["a", "b"], "customResources": ["*.argoproj.io"]})
    roles = {each["metadata"]["namespace"]: each["rules"] for each in objects if each["kind"] == "Role"}
    custom = {"apiGroups": ["argoproj.io"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
    assert roles == {name: [*rbac.namespace_rules(), custom] for name in ("a", "b")}
    bound = [
        (each["metadata"]["namespace"], each["roleRef"]["name"], each["subjects"])
        for each in objects
        if each["kind"] == "RoleBinding"
    ]
    subjects = [{"kind": "ServiceAccount", "name": "astrolabe", "namespace": "astrolabe"}]
    assert bound == [("a", "astrolabe", subjects), ("b", "astrolabe", subjects)]
    cluster = rbac.rules(kind for kind in KINDS if not kind.namespaced)
    assert one(objects, "ClusterRole")["rules"] == cluster
    assert settings(objects, tmp_path) == Settings(
        namespaces=("a", "b"), custom_resources=("*.argoproj.io",), log_format="json"
    )


def test_namespaces_alone_need_no_cluster_role(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"namespaces": ["a"], "rbac": {"clusterScoped": False}})
    assert not [name for name in names(objects) if name.startswith("ClusterRole")]
    assert settings(objects, tmp_path) == Settings(
        namespaces=("a",), custom_resources=(), kinds_denied=CLUSTER_SCOPED, log_format="json"
    )


def test_shards_are_deployments_that_share_everything_but_their_number(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"shards": 2})
    first, second = (copy.deepcopy(one(objects, "Deployment", f"astrolabe-{n}")["spec"]) for n in (0, 1))
    arguments = [spec["template"]["spec"]["containers"][0].pop("args") for spec in (first, second)]
    common = ["serve", "--config=/etc/astrolabe/settings.yaml"]
    assert arguments == [
        [*common, "--shard=0", "--total-shards=2"],
        [*common, "--shard=1", "--total-shards=2"],
    ]
    for number, spec in enumerate((first, second)):
        for labels in (spec["selector"]["matchLabels"], spec["template"]["metadata"]["labels"]):
            assert labels.pop("app.kubernetes.io/component") == f"shard-{number}"
    assert first == second
    # The Service and the monitors see them all.
    assert one(objects, "Service")["spec"]["selector"] == first["selector"]["matchLabels"]


def test_two_replicas_elect_a_leader_and_keep_apart(tmp_path: Path) -> None:
    values: Object = {"replicas": 2, "redis": {"enabled": True}}
    objects = chart(tmp_path, values)
    spec = one(objects, "Deployment", "astrolabe")["spec"]
    assert spec["replicas"] == 2
    assert yaml.safe_load(settings_text(objects))["leader_elect"]
    assert "leader_elect" not in settings_text(chart(tmp_path, {"redis": {"enabled": True}}))
    environment = spec["template"]["spec"]["containers"][0]["env"]
    assert {"name": "ENABLE_PERSISTENCE", "value": "true"} in environment
    (term,) = spec["template"]["spec"]["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"
    labels = term["podAffinityTerm"]["labelSelector"]["matchLabels"]
    assert labels.items() <= spec["template"]["metadata"]["labels"].items()
    budget = one(objects, "PodDisruptionBudget")["spec"]
    assert budget == {"maxUnavailable": 1, "selector": {"matchLabels": labels}}
    own: Object = {"nodeAffinity": {}}
    found = one(chart(tmp_path, {**values, "affinity": own}), "Deployment", "astrolabe")
    assert found["spec"]["template"]["spec"]["affinity"] == own


def test_replicas_of_shards_by_namespace_are_stateful_sets_of_their_own(tmp_path: Path) -> None:
    sharded: Object = {"shards": 3, "sharding": {"by": "namespace"}, "redis": {"enabled": True}}
    single = one(chart(tmp_path, sharded), "StatefulSet")
    objects = chart(tmp_path, {**sharded, "replicas": 2})
    first, second = (one(objects, "StatefulSet", f"astrolabe-of-3{suffix}") for suffix in ("", "-replica-2"))
    # An upgrade to two replicas leaves the first ones as they were.
    assert first["spec"]["selector"] == single["spec"]["selector"]
    assert first["spec"]["selector"] != second["spec"]["selector"]
    for each in (first, second):
        assert each["spec"]["replicas"] == 3
        (container,) = each["spec"]["template"]["spec"]["containers"]
        assert "--shard=$(POD_NAME)" in container["args"]


def test_shards_by_namespace_are_one_stateful_set_whose_pods_are_numbered_by_name(tmp_path: Path) -> None:
    by_series = chart(tmp_path, {"shards": 2})
    objects = chart(tmp_path, {"shards": 3, "sharding": {"by": "namespace"}})
    assert not [name for name in names(objects) if name.startswith("Deployment/")]
    spec = one(objects, "StatefulSet", "astrolabe-of-3")["spec"]
    assert (spec["replicas"], spec["podManagementPolicy"]) == (3, "Parallel")
    (container,) = spec["template"]["spec"]["containers"]
    (deployed,) = one(by_series, "Deployment", "astrolabe-0")["spec"]["template"]["spec"]["containers"]
    assert container.pop("args") == [
        "serve",
        "--config=/etc/astrolabe/settings.yaml",
        "--shard=$(POD_NAME)",
        "--total-shards=3",
        "--shard-by=namespace",
    ]
    assert container.pop("env") == [
        {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    ]
    deployed.pop("args")
    container.pop("lifecycle")
    assert container == deployed
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    assert one(objects, "Service")["spec"]["selector"].items() <= labels.items()
    assert spec["serviceName"] == one(objects, "Service")["metadata"]["name"]


def test_shards_of_another_number_stand_beside_the_old_ones_which_answer_on(tmp_path: Path) -> None:
    old, new = (
        one(chart(tmp_path, {"shards": number, "sharding": {"by": "namespace"}}), "StatefulSet")
        for number in (2, 3)
    )
    assert [each["metadata"]["name"] for each in (old, new)] == ["astrolabe-of-2", "astrolabe-of-3"]
    # Neither takes the other's Pods for its own.
    assert (
        not old["spec"]["selector"]["matchLabels"].items()
        <= new["spec"]["template"]["metadata"]["labels"].items()
    )
    spec = old["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    *python, waits = container["lifecycle"]["preStop"]["exec"]["command"]
    assert (python, waits) == (["python", "-c"], "import time; time.sleep(30)")
    assert spec["terminationGracePeriodSeconds"] == 40


def test_a_single_shard_by_namespace_is_a_deployment_like_any(tmp_path: Path) -> None:
    assert chart(tmp_path, {"sharding": {"by": "namespace"}}) == chart(tmp_path)


def test_shards_by_namespace_keep_their_state_apart(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"shards": 2, "sharding": {"by": "namespace"}, "redis": {"enabled": True}})
    (container,) = one(objects, "StatefulSet")["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in container["env"]][:2] == ["POD_NAME", "ENABLE_PERSISTENCE"]


def test_pods_are_restricted(tmp_path: Path) -> None:
    spec = pod(chart(tmp_path))
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {
        name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")
    } == {
        "startup": "/livez",
        "liveness": "/livez",
        "readiness": "/readyz",
    }
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] == 120
    assert set(container["resources"]) == {"requests", "limits"}


def test_changed_settings_roll_the_pods(tmp_path: Path) -> None:
    def checksum(values: object) -> str:
        template = one(chart(tmp_path, values), "Deployment")["spec"]["template"]
        return template["metadata"]["annotations"]["checksum/settings"]

    assert checksum({}) == checksum({"replicas": 0})
    assert checksum({}) != checksum({"settings": {"log_format": "text"}})


PRICES = {
    "CPU": "0.028",
    "RAM": 0.0035,
    "storage": "0.0001",
    "spotLabel": "karpenter.sh/capacity-type",
    "spotLabelValue": "spot",
    "discount": "10%",
    "storageClasses": {"fast": "0.0002"},
    "currencyCode": "EUR",
}


def mounted_prices(objects: list[Object], path: str) -> Prices:
    """Return what the program reads from the file of that path, through the volume that is mounted there."""
    (container,) = pod(objects)["containers"]
    folder, _, file = path.rpartition("/")
    (mount,) = (each for each in container["volumeMounts"] if each["mountPath"] == folder)
    assert "subPath" not in mount
    (volume,) = (each for each in pod(objects)["volumes"] if each["name"] == mount["name"])
    return parse(one(objects, "ConfigMap", volume["configMap"]["name"])["data"][file], path)


def test_prices_are_mounted_where_the_settings_look(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"prices": PRICES})
    found = mounted_prices(objects, settings(objects, tmp_path).price_file)
    assert found == parse(json.dumps(PRICES), "values")
    assert found.cpu == 25_200_000_000
    assert found.storage_classes == {"fast": 200_000_000}


def test_changed_prices_do_not_roll_the_pods(tmp_path: Path) -> None:
    deployments = [one(chart(tmp_path, {"prices": {"CPU": price}}), "Deployment") for price in ("1", "2")]
    assert deployments[0] == deployments[1]


def test_kustomize_mounts_prices_alike(tmp_path: Path) -> None:
    folders = {
        name: os.path.relpath(HERE / "kustomize" / name, tmp_path.resolve())
        for name in ("base", "components/prices")
    }
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [{folders['base']}]\ncomponents: [{folders['components/prices']}]\n"
    )
    objects = kustomization(tmp_path)
    (container,) = pod(objects)["containers"]
    (flag,) = (each for each in container["args"] if each.startswith("--price-file="))
    assert mounted_prices(objects, flag.partition("=")[2]) == OPENCOST
    assert settings(objects, tmp_path).price_file == ""


@pytest.mark.parametrize(
    ("kind", "endpoints"), [("ServiceMonitor", "endpoints"), ("PodMonitor", "podMetricsEndpoints")]
)
def test_monitors_keep_the_labels_of_objects(tmp_path: Path, kind: str, endpoints: str) -> None:
    values = {"monitor": {"kind": kind, "labels": {"release": "prometheus"}}}
    objects = chart(tmp_path, values, release="blue")
    monitor = one(objects, kind)
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"][endpoints] == [
        {"port": "http", "path": "/metrics", "honorLabels": True, "interval": "30s", "scrapeTimeout": "25s"}
    ]
    # What alerts and dashboards select by: job="astrolabe".
    source = (
        one(objects, "Service")
        if kind == "ServiceMonitor"
        else one(objects, "Deployment")["spec"]["template"]
    )
    labels = source["metadata"]["labels"]
    assert labels[monitor["spec"]["jobLabel"]] == "astrolabe"
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_https_and_credentials(tmp_path: Path) -> None:
    mount = {"name": "web", "mountPath": "/etc/astrolabe-web", "readOnly": True}
    volume = {"name": "web", "secret": {"secretName": "astrolabe-web"}}
    files = {"tls_cert_file": "/etc/astrolabe-web/tls.crt", "tls_key_file": "/etc/astrolabe-web/tls.key"}
    tls = {"serverName": "astrolabe.astrolabe.svc"}
    token = {"credentials": {"name": "token", "key": "token"}}
    objects = chart(
        tmp_path,
        {
            "settings": {**files, "authorization": "kubernetes"},
            "extraVolumes": [volume],
            "extraVolumeMounts": [mount],
            "monitor": {"kind": "ServiceMonitor", "tlsConfig": tls, "authorization": token},
        },
    )
    assert settings(objects, tmp_path).authorization == "kubernetes"
    spec = pod(objects)
    (container,) = spec["containers"]
    probes = [container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")]
    assert [probe["scheme"] for probe in probes] == ["HTTPS"] * 3
    assert mount in container["volumeMounts"]
    assert volume in spec["volumes"]
    (endpoint,) = one(objects, "ServiceMonitor")["spec"]["endpoints"]
    assert (endpoint["scheme"], endpoint["tlsConfig"], endpoint["authorization"]) == ("https", tls, token)
    binding = one(objects, "ClusterRoleBinding", "astrolabe-auth-delegator")
    assert binding["roleRef"]["name"] == "system:auth-delegator"
    assert binding["subjects"] == one(objects, "ClusterRoleBinding", "astrolabe")["subjects"]


def test_roles_for_who_reads(tmp_path: Path) -> None:
    """They grant what the program asks about, and come with the setting that makes it ask."""
    objects = chart(tmp_path, {"settings": {"authorization": "kubernetes"}})
    urls = {
        name: one(objects, "ClusterRole", f"astrolabe-{name}")["rules"][0]["nonResourceURLs"]
        for name in ("metrics-reader", "reader")
    }
    assert urls == {"metrics-reader": ["/metrics"], "reader": ["/metrics", "/astrolabe/*"]}
    for path in served():
        asked = nonresource_url(path)
        assert asked == "/metrics" or asked.startswith("/astrolabe/")
    for values in ({}, {"settings": {"authorization": "none"}}):
        assert not [name for name in names(chart(tmp_path, values)) if name.endswith("reader")]


def test_kustomize_has_the_same_roles(tmp_path: Path) -> None:
    parts = {
        name: os.path.relpath(HERE / "kustomize" / name, tmp_path.resolve())
        for name in ("base", "components/authorization")
    }
    (tmp_path / "kustomization.yaml").write_text(
        f"namespace: astrolabe\nresources: [{parts['base']}]\n"
        f"components: [{parts['components/authorization']}]\n"
    )
    objects = kustomization(tmp_path)
    wanted = comparable(chart(tmp_path, {"settings": {"authorization": "kubernetes"}}))
    found = comparable(objects)
    roles = {name for name in wanted if "Cluster" in name}
    assert roles == {name for name in found if "Cluster" in name}
    assert {name: found[name] for name in roles} == {name: wanted[name] for name in roles}
    (container,) = pod(objects)["containers"]
    assert container["args"][-1] == "--authorization=kubernetes"


@pytest.mark.parametrize(
    ("url", "tls", "expected"),
    [
        ("", "", "http://{}.astrolabe.svc:8080"),
        ("", "/tls/tls.crt", "https://{}.astrolabe.svc:8080"),
        ("https://astrolabe.example/", "", "https://astrolabe.example"),
    ],
)
def test_rules_reach_the_cluster_with_links_to_the_exporter(
    tmp_path: Path, url: str, tls: str, expected: str
) -> None:
    values = FULL | {"prometheusRule": FULL["prometheusRule"] | {"docsURL": url}}
    values["settings"] = values.get("settings", {}) | (
        {"tls_cert_file": tls, "tls_key_file": tls} if tls else {}
    )
    objects = chart(tmp_path, values)
    docs = expected.format(one(objects, "Service")["metadata"]["name"])
    rendered = RULES.read_text().replace("http://astrolabe:8080/docs/", f"{docs}/docs/")
    assert one(objects, "PrometheusRule")["spec"] == yaml.safe_load(rendered)["spec"]
    assert "http://astrolabe:8080" in RULES.read_text()


def test_dashboards_reach_grafana_as_they_were_rendered(tmp_path: Path) -> None:
    objects = chart(tmp_path, FULL)
    for path in DASHBOARDS.glob("*.json"):
        board = one(objects, "ConfigMap", f"astrolabe-dashboard-{path.stem}")
        # A block of YAML ends in one newline, so does the file.
        assert board["data"] == {f"astrolabe-{path.name}": path.read_text()}
        assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert board["metadata"]["annotations"] == {"grafana_folder": "Astrolabe"}
        wanted = one(objects, "GrafanaDashboard", f"astrolabe-dashboard-{path.stem}")["spec"]
        assert wanted["configMapRef"] == {
            "name": f"astrolabe-dashboard-{path.stem}",
            "key": f"astrolabe-{path.name}",
        }


def test_dashboards_show_the_cluster_where_there_are_many(tmp_path: Path) -> None:
    objects = chart(tmp_path, {"dashboards": {"multiCluster": True}})
    for name, text in render.rendered(dataclasses.replace(CORE, multi_cluster=True)).items():
        board = one(objects, "ConfigMap", f"astrolabe-dashboard-{name.removesuffix('.json')}")
        assert board["data"] == {f"astrolabe-{name}": text}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kinds": {"pod": True}}, "at '/kinds': additional properties 'pod' not allowed"),
        ({"settings": {"port": 80}}, "at '/settings': additional properties 'port' not allowed"),
        ({"replica": 2}, "at '': additional properties 'replica' not allowed"),
        ({"shards": 0}, "at '/shards': minimum: got 0, want 1"),
        ({"sharding": {"by": "pods"}}, "at '/sharding/by': value must be one of 'series', 'namespace'"),
        (
            {"replicas": 2},
            "replicas: several share counters in a Redis; set redis.enabled: true",
        ),
        ({"customResources": ["rollouts"]}, "at '/customResources/0': 'rollouts' does not match pattern"),
        ({"monitor": {"kind": "Service"}}, "at '/monitor/kind': value must be one of"),
        ({"names": {"pod": ["a"]}}, "names: pod is not followed"),
        ({"names": {"secrets": ["a"]}, "kinds": {"secrets": False}}, "names: secrets is not followed"),
        ({"prices": {"CPU": "cheap"}}, "at '/prices/CPU': "),
        ({"prices": {"CPU": "1"}, "settings": {"price_file": "/p"}}, "prices: settings.price_file names"),
        ({"customResources": ["*"], "kinds": {"secrets": False}},
         'customResources: "*" would grant reading Secrets'),
    ],
)  # fmt: skip
def test_values_that_cannot_be_meant_are_refused(tmp_path: Path, values: object, said: str) -> None:
    assert said in refusal(tmp_path, values)


# The same from kustomize


def comparable(objects: list[Object]) -> dict[str, Object]:
    """Return objects by kind and name, without what only Helm or only kustomize adds."""
    kept = {}
    for each in copy.deepcopy(objects):
        labels = each["metadata"]["labels"]
        for added in ("helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/managed-by"):
            labels.pop(added, None)
        if each["kind"] == "PrometheusRule":
            labels.clear()
        if each["kind"] == "Deployment":
            template = each["spec"]["template"]
            # The ConfigMap's changes roll the Pods: by a checksum there, by a name with a hash here.
            template["metadata"].pop("annotations", None)
            for volume in template["spec"].get("volumes", ())[:1]:
                volume["configMap"]["name"] = "astrolabe-settings"
        if "settings.yaml" in each.get("data", ()):
            each["metadata"]["name"] = "astrolabe-settings"
            each["data"] = yaml.safe_load(each["data"]["settings.yaml"])
        kept[f"{each['kind']}/{each['metadata']['name']}"] = each
    return kept


def test_the_base_is_what_the_chart_installs_without_dashboards(tmp_path: Path) -> None:
    values = {"dashboards": {"sidecar": {"enabled": False}}}
    assert comparable(kustomization("base")) == comparable(chart(tmp_path, values))


def test_all_components_together_are_the_whole_chart(tmp_path: Path) -> None:
    values = {
        **FULL,
        "image": {"repository": "registry.example.com/astrolabe"},
        "prometheusRule": FULL["prometheusRule"] | {"docsURL": "http://astrolabe:8080"},
    }
    wanted = comparable(chart(tmp_path, values))
    operators = {name: each for name, each in wanted.items() if name.startswith("GrafanaDashboard/")}
    rest = {name: each for name, each in wanted.items() if name not in operators}
    assert comparable(kustomization("overlays/everything")) == rest
    file = HERE / "kustomize" / "components" / "grafana-operator" / "grafanadashboards.yaml"
    boards = [{**each, "metadata": {**each["metadata"], "namespace": "astrolabe"}}
              for each in yaml.safe_load_all(file.read_text())]  # fmt: skip
    assert comparable(boards) == operators


def test_the_namespaced_overlay_is_the_namespaced_chart(tmp_path: Path) -> None:
    values = {
        "namespaces": ["team-a"],
        "rbac": {"clusterScoped": False},
        "dashboards": {"sidecar": {"enabled": False}},
    }
    objects = kustomization("overlays/namespaced")
    assert comparable(objects) == comparable(chart(tmp_path, values, namespace="team-a"))
    (mounted,) = pod(objects)["volumes"]
    assert mounted["configMap"]["name"] in [each["metadata"]["name"] for each in objects]


def test_another_namespace_reaches_the_bindings(tmp_path: Path) -> None:
    # kustomize changes the subjects of a binding only if it recognises the account.
    base = HERE / "kustomize" / "base"
    relative = os.path.relpath(base, tmp_path.resolve())
    (tmp_path / "kustomization.yaml").write_text(f"namespace: monitoring\nresources: [{relative}]\n")
    objects = kustomization(tmp_path)
    (subject,) = one(objects, "ClusterRoleBinding")["subjects"]
    assert subject["namespace"] == "monitoring"
    namespaces = {each["metadata"].get("namespace") for each in objects if "Cluster" not in each["kind"]}
    assert namespaces == {"monitoring"}


def test_the_argo_cd_example_has_values_that_the_chart_takes(tmp_path: Path) -> None:
    application = yaml.safe_load((HERE / "argocd" / "application.yaml").read_text())
    source = application["spec"]["source"]
    assert (HERE.parent / source["path"] / "Chart.yaml").is_file()
    objects = chart(tmp_path, source["helm"]["valuesObject"])
    assert one(objects, "ServiceMonitor")["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    assert settings_text(objects)
