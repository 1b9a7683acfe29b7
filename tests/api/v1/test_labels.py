"""Label selectors of query strings mean what they mean to kubectl."""

from __future__ import annotations

import pytest

from astrolabe.api.v1.labels import BadSelector, parse

LABELS = {"app": "web", "tier": "front", "empty": "", "example.com/team": "a.b_c-D"}


@pytest.mark.parametrize(
    ("selector", "holds"),
    [
        ("", True),
        ("  ", True),
        ("app=web", True),
        ("app==web", True),
        (" app = web , tier = front ", True),
        ("app=api", False),
        ("app!=api", True),
        ("app!=web", False),
        ("nothing!=web", True),
        ("app", True),
        ("nothing", False),
        ("!nothing", True),
        ("! app", False),
        ("app in (web,api)", True),
        ("app in ( api )", False),
        ("app notin (api, db)", True),
        ("app notin (web)", False),
        ("nothing notin (web)", True),
        ("nothing in (web)", False),
        ("empty=", True),
        ("empty!=", False),
        ("empty in (,a)", True),
        ("app=,tier", False),
        ("example.com/team=a.b_c-D", True),
        ("in in (in), notin", False),
        ("app in (web),tier in (front,back),!nothing", True),
    ],
)
def test_a_selector_holds_or_does_not(selector: str, *, holds: bool) -> None:
    assert all(requirement.holds(LABELS) for requirement in parse(selector)) is holds


@pytest.mark.parametrize(
    "selector",
    [
        ",",
        "app=web,",
        "app===web",
        "=web",
        "app in web",
        "app in ()",
        "app in (web",
        "app in (web))",
        "app in(web) tier",
        "-app",
        "app-",
        "app=web!",
        "app=web api",
        "a" * 64,
        "app=" + "a" * 64,
        "Example.com/team",
        "a/b/c",
        "ünïcode",
        "app\n=web\x00",
        "app=web," * 600,
        "(" * 4000,
    ],
)
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(BadSelector):
        parse(selector)
