# ruff: noqa: E501, ISC004  (exact text)
"""The exposition follows the graph: exact text, any order, one moment a scrape."""

from __future__ import annotations

import asyncio
import gzip
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.graph.facts import Facts, Owner, Ref, Release, Requirement, Selection, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.models.details import HelmRecord, PodDetail
from astrolabe.metrics import exposed as selection
from astrolabe.metrics.exposition import Exposition
from astrolabe.metrics.snapshot import Snapshot, gzipped, plain
from tests.graph.test_laws import reported, step
from tests.graph.worlds import histories


def facts(node_id: str, **fields: Any) -> Facts:
    kind, *rest = node_id.split("/")
    namespace = rest[0] if len(rest) > 1 else ""
    return Facts(
        **{
            "id": node_id,
            "kind": kind,
            "namespace": namespace,
            "uid": f"uid-{rest[-1]}",
            "api_version": "v1",
            **fields,
        }
    )


def text(exposition: Exposition, **filters: Any) -> str:
    snapshot = exposition.snapshot_now()
    body = b"".join(plain(snapshot.pieces(**filters)))
    assert gzip.decompress(b"".join(gzipped(snapshot.pieces(**filters)))) == body
    return body.decode()


def samples(exposition: Exposition, **filters: Any) -> list[str]:
    return [line for line in text(exposition, **filters).splitlines() if not line.startswith("#")]


def world(**chosen: Any) -> tuple[Graph, Exposition]:
    graph = Graph()
    return graph, Exposition(graph, selection.ExposedMetrics(**chosen))


SHOP = (
    facts("Deployment/shop/web", release=Release("shop", "web"), chart="web-1.0.0", api_version="apps/v1"),
    facts(
        "Pod/shop/web-1",
        owners=(Owner("uid-web", "Deployment", "web", controller=True),),
        refs=(Ref("uses-secret", "Secret/shop/db"), Ref("runs-on", "Node/one")),
        verdict=Verdict("Error", "CreateContainerConfigError", 'Container web: secret "db" not found'),
        labels=(("app", "web"),),
        selectable=True,
        detail=PodDetail(node="one"),
        created=1700000000,
    ),
    facts(
        "Service/shop/web",
        uid="uid-web-service",
        selections=(Selection("selects", ("Pod",), (Requirement("app", "In", ("web",)),)),),
    ),
    facts("Node/one"),
    facts(
        "Secret/shop/sh.helm.release.v1.web.v2",
        release=Release("shop", "web"),
        detail=HelmRecord("web", 2, "deployed"),
    ),
)


def shop(**chosen: Any) -> tuple[Graph, Exposition]:
    graph, exposition = world(**chosen)
    for item in SHOP:
        exposition.follow(graph.apply(item))
    exposition.follow(graph.cover("Secret"))
    return graph, exposition


