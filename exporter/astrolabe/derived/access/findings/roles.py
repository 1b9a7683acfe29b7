"""Rules about what roles say. Kubernetes' own roles are not judged, nor are those that nobody is bound to."""

from __future__ import annotations

from collections.abc import Callable

from astrolabe.derived.access.evaluator import ACCOUNTS, subject_key
from astrolabe.derived.access.findings.rule import (
    Rule,
    Severity,
    View,
    ask,
    bound,
    first_allowed,
    is_bootstrap,
    is_everything,
    rules_of,
    words,
)
from astrolabe.derived.access.powers import AUTHENTICATION, CERTIFICATES, RBAC
from astrolabe.derived.access.rights import Binding
from astrolabe.graph.facts import Facts
from astrolabe.kinds.models.details import PolicyRule, RoleDetail
from astrolabe.kinds.models.groups import BUILT_IN_GROUPS

_ROLES = frozenset({"Role", "ClusterRole"})
_ADMISSION = "admissionregistration.k8s.io"
_AGGREGATES = "aggregate"
"""In the key of every label that people gather roles by."""
_TO_EVERY_NAME = "for every name"


def _role(
    name: str, severity: Severity, title: str, reason: str, remedy: str, *requests: tuple[str, str, str]
) -> Rule:
    """Build a rule that holds for roles that allow one of some (verb, group, resource)."""
    asked = tuple(
        ask(verb=verb, group=group, resource=base, subresource=sub)
        for verb, group, resource in requests
        for base, _, sub in (resource.partition("/"),)
    )

    def check(view: View, facts: Facts) -> str | None:
        rules = rules_of(facts)
        if severity != "critical":
            # Of a rule for every resource one warning is enough.
            rules = tuple(rule for rule in rules if _any_resource(rule) is None)
        found = first_allowed(rules, *asked)
        return words(found) if found is not None and bound(view, facts.id) else None

    return Rule(name, severity, _ROLES, title, reason, remedy, check)


def _of_rules(holds: Callable[[PolicyRule], str | None]) -> Callable[[View, Facts], str | None]:
    def check(view: View, facts: Facts) -> str | None:
        found = next((text for rule in rules_of(facts) if (text := holds(rule)) is not None), None)
        return found if found is not None and bound(view, facts.id) else None

    return check


def _everything(rule: PolicyRule) -> str | None:
    return "every verb on everything" if is_everything(rule) else None


def _any_verb(rule: PolicyRule) -> str | None:
    # What an operator does with its own custom resources is its own affair.
    known = any(group == "*" or group in BUILT_IN_GROUPS for group in rule.groups)
    if "*" in rule.verbs and rule.resources and known and not is_everything(rule):
        return f"every verb on {', '.join(rule.resources[:3])}"
    return None


def _any_resource(rule: PolicyRule) -> str | None:
    if "*" in rule.resources and "*" not in rule.verbs and not rule.names:
        return f"{', '.join(rule.verbs[:3])} on every resource of {', '.join(rule.groups[:3]) or 'core'}"
    return None


def _secrets(rule: PolicyRule) -> str | None:
    named = "secrets" in rule.resources and ("" in rule.groups or "*" in rule.groups)
    verb = next((verb for verb in ("list", "watch", "deletecollection") if verb in rule.verbs), None)
    return f"{verb} secrets {_TO_EVERY_NAME}" if named and verb and not rule.names else None


def _secrets_given_away(view: View, facts: Facts) -> str | None:
    """Pass over what accounts have in their own namespace: their Pods could mount the Secrets as well.

    What a ClusterRoleBinding grants is told of it, as `secrets-everywhere`.
    """
    found = _SECRETS_LISTED(view, facts)
    if found is None or not any(map(_leads_outside, view.rights.bindings_of_role(facts.id))):
        return None
    return found


_SECRETS_LISTED = _of_rules(_secrets)


def _leads_outside(binding: Binding) -> bool:
    """Whether a binding of a namespace grants to somebody that is no account of it."""
    here = binding.namespace
    if not here:
        return False
    # A role may have 10,000 bindings, nearly all of them for accounts.
    others = [each for each in binding.subjects if each.kind != "ServiceAccount" or each.namespace != here]
    if not others:
        return False
    account, group = f"ServiceAccount/{here}/", f"Group/{ACCOUNTS}:{here}"
    keys = (subject_key(each, here) for each in others)
    return any(key is not None and not key.startswith(account) and key != group for key in keys)


def _unused(view: View, facts: Facts) -> str | None:
    # What a controller gathers into another role is used though nobody binds it.
    aggregated_to = any(_AGGREGATES in key for key, _ in facts.labels)
    if is_bootstrap(facts) or aggregated_to or bound(view, facts.id):
        return None
    kinds = ("RoleBinding", "ClusterRoleBinding")
    if not all(view.graph.covers(kind, facts.namespace) for kind in kinds):
        return None
    return "no binding names it"


def _empty(view: View, facts: Facts) -> str | None:
    detail = facts.detail
    if not isinstance(detail, RoleDetail) or detail.rules or detail.aggregated or is_bootstrap(facts):
        return None
    return "it has no rules, and is bound" if bound(view, facts.id) else None


