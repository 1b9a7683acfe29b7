"""Whatever happens, and whenever a process dies: what is restored is one moment of what was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from time import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.facts import Facts, Verdict, kind_of
from astrolabe.graph.graph import Graph
from astrolabe.kube.resource import Scope
from astrolabe.kube.supervisor import Place
from astrolabe.metrics.persistence import PersistenceMetrics
from astrolabe.persistence import journal, writer
from astrolabe.persistence.capture import EVENT_LAG, StateSource
from astrolabe.persistence.scope import StateScope
from astrolabe.persistence.state import Restored, Version, checkpoints
from astrolabe.persistence.store import REASONS, Commit, Holder, LeaseHeld, StateLost, StoreError
from astrolabe.persistence.writer import LEASE, StateWriter
from astrolabe.scheduling.scheduler import Scheduler
from tests.graph.worlds import CLUSTER_KINDS, KINDS, objects
from tests.metrics.exposing import exposing
from tests.persistence.memory import Memory, MemoryShelf

virtual = pytest.mark.looptime
FOLLOWED = StateScope(cluster="one")
PLACES = {kind: Place(f"{kind.lower()}s", Scope()) for kind in (*KINDS, *CLUSTER_KINDS)}


class Process:
    """An exporter without an API server: its state is what happens to it, and what it restored."""

    def __init__(
        self, state_store: MemoryShelf, followed: StateScope = FOLLOWED, *, interval: float = 300
    ) -> None:
        self.state_store = state_store
        self.state_writer = StateWriter(state_store, followed, host="host", interval=interval)
        self.graph = Graph()
        self.versions = dict.fromkeys(PLACES.values(), "")
        self.ready = True
        self.registry = CollectorRegistry()

    async def start(self) -> Restored:
        await self.state_writer.restore()
        restored = self.state_writer.restored
        self.sleep = SleepSource(self.graph, ledger=restored.ledger)
        self.cost = CostSource(self.graph, self.sleep, remembered=restored.cost)
        self.bus, self.exposition = exposing(self.graph, self.sleep, self.cost)
        for place, checkpoint in restored.checkpoints.items():
            self.versions[place] = checkpoint.version
            for item in checkpoint.items:
                self.bus.follow(self.graph.apply(item))
        kinds = {place.resource: kind for kind, place in PLACES.items()}
        subject = StateSource(
            self.graph,
            lambda: self.versions,
            lambda name: kinds[name],
            lambda: self.ready,
            self.sleep,
            self.cost,
        )
        self.keeping = PersistenceMetrics(self.registry, REASONS)
        self.state_writer.begin(subject, self.keeping, Scheduler())
        return restored

    def happen(self, version: int, item: Facts | str) -> None:
        """Let an object be as it is now, or be gone."""
        if isinstance(item, str):
            delta = self.graph.remove(item)
            kind = kind_of(item)
        else:
            delta = self.graph.apply(item)
            kind = item.kind
        self.bus.follow(delta)
        self.state_writer.follow(delta)
        self.versions[PLACES[kind]] = str(version)

    async def write(self) -> None:
        await self.state_writer._write(LEASE)

    def facts(self) -> dict[str, Facts]:
        known = [*(node.facts for node in self.graph if node.facts.uid), *self.graph.hidden()]
        return {facts.id: facts for facts in known}

    def moment(self) -> tuple[dict[str, Facts], dict[Place, str]]:
        return without_versions(self.facts().values()), dict(self.versions)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


def without_versions(facts: Iterable[Facts]) -> dict[str, Facts]:
    """What objects say; their versions move on in place."""
    return {item.id: replace(item, resource_version="") for item in facts}


def contents(restored: Restored) -> dict[str, Facts]:
    return {item.id: item for checkpoint in restored.checkpoints.values() for item in checkpoint.items}


def reached(restored: Restored) -> dict[Place, str]:
    return {place: checkpoint.version for place, checkpoint in restored.checkpoints.items()}


class Turns(MemoryShelf):
    """A state store whose answers take a turn of the loop before and after what they do."""

    async def taken_by(self) -> Holder:
        await asyncio.sleep(0)
        return await super().taken_by()

    async def prepare(self, *arguments: Any) -> None:
        await asyncio.sleep(0)
        await super().prepare(*arguments)
        await asyncio.sleep(0)

    async def commit(self, *arguments: Any, **more: Any) -> None:
        await asyncio.sleep(0)
        await super().commit(*arguments, **more)
        await asyncio.sleep(0)


happenings = st.one_of(
    st.tuples(st.just("object"), objects()),
    st.tuples(st.just("gone"), objects().map(lambda item: item.id)),
    st.tuples(st.just("again"), st.none()),
    st.tuples(st.just("write"), st.none()),
    st.tuples(st.just("trouble"), st.sampled_from((None, None, "full", "timeout"))),
    st.tuples(st.just("flushed"), st.none()),
    st.tuples(st.just("killed"), st.integers(0, 12)),
)


@settings(max_examples=300)
@given(st.lists(happenings, max_size=30))
def test_what_is_restored_was_once_so(history: list[tuple[str, Any]]) -> None:
    asyncio.run(_play(history))


async def _play(history: list[tuple[str, Any]]) -> None:
    memory = Memory()
    process = Process(Turns(memory), interval=1e9)
    await process.start()
    moments = [process.moment()]
    for version, (what, value) in enumerate(history, 1):
        match what:
            case "object":
                process.happen(version, replace(value, resource_version=str(version)))
                moments.append(process.moment())
            case "again":
                for facts in [node.facts for node in process.graph if node.facts.uid]:
                    process.happen(version, replace(facts, resource_version=str(version)))
                moments.append(process.moment())
            case "gone":
                process.happen(version, value)
                moments.append(process.moment())
            case "write":
                try:
                    await process.write()
                except (StoreError, StateLost):
                    continue
                # What was written is what is: nothing is behind.
                assert process.state_writer._journal.changes == {}
            case "trouble":
                process.state_store.trouble = value
            case "flushed":
                memory.__init__()  # type: ignore[misc]
            case "killed":
                await _killed_in_the_middle(process, value, version, moments)
                process = Process(Turns(memory), interval=1e9)
                restored = await process.start()
                found = without_versions(contents(restored).values()), process.versions
                if restored.checkpoints:
                    assert found in moments
                else:
                    assert not memory.parts
                # From here history goes on.
                moments.append(process.moment())


async def _killed_in_the_middle(
    process: Process, turns: int, version: int, moments: list[tuple[dict[str, Facts], dict[Place, str]]]
) -> None:
    """Let a write begin, things happen meanwhile, and then nothing more."""
    writing = asyncio.create_task(process.write())
    for turn in range(turns):
        await asyncio.sleep(0)
        if turn == 1:
            late = Facts(id="Pod/a/late", kind="Pod", namespace="a", uid="late", api_version="v1",
                         resource_version=str(version))  # fmt: skip
            process.happen(version, late)
            moments.append(process.moment())
    writing.cancel()
    await asyncio.wait([writing])
    if not writing.cancelled():
        writing.exception()


def pod(name: str, version: int = 1, message: str | None = None) -> Facts:
    verdict = Verdict(message=message or f"at {version}")
    return Facts(id=f"Pod/shop/{name}", kind="Pod", namespace="shop", uid=name, api_version="v1",
                 resource_version=str(version), verdict=verdict)  # fmt: skip


@pytest.fixture
def memory() -> Memory:
    return Memory()


async def running(process: Process, seconds: float) -> None:
    """Let the state writer run for a while."""
    task = asyncio.create_task(process.state_writer.run())
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.wait([task])


@virtual
async def test_changes_are_written_together_about_once_a_second(memory: Memory) -> None:
    process = Process(MemoryShelf(memory))
    await process.start()
    task = asyncio.create_task(process.state_writer.run())
    for version in range(1, 101):
        process.happen(version, pod(f"p{version % 10}", version))
        await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    assert 9 <= len(process.state_store.commits) <= 11
    assert [len(commit.blocks) for commit in process.state_store.commits[1:]] == [1] * (
        len(process.state_store.commits) - 1
    )


@virtual
async def test_updates_that_say_nothing_new_are_not_written_but_how_far_they_came_is(memory: Memory) -> None:
    process = Process(MemoryShelf(memory))
    await process.start()
    process.happen(1, pod("p", 1, "ready"))
    await running(process, 2)
    process.state_store.commits.clear()
    task = asyncio.create_task(process.state_writer.run())
    for version in range(2, 200):
        process.happen(version, pod("p", version, "ready"))
        await asyncio.sleep(0.1)
    await asyncio.sleep(writer.HEARTBEAT_INTERVAL)
    task.cancel()
    await asyncio.wait([task])
    # As often as in a quiet cluster.
    assert len(process.state_store.commits) <= 25 / writer.HEARTBEAT_INTERVAL + 1
    assert not any(commit.blocks for commit in process.state_store.commits)
    restored = await Process(MemoryShelf(memory)).start()
    assert reached(restored)[PLACES["Pod"]] == "199"
    # Of the object itself a whole snapshot has the newest version.
    process.state_writer.lost()
    await process.write()
    restored = await Process(MemoryShelf(memory)).start()
    assert contents(restored)["Pod/shop/p"].resource_version == "199"


@virtual
async def test_a_quiet_cluster_costs_a_beat_and_keeps_the_lease(memory: Memory) -> None:
    process = Process(MemoryShelf(memory))
    await process.start()
    await running(process, 60)
    assert len(process.state_store.commits) == pytest.approx(60 / writer.HEARTBEAT_INTERVAL, abs=2)
    assert all(commit.lease > writer.HEARTBEAT_INTERVAL + 2 for commit in process.state_store.commits)
    assert memory.writer == process.state_store.name


@virtual
async def test_a_whole_snapshot_comes_at_its_interval_and_when_changes_outgrow_it(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(MemoryShelf(memory), interval=30)
    await process.start()
    await running(process, 100)
    assert sum(commit.first for commit in process.state_store.commits) == 4
    monkeypatch.setattr(writer, "MINIMUM_CHANGES", 20)
    process.state_store.commits.clear()
    task = asyncio.create_task(process.state_writer.run())
    for version in range(1, 250):
        process.happen(version, pod(f"p{version % 10}", version))
        await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    assert sum(commit.first for commit in process.state_store.commits) >= 5
    assert sum(map(len, memory.blocks.values())) < 8


@virtual
async def test_while_it_is_away_attempts_become_rare_and_memory_stays_bounded(
    memory: Memory, logs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "JOURNAL_OBJECTS", 50)
    process = Process(MemoryShelf(memory))
    process.state_writer._journal = journal.Journal(50)
    await process.start()
    await running(process, 5)
    process.state_store.trouble = "unreachable"
    task = asyncio.create_task(process.state_writer.run())
    for version in range(1, 600):
        process.happen(version, pod(f"p{version}", version))
        await asyncio.sleep(1)
    assert len(process.state_writer._journal.changes) <= 51
    failures = process.value("astrolabe_persistence_errors_total", reason="unreachable")
    assert failures is not None
    assert 20 <= failures <= 26
    assert process.value("astrolabe_persistence_up") == 0
    process.state_store.trouble = None
    await asyncio.sleep(writer.RETRY_INTERVAL + 1)
    task.cancel()
    await asyncio.wait([task])
    assert process.value("astrolabe_persistence_up") == 1
    said = [log["event"] for log in logs if log["event"].startswith("state is")]
    assert said == ["state is not kept", "state is kept again"]
    restored = await Process(MemoryShelf(memory)).start()
    assert contents(restored) == process.facts()


@virtual
async def test_another_process_stands_by_until_the_lease_is_over(memory: Memory, logs: list[Any]) -> None:
    one, other = Process(MemoryShelf(memory, "pod-a/1")), Process(MemoryShelf(memory, "pod-b/1"))
    one.state_writer._host, other.state_writer._host = "pod-a", "pod-b"
    await one.start()
    await other.start()
    one.happen(1, pod("a"))
    await running(one, 2)
    await running(other, 20)
    assert other.state_store.commits == []
    assert other.state_store.prepared == 0
    assert other.value("astrolabe_persistence_up") == 1
    assert [log["process"] for log in logs if log["event"].startswith("another")] == ["pod-a/1"]
    await one.state_writer.close()
    await running(other, 10)
    assert memory.writer == "pod-b/1"


@virtual
async def test_who_was_killed_on_this_host_is_followed_at_once(memory: Memory) -> None:
    one, other = Process(MemoryShelf(memory, "host/1")), Process(MemoryShelf(memory, "host/2"))
    await one.start()
    one.happen(1, pod("a"))
    await running(one, 2)
    await other.start()
    await running(other, 2)
    assert memory.writer == "host/2"
    # Should the first one live after all, it stands by: two do not take it from each other for ever.
    one.happen(2, pod("b"))
    with pytest.raises(LeaseHeld):
        await one.write()
    with pytest.raises(LeaseHeld):
        await one.write()


@virtual
async def test_what_was_kept_is_not_replaced_by_lists_that_are_not_through(memory: Memory) -> None:
    one = Process(MemoryShelf(memory))
    await one.start()
    one.happen(1, pod("a"))
    await one.state_writer.close()
    two = Process(MemoryShelf(memory))
    two.state_store.trouble = "timeout"
    two.ready = False
    await two.start()
    two.state_store.trouble = None
    await running(two, 30)
    await two.state_writer.close()
    assert two.state_store.commits == []
    assert set(contents(await Process(MemoryShelf(memory)).start())) == {"Pod/shop/a"}
    await running(two, writer.UNREADY_TIMEOUT)
    assert two.state_store.commits


@virtual
async def test_a_bug_costs_what_is_kept_and_nothing_else(
    memory: Memory, logs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(MemoryShelf(memory))
    await process.start()
    with monkeypatch.context() as patch:
        patch.delattr(process.sleep.__class__, "ledger")
        await running(process, 100)
    assert {log["event"] for log in logs if log["log_level"] == "error"} == {"writing the state crashed"}
    assert process.value("astrolabe_persistence_errors_total", reason="other") == 4
    await running(process, 2)
    assert process.value("astrolabe_persistence_up") == 1


class Forgetful(MemoryShelf):
    """A state store that forgets a cancellation, as asyncio.wait_for may."""

    async def commit(self, commit: Commit, *, takeover: bool = False) -> None:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            await super().commit(commit, takeover=takeover)


@virtual
async def test_it_ends_though_the_client_forgets_that_it_shall(memory: Memory) -> None:
    process = Process(Forgetful(memory))
    await process.start()
    process.happen(1, pod("a"))
    running = asyncio.create_task(process.state_writer.run())
    await asyncio.sleep(3)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=60)
    assert done
    assert memory.parts


@virtual
async def test_the_last_write_is_made_at_once_and_takes_no_longer_than_a_second(memory: Memory) -> None:
    process = Process(MemoryShelf(memory))
    await process.start()
    await process.write()
    process.happen(1, pod("a"))
    await process.state_writer.close()
    assert "Pod/shop/a" in contents(await Process(MemoryShelf(memory)).start())
    assert memory.writer == ""
    hanging = Process(Hanging(memory))
    await hanging.start()
    before = asyncio.get_running_loop().time()
    await hanging.state_writer.close()
    assert asyncio.get_running_loop().time() - before == pytest.approx(writer.LAST_WRITE_TIMEOUT)


class Hanging(MemoryShelf):
    async def taken_by(self) -> Holder:
        await asyncio.Event().wait()
        return Holder("")


@virtual
async def test_an_object_that_cannot_be_written_has_its_kind_listed_again(memory: Memory) -> None:
    process = Process(MemoryShelf(memory))
    await process.start()
    process.happen(1, pod("a"))
    process.happen(2, Facts(id="Secret/a/x", kind="Secret", namespace="a", uid="x", api_version="v1"))
    process.happen(
        3,
        Facts(
            id="Pod/a/odd",
            kind="Pod",
            namespace="a",
            uid="o",
            api_version="v1",
            verdict=Verdict(message="\ud800"),
        ),
    )
    await process.write()
    restored = await Process(MemoryShelf(memory)).start()
    assert sorted(contents(restored)) == ["Pod/shop/a", "Secret/a/x"]
    assert reached(restored)[PLACES["Pod"]] == ""
    assert reached(restored)[PLACES["Secret"]] == "2"


MISMATCHES: list[tuple[str, Callable[[Memory], None]]] = [
    ("it is of format 99, this version has 1", lambda memory: memory.parts.update(format=b"99")),
    ("what is kept cannot be read: a number is none", lambda memory: memory.parts.update(format=b"x")),
    ("what is kept cannot be read: the part 'followed' is not there",
     lambda memory: memory.parts.pop("followed")),
    ("what is kept cannot be read: the part 'ledger' is not there",
     lambda memory: memory.parts.pop("ledger")),
    ("what is kept cannot be read: a part is not compressed as it should be",
     lambda memory: memory.parts.update(cost=b"garbage")),
    ("what is kept cannot be read: 0 blocks are there, 1 were written", lambda memory: memory.blocks.clear()),
    ("what is kept cannot be read: a part is not compressed as it should be",
     lambda memory: next(iter(memory.blocks.values())).__setitem__(0, b"garbage")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "spoil"), MISMATCHES)
@virtual
async def test_what_is_of_no_use_is_said_once_and_replaced(
    memory: Memory, logs: list[Any], said: str, spoil: Callable[[Memory], None]
) -> None:
    one = Process(MemoryShelf(memory))
    await one.start()
    one.happen(1, pod("a"))
    await one.state_writer.close()
    spoil(memory)
    logs.clear()
    two = Process(MemoryShelf(memory))
    assert contents(await two.start()) == {}
    assert [log["reason"] for log in logs] == [said]
    two.happen(1, pod("b"))
    await two.state_writer.close()
    assert set(contents(await Process(MemoryShelf(memory)).start())) == {"Pod/shop/b"}


@virtual
async def test_other_settings_start_from_nothing_and_another_version_keeps_its_memory(
    memory: Memory, logs: list[Any]
) -> None:
    one = Process(MemoryShelf(memory))
    await one.start()
    one.happen(1, pod("a"))
    one.sleep._workloads.scale.add(("shop", "kube-green", "down"), 3)
    await one.state_writer.close()
    other = Process(MemoryShelf(memory), StateScope(cluster="one", label_selector="app=web", shard=0))
    restored = await other.start()
    assert restored == Restored()
    assert "it was kept with other settings: label_selector" in [log.get("reason") for log in logs]
    newer = Process(MemoryShelf(memory), StateScope(cluster="one", program="99"))
    restored = await newer.start()
    assert restored.checkpoints == {}
    assert restored.ledger is not None
    assert restored.ledger.scale == [(("shop", "kube-green", "down"), 3)]


@virtual
async def test_until_all_is_heard_of_again_the_memories_are_of_before(memory: Memory) -> None:
    one = Process(MemoryShelf(memory))
    await one.start()
    await one.state_writer.close()
    kept = await Process(MemoryShelf(memory)).start()
    assert kept.ledger is not None
    assert kept.cost is not None
    two = Process(MemoryShelf(memory))
    two.ready = False
    await two.start()
    two.happen(1, pod("a"))
    two.sleep._now = two.cost._clock = lambda: time() + 1000
    await two.write()
    restored = await Process(MemoryShelf(memory)).start()
    assert restored.ledger is not None
    assert restored.cost is not None
    assert (restored.ledger.at, restored.cost.savings.at) == (kept.ledger.at, kept.cost.savings.at)
    two.ready = True
    await two.write()
    await two.state_writer.close()
    restored = await Process(MemoryShelf(memory)).start()
    assert restored.ledger is not None
    assert restored.cost is not None
    assert restored.ledger.at - kept.ledger.at == pytest.approx(1000, abs=30)
    assert restored.ledger.at - restored.cost.savings.at / 1000 == pytest.approx(EVENT_LAG, abs=1)


def test_sleepinfos_come_before_workloads_and_owners_before_pods() -> None:
    kinds = ("Pod", "ReplicaSet", "Deployment", "SleepInfo")
    found = checkpoints([Version(kind, kind, Scope(), "1") for kind in kinds], [])
    assert [place.resource for place in found] == ["SleepInfo", "Deployment", "ReplicaSet", "Pod"]


def test_clusters_and_shards_are_kept_apart() -> None:
    keys = {
        StateScope(cluster=cluster, shard=shard, total_shards=2).key for cluster in "ab" for shard in (0, 1)
    }
    assert len(keys) == 4
    assert StateScope(cluster="a", label_selector="x").key == StateScope(cluster="a").key
