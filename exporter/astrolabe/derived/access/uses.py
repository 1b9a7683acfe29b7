"""Who does: Pods and their accounts, tokens, Secrets and who mounts them. Counted as Pods come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache

import msgspec

from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import Facts, object_id
from astrolabe.graph.index import Index
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import PodAccess, PodDetail, SecretDetail

_OVER = frozenset({"Succeeded", "Failed"})
_SHARED = 1 << 9
"""Enough for the workloads whose Pods come at the same time."""


def access_of(facts: Facts) -> PodAccess | None:
    """Return what a Pod holds of credentials, None for what is no Pod or has ended."""
    detail = facts.detail
    if not isinstance(detail, PodDetail) or detail.phase in _OVER:
        return None
    return detail.access


class Carried(msgspec.Struct, frozen=True, gc=False):
    """What the Pods of a namespace with some access carry: those of one workload have it in common."""

    account: str
    """The id of the account that they run as."""
    placed: bool
    """Whether they are on a Node."""
    token: bool
    """Whether its token is mounted."""
    visible: bool
    """Whether their containers see some Secret."""
    secrets: tuple[tuple[str, str], ...]
    """The account with each Secret that they refer to, by their ids, each once and in order."""


@lru_cache(_SHARED)
def carried(namespace: str, access: PodAccess, *, placed: bool) -> Carried:
    """Return what a Pod carries."""
    account = object_id("ServiceAccount", namespace, access.account)
    secrets = {object_id("Secret", namespace, use.secret) for use in access.secrets}
    return Carried(
        account,
        placed,
        access.token,
        any(use.visible for use in access.secrets),
        tuple([(account, secret) for secret in sorted(secrets)]),
    )


class PodChange(msgspec.Struct, frozen=True, gc=False):
    """What an event made of a Pod, as far as it bears on access."""

    namespace: str
    other: bool
    """Whether its access is another one, or whether it is on a Node."""
    moved: bool
    """Whether it is on another Node; also where `other` is set."""
    lost: Carried | None
    """What it carried, where `other` is set."""
    gained: Carried | None
    """What it carries, where `other` is set."""
    made: float
    """When it was made, in Unix seconds; 0 where that is unknown, or it was there before the event."""


def pod_change(before: Node | None, after: Node | None) -> PodChange:
    """Return what an event made of a Pod."""
    some = after or before
    assert some is not None
    namespace = some.facts.namespace
    old = access_of(before.facts) if before is not None else None
    new = access_of(after.facts) if after is not None else None
    was_on, is_on = _node(before), _node(after)
    if old is new and bool(was_on) == bool(is_on):
        return PodChange(namespace, other=False, moved=was_on != is_on, lost=None, gained=None, made=0.0)
    return PodChange(
        namespace,
        other=True,
        moved=True,
        lost=carried(namespace, old, placed=bool(was_on)) if old is not None else None,
        gained=carried(namespace, new, placed=bool(is_on)) if new is not None else None,
        made=some.facts.created if before is None else 0.0,
    )


def _node(pod: Node | None) -> str:
    detail = pod.facts.detail if pod is not None else None
    return detail.node if isinstance(detail, PodDetail) else ""


class Uses:
    """Follows the graph and keeps counts alone; which Pods they are, the graph knows."""

    def __init__(self, graph: Relations) -> None:
        self.graph = graph
        self.mounting: Counter[str] = Counter()
        """Running Pods that see some Secret, by namespace."""
        self.running: Counter[str] = Counter()
        """Running Pods, by the id of their account."""
        self.tokens: Counter[str] = Counter()
        """Those of them that have its token mounted."""
        self._placed: Counter[str] = Counter()
        """Those on a Node: of the first by namespace, of the last by the id of their account."""
        self._token_secrets: Index[str, str] = Index()
        """Ids of the Secrets that name an account as the one whose token they hold, by its id."""
        self.flipped: set[str] = set()
        """Namespaces in which something is held that was not, or the other way; taken by who reads."""
        self.touched: set[str] = set()
        """Accounts whose counts are other ones; taken by who reads."""

    def clear(self) -> None:
        """Forget everything, before the graph is read again; who had something is touched."""
        self.touched.update(self.running, self._token_secrets)
        for counter in (self.mounting, self.running, self.tokens, self._placed):
            counter.clear()
        self._token_secrets = Index()

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed."""
        for before, after in delta.nodes.values():
            some = after or before
            assert some is not None
            if some.facts.kind == "Pod":
                self.pod(pod_change(before, after))
            elif some.facts.kind == "Secret":
                self._secret(before, after)

    def pod(self, change: PodChange) -> None:
        """Take in a change of a Pod."""
        # In this order a count that stays what it is does not pass through zero.
        if change.gained is not None:
            self._carry(change.namespace, change.gained, 1)
        if change.lost is not None:
            self._carry(change.namespace, change.lost, -1)

    def _carry(self, namespace: str, load: Carried, step: int) -> None:
        account = load.account
        self.touched.add(account)
        flips = load.token and _count(self.tokens, account, step)
        _count(self.running, account, step)
        if load.visible:
            flips |= _count(self.mounting, namespace, step)
        if load.placed:
            # Who may reach the kubelets of all Nodes reaches what is on one of them.
            if load.token:
                flips |= _count(self._placed, account, step)
            if load.visible:
                flips |= _count(self._placed, namespace, step)
        if flips:
            self.flipped.add(namespace)

    def _secret(self, before: Node | None, after: Node | None) -> None:
        old, new = (token_account(node.facts) if node is not None else "" for node in (before, after))
        some = after or before
        assert some is not None
        if old == new and (before is None or after is None or _uid(before.facts) == _uid(after.facts)):
            return
        self.flipped.add(some.facts.namespace)
        self.touched.update(filter(None, (old, new)))
        if old:
            self._token_secrets.discard(old, some.id)
        if new:
            self._token_secrets.add(new, some.id)

    def naming(self, account: str) -> Collection[str]:
        """Return the ids of the Secrets that say that they hold a token of an account, by its id."""
        return self._token_secrets.get(account)

    def tokens_of(self, account: str) -> Iterator[str]:
        """Yield the ids of the Secrets that hold a token of an account, by its id.

        A token of an earlier account of that name is none, as the API server has it. While the account is not
        known, each may be one.
        """
        node = self.graph.get(account)
        for secret in self._token_secrets.get(account):
            about = self.graph.get(secret)
            if about is not None and (node is None or is_token_of(about.facts, node.facts)):
                yield secret

    def pods(self, target: str, holds: Callable[[PodAccess], bool]) -> Iterator[Node]:
        """Yield the running Pods that refer to an account or Secret, and hold what is asked for."""
        for node_id in self.graph.referring(target):
            node = self.graph.get(node_id)
            access = access_of(node.facts) if node is not None else None
            if node is not None and access is not None and holds(access):
                yield node

    def pods_as(self, account: str, *, token: bool = True) -> Iterator[Node]:
        """Yield the running Pods of an account, by its id; those with its token alone unless told."""
        name = account.rpartition("/")[2]
        return self.pods(account, lambda access: access.account == name and (access.token or not token))

    def pods_seeing(self, secret: str) -> Iterator[Node]:
        """Yield the running Pods whose containers see a Secret, by its id."""
        name = secret.rpartition("/")[2]
        return self.pods(
            secret, lambda access: any(use.secret == name and use.visible for use in access.secrets)
        )

    def pods_using(self, secret: str) -> Iterator[Node]:
        """Yield the running Pods that refer to a Secret in any way, by its id."""
        name = secret.rpartition("/")[2]
        return self.pods(secret, lambda access: any(use.secret == name for use in access.secrets))


def token_account(facts: Facts) -> str:
    """Return the id of the account whose token a Secret holds, empty for any other object."""
    detail = facts.detail
    if isinstance(detail, SecretDetail) and detail.account:
        return object_id("ServiceAccount", facts.namespace, detail.account)
    return ""


def _uid(facts: Facts) -> str:
    return facts.detail.account_uid if isinstance(facts.detail, SecretDetail) else ""


def is_token_of(secret: Facts, account: Facts) -> bool:
    """Whether a Secret holds a token of an account, and not of an earlier one of the same name."""
    detail = secret.detail
    return (
        token_account(secret) == account.id
        and isinstance(detail, SecretDetail)
        and detail.account_uid in ("", account.uid)
    )


def _count(counter: Counter[str], key: str, step: int) -> bool:
    """Count, and say whether there is one now and was none, or the other way round."""
    before = counter[key]
    after = before + step
    if after:
        counter[key] = after
    else:
        del counter[key]
    return not before or not after
