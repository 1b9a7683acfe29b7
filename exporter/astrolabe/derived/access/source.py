"""Access as a source of metrics: works between scrapes, and shows what it knows."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable

from astrolabe.derived.access import families
from astrolabe.derived.access.access import Access
from astrolabe.derived.access.families import FAMILIES
from astrolabe.derived.access.findings.catalogue import BY_ID
from astrolabe.derived.access.findings.rule import SEVERITIES, Finding, View
from astrolabe.derived.access.readers import Readers
from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import kind_of
from astrolabe.graph.follower import Follower
from astrolabe.metrics.family import Family
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.metrics.source import Publish
from astrolabe.scheduling.beat import beat
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.scheduling.steps import Steps

FINDINGS_SHOWN = 500
"""Findings that are shown one by one."""
_CHECK_INTERVAL = 0.25
"""Seconds between two looks at whether there is work."""
_NAMED = frozenset({"Secret", "ServiceAccount"})
"""Kinds whose names can be kept out of the metrics."""


class AccessSource(Follower):
    """Everything that is published of access; `Access` follows the graph through it."""

    def __init__(
        self, access: Access, *, hide_names: bool = False, faults: InternalErrors | None = None
    ) -> None:
        """Show no name of a Secret or a ServiceAccount where names are hidden."""
        self.access = access
        self._faults = faults or InternalErrors()
        self._hide = hide_names
        self._view = View(access.rights, access.uses)
        self._publish: Publish = _nowhere
        self._lacking: set[str] | None = None
        """Kinds that were not known completely when this was worked out last."""
        self._worst: list[tuple[int, str, str]] = []
        self._shown: set[tuple[int, str, str]] = set()
        self._stale = False
        self._counted: set[tuple[str, str]] = set()
        self._gained: dict[str, int] = {}
        self._guarded_shown: set[str] = set()
        self._worked = -1
        self._tokens: Counter[tuple[str, str]] = Counter()
        self._token_rows: dict[str, tuple[int, str]] = {}
        access.readers.listen(self._readers)
        access.findings.listen(self._findings)

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that it publishes."""
        return FAMILIES

    def attach(self, publish: Publish) -> None:
        """Receive the way to publish."""
        self._publish = publish

    def follow(self, delta: Delta) -> None:
        """Pass on what one event changed."""
        self.access.follow(delta)

    def lost(self) -> None:
        """Begin again from the graph as it is."""
        self.access.lost()

    def refresh(self, now: float) -> None:  # noqa: ARG002  (nothing depends on the time)
        """Show the counts that changed."""
        if not self.access.settled:
            return
        self._show_counts()
        self._show_gains()
        self._show_worst()

    async def run(self, scheduler: Scheduler, ready: Callable[[], bool]) -> None:
        """Work for ever, in turns that hold up nobody, once everything has listed."""
        while True:
            await beat(_CHECK_INTERVAL)
            if ready():
                await self.step(scheduler)

    async def step(self, scheduler: Scheduler) -> None:
        """Work out what is doubtful. What goes wrong with one object costs its answer until it changes."""
        try:
            await self.settle(scheduler)
        except Exception as error:  # noqa: BLE001  (whatever it is, the others are worked out)
            self._faults.note("access", error)

    async def settle(self, scheduler: Scheduler) -> None:
        """Work out what is doubtful. While less is known than once was, what was worked out stays."""
        lacking = set(self.access.incomplete())
        if self._lacking is None or lacking <= self._lacking:
            self._lacking = lacking
            if self.access.waiting:
                await scheduler.work(self.access.work())
            if self.access.counted:
                await scheduler.work(self._show_tokens())

    # What is shown

    def _readers(self, about: str, _: Readers, after: Readers) -> None:
        if about.startswith("Secret/"):
            return
        self._show_hows(families.SECRET_READERS, about, (about,), after)
        guarded = self.access.guards(about)
        self._publish(families.GUARDED, about, families.GUARDED.line((about,)) if guarded and after else "")

    def _show_hows(self, family: Family, key: str, labels: tuple[str, ...], readers: Readers) -> None:
        counts = Counter(how for _, how in readers)
        lines = (family.line((*labels, how), count) for how, count in sorted(counts.items()))
        self._publish(family, key, "".join(lines))

    def _findings(self, _: str, before: tuple[Finding, ...], after: tuple[Finding, ...]) -> None:
        for finding in before:
            if not finding.silenced:
                entry = _entry(finding)
                del self._worst[bisect_left(self._worst, entry)]
        for finding in after:
            if not finding.silenced:
                insort(self._worst, _entry(finding))
        self._stale = True
        self._counted.update((finding.rule, finding.namespace) for finding in (*before, *after))

    def _show_counts(self) -> None:
        counts = self.access.findings.counts
        for rule, namespace in self._counted:
            labels = (rule, BY_ID[rule].severity, namespace)
            count = counts.get((rule, namespace), 0)
            text = families.FINDINGS.line(labels, count) if count else ""
            self._publish(families.FINDINGS, f"{rule}/{namespace}", text)
        self._counted.clear()

    def _show_gains(self) -> None:
        access = self.access
        worked = access.readers.worked
        if worked == self._worked:
            return
        self._worked = worked
        # A counter that begins at one is no increase to Prometheus.
        counts = dict.fromkeys(access.readers.by_namespace, 0) | access.gained
        for namespace, count in counts.items():
            if self._gained.get(namespace) != count and (count or namespace not in self._gained):
                self._gained[namespace] = count
                line = families.READERS_GAINED.line((namespace,), count)
                self._publish(families.READERS_GAINED, namespace, line)
        admins = families.ADMINS.line((), len(access.readers.admins))
        self._publish(families.ADMINS, "", admins)
        self._publish(families.ADMINS_GAINED, "", families.ADMINS_GAINED.line((), access.admins_gained))
        if not self._hide:
            self._show_guarded()

    def _show_guarded(self) -> None:
        guarded = self.access.readers.by_secret
        for namespace in sorted(self._guarded_shown - guarded.keys()):
            self._publish(families.GUARDED_READERS, namespace, "")
        self._guarded_shown = set(guarded)
        for namespace, secrets in guarded.items():
            lines = [
                families.GUARDED_READERS.line((namespace, name, how), count)
                for name, readers in sorted(secrets.items())
                for how, count in sorted(Counter(how for _, how in readers).items())
            ]
            self._publish(families.GUARDED_READERS, namespace, "".join(lines))

    def _show_worst(self) -> None:
        if not self._stale:
            return
        self._stale = False
        shown: set[tuple[int, str, str]] = set()
        for entry in self._worst:
            if len(shown) == FINDINGS_SHOWN:
                break
            if not (self._hide and kind_of(entry[2]) in _NAMED):
                shown.add(entry)
        for _, rule, node_id in self._shown - shown:
            self._publish(families.FINDING_INFO, f"{node_id}/{rule}", "")
        for entry in shown - self._shown:
            rule, node_id = entry[1], entry[2]
            kind, _, rest = node_id.partition("/")
            namespace = rest.partition("/")[0] if "/" in rest else ""
            labels = (rule, BY_ID[rule].severity, node_id, kind, namespace)
            self._publish(families.FINDING_INFO, f"{node_id}/{rule}", families.FINDING_INFO.line(labels))
        self._shown = shown

    def _show_tokens(self) -> Steps[None]:
        """Show the tokens of the accounts whose counts changed, or of all their namespace where hidden."""
        while self.access.counted:
            account = self.access.counted.pop()
            _, namespace, name = account.split("/", 2)
            needed = "true" if any(self._view.own_grants(account)) else "false"
            count = self.access.uses.tokens[account]
            if self._hide:
                self._add_tokens(account, namespace, count, needed)
            else:
                labels = (namespace, name, needed)
                line = families.TOKEN_MOUNTS.line(labels, count) if count else ""
                self._publish(families.TOKEN_MOUNTS, account, line)
            yield

    def _add_tokens(self, account: str, namespace: str, count: int, needed: str) -> None:
        before = self._token_rows.pop(account, None)
        if before is not None:
            self._tokens[namespace, before[1]] -= before[0]
        if count:
            self._token_rows[account] = count, needed
            self._tokens[namespace, needed] += count
        lines = (
            families.TOKEN_MOUNTS.line((namespace, "", each), self._tokens[namespace, each])
            for each in ("false", "true")
            if self._tokens[namespace, each]
        )
        self._publish(families.TOKEN_MOUNTS, namespace, "".join(lines))


def _entry(finding: Finding) -> tuple[int, str, str]:
    """Return what findings are ordered by: worst first."""
    return SEVERITIES.index(BY_ID[finding.rule].severity), finding.rule, finding.id


def _nowhere(_family: Family, _key: str, _text: str) -> None:
    """Take what is published before there is a page."""