def test_a_small_shop_reads_exactly_so() -> None:
    _, exposition = shop(metrics_denied=("astrolabe_root_cause_info", "astrolabe_impact"))
    assert (
        text(exposition)
        == """\
# HELP astrolabe_resource_info An object of the cluster, or a container image that a Pod runs.
# TYPE astrolabe_resource_info gauge
astrolabe_resource_info{id="Deployment/shop/web",kind="Deployment",group="apps",namespace="shop",name="web",uid="uid-web",api_version="apps/v1",helm_release="web",helm_chart="web-1.0.0"} 1
astrolabe_resource_info{id="Node/one",kind="Node",group="",namespace="",name="one",uid="uid-one",api_version="v1",helm_release="",helm_chart=""} 1
astrolabe_resource_info{id="Pod/shop/web-1",kind="Pod",group="",namespace="shop",name="web-1",uid="uid-web-1",api_version="v1",helm_release="web",helm_chart="web-1.0.0"} 1
astrolabe_resource_info{id="Secret/shop/sh.helm.release.v1.web.v2",kind="Secret",group="",namespace="shop",name="sh.helm.release.v1.web.v2",uid="uid-sh.helm.release.v1.web.v2",api_version="v1",helm_release="web",helm_chart=""} 1
astrolabe_resource_info{id="Service/shop/web",kind="Service",group="",namespace="shop",name="web",uid="uid-web-service",api_version="v1",helm_release="",helm_chart=""} 1
# HELP astrolabe_resource_status The current status of an object: Ready, Pending, Error or Unknown; and the reason.
# TYPE astrolabe_resource_status gauge
astrolabe_resource_status{id="Deployment/shop/web",kind="Deployment",namespace="shop",name="web",status="Ready",reason=""} 1
astrolabe_resource_status{id="Node/one",kind="Node",namespace="",name="one",status="Ready",reason=""} 1
astrolabe_resource_status{id="Pod/shop/web-1",kind="Pod",namespace="shop",name="web-1",status="Error",reason="CreateContainerConfigError"} 1
astrolabe_resource_status{id="Secret/shop/sh.helm.release.v1.web.v2",kind="Secret",namespace="shop",name="sh.helm.release.v1.web.v2",status="Ready",reason=""} 1
astrolabe_resource_status{id="Service/shop/web",kind="Service",namespace="shop",name="web",status="Ready",reason=""} 1
# HELP astrolabe_edge_info A relation between two objects; source and target are ids.
# TYPE astrolabe_edge_info gauge
astrolabe_edge_info{type="owns",namespace="shop",source="Deployment/shop/web",source_kind="Deployment",target="Pod/shop/web-1",target_kind="Pod"} 1
astrolabe_edge_info{type="runs-on",namespace="shop",source="Pod/shop/web-1",source_kind="Pod",target="Node/one",target_kind="Node"} 1
astrolabe_edge_info{type="selects",namespace="shop",source="Service/shop/web",source_kind="Service",target="Pod/shop/web-1",target_kind="Pod"} 1
# HELP astrolabe_reference_missing_info A reference of an object to another object that does not exist.
# TYPE astrolabe_reference_missing_info gauge
astrolabe_reference_missing_info{type="uses-secret",namespace="shop",source="Pod/shop/web-1",source_kind="Pod",target="Secret/shop/db",target_kind="Secret",optional="false"} 1
# HELP astrolabe_pod_workload_info The topmost controller of a Pod, or the Pod itself if it has none.
# TYPE astrolabe_pod_workload_info gauge
astrolabe_pod_workload_info{namespace="shop",pod="web-1",uid="uid-web-1",node="one",workload_kind="Deployment",workload="web",helm_release="web"} 1
# HELP astrolabe_helm_release_info A Helm release, with the newest revision that Helm recorded.
# TYPE astrolabe_helm_release_info gauge
astrolabe_helm_release_info{namespace="shop",release="web",chart="web-1.0.0",revision="2",status="deployed"} 1
# HELP astrolabe_cause_info A cause of objects that are not Ready, with its message; alike causes are one series.
# TYPE astrolabe_cause_info gauge
astrolabe_cause_info{id="Secret/shop/db",kind="Secret",namespace="shop",name="db",reason="NotFound",message="It does not exist"} 1
# HELP astrolabe_cause_affected How many entry points, workloads and other objects are not Ready because of a cause.
# TYPE astrolabe_cause_affected gauge
astrolabe_cause_affected{id="Secret/shop/db"} 0
# HELP astrolabe_resources Objects by kind, namespace and status.
# TYPE astrolabe_resources gauge
astrolabe_resources{kind="Deployment",namespace="shop",status="Ready"} 1
astrolabe_resources{kind="Node",namespace="",status="Ready"} 1
astrolabe_resources{kind="Pod",namespace="shop",status="Error"} 1
astrolabe_resources{kind="Secret",namespace="shop",status="Ready"} 1
astrolabe_resources{kind="Service",namespace="shop",status="Ready"} 1
# HELP astrolabe_edges Relations by type.
# TYPE astrolabe_edges gauge
astrolabe_edges{type="owns"} 1
astrolabe_edges{type="runs-on"} 1
astrolabe_edges{type="selects"} 1
"""
    )


