"""The service's own metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from astrolabe.override import events
from astrolabe.override.ledger import Ledger
from astrolabe.override.model import ACTIONS
from astrolabe.override.state import State
from astrolabe.tracing.family import count_spans

BACKENDS = ("kubernetes", "gitlab", "argocd", "oidc")
"""What environments are changed through, and the issuer of people's tokens."""
_STATUSES = (
    *("200", "201", "204", "400", "401", "403", "404", "405", "406", "409", "422", "429"),
    *("500", "502", "503", "504", "away"),
)
_SYNCS = ("started", "busy", "refused", "succeeded", "failed", "error")
_FAST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3)
_STEP_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Telemetry:
    """Counters of what happened, and gauges of how things stand at a scrape."""

    def __init__(self, ledger: Ledger, environments: tuple[str, ...], clock: Callable[[], float]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=registry)
        count_spans(registry)
        self._changes = Counter(
            "k8s_environment_state_changes_total",
            "Environments that changed state, by trigger.",
            ("environment", "action", "trigger"),
            registry=registry,
        )
        self._overrides = Counter(
            "slack_webhook_manual_overrides_total",
            "Granted overrides.",
            ("type", "environment"),
            registry=registry,
        )
        self._refusals = Counter(
            "astrolabe_override_refusals_total",
            "Requests that a rule refused.",
            ("rule",),
            registry=registry,
        )
        self._steps = Counter(
            "astrolabe_override_steps_total",
            "Attempts of steps.",
            ("environment", "step", "result"),
            registry=registry,
        )
        self._durations = Histogram(
            "astrolabe_override_step_duration_seconds",
            "Time from a step's first attempt to its end.",
            ("step",),
            buckets=_STEP_BUCKETS,
            registry=registry,
        )
        self._requests = Counter(
            "slack_webhook_requests_total",
            "Answered requests from Slack.",
            ("command", "environment", "status"),
            registry=registry,
        )
        self._commands = Histogram(
            "slack_command_duration_seconds",
            "Time from a request from Slack to its answer.",
            ("command",),
            buckets=_STEP_BUCKETS,
            registry=registry,
        )
        self._acknowledged = Histogram(
            "slack_webhook_response_duration_seconds",
            "Time from a request from Slack to its acknowledgement.",
            buckets=_FAST_BUCKETS,
            registry=registry,
        )
        self._gitlab = Counter(
            "gitlab_api_requests_total",
            "Requests to GitLab, by status.",
            ("method", "endpoint", "status"),
            registry=registry,
        )
        self._syncs = Counter(
            "argocd_sync_operations_total",
            "Syncs requested from Argo CD, by status.",
            ("application", "status"),
            registry=registry,
        )
        self._reached = Counter(
            "astrolabe_override_backend_requests_total",
            "Requests to the backends of the override service, by result.",
            ("backend", "result"),
            registry=registry,
        )
        self._hooks = Counter(
            "astrolabe_override_webhooks_total",
            "Messages from GitLab and Argo CD, by result.",
            ("source", "result"),
            registry=registry,
        )
        registry.register(_Standing(ledger, environments, clock))
        for backend in BACKENDS:
            for result in ("answered", "away"):
                self._reached.labels(backend, result)
        for environment in environments:
            for action in ACTIONS:
                # A rate does not see a counter that appears with its first event.
                self._overrides.labels(action, environment)

    def begin(self, calls: Iterable[tuple[str, str]], applications: Iterable[str]) -> None:
        """Show at nought what will be counted, before its first event; `calls` are GitLab's."""
        for method, endpoint in calls:
            for status in _STATUSES:
                self._gitlab.labels(method, endpoint, status)
        for application in applications:
            for status in _SYNCS:
                self._syncs.labels(application, status)

    def happened(self, event: events.AnyEvent, state: State) -> None:
        """Count an event of this process."""
        match event:
            case events.Asked():
                self._overrides.labels(event.override.action, event.override.environment).inc()
            case events.Extended():
                override = state.overrides[event.number]
                self._overrides.labels("extend", override.environment).inc()
            case events.Refused():
                self._refusals.labels(event.rule.partition("[")[0]).inc()
            case events.Done(step="verify"):
                done = state.overrides.get(event.number)
                action, trigger = (done.action, done.by.via) if done else ("schedule", "expiry")
                self._changes.labels(event.environment, action, trigger).inc()

    def stepped(self, environment: str, step: str, result: str, seconds: float) -> None:
        """Note a try of a step."""
        self._steps.labels(environment, step, result).inc()
        if result == "done":
            self._durations.labels(step).observe(seconds)

    def called(self, service: str, method: str, endpoint: str, status: str) -> None:
        """Note a call of another service and what was answered."""
        if service == "GitLab":
            self._gitlab.labels(method, endpoint, status).inc()
        self.reached(
            service.lower().replace(" ", ""), answered=status != "away" and not status.startswith("5")
        )

    def reached(self, backend: str, *, answered: bool) -> None:
        """Note a request to one of `BACKENDS`; an answer of 500 and more is none."""
        self._reached.labels(backend, "answered" if answered else "away").inc()

    def synced(self, application: str, status: str) -> None:
        """Note a sync of Argo CD: that it was asked for, or how it ended."""
        self._syncs.labels(application, status).inc()

    def hooked(self, source: str, result: str) -> None:
        """Note a message from GitLab or Argo CD: `used`, `ignored`, `refused`."""
        self._hooks.labels(source, result).inc()

    def commanded(self, command: str, environment: str, status: str, seconds: float) -> None:
        """Note a request from Slack that was answered."""
        self._requests.labels(command, environment, status).inc()
        self._commands.labels(command).observe(seconds)

    def acknowledged(self, seconds: float) -> None:
        """Note a request from Slack that was acknowledged."""
        self._acknowledged.observe(seconds)


