"""What is published of access, and when."""

from __future__ import annotations

from typing import Any

from astrolabe.derived.access.access import MOST_TOLD, Access, Event
from astrolabe.derived.access.findings.catalogue import Silences
from astrolabe.derived.access.source import FINDINGS_SHOWN, AccessSource
from astrolabe.metrics.family import Family
from astrolabe.scheduling.scheduler import Scheduler
from tests.access.world import Object, World, account, binding, cluster_role, pod, role, rule, secret

READER = (
    role("reader", "shop", rule("get", "secrets")),
    binding("reader", "shop", "Role/reader", "User/alice"),
    secret("db", "shop"),
    account("web", "shop"),
    pod("web-1", "shop", "web", token=True, secrets=["db"]),
)


class Page:
    """A world whose access is published."""

    def __init__(self, *objects: Object, hide: bool = False, **access: Any) -> None:
        self.world = World()
        self.clock = 1000.0
        self.access = Access(self.world.graph, now=lambda: self.clock, **access)
        self.source = AccessSource(self.access, hide_names=hide)
        self.world.listeners.append(self.access)
        self.rows: dict[tuple[str, str], str] = {}
        self.source.attach(self.publish)
        self.world.put(*objects)

    def publish(self, family: Family, key: str, text: str) -> None:
        if text:
            self.rows[family.name, key] = text
        else:
            self.rows.pop((family.name, key), None)

    async def settle(self) -> list[str]:
        await self.source.settle(Scheduler())
        self.source.refresh(self.clock)
        return sorted(line for text in self.rows.values() for line in text.splitlines())

    async def lines(self, name: str) -> list[str]:
        prefix = f"astrolabe_{name}"
        return [line.removeprefix(prefix) for line in await self.settle() if line.startswith(prefix + "{")]


async def test_the_whole_page() -> None:
    assert await Page(*READER).settle() == [
        "astrolabe_access_admins_gained_total{} 0",
        "astrolabe_access_admins{} 0",
        ('astrolabe_access_finding_info{rule="token-needless",severity="info",'
        'id="ServiceAccount/shop/web",kind="ServiceAccount",namespace="shop"} 1'),
        'astrolabe_access_findings{rule="token-needless",severity="info",namespace="shop"} 1',
        'astrolabe_access_readers_gained_total{namespace="shop"} 0',
        'astrolabe_access_secret_readers{namespace="shop",how="read"} 2',
        'astrolabe_serviceaccount_token_mounts{namespace="shop",serviceaccount="web",needed="false"} 1',
    ]  # fmt: skip


async def test_nothing_is_said_before_it_is_worked_out() -> None:
    page = Page(*READER)
    page.source.refresh(page.clock)
    assert page.rows == {}


async def test_what_goes_leaves_nothing() -> None:
    page = Page(*READER)
    await page.settle()
    page.world.remove(*[node.id for node in page.world.graph if not node.id.startswith("Image/")])
    assert await page.settle() == [
        "astrolabe_access_admins_gained_total{} 0",
        "astrolabe_access_admins{} 0",
        'astrolabe_access_readers_gained_total{namespace="shop"} 0',
    ]


async def test_a_reader_that_replaces_another_is_counted() -> None:
    page = Page(*READER)
    before = await page.lines("access_secret_readers")
    page.world.put(binding("reader", "shop", "Role/reader", "User/eve"))
    assert await page.lines("access_secret_readers") == before
    assert await page.lines("access_readers_gained_total") == ['{namespace="shop"} 1']
    assert [(event.type, event.about, event.subject) for event in page.access.events] == [
        ("reader-gained", "shop", "User/eve"),
        ("reader-lost", "shop", "User/alice"),
    ]


async def test_the_first_secret_and_the_first_look_are_no_news() -> None:
    page = Page(*READER[:2])
    await page.settle()
    page.world.put(secret("db", "shop"))
    assert await page.lines("access_readers_gained_total") == ['{namespace="shop"} 0']
    assert [event.type for event in page.access.events] == ["finding"]


async def test_guarded_namespaces_are_counted_by_secret() -> None:
    page = Page(*READER, secret("tls", "shop"), secret("x", "ops"), guarded=("sho*",))
    assert await page.lines("access_guarded_secret_readers") == [
        '{namespace="shop",name="db",how="read"} 2',
        '{namespace="shop",name="tls",how="read"} 2',
    ]
    assert await page.lines("access_namespace_guarded") == ['{namespace="shop"} 1']
    page.world.put(
        role("one", "shop", rule("get", "secrets", names=["tls"])),
        binding("one", "shop", "Role/one", "User/eve"),
    )
    assert await page.lines("access_readers_gained_total") == [
        '{namespace="ops"} 0',
        '{namespace="shop"} 1',
    ]
    assert '{namespace="shop",name="tls",how="read"} 3' in await page.lines("access_guarded_secret_readers")
    page.world.put(secret("new", "shop"))
    assert (await page.lines("access_readers_gained_total"))[1] == '{namespace="shop"} 1'