RULES: tuple[Rule, ...] = (
    Rule(
        "wildcard-everything",
        "critical",
        _ROLES,
        "A role that may do everything",
        "Everybody who is bound to it is an administrator, whatever the name of the role.",
        "List only the needed verbs and resources.",
        _of_rules(_everything),
    ),
    Rule(
        "wildcard-verbs",
        "warning",
        _ROLES,
        "Every verb on a resource",
        "`*` includes verbs that people forget: impersonate, escalate, bind, deletecollection, future verbs.",
        "List only the needed verbs.",
        _of_rules(_any_verb),
    ),
    Rule(
        "wildcard-resources",
        "warning",
        _ROLES,
        "Some verbs on every resource",
        "`*` includes Secrets, every subresource such as pods/exec, and every resource installed later.",
        "List only the needed resources.",
        _of_rules(_any_resource),
    ),
    Rule(
        "secrets-listed",
        "warning",
        _ROLES,
        "Secrets may be listed",
        "A list contains the values of all Secrets, and so does a watch and the response to "
        "deletecollection. Not reported: accounts of the same namespace, whose Pods could mount the "
        "Secrets, and grants in every namespace, which secrets-everywhere reports.",
        "Grant get only on the needed Secrets, by resourceNames.",
        _secrets_given_away,
    ),
    _role(
        "pods-exec",
        "warning",
        "Running containers may be entered",
        "Whoever is in a container has everything of the Pod: its token, its Secrets, its network.",
        "Grant it in one namespace, to people, for as long as it is needed.",
        ("create", "", "pods/exec"),
        ("create", "", "pods/attach"),
    ),
    _role(
        "ephemeral-containers",
        "warning",
        "Containers may be added to running Pods",
        "An ephemeral container runs any image, and sees the Pod's processes and their Secrets.",
        "Grant it in one namespace, to people, for as long as it is needed.",
        ("patch", "", "pods/ephemeralcontainers"),
        ("update", "", "pods/ephemeralcontainers"),
    ),
    _role(
        "pods-portforward",
        "info",
        "Ports of Pods may be reached past network policies",
        "Programs that listen only on loopback often trust every client.",
        "Grant it in one namespace, to people.",
        ("create", "", "pods/portforward"),
    ),
    _role(
        "token-create",
        "critical",
        "Tokens of ServiceAccounts may be created",
        "Everybody who may create a token of an account has all its rights.",
        "Grant it by resourceNames, only for the intended accounts.",
        ("create", "", "serviceaccounts/token"),
    ),
    _role(
        "impersonation",
        "critical",
        "Users, groups or accounts may be impersonated",
        (
            "Everybody who may impersonate a user, group or account has all its rights; as "
            "system:masters all rights."
        ),
        "Grant it by resourceNames; on Kubernetes 1.36 with impersonate-on for certain requests.",
        *(("impersonate", "", name) for name in ("users", "groups", "serviceaccounts")),
        ("impersonate:user-info", AUTHENTICATION, "users"),
        ("impersonate:user-info", AUTHENTICATION, "groups"),
        ("impersonate:serviceaccount", AUTHENTICATION, "serviceaccounts"),
    ),
    _role(
        "escalation",
        "critical",
        "Roles may get rights that their writer does not have",
        "The verb escalate disables the check that stops writers of roles from becoming administrators.",
        "Remove escalate; grant the rights that the new roles should have instead.",
        ("escalate", RBAC, "roles"),
        ("escalate", RBAC, "clusterroles"),
    ),
    _role(
        "binding-of-roles",
        "critical",
        "Roles may be bound with rights that the subject does not have",
        "With bind on cluster-admin, or on every name, this is equivalent to cluster-admin.",
        "Grant bind by resourceNames, only for the intended roles.",
        ("bind", RBAC, "roles"),
        ("bind", RBAC, "clusterroles"),
    ),
    _role(
        "nodes-proxy",
        "critical",
        "Kubelets accept direct requests",
        "nodes/proxy can run commands in every Pod of a Node, without audit and admission.",
        "Grant nodes/metrics, nodes/stats and nodes/log instead.",
        ("create", "", "nodes/proxy"),
        ("get", "", "nodes/proxy"),
    ),
    _role(
        "certificates-approved",
        "critical",
        "Client certificates may be approved",
        "A certificate can name any user and nearly any group, and cannot be revoked before it expires.",
        "Leave this to the controller that approves by rules.",
        ("approve", CERTIFICATES, "signers"),
    ),
    _role(
        "webhooks-written",
        "warning",
        "Admission webhooks may be written",
        "A webhook sees every written object, also Secrets, and can change it.",
        "Leave this to the installer of the webhook; grant get, list and watch to others.",
        *(
            (verb, _ADMISSION, f"{kind}webhookconfigurations")
            for kind in ("mutating", "validating")
            for verb in ("create", "update", "patch")
        ),
    ),
    _role(
        "volumes-created",
        "warning",
        "PersistentVolumes may be created",
        "A volume of type hostPath gives access to the file system of a Node, without Pod Security.",
        "Grant PersistentVolumeClaims, and leave volumes to a provisioner.",
        ("create", "", "persistentvolumes"),
    ),
    _role(
        "nodes-written",
        "warning",
        "Nodes may be changed",
        "Labels and taints decide which Pods, with their Secrets, run on which Node.",
        "Leave this to the kubelets and the cloud's controller.",
        *((verb, "", resource) for resource in ("nodes", "nodes/status") for verb in ("update", "patch")),
    ),
    _role(
        "namespaces-written",
        "warning",
        "Namespaces may be changed",
        "Their labels decide which Pod Security level and which network policies apply in them.",
        "Leave this to the administrators of namespaces.",
        ("update", "", "namespaces"),
        ("patch", "", "namespaces"),
    ),
    Rule(
        "role-unused",
        "info",
        _ROLES,
        "A role without bindings",
        "It grants nothing now, but all its rules as soon as somebody binds it.",
        "Delete it, or bind it.",
        _unused,
    ),
    Rule(
        "role-empty",
        "info",
        _ROLES,
        "A bound role without rules",
        "People may think that its subjects have a right that they do not have.",
        "Write its rules, or delete it with its bindings.",
        _empty,
    ),
)
