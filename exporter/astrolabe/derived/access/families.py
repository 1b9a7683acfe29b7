"""The families of access. Their meaning is told in docs/metrics/access.md, which a test compares."""

from __future__ import annotations

from astrolabe.metrics.family import Family

SECRET_READERS = Family(
    "astrolabe_access_secret_readers",
    "gauge",
    "Users, groups and accounts that can read any Secret of a namespace, by their first step.",
    ("namespace", "how"),
)
GUARDED_READERS = Family(
    "astrolabe_access_guarded_secret_readers",
    "gauge",
    "Users, groups and accounts that can read a Secret of a guarded namespace, by their first step.",
    ("namespace", "name", "how"),
)
GUARDED = Family(
    "astrolabe_access_namespace_guarded",
    "gauge",
    "A namespace that the setting access_guarded_namespaces names.",
    ("namespace",),
)
READERS_GAINED = Family(
    "astrolabe_access_readers_gained_total",
    "counter",
    "How often a user, group or account gained the right to read a Secret of a namespace.",
    ("namespace",),
)
ADMINS = Family(
    "astrolabe_access_admins",
    "gauge",
    "Users, groups and accounts that may do everything in the cluster, by bindings.",
    (),
)
ADMINS_GAINED = Family(
    "astrolabe_access_admins_gained_total",
    "counter",
    "How often a user, group or account gained the right to do everything in the cluster.",
    (),
)
FINDINGS = Family(
    "astrolabe_access_findings",
    "gauge",
    "Findings that are not silenced, by rule.",
    ("rule", "severity", "namespace"),
)
FINDING_INFO = Family(
    "astrolabe_access_finding_info",
    "gauge",
    "A finding that is not silenced; at most the worst 500.",
    ("rule", "severity", "id", "kind", "namespace"),
)
TOKEN_MOUNTS = Family(
    "astrolabe_serviceaccount_token_mounts",
    "gauge",
    "Running Pods with a token of a ServiceAccount, and whether the account has any right of its own.",
    ("namespace", "serviceaccount", "needed"),
)

FAMILIES: tuple[Family, ...] = (
    SECRET_READERS,
    GUARDED_READERS,
    GUARDED,
    READERS_GAINED,
    ADMINS,
    ADMINS_GAINED,
    FINDINGS,
    FINDING_INFO,
    TOKEN_MOUNTS,
)
