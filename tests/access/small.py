"""Small clusters that are full of ways, from hypothesis: few names, and rules that lead somewhere."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from tests.access import world
from tests.access.world import RBAC, Object

NAMESPACES = ("red", "blue")
ACCOUNTS = ("web", "db")
UIDS = ("first", "second")
"""Of accounts: one that is made again has another one."""
SECRETS = ("key", "tok")
PODS = ("p1", "p2")
CERT = "certificates.k8s.io"
AUTH = "authentication.k8s.io"
PALETTE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("get", "secrets", ("",)),
    ("list", "secrets", ("",)),
    ("deletecollection", "secrets", ("",)),
    ("delete patch", "secrets", ("",)),
    ("update", "secrets", ("",)),
    ("create", "secrets", ("",)),
    ("create", "pods", ("",)),
    ("patch", "pods", ("",)),
    ("create", "pods/exec", ("",)),
    ("get", "pods/exec", ("",)),
    ("create", "pods/portforward pods/attach", ("",)),
    ("update", "pods/ephemeralcontainers", ("",)),
    ("create", "deployments", ("apps",)),
    ("update", "deployments", ("apps",)),
    ("patch", "cronjobs", ("batch",)),
    ("get", "nodes/proxy", ("",)),
    ("create", "serviceaccounts/token", ("",)),
    ("create", "serviceaccounts", ("",)),
    ("impersonate", "serviceaccounts", ("",)),
    ("impersonate", "users", ("",)),
    ("impersonate", "groups", ("",)),
    ("impersonate", "users groups", ("",)),
    ("create", "certificatesigningrequests", (CERT,)),
    ("update", "certificatesigningrequests/approval", (CERT,)),
    ("approve", "signers", (CERT,)),
    (
        "create update approve",
        "certificatesigningrequests certificatesigningrequests/approval signers",
        (CERT,),
    ),
    ("bind", "clusterroles roles", (RBAC,)),
    ("create", "rolebindings", (RBAC,)),
    ("create", "clusterrolebindings", (RBAC,)),
    ("update", "rolebindings clusterrolebindings", (RBAC,)),
    ("bind create", "clusterroles rolebindings", (RBAC,)),
    ("escalate patch", "roles clusterroles", (RBAC,)),
    ("escalate create bind", "roles rolebindings", (RBAC,)),
    ("impersonate:serviceaccount", "serviceaccounts", (AUTH,)),
    ("impersonate:user-info", "users groups", (AUTH,)),
    ("impersonate-on:serviceaccount:get impersonate-on:user-info:get", "secrets", ("",)),
    ("impersonate-on:serviceaccount:create", "*", ("",)),
    ("impersonate:serviceaccount impersonate-on:serviceaccount:get", "serviceaccounts secrets", ("", AUTH)),
    ("*", "secrets", ("",)),
    ("get", "*", ("*",)),
    ("*", "*", ("*",)),
    ("yodel", "", ()),
)  # fmt: skip
NAMES = ("web", "db", "key", "tok", "p1", "d1", "n1", "alice", "r0", "r1", "b0", "new",
         "kubernetes.io/kube-apiserver-client", "kubernetes.io/*", "")  # fmt: skip
SUBJECTS = (
    "User/alice", "User/bob", "User/system:serviceaccount:red:web", "Group/devs",
    "Group/system:authenticated", "Group/system:serviceaccounts", "Group/system:serviceaccounts:red",
    "ServiceAccount/red/web",
    "ServiceAccount/red/db", "ServiceAccount/blue/web", "ServiceAccount/blue/ghost",
)  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> list[Object]:
    found = []
    for verbs, resources, groups in draw(st.lists(st.sampled_from(PALETTE), max_size=3)):
        names = draw(st.just(()) | st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))
        found.append(world.rule(verbs, resources, groups, names))
    return found


@st.composite
def rbac(draw: st.DrawFn) -> list[Object]:
    found: list[Object] = []
    for number in range(3):
        found.append(world.cluster_role(f"r{number}", *draw(rules())))
        found.extend(
            world.role(f"r{number}", namespace, *draw(rules()))
            for namespace in NAMESPACES
            if draw(st.booleans())
        )
    for number in range(draw(st.integers(1, 5))):
        namespace = draw(st.sampled_from(("", *NAMESPACES)))
        kind = draw(st.sampled_from(("Role", "ClusterRole"))) if namespace else "ClusterRole"
        to = f"{kind}/r{draw(st.integers(0, 3))}"
        subjects = draw(st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=2))
        found.append(world.binding(f"b{number}", namespace, to, *subjects))
    return found


@st.composite
def others(draw: st.DrawFn) -> list[Object]:
    found: list[Object] = []
    for namespace in NAMESPACES:
        found += [
            world.account(name, namespace, uid=draw(st.sampled_from(UIDS)))
            for name in ACCOUNTS
            if draw(st.booleans())
        ]
        found.append(world.secret("key", namespace))
        if draw(st.booleans()):
            found.append(
                world.secret(
                    "tok", namespace, draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from(("", *UIDS)))
                )
            )
        for name in PODS:
            if draw(st.booleans()):
                found.append(
                    world.pod(
                        name,
                        namespace,
                        draw(st.sampled_from(ACCOUNTS)),
                        token=draw(st.booleans()),
                        secrets=draw(st.lists(st.sampled_from(SECRETS), max_size=1)),
                        node=draw(st.sampled_from(("", "n1", "n2"))),
                    )
                )
        if draw(st.booleans()):
            template = {"spec": {"containers": []}}
            found.append(world.obj("Deployment", "d1", namespace, spec={"replicas": 0, "template": template}))
    return found


@st.composite
def clusters(draw: st.DrawFn) -> list[Object]:
    return [*draw(rbac()), *draw(others())]


def cluster(random: Random) -> list[Object]:
    """Make one that is fuller than hypothesis likes them: long ways need many rights."""

    def rules(most: int) -> list[Object]:
        return [
            world.rule(*random.choice(PALETTE[:-1]), random.choices(NAMES, k=random.choice((0, 0, 0, 1, 2))))
            for _ in range(random.randint(1, most))
        ]

    found: list[Object] = []
    for number in range(4):
        found.append(world.cluster_role(f"r{number}", *rules(2)))
        found += [world.role(f"r{number}", namespace, *rules(2)) for namespace in NAMESPACES]
    for number in range(random.randint(2, 8)):
        namespace = random.choice(("", *NAMESPACES, *NAMESPACES))
        kind = random.choice(("Role", "ClusterRole")) if namespace else "ClusterRole"
        to = f"{kind}/r{random.randrange(4)}"
        found.append(world.binding(f"b{number}", namespace, to, *random.choices(SUBJECTS, k=2)))
    for namespace in NAMESPACES:
        found += [
            world.account(name, namespace, uid=random.choice(UIDS))
            for name in ACCOUNTS
            if random.random() < 0.8
        ]
        found.append(world.secret("key", namespace))
        if random.random() < 0.6:
            found.append(world.secret("tok", namespace, random.choice(ACCOUNTS), random.choice(("", *UIDS))))
        found += [
            world.pod(
                name,
                namespace,
                random.choice(ACCOUNTS),
                token=random.random() < 0.6,
                secrets=random.choices(SECRETS, k=random.choice((0, 1))),
                node=random.choice(("", "n1", "n2")),
            )
            for name in PODS
            if random.random() < 0.7
        ]
        if random.random() < 0.5:
            template = {"spec": {"containers": []}}
            found.append(world.obj("Deployment", "d1", namespace, spec={"replicas": 0, "template": template}))
    return found