async def test_names_can_be_kept_out() -> None:
    page = Page(
        *READER, account("db", "shop"), pod("db-1", "shop", "db", token=True), hide=True, guarded=("shop",)
    )
    lines = await page.settle()
    assert not [line for line in lines if '"db"' in line or "/db" in line or "/web" in line]
    assert await page.lines("serviceaccount_token_mounts") == [
        '{namespace="shop",serviceaccount="",needed="false"} 2'
    ]
    page.world.remove("Pod/shop/db-1")
    assert await page.lines("serviceaccount_token_mounts") == [
        '{namespace="shop",serviceaccount="",needed="false"} 1'
    ]


async def test_a_token_is_needed_once_its_account_has_a_right() -> None:
    page = Page(*READER)
    await page.settle()
    page.world.put(binding("web", "shop", "Role/reader", "ServiceAccount/shop/web"))
    assert await page.lines("serviceaccount_token_mounts") == [
        '{namespace="shop",serviceaccount="web",needed="true"} 1'
    ]


async def test_administrators_are_counted_and_new_ones_are_news() -> None:
    everything = cluster_role("all", rule("*", "*", ("*",)))
    page = Page(*READER, everything, binding("a", "", "ClusterRole/all", "User/root"))
    assert "astrolabe_access_admins{} 1" in await page.settle()
    page.world.put(binding("b", "", "ClusterRole/all", "Group/ops"))
    lines = await page.settle()
    assert "astrolabe_access_admins{} 2" in lines
    assert "astrolabe_access_admins_gained_total{} 1" in lines


async def test_silenced_findings_are_not_published() -> None:
    page = Page(*READER, silences=Silences({"token-needless": "agreed"}))
    assert await page.lines("access_findings") == []
    assert await page.lines("access_finding_info") == []


async def test_of_many_findings_the_worst_are_named() -> None:
    bad = cluster_role("bad", rule("*", "*", ("*",)))
    many = [secret(f"s{number}", "shop") for number in range(FINDINGS_SHOWN + 50)]
    page = Page(*many, bad, binding("bad", "", "ClusterRole/bad", "User/eve"))
    named = await page.lines("access_finding_info")
    assert len(named) == FINDINGS_SHOWN
    assert sum('severity="critical"' in line for line in named) == 2
    assert '{rule="secret-unused",severity="info",namespace="shop"} 550' in await page.lines(
        "access_findings"
    )
    page.world.remove("Secret/shop/s0")
    assert len(await page.lines("access_finding_info")) == FINDINGS_SHOWN


async def test_while_less_is_known_than_was_everything_stays() -> None:
    page = Page(*READER)
    before = await page.settle()
    page.world.tell(page.world.graph.uncover("Pod"))
    page.world.remove("Pod/shop/web-1")
    assert await page.settle() == before
    page.world.tell(page.world.graph.cover("Pod"))
    assert await page.settle() != before
    assert not [event for event in page.access.events if event.type == "reader-gained"]


async def test_kinds_that_nothing_is_asked_of_cost_nothing() -> None:
    page = Page(*READER)
    await page.settle()
    page.world.tell(page.world.graph.uncover("Node"))
    assert not page.access.waiting
    page.world.tell(page.world.graph.uncover("Ingress"))
    assert page.access.waiting


async def test_what_a_label_says_of_a_role_is_heard() -> None:
    page = Page(cluster_role("part", rule("get", "pods")))
    assert await page.lines("access_findings") == ['{rule="role-unused",severity="info",namespace=""} 1']
    label = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    page.world.put(cluster_role("part", rule("get", "pods"), labels=label))
    assert await page.lines("access_findings") == []


async def test_how_pods_are_doing_is_passed_over() -> None:
    page = Page(*READER)
    await page.settle()
    running = READER[-1]
    page.world.put(
        {**running, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}}
    )
    assert not page.access.waiting
    assert not page.access.counted
    page.world.put({**running, "status": {"phase": "Failed"}})
    assert await page.lines("serviceaccount_token_mounts") == []


async def test_what_happened_is_told_when_everything_is_worked_out_and_no_more_than_can_be_read() -> None:
    page = Page(*READER)
    told: list[tuple[tuple[Event, ...], int]] = []
    page.access.listen(lambda events, left_out: told.append((events, left_out)))
    await page.settle()
    assert told == []
    page.world.put(binding("late", "shop", "Role/reader", *(f"User/u{each:03}" for each in range(300))))
    await page.settle()
    ((events, left_out),) = told
    assert len(events) == MOST_TOLD
    assert [event.subject for event in events[:2]] == ["User/u000", "User/u001"]
    assert len(events) + left_out == len(page.access.events)
