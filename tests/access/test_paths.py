"""Who reaches a Secret and how, against a search that knows nothing of ours; and how it is told."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings

from astrolabe.derived.access.evaluator import keys_of, user_of
from astrolabe.derived.access.paths import paths
from astrolabe.derived.access.powers import POWERS
from astrolabe.derived.access.search import LONGEST_WAY, Result
from astrolabe.derived.access.ways import Ways
from tests.access import small
from tests.access.brute import Brute
from tests.access.world import (
    RBAC,
    Object,
    World,
    account,
    binding,
    cluster_role,
    obj,
    pod,
    role,
    rule,
    secret,
)

CERT = "certificates.k8s.io"
AUTH = "authentication.k8s.io"


def closed(result: Result, subjects: list[str]) -> dict[str, tuple[int, set[str]]]:
    """Give everybody what the groups that they are known to be in reach."""
    found = {}
    for key in subjects:
        near = [result.subjects[each] for each in {key, *keys_of(user_of(key))} if each in result.subjects]
        if near:
            nearest = min(each.distance for each in near)
            hows = {str(how) for each in near if each.distance == nearest for how in each.ways}
            found[key] = nearest, hows
    return found


def check(objects: list[Object]) -> None:
    world = World(*objects)
    brute = Brute(world)
    result = world.reach("red", "key")
    assert not result.truncated
    assert closed(result, brute.subjects()) == brute.reach("red", "key")


@settings(max_examples=80, deadline=None)
@given(small.clusters())
def test_everybody_who_reaches_a_secret_is_found_by_the_shortest_ways(objects: list[Object]) -> None:
    check(objects)


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_the_same_in_clusters_that_are_full_of_ways(start: int) -> None:
    for seed in range(start, start + 20):
        check(small.cluster(Random(seed)))


def test_what_happened_before_does_not_matter() -> None:
    objects = small.cluster(Random(7))
    one, other = World(*objects), World(*reversed(objects))
    told = [list(paths(world.search(), world.rights, world.reach("red", "key"))) for world in (one, other)]
    assert told[0] == told[1]
    assert told[0]


def told(world: World, subject: str, namespace: str = "shop", name: str = "db") -> list[str]:
    """Write the ways of one subject, each as its steps."""
    result = world.reach(namespace, name)
    return [
        "; ".join(f"{step.how}: {', '.join(step.does)} → {step.becomes or 'there'}" for step in path.steps)
        for path in paths(world.search(), world.rights, result)
        if path.subject == subject
    ]


def with_rights(*rules: Object, cluster: bool = True, more: tuple[Object, ...] = ()) -> World:
    """Build a shop in which Alice has some rights."""
    granted = cluster_role("alice", *rules) if cluster else role("alice", "shop", *rules)
    to = f"{granted['kind']}/alice"
    return World(
        granted,
        binding("alice", "" if cluster else "shop", to, "User/alice"),
        secret("db", "shop"),
        account("web", "shop"),
        pod("web-1", "shop", "web", secrets=["db"], node="node-1"),
        *more,
    )


READER = (
    role("reader", "shop", rule("get", "secrets")),
    binding("reader", "shop", "Role/reader", "ServiceAccount/shop/robot"),
    account("robot", "shop"),
    pod("robot-1", "shop", "robot", token=True, node="node-2"),
)
"""An account that may read, and a Pod that runs as it."""


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule("get", "secrets")], ["read: get secrets db in shop → there"]),
        ([rule("list", "secrets", names=["db"])], ["read: list secrets db in shop → there"]),
        ([rule("delete", "secrets")], ["read: delete secrets db in shop → there"]),
        ([rule("deletecollection", "secrets", names=["db"])], []),
        ([rule("update create", "secrets", names=["db"])], []),
        ([rule("create", "pods/exec")], ["exec: create pods/exec web-1 in shop → there"]),
        ([rule("create", "pods/exec", names=["other"])], []),
        (
            [rule("patch", "pods/ephemeralcontainers", names=["web-1"])],
            ["exec: patch pods/ephemeralcontainers web-1 in shop → there"],
        ),
        ([rule("get", "nodes/proxy", names=["node-1"])], ["node: get nodes/proxy node-1 → there"]),
        ([rule("get", "nodes/proxy", names=["node-3"])], []),
        ([rule("create", "cronjobs", ("batch",))], ["run: create cronjobs in shop → there"]),
        ([rule("patch", "pods")], ["run: patch pods web-1 in shop → there"]),
        # There is no Deployment to change.
        ([rule("patch", "deployments", ("apps",))], []),
        (
            [rule("create", "serviceaccounts/token", names=["robot"])],
            [
                ("token: create serviceaccounts/token robot in shop → ServiceAccount/shop/robot; "
                "read: get secrets db in shop → there")
            ],
        ),
        (
            [rule("impersonate", "serviceaccounts")],
            [
                ("impersonate: impersonate serviceaccounts robot in shop → ServiceAccount/shop/robot; "
                "read: get secrets db in shop → there")
            ],
        ),
        (
            [rule("impersonate", "groups", names=["system:masters"]), rule("impersonate", "users")],
            [
                ("impersonate: impersonate groups system:masters, impersonate users → Group/system:masters; "
                "read:  → there")
            ],
        ),
        ([rule("impersonate", "groups", names=["system:masters"])], []),
        (
            [
                rule("create", "certificatesigningrequests", (CERT,)),
                rule("update", "certificatesigningrequests/approval", (CERT,)),
                rule("approve", "signers", (CERT,), names=["kubernetes.io/*"]),
            ],
            [
                ("certificate: create certificatesigningrequests, update"
                " certificatesigningrequests/approval, approve signers kubernetes.io/* →"
                " ServiceAccount/shop/robot; read: get secrets db in shop → there")
            ],
        ),
        (
            [
                rule("impersonate:serviceaccount", "serviceaccounts", (AUTH,)),
                rule("impersonate-on:serviceaccount:get", "secrets"),
            ],
            [
                ("impersonate: impersonate:serviceaccount serviceaccounts robot in shop,"
                " impersonate-on:serviceaccount:get secrets db in shop → ServiceAccount/shop/robot;"
                " read: get secrets db in shop → there")
            ],
        ),
        ([rule("impersonate-on:serviceaccount:get", "secrets")], []),
        (
            [rule("bind", "roles", (RBAC,), names=["reader"]), rule("create", "rolebindings", (RBAC,))],
            ["bind: bind Role/shop/reader → there; read: get secrets db in shop → there"],
        ),
        ([rule("create", "rolebindings", (RBAC,))], []),
        (
            [rule("escalate update", "clusterroles", (RBAC,), names=["alice"])],
            [("escalate: write any rule into a role → there; "
             "read: get secrets db in shop → there")],
        ),
    ],
)  # fmt: skip
def test_each_way_with_its_steps(rules: list[Object], expected: list[str]) -> None:
    assert told(with_rights(*rules, more=READER), "User/alice") == expected


def test_a_token_secret_is_made_or_read() -> None:
    making = with_rights(rule("create", "secrets"), rule("get", "secrets", names=["mine"]), more=READER)
    assert told(making, "User/alice") == [
        (
            "token-secret: create secrets in shop, get secrets mine in shop → ServiceAccount/shop/robot; "
            "read: get secrets db in shop → there"
        )
    ]
    kept = secret("robot-token", "shop", token_of="robot")
    reading = with_rights(rule("get", "secrets", names=["robot-token"]), more=(*READER, kept))
    assert told(reading, "User/alice") == [
        (
            "token-secret: get secrets robot-token in shop → ServiceAccount/shop/robot; "
            "read: get secrets db in shop → there"
        )
    ]


def test_a_token_of_an_earlier_account_of_the_name_is_none() -> None:
    old = secret("robot-token", "shop", token_of="robot", of_uid="earlier")
    holder = pod("holder", "shop", secrets=["robot-token"])
    reading = with_rights(rule("get", "secrets", names=["robot-token"]), more=(*READER, old))
    assert told(reading, "User/alice") == []
    reading.put(secret("robot-token", "shop", token_of="robot", of_uid="uid-ServiceAccount-shop-robot"))
    assert len(told(reading, "User/alice")) == 1
    inside = with_rights(rule("create", "pods/exec", names=["holder"]), more=(*READER, old, holder))
    assert told(inside, "User/alice") == []


def test_no_way_through_what_is_not_there() -> None:
    enter = rule("create", "pods/exec")
    assert told(with_rights(enter), "User/alice") == ["exec: create pods/exec web-1 in shop → there"]
    world = with_rights(enter)
    world.remove("Pod/shop/web-1")
    assert told(world, "User/alice") == []
    world.put(obj("Pod", "done", "shop", spec={"volumes": [{"name": "a", "secret": {"secretName": "db"}}]},
                  status={"phase": "Succeeded"}))  # fmt: skip
    assert told(world, "User/alice") == []


def test_where_pods_are_not_followed_there_may_be_one() -> None:
    world = World(
        cluster_role("alice", rule("create", "pods/exec")),
        binding("alice", "", "ClusterRole/alice", "User/alice"),
        secret("db", "shop"),
        cover=("Secret", "ServiceAccount"),
    )
    assert told(world, "User/alice") == ["exec: create pods/exec in shop → there"]


def test_everybody_in_a_group_reaches_what_it_does_and_is_told_once() -> None:
    world = with_rights(
        rule("get", "secrets"),
        more=(binding("all", "shop", "ClusterRole/alice", "Group/system:serviceaccounts:shop"),),
    )
    reached = world.reach("shop", "db").subjects
    assert sorted(reached) == [
        "Group/system:masters",
        "Group/system:serviceaccounts:shop",
        "User/alice",
    ]


def test_a_group_may_write_rules_into_a_role_that_only_its_member_has() -> None:
    """The group itself gains nothing by that."""
    writes = rule("escalate patch", "roles", groups=("rbac.authorization.k8s.io",))
    world = World(
        cluster_role("writer", writes),
        binding("everybody", "shop", "ClusterRole/writer", "Group/system:authenticated"),
        role("own", "shop"),
        binding("own", "shop", "Role/own", "User/alice"),
        secret("db", "shop"),
    )
    result = world.reach("shop", "db")
    reached = {key: (each.distance, set(each.ways)) for key, each in result.subjects.items()}
    assert reached == {"Group/system:masters": (1, {"read"}), "User/alice": (2, {"escalate"})}


def test_loops_of_impersonation_end() -> None:
    ring = [f"u{number}" for number in range(LONGEST_WAY + 4)]
    objects = [secret("db", "shop")]
    for number, name in enumerate(ring):
        following = ring[(number + 1) % len(ring)]
        objects += [
            cluster_role(name, rule("impersonate", "users", names=[following])),
            binding(name, "", f"ClusterRole/{name}", f"User/{name}"),
        ]
    world = World(*objects)
    assert set(world.reach("shop", "db").subjects) == {"Group/system:masters"}
    world.put(
        binding("end", "", "ClusterRole/read", f"User/{ring[0]}"),
        cluster_role("read", rule("get", "secrets")),
    )
    result = world.reach("shop", "db")
    assert result.subjects[f"User/{ring[-3]}"].distance == 4
    # Farther than is looked: told, not denied.
    assert result.truncated


def test_five_thousand_rules_in_one_role() -> None:
    many = [rule("get", f"things{number}", names=[str(number)]) for number in range(5000)]
    world = with_rights(*many, rule("get", "secrets", names=["db"]))
    assert told(world, "User/alice") == ["read: get secrets db in shop → there"]


def test_rules_that_say_nothing_or_nonsense_grant_nothing() -> None:
    odd = [
        {},
        {"verbs": []},
        {"verbs": ["yodel"], "resources": ["secrets"], "apiGroups": [""]},
        {"verbs": ["get"], "resources": [], "apiGroups": []},
        {"verbs": ["get"], "resources": ["secrets"]},
    ]
    assert told(with_rights(*odd), "User/alice") == []


@pytest.mark.parametrize("name", ["a/b", "Ünï cödé", 'quo"te', "new\nline", "system:serviceaccount:x"])
def test_names_may_hold_any_characters(name: str) -> None:
    world = World(
        cluster_role("r", rule("get", "secrets")),
        binding("b", "", "ClusterRole/r", f"User/{name}", f"Group/{name}"),
        secret("db", "shop"),
    )
    assert {f"User/{name}", f"Group/{name}"} <= set(world.reach("shop", "db").subjects)


def test_the_table_has_each_power_once() -> None:
    assert len(set(POWERS)) == len(POWERS)


def test_a_search_of_which_something_was_forgotten_meanwhile_leaves_nothing_old_behind() -> None:
    world = World(
        secret("db", "shop"),
        cluster_role("reader", rule("get", "secrets")),
        binding("all", "", "ClusterRole/reader", "Group/system:serviceaccounts"),
        account("robot", "blue"),
        account("other", "red"),
        role("maker", "blue", rule("create", "serviceaccounts/token")),
    )
    search = world.search()
    options = tuple(Ways(world.graph, world.uses).to_secret("shop", "db"))
    steps = search.reaching(options)
    for _ in steps:
        if "ServiceAccount/blue/robot" in search._takers["blue"]:
            break
    world.put(binding("late", "blue", "Role/maker", "User/eve"))
    search.forget("blue")
    search._holdings.forget("blue")
    for _ in steps:
        pass
    assert "User/eve" in search.reach(options).subjects
