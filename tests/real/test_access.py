"""Who may do what, by a real API server: reviews without end, and every special case by hand."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from astrolabe.derived.access.evaluator import Request, User, account_user, keys_of
from tests.access import generated, world
from tests.access.world import World, binding, cluster_role, id_of, role, rule
from tests.real import control_plane as planes
from tests.real.cluster import Cluster
from tests.real.control_plane import ApiServer
from tests.real.processes import until

SEEDS = (1, 2, 3, 4)
REVIEWS = 1600
"""For each seed: 6,400 in all."""
APIS = "/apis/rbac.authorization.k8s.io/v1"
KINDS = {
    "clusterroles": "ClusterRole",
    "roles": "Role",
    "clusterrolebindings": "ClusterRoleBinding",
    "rolebindings": "RoleBinding",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server without controllers: nothing aggregates roles but the test that wants it."""
    folder = tmp_path_factory.mktemp("access")
    with planes.etcd(folder) as etcd, planes.api_server(folder, etcd) as running:
        for name in generated.NAMESPACES:
            running.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        yield running


@pytest.fixture
def cluster(server: ApiServer) -> Iterator[Cluster]:
    """The administrator, in a cluster without roles and bindings but its own."""
    yield server.cluster
    for plural in KINDS:
        for item in server.cluster.items(f"{APIS}/{plural}"):
            metadata = item["metadata"]
            if "kubernetes.io/bootstrapping" not in metadata.get("labels", {}):
                place = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
                server.cluster.delete(f"{APIS}{place}/{plural}/{metadata['name']}")


def create(cluster: Cluster, *objects: world.Object) -> list[str]:
    """Create objects; return the ids of those that the API server refuses."""
    refused = []
    for each in objects:
        plural = next(plural for plural, kind in KINDS.items() if kind == each["kind"])
        namespace = each["metadata"].get("namespace", "")
        place = f"/namespaces/{namespace}" if namespace else ""
        body = {**each, "apiVersion": "rbac.authorization.k8s.io/v1"}
        body["metadata"] = {key: value for key, value in each["metadata"].items() if key != "uid"}
        response = cluster.request("POST", f"{APIS}{place}/{plural}", body)
        if response.status_code == 422:
            refused.append(id_of(each))
        else:
            assert response.ok, response.text
    return refused


def stored(cluster: Cluster) -> World:
    """Read everything that the API server has of RBAC, as the exporter does."""
    found = World()
    for plural, kind in KINDS.items():
        found.put(*({**item, "kind": kind} for item in cluster.items(f"{APIS}/{plural}")))
    return found


def review(cluster: Cluster, user: User, request: Request) -> bool:
    spec: dict[str, object] = {"user": user.name, "groups": list(user.groups)}
    if request.path:
        spec["nonResourceAttributes"] = {"path": request.path, "verb": request.verb}
    else:
        spec["resourceAttributes"] = {
            "verb": request.verb,
            "group": request.group,
            "resource": request.resource,
            "subresource": request.subresource,
            "namespace": request.namespace,
            "name": request.name,
        }
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    status = cluster.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", body)["status"]
    return bool(status["allowed"])


@pytest.mark.parametrize("seed", SEEDS)
def test_random_reviews_come_out_the_same(cluster: Cluster, seed: int) -> None:
    random = Random(seed)
    made = generated.objects(random)
    create(cluster, *made)
    found = stored(cluster)
    settled(cluster, found)
    allowed = 0
    for number in range(REVIEWS):
        user, request = generated.question(random, made)
        answer = review(cluster, user, request)
        allowed += answer
        assert found.rights.allowed(user, request) is answer, (seed, number, user, request)
        assert bool(found.rights.grants(user, request)) is answer
        by_resource = {grant.subject for grant in found.rights.who_can(request)}
        assert bool(by_resource & set(keys_of(user))) is answer, "both indexes say the same"
    assert 0.1 < allowed / REVIEWS < 0.9, "random questions that always have one answer ask nothing"


def settled(cluster: Cluster, found: World) -> None:
    """Wait until the authorizer knows the newest binding: it watches, as everybody does."""
    last = [
        binding("settled", "", "ClusterRole/settled", "User/settler"),
        cluster_role("settled", rule("get", "settled")),
    ]
    create(cluster, *last)
    found.put(*last)
    asked = User("settler"), Request(verb="get", resource="settled")
    until(lambda: review(cluster, *asked), "the authorizer has caught up")


