"""The graph's rules one by one, in the words of Kubernetes."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from astrolabe.graph.delta import Edge, Missing, Root
from astrolabe.graph.facts import (
    Facts,
    Owner,
    Ref,
    Release,
    Requirement,
    Selection,
    Verdict,
    default_of,
    object_id,
)
from astrolabe.graph.graph import Graph
from astrolabe.kinds.judges.registry import JUDGES


def facts(kind: str, name: str, namespace: str = "shop", **fields: Any) -> Facts:
    node_id = object_id(kind, namespace, name)
    return Facts(
        **{
            "id": node_id,
            "kind": kind,
            "namespace": namespace,
            "uid": f"uid-{node_id}",
            "api_version": "v1",
            **fields,
        }
    )


def owned_by(kind: str, name: str, *, controller: bool = True, namespace: str = "shop") -> tuple[Owner, ...]:
    return (Owner(f"uid-{kind}/{namespace}/{name}", kind, name, controller),)


def service(**fields: Any) -> Facts:
    return facts(
        "Service",
        "web",
        selections=(Selection("selects", ("Pod",), (Requirement("app", "In", ("web",)),)),),
        **fields,
    )


def endpoint_slice(status: str) -> Facts:
    refs = (Ref("endpoints", "Service/shop/web", reverse=True),)
    return facts("EndpointSlice", "web-1", verdict=Verdict(status), refs=refs)


def state(graph: Graph, node_id: str) -> tuple[str, str]:
    node = graph.get(node_id)
    assert node is not None
    return node.status, node.message


NOTHING = ("Error", "Its selector app=web matches no Pod and no workload")


class TestReadinessOfAService:
    def test_follows_its_slices(self) -> None:
        graph = Graph(JUDGES)
        graph.cover("EndpointSlice")
        graph.apply(service())
        assert state(graph, "Service/shop/web") == NOTHING
        graph.apply(endpoint_slice("Pending"))
        assert state(graph, "Service/shop/web") == NOTHING
        delta = graph.apply(endpoint_slice("Ready"))
        assert state(graph, "Service/shop/web") == ("Ready", "")
        assert set(delta.nodes) == {"Service/shop/web", "EndpointSlice/shop/web-1"}
        graph.apply(endpoint_slice("Pending"))
        assert state(graph, "Service/shop/web") == NOTHING
        graph.apply(endpoint_slice("Ready"))
        graph.remove("EndpointSlice/shop/web-1")
        assert state(graph, "Service/shop/web") == NOTHING

    def test_is_unknown_until_slices_are_known(self) -> None:
        graph = Graph(JUDGES)
        graph.apply(service())
        assert state(graph, "Service/shop/web")[0] == "Unknown"
        graph.cover("EndpointSlice")
        assert state(graph, "Service/shop/web")[0] == "Error"
        graph.uncover("EndpointSlice")
        assert state(graph, "Service/shop/web")[0] == "Unknown"

    def test_comes_from_slices_alone(self) -> None:
        graph = Graph(JUDGES)
        graph.cover("EndpointSlice")
        graph.apply(service())
        graph.apply(msgspec.structs.replace(endpoint_slice("Ready"), id="Mirror/shop/web-1", kind="Mirror"))
        assert [edge.source for edge in graph.edges()] == ["Service/shop/web"]
        assert state(graph, "Service/shop/web") == NOTHING

    def test_comes_after_the_services_own_rule(self) -> None:
        graph = Graph(JUDGES)
        graph.apply(endpoint_slice("Ready"))
        graph.apply(service(verdict=Verdict("Pending", "Terminating", "Is being deleted")))
        assert state(graph, "Service/shop/web") == ("Pending", "Is being deleted")


class TestRootAndRelease:
    def test_are_inherited_through_any_depth_in_any_order(self) -> None:
        release = Release("shop", "web")
        pod = facts("Pod", "web-1-a", owners=owned_by("ReplicaSet", "web-1"))
        replicaset = facts("ReplicaSet", "web-1", owners=owned_by("Deployment", "web"))
        deployment = facts("Deployment", "web", release=release, chart="web-1.2.3")
        graph = Graph()
        graph.apply(pod)
        assert graph.get(pod.id).root == Root("ReplicaSet", "web-1")  # type: ignore[union-attr]
        graph.apply(replicaset)
        assert graph.get(pod.id).root == Root("Deployment", "web")  # type: ignore[union-attr]
        assert set(graph.of_release(release)) == set()
        delta = graph.apply(deployment)
        assert set(delta.nodes) == {pod.id, replicaset.id, deployment.id}
        assert set(graph.of_release(release)) == {pod.id, replicaset.id, deployment.id}
        assert graph.get(pod.id).chart == "web-1.2.3"  # type: ignore[union-attr]
        graph.apply(msgspec.structs.replace(deployment, release=None))
        assert list(graph.releases()) == []

    def test_name_a_controller_that_is_not_watched(self) -> None:
        graph = Graph()
        graph.apply(facts("Pod", "web-1", owners=owned_by("Rollout.argoproj.io", "web")))
        assert graph.get("Pod/shop/web-1").root == Root("Rollout.argoproj.io", "web")  # type: ignore[union-attr]

    def test_ignore_owners_that_do_not_control(self) -> None:
        graph = Graph()
        graph.apply(facts("ConfigMap", "web"))
        graph.apply(facts("Pod", "web-1", owners=owned_by("ConfigMap", "web", controller=False)))
        assert graph.get("Pod/shop/web-1").root is None  # type: ignore[union-attr]
        assert [edge.type for edge in graph.edges()] == ["owns"]

    def test_end_where_controllers_own_each_other(self) -> None:
        graph = Graph()
        graph.apply(facts("A", "x", owners=owned_by("B", "x")))
        graph.apply(facts("B", "x", owners=owned_by("A", "x")))
        graph.apply(facts("Pod", "x", owners=owned_by("A", "x")))
        assert [node.root for node in graph] == [None, None, None]


class TestMissing:
    secret = Ref("uses-secret", "Secret/shop/db")

    def test_waits_until_the_kind_is_known(self) -> None:
        graph = Graph()
        graph.apply(facts("Pod", "web", refs=(self.secret,)))
        assert list(graph.missing()) == []
        missing = Missing("uses-secret", "Pod/shop/web", "Secret/shop/db", "shop", optional=False)
        assert graph.cover("Secret").missing == {missing: True}
        assert graph.cover("Secret", "shop").missing == {}
        assert graph.apply(facts("Secret", "db")).missing == {missing: False}
        assert graph.remove("Secret/shop/db").missing == {missing: True}
        assert graph.remove("Pod/shop/web").missing == {missing: False}

    def test_is_known_per_namespace(self) -> None:
        graph = Graph()
        graph.apply(facts("Pod", "web", refs=(self.secret,)))
        graph.cover("Secret", "other")
        assert list(graph.missing()) == []
        graph.cover("Secret", "shop")
        assert len(list(graph.missing())) == 1
        assert len(graph.uncover("Secret", "shop").missing) == 1

    def test_is_no_owner_and_no_default(self) -> None:
        graph = Graph()
        graph.cover("Deployment")
        graph.cover("IngressClass")
        default = Ref("classifies", default_of("IngressClass"), reverse=True, alias=True)
        graph.apply(facts("Ingress", "web", refs=(default,), owners=owned_by("Deployment", "web")))
        assert list(graph.missing()) == []


class TestEdges:
    def test_of_a_claim_and_its_volume_are_one(self) -> None:
        graph = Graph()
        claim = facts("PersistentVolumeClaim", "data", refs=(Ref("binds", "PersistentVolume/pv"),))
        volume = facts(
            "PersistentVolume",
            "pv",
            "",
            refs=(Ref("binds", "PersistentVolumeClaim/shop/data", reverse=True),),
        )
        edge = Edge("binds", "PersistentVolumeClaim/shop/data", "PersistentVolume/pv", "shop")
        graph.apply(claim)
        assert graph.apply(volume).edges == {edge: True}
        assert list(graph.edges()) == [edge]
        assert graph.apply(msgspec.structs.replace(claim, refs=())).edges == {}
        assert graph.apply(msgspec.structs.replace(volume, refs=())).edges == {edge: False}

    def test_go_to_the_default_class_while_there_is_one(self) -> None:
        graph = Graph()
        default = Ref("classifies", default_of("IngressClass"), reverse=True, alias=True)
        graph.apply(facts("Ingress", "web", refs=(default,)))
        nginx = facts("IngressClass", "nginx", "", alias=default_of("IngressClass"))
        contour = facts("IngressClass", "contour", "", alias=default_of("IngressClass"))
        to_nginx = Edge("classifies", "IngressClass/nginx", "Ingress/shop/web", "shop")
        to_contour = Edge("classifies", "IngressClass/contour", "Ingress/shop/web", "shop")
        assert graph.apply(nginx).edges == {to_nginx: True}
        assert graph.apply(contour).edges == {to_nginx: False, to_contour: True}
        assert graph.remove(contour.id).edges == {to_nginx: True, to_contour: False}

    def test_to_images_keep_the_image_while_it_is_used(self) -> None:
        graph = Graph()
        image = Ref("runs-image", "Image/docker.io/library/nginx:latest")
        graph.apply(facts("Pod", "a", refs=(image,)))
        graph.apply(facts("Pod", "b", refs=(image,)))
        node = graph.get("Image/docker.io/library/nginx:latest")
        assert node is not None
        assert (node.facts.kind, node.facts.name) == ("Image", "docker.io/library/nginx:latest")
        graph.remove("Pod/shop/a")
        assert node.id in graph
        assert node.id in graph.remove("Pod/shop/b").nodes
        assert len(graph) == 0


def root_of(graph: Graph, node_id: str) -> Root | None:
    node = graph.get(node_id)
    assert node is not None
    return node.root


class TestWhatIsHidden:
    """Older API servers do not count Pods that stop: their ReplicaSet looks idle before they are gone."""

    pod = facts("Pod", "web-1-a", owners=owned_by("ReplicaSet", "web-1"))
    idle = facts("ReplicaSet", "web-1", owners=owned_by("Deployment", "web"), hidden=True)
    deployment = facts("Deployment", "web", release=Release("shop", "web"), chart="web-1.2.3")

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
    def test_still_leads(self, order: tuple[int, ...]) -> None:
        graph = Graph()
        for index in order:
            graph.apply((self.pod, self.idle, self.deployment)[index])
        node = graph.get(self.pod.id)
        assert node is not None
        assert (node.root, node.release, node.chart) == (
            Root("Deployment", "web"),
            Release("shop", "web"),
            "web-1.2.3",
        )
        assert self.idle.id not in graph
        assert list(graph.hidden()) == [self.idle]
        assert list(graph.edges()) == []

    def test_that_it_hides_changes_nothing_of_its_pods(self) -> None:
        graph = Graph()
        for item in (self.pod, msgspec.structs.replace(self.idle, hidden=False), self.deployment):
            graph.apply(item)
        delta = graph.apply(self.idle)
        assert set(delta.nodes) == {self.idle.id}
        assert delta.hidden == {self.idle.id: self.idle}
        assert root_of(graph, self.pod.id) == Root("Deployment", "web")

    def test_is_let_go_with_its_deployment_and_by_itself(self) -> None:
        graph = Graph()
        for item in (self.pod, self.idle, self.deployment):
            graph.apply(item)
        assert set(graph.remove(self.deployment.id).nodes) == {self.deployment.id, self.pod.id}
        assert root_of(graph, self.pod.id) == Root("Deployment", "web")
        assert graph.remove(self.idle.id, "another").hidden == {}
        assert graph.remove(self.idle.id, self.idle.uid).hidden == {self.idle.id: None}
        assert root_of(graph, self.pod.id) == Root("ReplicaSet", "web-1")
        assert list(graph.hidden()) == []

    def test_leads_nobody_elses_pods(self) -> None:
        graph = Graph()
        for item in (msgspec.structs.replace(self.idle, uid="another"), self.deployment, self.pod):
            graph.apply(item)
        assert root_of(graph, self.pod.id) == Root("ReplicaSet", "web-1")


class TestOneUidOfTwoKinds:
    """OpenShift serves Roles of RBAC a second time, with their UIDs, as do other APIs that mirror one."""

    role = facts("Role", "reader", uid="1")
    mirror = facts("Role.authorization.openshift.io", "reader", uid="1")

    @pytest.mark.parametrize("first", [0, 1])
    def test_owner_is_the_one_of_the_kind(self, first: int) -> None:
        graph = Graph()
        objects = [self.role, self.mirror]
        for name, owner in (("a", self.role), ("b", self.mirror)):
            owners = (Owner("1", owner.kind, "reader", controller=True),)
            graph.apply(facts("ConfigMap", name, owners=owners))
        graph.apply(objects[first])
        graph.apply(objects[1 - first])
        owns = [(edge.source, edge.target) for edge in sorted(graph.edges())]
        assert owns == [
            ("Role.authorization.openshift.io/shop/reader", "ConfigMap/shop/b"),
            ("Role/shop/reader", "ConfigMap/shop/a"),
        ]
        assert root_of(graph, "ConfigMap/shop/a") == Root("Role", "reader")
        assert root_of(graph, "ConfigMap/shop/b") == Root("Role.authorization.openshift.io", "reader")

    def test_owner_of_a_kind_that_is_not_there_is_still_named(self) -> None:
        graph = Graph()
        graph.apply(self.mirror)
        graph.apply(facts("ConfigMap", "a", owners=(Owner("1", "Role", "reader", controller=True),)))
        assert list(graph.edges()) == []
        assert root_of(graph, "ConfigMap/shop/a") == Root("Role", "reader")


class TestReferencesToOneObjectAlone:
    def test_a_released_volume_is_not_bound_to_a_new_claim_of_the_same_name(self) -> None:
        graph = Graph()
        graph.cover("PersistentVolumeClaim")
        bound = Ref("binds", "PersistentVolumeClaim/shop/data", optional=True, reverse=True, uid="first")
        missing = Missing("binds", "PersistentVolume/pv", bound.target, "shop", optional=True)
        edge = Edge("binds", "PersistentVolumeClaim/shop/data", "PersistentVolume/pv", "shop")
        graph.apply(facts("PersistentVolume", "pv", "", refs=(bound,)))
        assert list(graph.missing()) == [missing]
        first = graph.apply(facts("PersistentVolumeClaim", "data", uid="first"))
        assert (first.edges, first.missing) == ({edge: True}, {missing: False})
        second = graph.apply(facts("PersistentVolumeClaim", "data", uid="second"))
        assert (second.edges, second.missing) == ({edge: False}, {missing: True})
        assert list(graph.edges()) == []
        gone = graph.remove("PersistentVolumeClaim/shop/data")
        assert (gone.edges, gone.missing) == ({}, {})
        assert list(graph.missing()) == [missing]

    @pytest.mark.parametrize("covered_first", [True, False])
    def test_what_has_the_name_and_is_another_is_missing_where_the_kind_is_known(
        self, *, covered_first: bool
    ) -> None:
        graph = Graph()
        ref = Ref("endpoints", "Pod/shop/db-0", uid="old")
        missing = Missing("endpoints", "EndpointSlice/shop/db-x", ref.target, "shop", optional=False)
        if covered_first:
            graph.cover("Pod")
        graph.apply(facts("Pod", "db-0", uid="new"))
        applied = graph.apply(facts("EndpointSlice", "db-x", refs=(ref,)))
        assert applied.missing == ({missing: True} if covered_first else {})
        assert graph.cover("Pod").missing == ({} if covered_first else {missing: True})
        assert graph.uncover("Pod").missing == {missing: False}
        assert graph.remove("EndpointSlice/shop/db-x").missing == {}
        assert not graph._references._unresolved

    @pytest.mark.parametrize("first", [0, 1])
    def test_the_uid_takes_no_memory_of_its_own(self, first: int) -> None:
        pod, uid = facts("Pod", "db-0"), bytearray(b"uid-Pod/shop/db-0").decode()
        ref = Ref("endpoints", pod.id, uid=uid)
        assert ref.uid is not pod.uid
        graph = Graph()
        objects = (pod, facts("EndpointSlice", "db-x", refs=(ref,)))
        graph.apply(objects[first])
        graph.apply(objects[1 - first])
        assert ref.uid is pod.uid

    def test_a_claim_may_be_meant_by_its_controller(self) -> None:
        """The kubelet refuses a Pod whose generic ephemeral claim belongs to somebody else."""
        graph = Graph()
        graph.cover("PersistentVolumeClaim")
        mounts = Ref("mounts", "PersistentVolumeClaim/shop/db-0-scratch", uid="uid-Pod/shop/db-0")
        missing = Missing("mounts", "Pod/shop/db-0", mounts.target, "shop", optional=False)
        edge = Edge("mounts", "Pod/shop/db-0", mounts.target, "shop")
        claim = facts("PersistentVolumeClaim", "db-0-scratch")
        graph.apply(claim)
        assert graph.apply(facts("Pod", "db-0", refs=(mounts,))).missing == {missing: True}
        owned = msgspec.structs.replace(claim, owners=owned_by("Pod", "db-0"))
        taken = graph.apply(owned)
        assert (taken.edges.get(edge), taken.missing) == (True, {missing: False})
        merely = msgspec.structs.replace(claim, owners=owned_by("Pod", "db-0", controller=False))
        left = graph.apply(merely)
        assert (left.edges, left.missing) == ({edge: False}, {missing: True})


class TestRecordsOfReleases:
    """Flux keeps the records of a release where its HelmRelease is, and the objects elsewhere."""

    record = facts(
        "Secret", "sh.helm.release.v1.shop.v3", "flux-system", release=Release("", "shop", "flux-system")
    )
    deployment = facts("Deployment", "shop", "prod", release=Release("prod", "shop", "flux-system"))
    service = facts("Service", "shop", "prod", release=Release("prod", "shop", "flux-system"))

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
    def test_belong_to_the_release_that_is_said_to_be_kept_there(self, order: tuple[int, ...]) -> None:
        graph = Graph()
        for index in order:
            graph.apply((self.record, self.deployment, self.service)[index])
        assert list(graph.releases()) == [Release("prod", "shop")]
        assert set(graph.of_release(Release("prod", "shop"))) == {
            self.record.id,
            self.deployment.id,
            self.service.id,
        }

    def test_belong_to_their_own_place_while_nobody_says_otherwise(self) -> None:
        graph = Graph()
        graph.apply(self.record)
        assert list(graph.releases()) == [Release("flux-system", "shop")]
        assert set(graph.apply(self.deployment).nodes) == {self.record.id, self.deployment.id}
        assert set(graph.apply(self.service).nodes) == {self.service.id}
        assert set(graph.remove(self.deployment.id).nodes) == {self.deployment.id}
        assert list(graph.releases()) == [Release("prod", "shop")]
        assert set(graph.remove(self.service.id).nodes) == {self.record.id, self.service.id}
        assert list(graph.releases()) == [Release("flux-system", "shop")]


class TestRecreation:
    def test_of_an_owner_leaves_the_old_children_alone(self) -> None:
        graph = Graph()
        graph.apply(facts("Deployment", "web"))
        graph.apply(facts("ReplicaSet", "web-1", owners=owned_by("Deployment", "web")))
        delta = graph.apply(facts("Deployment", "web", uid="another"))
        assert list(delta.edges.values()) == [False]
        assert list(graph.edges()) == []

    def test_a_late_deletion_spares_the_successor(self) -> None:
        graph = Graph()
        graph.apply(facts("Deployment", "web", uid="second"))
        assert not graph.remove("Deployment/shop/web", "first")
        assert graph.remove("Deployment/shop/web", "second")


@pytest.mark.parametrize(
    ("requirements", "selected"),
    [
        ((), {"a", "b", "c"}),
        ((Requirement("app", "In", ("web",)),), {"a", "b"}),
        ((Requirement("app", "In", ("web", "db")),), {"a", "b", "c"}),
        ((Requirement("app", "In", ("web",)), Requirement("canary", "Exists")), {"b"}),
        ((Requirement("app", "In", ("web",)), Requirement("canary", "DoesNotExist")), {"a"}),
        ((Requirement("app", "NotIn", ("web",)),), {"c"}),
        ((Requirement("canary", "NotIn", ("yes",)),), {"a", "c"}),
        ((Requirement("canary", "Exists"),), {"b"}),
    ],
)
def test_selectors_select_whatever_comes_first(
    requirements: tuple[Requirement, ...], selected: set[str]
) -> None:
    pods = [
        facts("Pod", "a", labels=(("app", "web"),), selectable=True),
        facts("Pod", "b", labels=(("app", "web"), ("canary", "yes")), selectable=True),
        facts("Pod", "c", labels=(("app", "db"),), selectable=True),
        facts("Pod", "a", "other", labels=(("app", "web"),), selectable=True),
    ]
    budget = facts("PodDisruptionBudget", "x", selections=(Selection("selects", ("Pod",), requirements),))
    for order in ([*pods, budget], [budget, *pods]):
        graph = Graph()
        for item in order:
            graph.apply(item)
        assert {edge.target for edge in graph.edges()} == {f"Pod/shop/{name}" for name in selected}


def test_an_update_that_changes_nothing_says_nothing() -> None:
    graph = Graph()
    graph.apply(facts("Pod", "web"))
    assert not graph.apply(facts("Pod", "web"))


def test_hidden_facts_leave_and_return() -> None:
    graph = Graph()
    pod = facts("Pod", "web-1-a", owners=owned_by("ReplicaSet", "web-1"))
    idle = facts("ReplicaSet", "web-1", hidden=True)
    graph.apply(pod)
    assert not graph.apply(idle)
    assert list(graph.hidden()) == [idle]
    assert len(graph.apply(msgspec.structs.replace(idle, hidden=False)).edges) == 1
    assert len(graph.apply(idle).edges) == 1
    assert idle.id not in graph


def test_what_did_not_change_is_kept_as_it_is() -> None:
    """Else an update would end what objects share, and a week of updates would cost what nobody measured."""

    def pod(status: str, labels: dict[str, str]) -> Facts:
        return facts(
            "Pod",
            "web",
            verdict=Verdict(status),
            labels=tuple(labels.items()),
            refs=(Ref("uses-secret", "Secret/shop/tls"),),
            owners=owned_by("ReplicaSet", "web"),
        )

    graph = Graph()
    first = pod("Ready", {"app": "web"})
    graph.apply(first)
    for status, labels in (("Pending", {"app": "web"}), ("Ready", {"app": "other"})):
        graph.apply(pod(status, labels))
        node = graph.get(first.id)
        assert node is not None
        assert (node.status, dict(node.facts.labels)) == (status, labels)
        assert node.facts.refs is first.refs
        assert node.facts.owners is first.owners
        assert (node.facts.labels is first.labels) == (labels == {"app": "web"})


@pytest.mark.parametrize("first", ["service", "pods"])
def test_labels_alone_do_not_make_a_target(first: str) -> None:
    """A selection is for some kinds, and may be for what has no controller."""
    requirements = (Requirement("app", "In", ("web",)),)
    chosen = Selection("selects", ("Pod",), requirements, controlled=False)
    source = facts("Service", "web", selections=(chosen,))
    labels = (("app", "web"),)
    targets = [
        facts("Pod", "bare", labels=labels, selectable=True),
        facts("Pod", "owned", labels=labels, selectable=True, owners=owned_by("ReplicaSet", "web")),
        facts("Machine", "web", labels=labels, selectable=True),
    ]
    graph = Graph()
    for item in (source, *targets) if first == "service" else (*targets, source):
        graph.apply(item)
    assert [edge.target for edge in graph.edges()] == ["Pod/shop/bare"]
    node = graph.get(source.id)
    assert node is not None
    assert [edge.target for edge in graph.selected(node)] == ["Pod/shop/bare"]