def test_names_are_escaped() -> None:
    graph, exposition = world(metrics=("astrolabe_resource_status",))
    exposition.follow(graph.apply(facts('Role/shop/a"b\\c\nd')))
    escaped = r"a\"b\\c\nd"
    assert samples(exposition) == [
        f'astrolabe_resource_status{{id="Role/shop/{escaped}",kind="Role",namespace="shop",'
        f'name="{escaped}",status="Ready",reason=""}} 1'
    ]


def test_a_lone_surrogate_does_not_break_the_page() -> None:
    graph, exposition = world(metrics=("astrolabe_resource_status",))
    exposition.follow(graph.apply(facts("Role/shop/a\ud800b")))
    assert 'name="a?b"' in samples(exposition)[0]


def test_openmetrics_differs_in_headers_alone() -> None:
    _, exposition = shop()
    assert text(exposition, openmetrics=True) == text(exposition)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"names": ("astrolabe_edges",)}, {"astrolabe_edges": 3}),
        (
            {"kinds": ("Pod",)},
            {
                "astrolabe_resource_info": 1,
                "astrolabe_resource_status": 1,
                "astrolabe_reference_missing_info": 1,
                "astrolabe_pod_workload_info": 1,
                "astrolabe_resources": 1,
            },
        ),
        (
            {"kinds": ("Pod", "Node"), "names": ("astrolabe_edge_info", "astrolabe_resource_info")},
            {"astrolabe_resource_info": 2, "astrolabe_edge_info": 1},
        ),
        ({"kinds": ("Po",)}, {}),
    ],
)
def test_filters_restrict_a_scrape(filters: dict[str, Any], expected: dict[str, int]) -> None:
    _, exposition = shop(metrics_denied=("astrolabe_root_cause_info", "astrolabe_impact"))
    found: dict[str, int] = {}
    for line in samples(exposition, **filters):
        found[line.partition("{")[0]] = found.get(line.partition("{")[0], 0) + 1
    assert found == expected


def test_one_object_with_thirty_thousand_references() -> None:
    """More than 16 MiB of text for one object: gzip reads it, and so does who asks for its kind alone."""
    graph, exposition = world()
    exposition.follow(graph.cover("Secret"))
    refs = tuple(Ref("uses-secret", f"Secret/shop/{number:0253}") for number in range(30_000))
    exposition.follow(graph.apply(facts(f"Pod/shop/{'p' * 253}", refs=refs)))
    # `text` compares what gzip reads with what goes out as it is.
    everything = text(exposition)
    assert len(everything) > 18 << 20
    assert everything.count("\nastrolabe_reference_missing_info{") == 30_000
    alone = text(exposition, kinds=("Pod",), names=("astrolabe_reference_missing_info",))
    assert alone.count("\nastrolabe_reference_missing_info{") == 30_000


def test_families_edge_types_and_times_are_the_operators_choice() -> None:
    _, exposition = shop(
        metrics=("astrolabe_edge.*", ".*_created_timestamp_seconds"),
        metrics_opt_in=("astrolabe_resource_created_timestamp_seconds",),
        edge_types=("owns",),
    )
    assert samples(exposition) == [
        'astrolabe_resource_created_timestamp_seconds{id="Pod/shop/web-1",kind="Pod",'
        'namespace="shop",name="web-1"} 1700000000',
        'astrolabe_edge_info{type="owns",namespace="shop",source="Deployment/shop/web",'
        'source_kind="Deployment",target="Pod/shop/web-1",target_kind="Pod"} 1',
        'astrolabe_edges{type="owns"} 1',
    ]