def agree(cluster: Cluster, found: World, user: User, request: Request) -> bool:
    answer = review(cluster, user, request)
    assert found.rights.allowed(user, request) is answer, (user, request)
    return answer


ALICE = User("alice", ("system:authenticated",))


def as_user(cluster: Cluster, user: User, method: str, path: str, **params: str) -> int:
    """Send a request as somebody and return the status."""
    headers = {"Impersonate-User": user.name}
    return cluster.request(method, path, headers=headers, params=params).status_code


def test_names_need_a_name_in_the_request(cluster: Cluster) -> None:
    """A field selector on the name is one; a plain create or deletecollection carries none."""
    create(
        cluster,
        role(
            "named", "red", rule("get list watch create deletecollection", "secrets pods/exec", names=["db"])
        ),
        binding("named", "red", "Role/named", "User/alice"),
    )
    found = stored(cluster)
    settled(cluster, found)
    secrets = "/api/v1/namespaces/red/secrets"

    def ask(verb: str, name: str = "", resource: str = "secrets", subresource: str = "") -> bool:
        request = Request(verb=verb, resource=resource, subresource=subresource, namespace="red", name=name)
        return agree(cluster, found, ALICE, request)

    assert [ask("get", "db"), ask("get", "other"), ask("get")] == [True, False, False]
    assert [ask("list"), ask("list", "db"), ask("watch", "db")] == [False, True, True]
    assert [ask("create"), ask("create", "db", "pods", "exec"), ask("create", "", "pods", "exec")] == [
        False,
        True,
        False,
    ]
    # What real requests carry.
    assert as_user(cluster, ALICE, "GET", secrets) == 403
    assert as_user(cluster, ALICE, "GET", secrets, fieldSelector="metadata.name=db") == 200
    assert as_user(cluster, ALICE, "GET", secrets, fieldSelector="metadata.name=other") == 403
    assert as_user(cluster, ALICE, "DELETE", secrets, fieldSelector="metadata.name=db") == 403


def test_names_that_are_empty_match_requests_without_a_name(cluster: Cluster) -> None:
    create(
        cluster,
        role("empty", "red", rule("list", "secrets", names=[""])),
        binding("empty", "red", "Role/empty", "User/alice"),
    )
    found = stored(cluster)
    settled(cluster, found)
    asked = {
        name: Request(verb="list", resource="secrets", namespace="red", name=name) for name in ("", "db")
    }
    assert {name: agree(cluster, found, ALICE, request) for name, request in asked.items()} == {
        "": True,
        "db": False,
    }


def test_subresources_are_resources_of_their_own(cluster: Cluster) -> None:
    written = ("pods", "pods/exec", "*/exec", "*", "secrets/*", "pods/*", "*/*")
    create(
        cluster,
        *(cluster_role(f"sub-{number}", rule("get", text)) for number, text in enumerate(written)),
        *(
            binding(f"sub-{number}", "", f"ClusterRole/sub-{number}", f"User/user-{number}")
            for number in range(len(written))
        ),
    )
    found = stored(cluster)
    settled(cluster, found)
    asked = (("pods", ""), ("pods", "exec"), ("secrets", ""), ("secrets", "exec"))
    answers = {
        text: "".join(
            "y"
            if agree(
                cluster,
                found,
                User(f"user-{number}"),
                Request(verb="get", resource=resource, subresource=sub, namespace="red"),
            )
            else "-"
            for resource, sub in asked
        )
        for number, text in enumerate(written)
    }
    assert answers == {
        "pods": "y---",
        "pods/exec": "-y--",
        "*/exec": "-y-y",
        "*": "yyyy",
        "secrets/*": "----",
        "pods/*": "----",
        "*/*": "----",
    }


