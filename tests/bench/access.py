"""What access costs: 5,000 roles, 10,000 bindings, 20,000 Secrets, and Pods that mount them."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import perf_counter

from astrolabe.derived.access.access import Access
from astrolabe.derived.access.source import AccessSource
from astrolabe.graph.delta import Delta
from astrolabe.graph.graph import Graph
from astrolabe.kinds import registry
from astrolabe.kinds.kind import KindOptions
from astrolabe.scheduling.scheduler import TURN_SECONDS
from tests.bench.budget import Figure, table

ROLES, BINDINGS, SECRETS, PODS = 5_000, 10_000, 20_000, 10_000
NAMESPACES = 400
_READERS = {kind.name: kind.reader(kind.versions[0], KindOptions()) for kind in registry.KINDS}
_RULES = (
    ("get list watch", "pods services configmaps", ""),
    ("get list watch", "deployments statefulsets", "apps"),
    ("get", "secrets", ""),
    ("get list watch create update patch delete", "pods configmaps secrets", ""),
    ("create", "pods/exec", ""),
    ("get list", "leases", "coordination.k8s.io"),
    ("create update", "jobs cronjobs", "batch"),
    ("create", "serviceaccounts/token", ""),
)
"""Of which each role has some, as charts repeat theirs."""


def objects(random: Random) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield every object with its kind, in an order that lists have."""
    names = [f"team-{number}" for number in range(NAMESPACES)]

    def rules() -> list[dict[str, object]]:
        return [
            {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": [group]}
            for verbs, resources, group in random.sample(_RULES, random.randint(1, 3))
        ]

    def make(kind: str, name: str, namespace: str = "", **parts: object) -> tuple[str, dict[str, object]]:
        place = {"namespace": namespace} if namespace else {}
        return kind, {"metadata": {"name": name, "uid": f"{kind}/{namespace}/{name}", **place}, **parts}

    for place in names:
        yield make("Namespace", place)
        for number in range(4):
            yield make("ServiceAccount", f"app-{number}", place)
    for number in range(SECRETS):
        yield make("Secret", f"secret-{number}", names[number % NAMESPACES])
    for number in range(ROLES):
        if number % 50:
            yield make("Role", f"role-{number}", names[number % NAMESPACES], rules=rules())
        else:
            yield make("ClusterRole", f"role-{number}", rules=rules())
    for number in range(BINDINGS):
        place = names[number % NAMESPACES]
        account = {"kind": "ServiceAccount", "namespace": place, "name": f"app-{random.randrange(4)}"}
        person = {"kind": "User", "name": f"user-{random.randrange(2000)}"}
        subjects = [account] if random.random() < 0.7 else [account, person]
        if number % 500 == 0:
            ref = {"kind": "ClusterRole", "name": f"role-{random.randrange(0, ROLES, 50)}"}
            yield make("ClusterRoleBinding", f"binding-{number}", roleRef=ref, subjects=subjects)
        else:
            local = number % NAMESPACES + NAMESPACES * random.randrange(ROLES // NAMESPACES)
            kind, target = ("Role", local) if local % 50 else ("ClusterRole", local)
            ref = {"kind": kind, "name": f"role-{target}"}
            yield make("RoleBinding", f"binding-{number}", place, roleRef=ref, subjects=subjects)
    for number in range(PODS):
        place = names[number % NAMESPACES]
        mounted = f"secret-{number % NAMESPACES + NAMESPACES * random.randrange(SECRETS // NAMESPACES)}"
        volumes = [
            {"name": "secret", "secret": {"secretName": mounted}},
            {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
        ]
        mounts = [{"name": "secret", "mountPath": "/secret"}, {"name": "token", "mountPath": "/token"}]
        yield make(
            "Pod",
            f"pod-{number}",
            place,
            spec={
                "serviceAccountName": f"app-{random.randrange(4)}",
                "nodeName": f"node-{number % 100}",
                "volumes": volumes,
                "containers": [{"name": "main", "image": "app", "volumeMounts": mounts}],
            },
            status={"phase": "Running"},
        )


class Measured:
    """A graph with access beside it, and what both cost."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.access = Access(self.graph)
        self.source = AccessSource(self.access)
        for kind in _READERS:
            self.graph.cover(kind)
        self.deltas: list[Delta] = []

    def load(self) -> None:
        for kind, each in objects(Random(1)):
            self.deltas.append(self.graph.apply(self.facts(kind, each)))

    @staticmethod
    def facts(kind: str, each: dict[str, object]) -> object:
        return _READERS[kind](json.dumps(each).encode(), {})

    def turns(self) -> tuple[float, float]:
        """Work everything out in turns; return the seconds in all, and those of the longest turn."""
        start, longest = perf_counter(), 0.0
        steps = self.access.work()
        done = False
        while not done:
            began = perf_counter()
            for _ in steps:
                if perf_counter() - began > TURN_SECONDS:
                    break
            else:
                done = True
            longest = max(longest, perf_counter() - began)
        return perf_counter() - start, longest

    def change(self, kind: str, each: dict[str, object]) -> float:
        """Apply one change and work out what follows; return the seconds."""
        facts = self.facts(kind, each)
        start = perf_counter()
        delta = self.graph.apply(facts)  # type: ignore[arg-type]
        self.access.follow(delta)
        for _ in self.access.work():
            pass
        return perf_counter() - start


def costs() -> Iterator[Figure]:
    """Measure and yield the figures."""
    measured = Measured()
    measured.load()
    gc.collect()
    # As the application does once everything is known.
    gc.freeze()
    gc.set_threshold(100)
    before = resident()
    start = perf_counter()
    for delta in measured.deltas:
        measured.access.follow(delta)
    following = perf_counter() - start
    seconds, longest = measured.turns()
    measured.deltas.clear()
    gc.collect()
    grown = (resident() - before) / (1 << 20)
    what = f"{ROLES:,} roles, {BINDINGS:,} bindings, {SECRETS:,} Secrets"
    yield Figure(f"access worked out for the first time, {what}", "s", following + seconds, 5)
    yield Figure("longest turn of that", "ms", 1000 * longest, 20)
    yield Figure("memory of access beside the graph", "MiB", grown, 40)
    changes = []
    for number in range(100):
        place = f"team-{number % NAMESPACES}"
        rule = {"verbs": ["get"], "resources": ["secrets" if number % 2 else "pods"], "apiGroups": [""]}
        metadata = {"name": f"role-{number + NAMESPACES}", "namespace": place, "uid": f"x{number}"}
        changes.append(measured.change("Role", {"metadata": metadata, "rules": [rule]}))
    yield Figure("one Role changes, p99 of 100", "ms", 1000 * sorted(changes)[98], 50)
    edited = []
    for number in range(1000):
        verbs = ["get", "list"] if number % 2 else ["get"]
        rules = [{"verbs": verbs, "resources": ["secrets"], "apiGroups": [""]}]
        metadata = {"name": "role-401", "namespace": "team-1", "uid": "again", "resourceVersion": str(number)}
        edited.append(measured.change("Role", {"metadata": metadata, "rules": rules}))
    yield Figure("one Role changes 1,000 times, mean", "ms", 1000 * sum(edited) / len(edited), 10)

    yield Figure("longest step, a ClusterRole that 10,000 bindings name changes", "ms", 1000 * _shared(), 20)


def _shared() -> float:
    """Return the seconds of the longest step when a role that many bindings name changes, graph included."""
    measured = Measured()

    def put(kind: str, name: str, namespace: str = "", **parts: object) -> Delta:
        place = {"namespace": namespace} if namespace else {}
        metadata = {"name": name, "uid": f"{kind}/{namespace}/{name}", **place}
        return measured.graph.apply(measured.facts(kind, {"metadata": metadata, **parts}))  # type: ignore[arg-type]

    put("ClusterRole", "shared", rules=[{"verbs": ["get"], "resources": ["pods"], "apiGroups": [""]}])
    for number in range(BINDINGS):
        place = f"team-{number % NAMESPACES}"
        ref = {"kind": "ClusterRole", "name": "shared"}
        subjects = [{"kind": "ServiceAccount", "namespace": place, "name": f"app-{number % 4}"}]
        put("Secret", "secret", place)
        put("RoleBinding", f"binding-{number}", place, roleRef=ref, subjects=subjects)
    measured.access.lost()
    measured.turns()
    gc.collect()
    gc.freeze()
    longest = 0.0
    for number in range(6):
        rules = [{"verbs": ["get", "list"][: 1 + number % 2], "resources": ["secrets"], "apiGroups": [""]}]
        began = perf_counter()
        measured.access.follow(put("ClusterRole", "shared", rules=rules))
        steps = measured.access.work()
        done = False
        while not done:
            done = next(steps, steps) is steps
            longest = max(longest, perf_counter() - began)
            began = perf_counter()
    return longest


def resident() -> int:
    """Return the memory of this process in bytes (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    sys.stdout.write(table(costs()) + "\n")