def test_labels_follow_kube_state_metrics() -> None:
    graph, exposition = world(
        metrics=("astrolabe_resource_labels",),
        labels={"Pod": ("app.kubernetes.io/name", "aB", "a_b"), "Job": ("*",)},
    )
    labels = (("aB", "1"), ("a_b", 'quo"te'), ("app.kubernetes.io/name", "web"), ("more", "x"))
    exposition.follow(graph.apply(facts("Pod/shop/web", labels=labels)))
    exposition.follow(graph.apply(facts("Pod/shop/bare")))
    exposition.follow(graph.apply(facts("Job/shop/x", labels=labels[3:])))
    assert samples(exposition) == [
        'astrolabe_resource_labels{id="Job/shop/x",kind="Job",namespace="shop",name="x",label_more="x"} 1',
        'astrolabe_resource_labels{id="Pod/shop/web",kind="Pod",namespace="shop",name="web",'
        'label_a_b_conflict1="1",label_a_b_conflict2="quo\\"te",label_app_kubernetes_io_name="web"} 1',
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"uid": "another"},
        {"api_version": "v2"},
        {"created": 1800000000.0},
        {"labels": (("app", "api"),)},
        {"verdict": Verdict("Ready")},
        {"verdict": Verdict("Error", message="other")},
        {"release": Release("shop", "other")},
        {"chart": "other-1"},
        {"owners": ()},
        {"owners": (Owner("uid-other", "Job", "other", controller=True),)},
        {"refs": ()},
        {"detail": PodDetail(node="two")},
        {"selectable": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_an_object_says_otherwise_shows(change: dict[str, Any]) -> None:
    """Most events are about the status alone, and have a short way of their own."""
    chosen = {"metrics_opt_in": ("astrolabe_resource_created_timestamp_seconds",), "labels": {"Pod": ("*",)}}
    graph, exposition = shop(**chosen)
    pod = msgspec.structs.replace(SHOP[1], **change)
    exposition.follow(graph.apply(pod))
    fresh_graph, fresh = world(**chosen)
    for item in (*SHOP[:1], pod, *SHOP[2:]):
        fresh.follow(fresh_graph.apply(item))
    fresh.follow(fresh_graph.cover("Secret"))
    assert text(exposition) == text(fresh)


def test_template_edges_are_left_to_the_workload() -> None:
    uses = Ref("uses-secret", "Secret/shop/db")
    own = Ref("uses-configmap", "ConfigMap/shop/own")
    pod = facts(
        "Pod/shop/web-1", owners=(Owner("uid-web", "Deployment", "web", controller=True),), refs=(uses, own)
    )
    deployment = facts("Deployment/shop/web", refs=(uses,))
    for order in ((pod, deployment), (deployment, pod)):
        graph, exposition = world(
            metrics=("astrolabe_edge_info",),
            template_edges="workload",
            edge_types=("uses-secret", "uses-configmap"),
        )
        for item in (facts("Secret/shop/db"), facts("ConfigMap/shop/own"), *order):
            exposition.follow(graph.apply(item))
        sources = [line.split('"')[5] + " " + line.split('"')[1] for line in samples(exposition)]
        assert sources == ["Deployment/shop/web uses-secret", "Pod/shop/web-1 uses-configmap"]
        exposition.follow(graph.apply(facts("Deployment/shop/web")))
        sources = [line.split('"')[5] + " " + line.split('"')[1] for line in samples(exposition)]
        assert sources == ["Pod/shop/web-1 uses-configmap", "Pod/shop/web-1 uses-secret"]


def test_a_priority_is_left_to_the_workload_as_well() -> None:
    high = Ref("prioritizes", "PriorityClass/high", reverse=True)
    owners = (Owner("uid-web", "Deployment", "web", controller=True),)
    pod = facts("Pod/shop/web-1", owners=owners, refs=(high,))
    deployment = facts("Deployment/shop/web", refs=(high,))
    for order in ((pod, deployment), (deployment, pod)):
        graph, exposition = world(
            metrics=("astrolabe_edge_info",), template_edges="workload", edge_types=("prioritizes",)
        )
        for item in (facts("PriorityClass/high"), *order):
            exposition.follow(graph.apply(item))
        assert [line.split('"')[9] for line in samples(exposition)] == ["Deployment/shop/web"]
        exposition.follow(graph.apply(facts("Deployment/shop/web")))
        assert [line.split('"')[9] for line in samples(exposition)] == ["Pod/shop/web-1"]


def test_shards_share_the_series_among_them() -> None:
    whole = samples(shop()[1])
    shards = [samples(shop(shard=number, total_shards=3)[1]) for number in range(3)]
    assert sorted(line for shard in shards for line in shard) == sorted(whole)
    assert all(shard != whole for shard in shards)


@settings(max_examples=200, deadline=None)
@given(histories, st.randoms(use_true_random=False), st.sampled_from(("all", "workload")))
def test_any_order_exposes_the_same(
    history: list[tuple[str, Any]], chance: random.Random, template: str
) -> None:
    graph, exposition = world(template_edges=template)
    final: dict[str, Facts] = {}
    coverage: dict[tuple[str, str], None] = {}
    for name, argument in history:
        report = reported(graph, argument) if name == "report" else None
        exposition.follow(step(graph, (name, argument)))
        if chance.random() < 0.3:
            exposition.snapshot_now()
        if name in ("apply", "report"):
            item = argument if name == "apply" else report
            if item is not None and item.kind != "Image":
                final[item.id] = item
        elif name == "remove":
            final.pop(argument, None)
        elif name == "cover":
            coverage[argument] = None
        else:
            coverage.pop(argument, None)
    fresh_graph, fresh = world(template_edges=template)
    steps: list[tuple[str, Any]] = [("apply", item) for item in final.values()]
    steps += [("cover", scope) for scope in coverage]
    chance.shuffle(steps)
    for event in steps:
        fresh.follow(step(fresh_graph, event))
    assert text(exposition) == text(fresh)


async def test_a_snapshot_is_one_moment_and_calls_share_it() -> None:
    graph, exposition = world(metrics=("astrolabe_resource_status",))
    for number in range(5000):
        exposition.follow(graph.apply(facts(f"Pod/shop/{number:05}")))
    early = [asyncio.create_task(exposition.snapshot()) for _ in range(3)]
    # Rendered are the rows already: the first snapshot is being folded now, and what comes is for the next.
    while exposition._running is None:  # noqa: ASYNC110  (it tells nobody)
        await asyncio.sleep(0)
    exposition.follow(graph.apply(facts("Pod/shop/00000", verdict=Verdict("Error"))))
    late = await exposition.snapshot()
    snapshots = await asyncio.gather(*early)
    assert snapshots[0] is snapshots[1] is snapshots[2] is not late
    first, second = (b"".join(plain(item.pieces())) for item in (snapshots[0], late))
    assert (first.count(b'"Error"'), second.count(b'"Error"')) == (0, 1)
    assert isinstance(late, Snapshot)
    assert late.samples == 5000


async def test_a_client_that_leaves_does_not_spoil_the_snapshot_of_others() -> None:
    graph, exposition = world(metrics=("astrolabe_resource_status",))
    for number in range(3000):
        exposition.follow(graph.apply(facts(f"Pod/shop/{number:05}")))
    leaving = asyncio.create_task(exposition.snapshot())
    staying = asyncio.create_task(exposition.snapshot())
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).samples == 3000
    assert exposition.backlog == 0