class _Standing(Collector):
    """How things stand, read off the state at a scrape."""

    def __init__(self, ledger: Ledger, environments: tuple[str, ...], clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._environments = environments
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield the families."""
        state, now = self._ledger.state, self._clock()
        active = GaugeMetricFamily(
            "astrolabe_override_active",
            "1 while an override is in force.",
            labels=("environment", "action"),
        )
        end = GaugeMetricFamily(
            "astrolabe_override_end_timestamp_seconds",
            "When the override in force ends.",
            labels=("environment", "action"),
        )
        holds = GaugeMetricFamily(
            "astrolabe_override_holds",
            "1 while the service controls the environment: its SleepInfos differ from what people wrote.",
            labels=("environment",),
        )
        verified = GaugeMetricFamily(
            "astrolabe_override_verified",
            "Whether the effect of the override in force was verified.",
            labels=("environment", "action"),
        )
        failing = GaugeMetricFamily(
            "astrolabe_override_step_failing",
            "1 while a step still fails after retries; aim is the goal of the step.",
            labels=("environment", "aim", "step"),
        )
        late = GaugeMetricFamily(
            "astrolabe_override_overdue_seconds",
            "Seconds since the end of an override whose schedule is not yet restored.",
            labels=("environment",),
        )
        waiting = GaugeMetricFamily(
            "astrolabe_override_requests_waiting",
            "Requests that wait for approval.",
            labels=("environment",),
        )
        for name in self._environments:
            deciding, hold = state.deciding(name, now), state.holds.get(name)
            for action in ACTIONS:
                active.add_metric((name, action), deciding is not None and deciding.action == action)
            holds.add_metric((name,), hold is not None)
            if deciding is not None:
                end.add_metric((name, deciding.action), deciding.until)
                verified.add_metric((name, deciding.action), deciding.phase == "verified")
            if hold is not None and hold.failed and hold.todo:
                failing.add_metric((name, hold.aim.action, hold.todo[0]), 1)
            over = [now - each.until for each in state.open(name) if each.phase == "ended"]
            late.add_metric((name,), max([0.0, *over]))
            waiting.add_metric((name,), sum(each.phase == "requested" for each in state.open(name)))
        yield from (active, holds, end, verified, failing, late, waiting)
        head = GaugeMetricFamily(
            "astrolabe_override_audit_head_sequence", "Number of the audit's last record; it never falls."
        )
        head.add_metric((), self._ledger.head.sequence)
        intact = GaugeMetricFamily(
            "astrolabe_override_audit_intact", "Whether the audit's hash chain was intact at the last check."
        )
        intact.add_metric((), not self._ledger.broken)
        yield from (head, intact)
