"""What users write is refused here exactly where the API server refuses it: selectors and names."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from astrolabe.patterns.labelselector import SelectorError, parse
from astrolabe.patterns.names import NameProblem, dns_label, dns_subdomain, path_segment
from tests.real.cluster import Cluster

_PIECES = (
    "app", "app", "tier", "example.com/team", "in", "notin", "(", ")", ",", ",", "=", "==", "!=", "!", "<",
    ">", " ", " ", "\t", "\n", "web", "a.b_c-D", "-x", "x-", "7", "-7", "9223372036854775808", "a" * 64,
    "A/b", "a/b/c", "ü", "'", "\\",
)  # fmt: skip
_SHAPES = (
    "app=web", "app in (web, db)", "!app", "app notin (,a)", "app", "app>3", "app in (a,,b)", "app in (,)",
    "app in (,,)", "app in (,,,)", "app in (a,,)", "app in ()", "in in (in), notin", "app=,tier", "app<-3",
    ",", "app,", "", " ", "app = in", "app===a", "! app in (x)", "gen > 12", "gen < 99999999999999999999",
    "x" * 253 + "/a", ("a" * 61 + ".") * 5 + "a/b", "a..b/c=d", "app in (a b)", "app in(web)tier",
    "app=web db",
)  # fmt: skip


def selectors() -> list[str]:
    """Pieces in any order, and right selectors in which a piece is another one."""
    dice = Random(12)
    found = [*_SHAPES]
    while len(found) < 1500:
        pieces = [dice.choice(_PIECES) for _ in range(dice.randrange(1, 9))]
        shape = dice.choice(_SHAPES)
        at = dice.randrange(len(shape) + 1)
        found.append(dice.choice(("".join(pieces), shape[:at] + dice.choice(_PIECES) + shape[at:])))
    return found


def taken(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except (SelectorError, NameProblem):
        return False
    return True


def test_label_selectors(cluster: Cluster) -> None:
    differ = []
    counts = {True: 0, False: 0}
    for selector in selectors():
        answer = cluster.request(
            "GET", "/api/v1/namespaces/default/pods", params={"labelSelector": selector, "limit": "1"}
        )
        assert answer.status_code in (200, 400), answer.text
        counts[answer.ok] += 1
        # What selects nothing at all is taken there, and refused here.
        if taken(parse, selector) is not (answer.ok and "()" not in selector):
            differ.append((selector, answer.status_code, answer.json().get("message")))
    assert not differ, "\n".join(map(str, differ))
    assert min(counts.values()) > 100


NAMES = (
    "a", "shop", "shop-eu", "a.b", "a..b", ".a", "a.", "-a", "a-", "A", "a_b", "a b", "", "0", "a" * 63,
    "a" * 64, "a" * 253, "a" * 254, ("a" * 62 + ".") * 4 + "a", "system:node", "..", ".", "a/b", "a%b", "ü",
    "a@b", "x-1.y-2",
)  # fmt: skip


@pytest.mark.parametrize(
    ("check", "path", "body"),
    [
        (dns_label, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace"}),
        (
            dns_subdomain,
            "/api/v1/namespaces/default/configmaps",
            {"apiVersion": "v1", "kind": "ConfigMap"},
        ),
        (
            path_segment,
            "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": []},
        ),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_names(cluster: Cluster, check: Callable[[str], None], path: str, body: dict[str, Any]) -> None:
    for name in NAMES:
        answer = cluster.request("POST", f"{path}?dryRun=All", {**body, "metadata": {"name": name}})
        assert answer.status_code in (201, 400, 409, 422), answer.text
        assert taken(check, name) is answer.ok, (name, answer.text)