def test_paths_hold_for_the_whole_cluster_only(cluster: Cluster) -> None:
    create(
        cluster,
        cluster_role("paths", {"verbs": ["get"], "nonResourceURLs": ["/metrics", "/logs/*", "/odd**"]}),
        binding("paths", "", "ClusterRole/paths", "User/alice"),
        binding("paths", "red", "ClusterRole/paths", "User/bob"),
    )
    found = stored(cluster)
    settled(cluster, found)
    asked = ("/metrics", "/metrics/x", "/logs/", "/logs/a/b", "/logs", "/odd", "/oddity")
    assert [agree(cluster, found, ALICE, Request(verb="get", path=path)) for path in asked] == [
        True, False, True, True, False, True, True,
    ]  # fmt: skip
    assert not any(agree(cluster, found, User("bob"), Request(verb="get", path=path)) for path in asked)


def test_accounts_by_name_by_subject_and_by_group(cluster: Cluster) -> None:
    subjects = {
        "account": "ServiceAccount/red/web",
        "user": "User/system:serviceaccount:red:web",
        "of-namespace": "Group/system:serviceaccounts:red",
        "of-all": "Group/system:serviceaccounts",
    }
    for number, (name, text) in enumerate(subjects.items()):
        create(
            cluster,
            cluster_role(name, rule("get", f"thing{number}")),
            binding(name, "", f"ClusterRole/{name}", text),
        )
    found = stored(cluster)
    settled(cluster, found)

    def things(user: User) -> list[int]:
        return [
            number
            for number in range(len(subjects))
            if agree(cluster, found, user, Request(verb="get", resource=f"thing{number}"))
        ]

    assert things(account_user("red", "web")) == [0, 1, 2, 3]
    assert things(User("system:serviceaccount:red:web")) == [0, 1]
    assert things(account_user("red", "other")) == [2, 3]
    assert things(account_user("blue", "web")) == [3]


def test_subjects_without_a_namespace(cluster: Cluster) -> None:
    """They are of the RoleBinding's; in a ClusterRoleBinding the API server refuses them."""
    bindings = [
        binding("bare", "", "ClusterRole/bare", "ServiceAccount/web"),
        binding("bare", "red", "ClusterRole/bare", "ServiceAccount/web"),
    ]
    refused = create(cluster, cluster_role("bare", rule("get", "pods")), *bindings)
    assert refused == ["ClusterRoleBinding/bare"]
    found = stored(cluster)
    settled(cluster, found)
    request = Request(verb="get", resource="pods", namespace="red")
    web = account_user("red", "web")
    assert agree(cluster, found, web, request)
    # One that came in before the rule did is read as the authorizer reads it.
    found.put(*bindings)
    assert [grant.binding for grant in found.rights.grants(web, request)] == ["RoleBinding/red/bare"]


def test_a_role_that_does_not_exist_grants_nothing_until_it_does(cluster: Cluster) -> None:
    create(cluster, binding("early", "red", "Role/late", "User/alice"))
    found = stored(cluster)
    settled(cluster, found)
    request = Request(verb="get", resource="pods", namespace="red")
    assert not agree(cluster, found, ALICE, request)
    late = role("late", "red", rule("get", "pods"))
    create(cluster, late)
    found.put(late)
    until(lambda: review(cluster, ALICE, request), "the authorizer knows the role")
    assert agree(cluster, found, ALICE, request)


def test_aggregated_roles_grant_what_is_stored(
    server: ApiServer, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing before the controller has written the rules, all of them afterwards."""
    whole = cluster_role(
        "whole", aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"part-of": "whole"}}]}
    )
    part = cluster_role("part", rule("get", "widgets", groups=("example.com",)), labels={"part-of": "whole"})
    create(cluster, whole, part, binding("whole", "", "ClusterRole/whole", "User/alice"))
    before = stored(cluster)
    settled(cluster, before)
    request = Request(verb="get", group="example.com", resource="widgets", namespace="red")
    assert not agree(cluster, before, ALICE, request)
    managing = (
        f"--service-account-private-key-file={server.key}",
        "--controllers=clusterrole-aggregation-controller",
    )
    folder = tmp_path_factory.mktemp("aggregation")
    with planes.controller(folder, "kube-controller-manager", server, *managing):
        cluster.wait(f"{APIS}/clusterroles/whole", lambda found: found.get("rules"), "the rules are written")
        until(lambda: review(cluster, ALICE, request), "the authorizer knows them")
    assert agree(cluster, stored(cluster), ALICE, request)
