"""Names in Kubernetes. `tests/real/test_written.py` compares them with what the API server takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from astrolabe.patterns.names import (
    NameProblem,
    dns_label,
    dns_subdomain,
    label_key,
    label_value,
    path_segment,
)

Check = Callable[[str], None]


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (dns_label, "shop"),
        (dns_label, "a" * 63),
        (dns_subdomain, "a.b-c.0"),
        (dns_subdomain, "a" * 253),
        (path_segment, "system:node"),
        (path_segment, "A b"),
        (label_key, "app"),
        (label_key, "example.com/A.b_c"),
        (label_value, ""),
        (label_value, "A.b_c-D"),
    ],
)
def test_what_can_be(check: Check, name: str) -> None:
    check(name)


@pytest.mark.parametrize(
    ("check", "names"),
    [
        (dns_label, ("", "Shop", "a.b", "-a", "a-", "a" * 64, "ü", "a\n")),
        (dns_subdomain, ("", "a..b", ".a", "a.", "a_b", "a" * 254)),
        (path_segment, ("", ".", "..", "a/b", "a%b", "a,b", "a=b", "a\\b", "a\nb")),
        (label_key, ("", "/a", "a/", "a/b/c", "A/b", "-a", "a" * 64)),
        (label_value, ("-", "a b", "a" * 64)),
    ],
)
def test_what_cannot_be(check: Check, names: tuple[str, ...]) -> None:
    for name in names:
        with pytest.raises(NameProblem) as caught:
            check(name)
        assert str(caught.value).isprintable()
