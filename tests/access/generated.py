"""Random RBAC and random questions, from a seed: every word that has a meaning of its own, often together."""

from __future__ import annotations

from random import Random

from astrolabe.derived.access.evaluator import Request, User, account_user
from tests.access import world
from tests.access.world import Object

NAMESPACES = ("red", "blue", "green")
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind")
ODD_VERBS = ("escalate", "impersonate", "impersonate:user-info", "impersonate-on:serviceaccount:get", "yodel")
GROUPS = ("", "apps", "batch", "example.com", "rbac.authorization.k8s.io")
RESOURCES = ("pods", "secrets", "deployments", "serviceaccounts", "widgets", "secrets2")
SUBRESOURCES = ("", "", "exec", "scale", "token", "status")
NAMES = ("web", "db", "a", "web2", "")
PATHS = ("/metrics", "/healthz", "/healthz/etcd", "/logs/", "/", "/api", "/metrics/a b", "*")
URLS = ("/metrics", "/healthz*", "/logs/*", "*", "/metrics/**", "/healthz/*/etcd", "/*")
USERS = ("alice", "bob", "system:anonymous", "Ünï cödé", "a/b", "system:serviceaccount:red:web", "*")
GROUP_NAMES = ("devs", "system:authenticated", "system:serviceaccounts", "system:serviceaccounts:red", "*")
ACCOUNTS = ("web", "db", "default")
ROLES = 14
"""Of each sort; some that are bound do not exist."""


def some(random: Random, of: tuple[str, ...], most: int = 2, star: float = 0.12) -> list[str]:
    found = random.sample(of, random.randint(1, most))
    return [*found, "*"] if random.random() < star else found


def resources(random: Random) -> list[str]:
    found = []
    for _ in range(random.randint(1, 3)):
        resource = random.choice((*RESOURCES, "*")) if random.random() < 0.9 else "*"
        subresource = random.choice((*SUBRESOURCES, "*"))
        found.append(f"{resource}/{subresource}" if subresource else resource)
    return found


def rule(random: Random, *, cluster: bool) -> Object:
    verbs = some(random, VERBS if random.random() < 0.85 else ODD_VERBS, 4)
    if cluster and random.random() < 0.2:
        return {"verbs": verbs, "nonResourceURLs": some(random, URLS, 3, 0)}
    found = {"verbs": verbs, "apiGroups": some(random, GROUPS, 3), "resources": resources(random)}
    if random.random() < 0.35:
        found["resourceNames"] = some(random, NAMES, 2, 0.05)
    return found


def rules(random: Random, *, cluster: bool) -> list[Object]:
    return [rule(random, cluster=cluster) for _ in range(random.choice((0, 1, 1, 2, 3, 5)))]


def subject(random: Random, *, namespaced: bool) -> Object:
    kind = random.choice(("User", "Group", "ServiceAccount"))
    if kind == "User":
        return world.subject(f"User/{random.choice(USERS)}")
    if kind == "Group":
        return world.subject(f"Group/{random.choice(GROUP_NAMES)}")
    found = {"kind": kind, "name": random.choice(ACCOUNTS), "namespace": random.choice(NAMESPACES)}
    # Only a RoleBinding has a namespace to fall back on; the API server may still want one.
    if namespaced and random.random() < 0.3:
        del found["namespace"]
    return found


def objects(random: Random) -> list[Object]:
    """Make roles and bindings."""
    found: list[Object] = []
    for number in range(ROLES):
        found.append(world.cluster_role(f"gen-{number}", *rules(random, cluster=True)))
        found.extend(
            world.role(f"gen-{number}", namespace, *rules(random, cluster=False))
            for namespace in NAMESPACES
            if random.random() < 0.4
        )
    for number in range(2 * ROLES):
        namespace = random.choice(("", *NAMESPACES, *NAMESPACES))
        kind = "ClusterRole" if not namespace or random.random() < 0.5 else "Role"
        bound = world.binding(f"gen-{number}", namespace, f"{kind}/gen-{random.randrange(ROLES + 2)}")
        bound["subjects"] = [
            subject(random, namespaced=bool(namespace)) for _ in range(random.choice((0, 1, 1, 2, 4)))
        ]
        found.append(bound)
    return found


def user(random: Random) -> User:
    if random.random() < 0.4:
        namespace, name = random.choice(NAMESPACES), random.choice(ACCOUNTS)
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
        # By its user name alone, as a SubjectAccessReview may have it, or with its groups.
        return User(f"system:serviceaccount:{namespace}:{name}", groups if random.random() < 0.7 else ())
    groups = random.sample((*GROUP_NAMES, "system:masters"), random.choice((0, 1, 1, 2)))
    if random.random() < 0.9:
        groups = [group for group in groups if group != "system:masters"]
    return User(random.choice(USERS), tuple(groups))


def request(random: Random) -> Request:
    verb = random.choice(VERBS if random.random() < 0.9 else ODD_VERBS)
    if random.random() < 0.2:
        return Request(verb=verb, path=random.choice(PATHS))
    return Request(
        verb=verb if random.random() < 0.97 else "*",
        group=random.choice(GROUPS),
        resource=random.choice(RESOURCES) if random.random() < 0.97 else "*",
        subresource=random.choice(SUBRESOURCES),
        namespace=random.choice(("", *NAMESPACES)),
        name=random.choice((*NAMES, "")),
    )


def question(random: Random, made: list[Object]) -> tuple[User, Request]:
    """Ask anything of anybody, and mostly something near to what a binding grants of somebody near to it."""
    if random.random() < 0.4:
        return user(random), request(random)
    bound = random.choice([each for each in made if each.get("subjects")])
    namespace = bound["metadata"].get("namespace", "")
    granted = world.id_of(
        {"kind": bound["roleRef"]["kind"], "metadata": {"name": bound["roleRef"]["name"]}}
        if bound["roleRef"]["kind"] == "ClusterRole"
        else {"kind": "Role", "metadata": {"name": bound["roleRef"]["name"], "namespace": namespace}}
    )
    rules = next((each["rules"] for each in made if world.id_of(each) == granted), [])
    if not rules:
        return user(random), request(random)
    return meant(random.choice(bound["subjects"]), namespace), near(random, random.choice(rules), namespace)


def meant(subject: Object, namespace: str) -> User:
    match subject["kind"]:
        case "User":
            return User(subject["name"])
        case "Group":
            return User("somebody", (subject["name"],))
    return account_user(subject.get("namespace", namespace), subject["name"])


def near(random: Random, rule: Object, namespace: str) -> Request:
    def one(words: list[str], others: tuple[str, ...]) -> str:
        word = random.choice(words)
        return random.choice(others) if word == "*" or random.random() < 0.1 else word

    verb = one(rule["verbs"], VERBS)
    if "nonResourceURLs" in rule:
        return Request(verb=verb, path=one(rule["nonResourceURLs"], PATHS).replace("*", "x") or "/")
    resource, _, subresource = one(rule["resources"], RESOURCES).partition("/")
    return Request(
        verb=verb,
        group=one(rule["apiGroups"], GROUPS),
        resource=random.choice(RESOURCES) if resource == "*" else resource,
        subresource=subresource if subresource != "*" else "exec",
        namespace=namespace if random.random() < 0.8 else random.choice(("", *NAMESPACES)),
        name=one(rule.get("resourceNames", ["*"]), NAMES),
    )
