"""The ways to a Secret's value, and to being somebody else: what each needs, as data.

Each was tried on a real API server as far as one goes. A way that needs what is not there (a Pod that mounts
the Secret, an account that exists) is none; where a kind is not followed, it may be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias, get_args

from astrolabe.derived.access import powers
from astrolabe.derived.access.evaluator import ACCOUNTS, AUTHENTICATED, MASTERS, UNAUTHENTICATED
from astrolabe.derived.access.holdings import Names
from astrolabe.derived.access.powers import Power
from astrolabe.derived.access.uses import Uses, access_of
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import object_id
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import PodDetail

How: TypeAlias = Literal[
    "read",
    "exec",
    "run",
    "node",
    "token",
    "token-secret",
    "impersonate",
    "certificate",
    "bind",
    "escalate",
]
HOWS: tuple[How, ...] = get_args(How)


class Candidates:
    """Names that would do: those of objects that are there, of none that is, or all."""

    __slots__ = ("_has", "_listed")

    def __init__(self, has: Callable[[str], bool], listed: Callable[[], Iterable[str]]) -> None:
        self._has = has
        self._listed = listed

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._has(name)

    def __bool__(self) -> bool:
        return next(iter(self._listed()), None) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed())


ANY = Candidates(lambda _: True, lambda: ("",))
"""Whatever name: it may exist, or be chosen."""


class Atom(NamedTuple):
    """One permission that would do."""

    power: Power
    namespace: str
    """Empty is the whole cluster."""
    names: Names | frozenset[str] | None
    """Names that would do; None where the request carries none."""


Need: TypeAlias = tuple[Atom, ...]
"""Permissions of which one is enough."""


class Option(NamedTuple):
    """One way: all of what it needs."""

    how: How
    needs: tuple[Need, ...]


class Ways:
    """What the ways need, as things are now."""

    def __init__(self, graph: Relations, uses: Uses) -> None:
        self._graph = graph
        self._uses = uses

    # To the value of a Secret

    def to_secret(self, namespace: str, name: str) -> Iterator[Option]:
        """Yield the ways to the value of a Secret."""
        secret = object_id("Secret", namespace, name)
        pods = self._pods(namespace, lambda: self._uses.pods_seeing(secret))
        yield _option("read", powers.READS, namespace, frozenset({name}))
        yield from self._through(namespace, pods, lambda: self._uses.pods_seeing(secret))
        yield from self._running(namespace)

    def to_some_secret(self, namespace: str) -> Iterator[Option]:
        """Yield the ways to the value of some Secret of a namespace."""
        secrets = Candidates(
            lambda name: object_id("Secret", namespace, name) in self._graph,
            lambda: map(_name, self._graph.of_kind("Secret", namespace)),
        )
        if not secrets and self._graph.covers("Secret", namespace):
            return
        known = self._graph.covers("Pod", namespace)
        pods: Names = Candidates(
            lambda name: _sees(self._graph.get(object_id("Pod", namespace, name))),
            lambda: ("",) if self._uses.mounting[namespace] else (),
        )
        yield _option("read", powers.READS, namespace, secrets)
        yield from self._through(namespace, pods if known else ANY, lambda: self._seeing(namespace))
        yield from self._running(namespace)

    # To being somebody else

    def to_account(self, namespace: str, name: str) -> Iterator[Option]:
        """Yield the ways to being a ServiceAccount."""
        account = object_id("ServiceAccount", namespace, name)
        this = frozenset({name})
        if account in self._graph or not self._graph.covers("ServiceAccount", namespace):
            pods = self._pods(namespace, lambda: self._uses.pods_as(account))
            yield _option("token", (powers.TOKEN,), namespace, this)
            yield from self._through(namespace, pods, lambda: self._uses.pods_as(account))
            yield from self._running(namespace)
            absent = self._absent("Secret", namespace)
            yield Option(
                "token-secret",
                (
                    (Atom(powers.CREATE_SECRET, namespace, None),),
                    tuple(Atom(power, namespace, absent) for power in powers.READS),
                ),
            )
            for secret in sorted(self._uses.tokens_of(account)):
                held = secret.rpartition("/")[2]
                yield _option("token-secret", powers.READS, namespace, frozenset({held}))
                yield from self._entering(
                    namespace,
                    self._pods(namespace, lambda secret=secret: self._uses.pods_seeing(secret)),  # type: ignore[misc]
                    lambda secret=secret: self._uses.pods_seeing(secret),  # type: ignore[misc]
                )
        else:
            # Bindings may name an account that is not there: then it has to be made first.
            yield from self._made(namespace, this)
        yield _option("impersonate", (powers.IMPERSONATE["serviceaccounts"],), namespace, this)
        yield CERTIFICATE

    def to_user(self, name: str) -> Iterator[Option]:
        """Yield the ways to being a user by name."""
        yield _option("impersonate", (powers.IMPERSONATE["users"],), "", frozenset({name}))
        yield CERTIFICATE

    def to_group(self, name: str) -> Iterator[Option]:
        """Yield the ways to being in a group: impersonation of it goes with that of some user."""
        if name in (AUTHENTICATED, UNAUTHENTICATED):
            return
        yield Option(
            "impersonate",
            (
                (Atom(powers.IMPERSONATE["groups"], "", frozenset({name})),),
                (
                    Atom(powers.IMPERSONATE["users"], "", ANY),
                    Atom(powers.IMPERSONATE["serviceaccounts"], "", ANY),
                ),
            ),
        )
        if name != MASTERS:
            # The API server's admission refuses certificates of that group.
            yield CERTIFICATE
        for namespace in self._namespaces(name):
            # Of an account that does not exist, too: members that do are looked at one by one.
            yield _option("impersonate", (powers.IMPERSONATE["serviceaccounts"],), namespace, ANY)
            if self._graph.covers("ServiceAccount", namespace):
                yield from self._made(namespace, self._absent("ServiceAccount", namespace))

    def to(self, key: str) -> Iterator[Option]:
        """Yield the ways to become the subject of a key; of a group of accounts, to the group itself."""
        kind, _, rest = key.partition("/")
        match kind:
            case "ServiceAccount":
                namespace, _, name = rest.partition("/")
                return self.to_account(namespace, name)
            case "User":
                return self.to_user(rest)
            case _:
                return self.to_group(rest)

    def members(self, key: str) -> list[str]:
        """Return the accounts that exist and belong to a group of accounts; none of other groups."""
        return [
            account
            for namespace in self._namespaces(key.partition("/")[2])
            for account in sorted(self._graph.of_kind("ServiceAccount", namespace))
        ]

    def _namespaces(self, group: str) -> list[str]:
        """Return the namespaces whose accounts a group means."""
        if group == ACCOUNTS:
            return sorted(self._graph.namespaces())
        return [group.removeprefix(f"{ACCOUNTS}:")] if group.startswith(f"{ACCOUNTS}:") else []

    # Parts of ways

    @staticmethod
    def _made(namespace: str, names: Names | frozenset[str]) -> Iterator[Option]:
        """Yield the ways to being an account that one has to make."""
        made = (Atom(powers.CREATE_ACCOUNT, namespace, None),)
        yield Option("token", ((Atom(powers.TOKEN, namespace, names),), made))
        yield Option("run", (tuple(Atom(power, namespace, None) for power in powers.STARTS), made))

    def _absent(self, kind: str, namespace: str) -> Candidates:
        return Candidates(lambda name: object_id(kind, namespace, name) not in self._graph, lambda: ("",))

    def _running(self, namespace: str) -> Iterator[Option]:
        """Yield the ways of starting a Pod: it mounts what it likes, and runs as any account."""
        yield _option("run", powers.STARTS, namespace, None)
        for (_, resource), kind in powers.WORKLOADS.items():
            yield _option("run", powers.TEMPLATES[resource], namespace, self._objects(kind, namespace))

    def _through(self, namespace: str, pods: Names, found: Callable[[], Iterable[Node]]) -> Iterator[Option]:
        """Yield the ways through Pods that run."""
        yield from self._entering(namespace, pods, found)
        yield _option("run", powers.CHANGES, namespace, pods)

    @staticmethod
    def _entering(namespace: str, pods: Names, found: Callable[[], Iterable[Node]]) -> Iterator[Option]:
        yield _option("exec", powers.ENTERS, namespace, pods)
        if pods is ANY:
            yield _option("node", powers.NODES, "", ANY)
        elif pods:
            nodes = Candidates(
                lambda name: any(_node_of(pod) == name for pod in found()),
                lambda: sorted({node for pod in found() if (node := _node_of(pod))}),
            )
            yield _option("node", powers.NODES, "", nodes)

    def _pods(self, namespace: str, found: Callable[[], Iterable[Node]]) -> Names:
        if not self._graph.covers("Pod", namespace):
            return ANY
        return Candidates(
            lambda name: any(pod.facts.name == name for pod in found()),
            lambda: (pod.facts.name for pod in found()),
        )

    def _objects(self, kind: str, namespace: str) -> Names:
        if not kind or not self._graph.covers(kind, namespace):
            return ANY
        return Candidates(
            lambda name: object_id(kind, namespace, name) in self._graph,
            lambda: map(_name, self._graph.of_kind(kind, namespace)),
        )

    def _seeing(self, namespace: str) -> Iterator[Node]:
        for pod in self._graph.of_kind("Pod", namespace):
            node = self._graph.get(pod)
            if node is not None and _sees(node):
                yield node


def _option(
    how: How, wanted: Iterable[Power], namespace: str, names: Names | frozenset[str] | None
) -> Option:
    return Option(how, (tuple(Atom(power, namespace, names) for power in wanted),))


CERTIFICATE = Option(
    "certificate",
    (
        (Atom(powers.CREATE_CERTIFICATE, "", None),),
        tuple(Atom(power, "", ANY) for power in powers.APPROVALS),
        (
            Atom(
                powers.APPROVE,
                "",
                frozenset({"kubernetes.io/kube-apiserver-client", "kubernetes.io/*"}),
            ),
        ),
    ),
)
"""A client certificate of any name: asked for, approved, and signed by the cluster's own signer."""


def _name(node_id: str) -> str:
    return node_id.rpartition("/")[2]


def _node_of(pod: Node) -> str:
    detail = pod.facts.detail
    return detail.node if isinstance(detail, PodDetail) else ""


def _sees(node: Node | None) -> bool:
    access = access_of(node.facts) if node is not None else None
    return access is not None and any(use.visible for use in access.secrets)