def test_a_snapshot_waits_for_explanations_that_are_under_way() -> None:
    graph, exposition = world(metrics=("astrolabe_root_cause_info",))
    exposition.follow(graph.cover("Secret"))
    refs = (Ref("uses-secret", "Secret/shop/db"),)
    for number in range(20):
        exposition.follow(graph.apply(facts(f"Pod/shop/{number:02}", refs=refs, verdict=Verdict("Error"))))
    under_way = exposition._explainer.work()
    next(under_way)
    assert len(samples(exposition)) == 20
    for _ in under_way:
        pass
    assert len(samples(exposition)) == 20


def test_since_when_and_the_reason_of_a_cause_follow_what_is_said() -> None:
    families = ("astrolabe_resource_status_since_timestamp_seconds", "astrolabe_root_cause_info")
    graph, exposition = world(metrics=families)
    pod = facts("Pod/shop/web-1", refs=(Ref("runs-on", "Node/one"),))
    place = 'id="Pod/shop/web-1",kind="Pod",namespace="shop",name="web-1"'
    for reason, since in (("NodeNotReady", 1700000000.0), ("NodeLost", 1700000060.0)):
        broken = Verdict("Error", reason, "Away", since)
        for item in (facts("Node/one", verdict=broken), msgspec.structs.replace(pod, verdict=broken)):
            exposition.follow(graph.apply(item))
        assert samples(exposition) == [
            f'{families[0]}{{id="Node/one",kind="Node",namespace="",name="one"}} {since}',
            f"{families[0]}{{{place}}} {since}",
            f'{families[1]}{{{place},cause="Node/one",cause_kind="Node",distance="1",reason="{reason}"}} 1',
        ]
    for item in (facts("Node/one"), pod):
        exposition.follow(graph.apply(item))
    assert samples(exposition) == []


