"""Who reaches a goal, found the slow way: forwards, from every subject, by the evaluator alone.

It knows the ways as sentences about requests, and no index, no bits, no search from the goal. Distances are
those of the law: a step for each thing done; giving oneself rights is one, whatever is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from astrolabe.derived.access.evaluator import Request, allows, keys_of, user_of
from astrolabe.kinds.models.details import PodDetail, PolicyRule, RoleDetail
from tests.access.world import World

RBAC = "rbac.authorization.k8s.io"
READS = ("get", "list", "watch", "patch", "delete", "deletecollection")
MAKERS = {
    "deployments": ("apps", "Deployment"),
    "statefulsets": ("apps", "StatefulSet"),
    "daemonsets": ("apps", "DaemonSet"),
    "replicasets": ("apps", "ReplicaSet"),
    "replicationcontrollers": ("", ""),
    "jobs": ("batch", "Job"),
    "cronjobs": ("batch", "CronJob"),
}
NEW = "name-that-is-new"


class Identity:
    """Somebody with rights, perhaps more than the bindings give."""

    def __init__(self, brute: Brute, key: str, extra: frozenset[tuple[str, str]], every: frozenset[str]):
        self.brute, self.key, self.extra, self.every = brute, key, extra, every
        self.user = user_of(key)

    def can(self, verb: str, group: str, resource: str, namespace: str = "", name: str = "") -> bool:
        base, _, sub = resource.partition("/")
        request = Request(
            verb=verb, group=group, resource=base, subresource=sub, namespace=namespace, name=name
        )
        if self.every & {"", namespace} or self.brute.world.rights.allowed(self.user, request):
            return True
        return any(
            scope in ("", namespace) and any(allows(rule, request) for rule in self.brute.rules(role))
            for role, scope in self.extra
        )


class Constrained(Identity):
    """Somebody who is impersonated for some requests alone."""

    def __init__(self, who: Identity, somebody: Identity, mode: str) -> None:
        super().__init__(who.brute, somebody.key, frozenset(), frozenset())
        self.who, self.mode = who, mode

    def can(self, verb: str, group: str, resource: str, namespace: str = "", name: str = "") -> bool:
        if group == "certificates.k8s.io" or verb == "impersonate" or resource == "serviceaccounts":
            return False
        return super().can(verb, group, resource, namespace, name) and self.who.can(
            f"impersonate-on:{self.mode}:{verb}", group, resource, namespace, name
        )


class Brute:
    """Everything that can be asked of one small world."""

    def __init__(self, world: World) -> None:
        self.world = world
        graph = world.graph
        self.ids = sorted(node.id for node in graph)
        self.namespaces = sorted(graph.namespaces())
        self.names = sorted(
            {each.rpartition("/")[2] for each in self.ids}
            | {name for each in self.ids for rule in self.rules(each) for name in rule.names}
            | {NEW}
        )

    def rules(self, role: str) -> tuple[PolicyRule, ...]:
        node = self.world.graph.get(role)
        detail = node.facts.detail if node is not None else None
        return detail.rules if isinstance(detail, RoleDetail) else ()

    def subjects(self) -> list[str]:
        found = set(self.world.rights.subjects()) | {"Group/system:masters"}
        found |= {each for each in self.ids if each.startswith("ServiceAccount/")}
        return sorted(found)

    def of_kind(self, kind: str, namespace: str = "") -> list[str]:
        start = f"{kind}/{namespace}/" if namespace else f"{kind}/"
        return [each for each in self.ids if each.startswith(start)]

    def pods(self, namespace: str) -> Iterator[tuple[str, PodDetail]]:
        for each in self.of_kind("Pod", namespace):
            node = self.world.graph.get(each)
            assert node is not None
            detail = node.facts.detail
            assert isinstance(detail, PodDetail)
            if detail.phase not in ("Succeeded", "Failed"):
                yield node.facts.name, detail

    # What somebody can do at once

    def runs(self, who: Identity, namespace: str) -> bool:
        if who.can("create", "", "pods", namespace):
            return True
        for resource, (group, kind) in MAKERS.items():
            if who.can("create", group, resource, namespace):
                return True
            there = (
                [each.rpartition("/")[2] for each in self.of_kind(kind, namespace)] if kind else self.names
            )
            for verb, name in product(("update", "patch"), there):
                if who.can(verb, group, resource, namespace, name):
                    return True
        return False

    def enters(self, who: Identity, namespace: str, pod: str) -> bool:
        return any(
            who.can("create", "", f"pods/{sub}", namespace, pod) for sub in ("exec", "attach", "portforward")
        ) or any(
            who.can(verb, "", "pods/ephemeralcontainers", namespace, pod) for verb in ("update", "patch")
        )

    def through(self, who: Identity, namespace: str, pods: list[tuple[str, PodDetail]]) -> set[str]:
        found = set()
        for pod, detail in pods:
            if self.enters(who, namespace, pod):
                found.add("exec")
            if detail.node and any(
                who.can(verb, "", "nodes/proxy", "", detail.node) for verb in ("get", "create")
            ):
                found.add("node")
        return found

    def changes(self, who: Identity, namespace: str, pods: list[tuple[str, PodDetail]]) -> bool:
        return any(
            who.can(verb, "", "pods", namespace, pod) for pod, _ in pods for verb in ("update", "patch")
        )

    def reads(self, who: Identity, namespace: str, name: str) -> bool:
        return any(
            who.can(verb, "", "secrets", namespace, "" if verb == "deletecollection" else name)
            for verb in READS
        ) or any(who.can(verb, "", "secrets", namespace) for verb in ("list", "watch"))

    def seeing(self, namespace: str, secret: str) -> list[tuple[str, PodDetail]]:
        return [
            (name, detail)
            for name, detail in self.pods(namespace)
            if any(use.secret == secret and use.visible for use in detail.access.secrets)
        ]

    def to_secret(self, who: Identity, namespace: str, name: str) -> set[str]:
        if who.key == "Group/system:masters":
            return {"read"}
        found = {"read"} if self.reads(who, namespace, name) else set()
        pods = self.seeing(namespace, name)
        found |= self.through(who, namespace, pods)
        if self.changes(who, namespace, pods) or self.runs(who, namespace):
            found.add("run")
        return found

    def certifies(self, who: Identity) -> bool:
        group = "certificates.k8s.io"
        return (
            who.can("create", group, "certificatesigningrequests")
            and any(
                who.can(verb, group, "certificatesigningrequests/approval", "", name)
                for verb in ("update", "patch")
                for name in self.names
            )
            and any(
                who.can("approve", group, "signers", "", name)
                for name in ("kubernetes.io/kube-apiserver-client", "kubernetes.io/*")
            )
        )

    def becomes(self, who: Identity, key: str) -> set[str]:
        """The ways of being somebody else."""
        kind, _, rest = key.partition("/")
        found = set()
        if kind == "ServiceAccount":
            namespace, _, name = rest.partition("/")
            exists = key in self.ids
            makes = exists or who.can("create", "", "serviceaccounts", namespace)
            if makes and who.can("create", "", "serviceaccounts/token", namespace, name):
                found.add("token")
            if exists:
                pods = [
                    each
                    for each in self.pods(namespace)
                    if each[1].access.account == name and each[1].access.token
                ]
                found |= self.through(who, namespace, pods)
                if self.changes(who, namespace, pods) or self.runs(who, namespace):
                    found.add("run")
                new = [each for each in self.names if f"Secret/{namespace}/{each}" not in self.ids]
                if who.can("create", "", "secrets", namespace) and any(
                    self.reads(who, namespace, each) for each in new
                ):
                    found.add("token-secret")
                for secret in self.of_kind("Secret", namespace):
                    node = self.world.graph.get(secret)
                    assert node is not None
                    held = node.facts.detail
                    now = self.world.graph.get(key)
                    assert now is not None
                    if held is not None and held.account == name and held.account_uid in ("", now.facts.uid):
                        short = secret.rpartition("/")[2]
                        if self.reads(who, namespace, short):
                            found.add("token-secret")
                        found |= self.through(who, namespace, self.seeing(namespace, short))
            elif makes and any(
                who.can("create", group, resource, namespace)
                for resource, (group, _) in {"pods": ("", ""), **MAKERS}.items()
            ):
                found.add("run")
            if who.can("impersonate", "", "serviceaccounts", namespace, name):
                found.add("impersonate")
        elif (kind == "User" and who.can("impersonate", "", "users", "", rest)) or (
            kind == "Group"
            and rest not in ("system:authenticated", "system:unauthenticated")
            and who.can("impersonate", "", "groups", "", rest)
            and any(
                who.can("impersonate", "", resource, "", name)
                for resource in ("users", "serviceaccounts")
                for name in self.names
            )
        ):
            found.add("impersonate")
        if kind == "Group":
            found |= self.becomes_some_account(who, rest)
        if self.certifies(who) and rest not in (
            "system:masters",
            "system:authenticated",
            "system:unauthenticated",
        ):
            found.add("certificate")
        return found

    def becomes_some_account(self, who: Identity, group: str) -> set[str]:
        """The ways of being an account of a group, that need not exist."""
        found = set()
        for namespace in self.namespaces:
            if group not in ("system:serviceaccounts", f"system:serviceaccounts:{namespace}"):
                continue
            if any(who.can("impersonate", "", "serviceaccounts", namespace, name) for name in self.names):
                found.add("impersonate")
            new = [name for name in self.names if f"ServiceAccount/{namespace}/{name}" not in self.ids]
            if who.can("create", "", "serviceaccounts", namespace):
                if any(who.can("create", "", "serviceaccounts/token", namespace, name) for name in new):
                    found.add("token")
                if any(
                    who.can("create", group_of, resource, namespace)
                    for resource, (group_of, _) in {"pods": ("", ""), **MAKERS}.items()
                ):
                    found.add("run")
        return found

    # What somebody can give themselves

    def gained(self, key: str, namespace: str) -> Identity:
        """Somebody with everything that they can give themselves in a namespace and cluster-wide."""
        extra: frozenset[tuple[str, str]] = frozenset()
        every: frozenset[str] = frozenset()
        scopes = ("", namespace) if namespace else ("",)
        while True:
            who = Identity(self, key, extra, every)
            more, all_of = set(extra), set(every)
            for scope in scopes:
                more |= {(role, scope) for role in self.bindable(who, scope)}
                if self.writes(who, scope):
                    all_of.add(scope)
            if (more, all_of) == (set(extra), set(every)):
                return who
            extra, every = frozenset(more), frozenset(all_of)

    def constrained(self, who: Identity, somebody: Identity) -> Constrained | None:
        """Somebody that somebody else may act as, for certain requests."""
        kind, _, rest = somebody.key.partition("/")
        group = "authentication.k8s.io"
        if kind == "ServiceAccount":
            namespace, _, name = rest.partition("/")
            if who.can("impersonate:serviceaccount", group, "serviceaccounts", namespace, name):
                return Constrained(who, somebody, "serviceaccount")
        elif (kind == "User" and who.can("impersonate:user-info", group, "users", "", rest)) or (
            kind == "Group"
            and who.can("impersonate:user-info", group, "groups", "", rest)
            and any(who.can("impersonate:user-info", group, "users", "", name) for name in self.names)
        ):
            return Constrained(who, somebody, "user-info")
        return None

    def bindable(self, who: Identity, scope: str) -> Iterator[str]:
        plural = "rolebindings" if scope else "clusterrolebindings"
        roles = [*self.of_kind("ClusterRole"), *(self.of_kind("Role", scope) if scope else [])]
        bound = {
            binding.role
            for binding in self.world.rights.bindings(scope)
            if any(
                who.can(verb, RBAC, plural, scope, binding.id.rpartition("/")[2])
                for verb in ("update", "patch")
            )
        }
        for role in roles:
            kind = "roles" if role.startswith("Role/") else "clusterroles"
            if (role in bound or who.can("create", RBAC, plural, scope)) and who.can(
                "bind", RBAC, kind, scope, role.rpartition("/")[2]
            ):
                yield role

    def writes(self, who: Identity, scope: str) -> bool:
        mine = set(who.extra)
        for key in keys_of(who.user):
            mine |= {(each.role, each.namespace) for each in self.world.rights.bindings_of(key)}
        for role, place in mine:
            if place == scope and role in self.ids:
                kind, home = ("roles", scope) if role.startswith("Role/") else ("clusterroles", "")
                name = role.rpartition("/")[2]
                if who.can("escalate", RBAC, kind, home, name) and any(
                    who.can(verb, RBAC, kind, home, name) for verb in ("update", "patch")
                ):
                    return True
        kind, binding = ("roles", "rolebindings") if scope else ("clusterroles", "clusterrolebindings")
        of = "Role" if scope else "ClusterRole"
        start = f"{of}/{scope}/" if scope else f"{of}/"
        new = [name for name in self.names if start + name not in self.ids]
        return (
            who.can("create", RBAC, kind, scope)
            and who.can("escalate", RBAC, kind, scope)
            and any(who.can("bind", RBAC, kind, scope, name) for name in new)
            and who.can("create", RBAC, binding, scope)
        )

    def others(self, plain: dict[str, Identity], key: str) -> list[Constrained]:
        found = (
            self.constrained(plain[key], plain[other])
            for other in plain
            if other not in keys_of(plain[key].user) and other != "Group/system:masters"
        )
        return [each for each in found if each is not None]

    # Everything

    def reach(self, namespace: str, secret: str) -> dict[str, tuple[int, set[str]]]:
        """Distance and first steps of every subject that reaches a Secret."""
        best: dict[str, tuple[int, set[str]]] = {}
        subjects = self.subjects()
        places = [*self.namespaces, ""]
        plain = {key: Identity(self, key, frozenset(), frozenset()) for key in subjects}
        richer = {(key, place): self.gained(key, place) for key in subjects for place in places}

        def note(key: str, distance: int, hows: set[str]) -> bool:
            known = best.get(key)
            if not hows or (known is not None and known[0] < distance):
                return False
            if known is None or known[0] > distance:
                best[key] = distance, set(hows)
                return True
            if hows <= known[1]:
                return False
            best[key] = distance, known[1] | hows
            return True

        def gaining(key: str, place: str) -> str:
            return "escalate" if richer[key, place].every else "bind"

        for key in subjects:
            now = self.to_secret(plain[key], namespace, secret)
            note(key, 1, now)
            if self.to_secret(richer[key, namespace], namespace, secret) - now:
                note(key, 2, {gaining(key, namespace)})
            for somebody in self.others(plain, key):
                if self.to_secret(somebody, namespace, secret) - now:
                    note(key, 2, {"impersonate"})
        edges: list[tuple[str, str, int, set[str]]] = []
        for key, other in product(subjects, subjects):
            if other in keys_of(plain[key].user) or key == other:
                continue
            kind, _, rest = other.partition("/")
            home = rest.partition("/")[0] if kind == "ServiceAccount" else ""
            now = self.becomes(plain[key], other)
            if now:
                edges.append((key, other, 1, now))
            if self.becomes(richer[key, home], other) - now:
                edges.append((key, other, 2, {gaining(key, home)}))
            if any(self.becomes(somebody, other) - now for somebody in self.others(plain, key)):
                edges.append((key, other, 2, {"impersonate"}))
        changed = True
        while changed:
            changed = False
            for key in subjects:
                # Whoever is in a group goes its ways.
                for group in keys_of(plain[key].user)[1:]:
                    if group in best:
                        changed |= note(key, *best[group])
            for key, other, steps, hows in edges:
                if other in best:
                    changed |= note(key, best[other][0] + steps, hows)
        return best
