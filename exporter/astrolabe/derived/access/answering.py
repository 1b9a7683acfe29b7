"""Answers the questions that people ask, from what is known of access at this moment."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from astrolabe.derived.access import questions
from astrolabe.derived.access.access import Access
from astrolabe.derived.access.answers import (
    Events,
    Findings,
    Found,
    MountedBy,
    Of,
    RuleOf,
    TokenSecret,
    UsedBy,
    WhoCan,
)
from astrolabe.derived.access.evaluator import MASTERS, Request, group_key, keys_of, user_of
from astrolabe.derived.access.findings.catalogue import BY_ID
from astrolabe.derived.access.findings.rule import Finding, Rule
from astrolabe.derived.access.paths import Path, paths
from astrolabe.derived.access.powers import READS
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import object_id
from astrolabe.kinds.models.details import AccountDetail, PodAccess, PodDetail, SecretDetail
from astrolabe.patterns.names import shown
from astrolabe.scheduling.steps import Steps

RBAC_ONLY = "RBAC; the Node authorizer and webhooks are not covered"
"""What an answer is about."""
MOST_PODS = 1000
"""Pods that are looked at for one answer."""
MOST_FINDINGS = 5000
"""Findings of one answer, the worst ones."""
_FINDINGS_PER_STEP = 64
"""Findings that are written before others have their turn."""


def who_can(access: Access, request: Request) -> Steps[WhoCan]:
    """Answer who can do something; for the value of a Secret, by every way."""
    yield
    grants = access.rights.who_can(request)
    ways: list[Path] = []
    mounted: list[MountedBy] = []
    truncated, exists = False, True
    secret = object_id("Secret", request.namespace, request.name)
    read = request.verb in {power.verb for power in READS} and request.combined == "secrets"
    if read and not request.group and request.name and request.namespace:
        options = access.readers.ways.to_secret(request.namespace, request.name)
        result = access.readers.search.reach(options)
        for path in paths(access.readers.search, access.rights, result):
            ways.append(path)
            yield
        mounted = list(_mounted(access, secret))
        truncated = result.truncated
        exists = secret in access.graph or not access.graph.covers("Secret", request.namespace)
    return WhoCan(
        exists=exists,
        covers=RBAC_ONLY,
        incomplete=access.incomplete(request.namespace),
        truncated=truncated,
        request=questions.written(request),
        grants=grants,
        ways=ways,
        mounted=mounted,
    )


def of(access: Access, key: str) -> Steps[Of]:
    """Answer what a subject may do, and who acts as it."""
    yield
    rules = [
        RuleOf(
            found.grant.binding,
            found.grant.role,
            found.grant.subject,
            found.namespace,
            found.rule.verbs,
            found.rule.groups,
            found.rule.resources,
            found.rule.names,
            found.rule.urls,
            wildcard="*" in (*found.rule.verbs, *found.rule.resources, *found.rule.urls),
            since=access.seen.since(found.grant.subject, found.grant.binding),
        )
        for found in access.rights.effective(user_of(key))
    ]
    masters = group_key(MASTERS)
    search = access.readers.search
    result = search.reach((), exists=False, start={masters, *access.readers.admins})
    mine = {key, *keys_of(user_of(key))}
    everything = bool(mine & {masters, *access.readers.admins})
    admin = [path for path in paths(search, access.rights, result) if path.subject in mine]
    answer = Of(
        covers=RBAC_ONLY,
        incomplete=access.incomplete(),
        truncated=result.truncated,
        subject=key,
        rules=rules,
        admin=[] if everything else admin,
        everything=everything,
    )
    return _with_uses(access, answer) if key.startswith("ServiceAccount/") else answer


def findings(
    access: Access, *, rule: str = "", severity: str = "", namespace: str = "", silenced: bool = False
) -> Steps[Findings]:
    """Answer what is dangerous or stale; `silenced` adds what is silenced, with the reason."""
    if rule and rule not in BY_ID:
        raise questions.BadQuestion(f"{shown(rule)} is not a rule; docs/access.md lists all rules")
    wanted = {
        name for name, about in BY_ID.items() if rule in ("", name) and severity in ("", about.severity)
    }
    chosen: dict[str, list[Finding]] = {name: [] for name in BY_ID}
    for number, each in enumerate(list(access.findings.by_object.values())):
        for finding in each:
            here = finding.rule in wanted and namespace in ("", finding.namespace)
            if here and (silenced or not finding.silenced):
                chosen[finding.rule].append(finding)
        if number % _FINDINGS_PER_STEP == 0:
            yield
    found: list[Found] = []
    for name, several in chosen.items():
        about = BY_ID[name]
        several.sort(key=lambda each: each.id)
        for finding in several[: MOST_FINDINGS - len(found)]:
            found.append(_found(finding, about))
            if len(found) % _FINDINGS_PER_STEP == 0:
                yield
    return Findings(
        covers=RBAC_ONLY,
        incomplete=access.incomplete(namespace),
        truncated=sum(map(len, chosen.values())) > len(found),
        findings=found,
    )


def _found(finding: Finding, about: Rule) -> Found:
    return Found(
        finding.rule,
        about.severity,
        finding.id,
        finding.namespace,
        finding.detail,
        about.title,
        about.reason,
        about.remedy,
        finding.silenced,
    )


def events(access: Access) -> Steps[Events]:
    """Answer what changed lately."""
    yield
    return Events(covers=RBAC_ONLY, incomplete=access.incomplete(), events=list(reversed(access.events)))


def _mounted(access: Access, secret: str) -> Iterator[MountedBy]:
    """Yield which workloads hold a Secret, how, and by which key."""
    name = secret.rpartition("/")[2]
    counts: dict[tuple[str, str, str, str], int] = {}
    for number, pod in enumerate(access.uses.pods_using(secret)):
        if number == MOST_PODS:
            break
        for use in _access(pod).secrets:
            if use.secret == name:
                held = _workload(pod), _account(pod), use.how, use.key
                counts[held] = counts.get(held, 0) + 1
    for (workload, account, how, key), count in sorted(counts.items()):
        yield MountedBy(workload, account, how, key, count, access.seen.since(account, secret))


def _with_uses(access: Access, answer: Of) -> Of:
    account = answer.subject
    _, namespace, _ = account.split("/", 2)
    used: dict[str, tuple[int, int]] = {}
    held: dict[tuple[str, str, str], int] = {}
    for number, pod in enumerate(access.uses.pods_as(account, token=False)):
        if number == MOST_PODS:
            break
        mine = _access(pod)
        pods, tokens = used.get(_workload(pod), (0, 0))
        used[_workload(pod)] = pods + 1, tokens + mine.token
        for use in mine.secrets:
            place = object_id("Secret", namespace, use.secret), use.how, use.key
            held[place] = held.get(place, 0) + 1
    node = access.graph.get(account)
    detail = node.facts.detail if node is not None else None
    tokens_of = []
    for secret in sorted(access.uses.tokens_of(account)):
        found = access.graph.get(secret)
        about = found.facts.detail if found is not None else None
        if isinstance(about, SecretDetail):
            tokens_of.append(TokenSecret(secret, about.last_used))
    return msgspec.structs.replace(
        answer,
        exists=node is not None,
        used=[UsedBy(workload, *counts) for workload, counts in sorted(used.items())],
        token_needed=any(rule.subject != "Group/system:authenticated" for rule in answer.rules),
        automount=detail.automount if isinstance(detail, AccountDetail) else None,
        token_secrets=tokens_of,
        secrets=[
            MountedBy(secret, account, how, key, count, access.seen.since(account, secret))
            for (secret, how, key), count in sorted(held.items())
        ],
    )


def _access(pod: Node) -> PodAccess:
    detail = pod.facts.detail
    assert isinstance(detail, PodDetail)
    return detail.access


def _account(pod: Node) -> str:
    return object_id("ServiceAccount", pod.facts.namespace, _access(pod).account)


def _workload(pod: Node) -> str:
    root = pod.root
    return object_id(root.kind, pod.facts.namespace, root.name) if root is not None else pod.id