def test_a_cause_says_what_it_is_once_and_steadily() -> None:
    families = ("astrolabe_cause_info", "astrolabe_cause_affected")
    graph, exposition = world(metrics=families)
    owner = Owner("uid-web", "ReplicaSet", "web", controller=True)
    waiting = Verdict("Error", "NoReplicasReady", "0 of 2 are ready")
    exposition.follow(graph.apply(facts("ReplicaSet/shop/web", verdict=waiting)))
    for restarts in (1, 2):
        crashing = Verdict("Error", "OOMKilled", f"Container web was OOMKilled; {restarts} restarts")
        for name in ("web-a", "web-b"):
            pod = facts(f"Pod/shop/{name}", owners=(owner,), verdict=crashing)
            exposition.follow(graph.apply(pod))
        assert samples(exposition) == [
            f'{families[0]}{{id="Pod/shop/web-a",kind="Pod",namespace="shop",name="web-a",'
            'reason="OOMKilled",message="Container web was OOMKilled"} 1',
            f'{families[1]}{{id="Pod/shop/web-a"}} 0',
        ]
    for name in ("web-a", "web-b"):
        exposition.follow(graph.apply(facts(f"Pod/shop/{name}", owners=(owner,))))
    assert samples(exposition)[0].startswith(f'{families[0]}{{id="ReplicaSet/shop/web"')
    exposition.follow(graph.apply(facts("ReplicaSet/shop/web")))
    assert samples(exposition) == []


def test_an_account_that_was_refused_something_says_what_it_lacks() -> None:
    families = ("astrolabe_cause_info", "astrolabe_root_cause_info")
    graph, exposition = world(metrics=families)
    account = "ServiceAccount/shop/web"
    exposition.follow(graph.apply(facts(account)))
    words = (
        'pods is forbidden: User "system:serviceaccount:shop:web" cannot list resource "pods" in API group ""'
    )
    refused = Verdict("Error", "CrashLoopBackOff", f'{words} in the namespace "shop"')
    exposition.follow(graph.apply(facts("Pod/shop/web-1", verdict=refused, refs=(Ref("uses-sa", account),))))
    assert samples(exposition) == [
        f'{families[1]}{{id="Pod/shop/web-1",kind="Pod",namespace="shop",name="web-1",cause="{account}",'
        'cause_kind="ServiceAccount",distance="1",reason="Forbidden"} 1',
        f'{families[0]}{{id="{account}",kind="ServiceAccount",namespace="shop",name="web",reason="Forbidden",'
        r'message="It may not list pods in namespace shop. A Role with verbs [\"list\"], resources [\"pods\"],'
        r' apiGroups [\"\"], given to it by a RoleBinding, would grant it"} 1',
    ]
    crashing = Verdict("Error", "CrashLoopBackOff", "no configuration")
    exposition.follow(graph.apply(facts("Pod/shop/web-1", verdict=crashing, refs=(Ref("uses-sa", account),))))
    (own,) = samples(exposition)
    assert own.startswith(f'{families[0]}{{id="Pod/shop/web-1"')


def test_no_text_of_others_is_in_a_metric_where_that_is_not_wanted() -> None:
    graph, exposition = world(metrics=("astrolabe_cause_info",), cause_messages=False)
    crashing = Verdict("Error", "Failed", "Secrets are in here")
    exposition.follow(graph.apply(facts("Pod/shop/a", verdict=crashing)))
    assert samples(exposition) == [
        'astrolabe_cause_info{id="Pod/shop/a",kind="Pod",namespace="shop",name="a",reason="Failed",message=""} 1'
    ]
