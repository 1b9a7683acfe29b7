"""Label selectors of users. `tests/real/test_written.py` compares them with the API server's own reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.patterns.labelselector import Requirement, SelectorError, parse

KEY_AND_VALUE = "letters, digits, -, _ and ., at most 63, a letter or digit first and last"


@pytest.mark.parametrize(
    ("selector", "requirements"),
    [
        ("", []),
        (" \n", []),
        ("app", [("app", "exists", ())]),
        ("! app", [("app", "!", ())]),
        ("app=web", [("app", "in", ("web",))]),
        ("app == web,tier!=db", [("app", "in", ("web",)), ("tier", "notin", ("db",))]),
        ("app=,tier", [("app", "in", ("",)), ("tier", "exists", ())]),
        ("app in(web, api,web)", [("app", "in", ("api", "web"))]),
        ("app notin (,a,,)", [("app", "notin", ("", "a"))]),
        ("in in (in), notin", [("in", "in", ("in",)), ("notin", "exists", ())]),
        ("example.com/n>3,n < 12", [("example.com/n", ">", ("3",)), ("n", "<", ("12",))]),
        ("a=" + "x" * 63, [("a", "in", ("x" * 63,))]),
    ],
)
def test_what_is_required(selector: str, requirements: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert list(parse(selector)) == [Requirement(*each) for each in requirements]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (",", "expected a key, found `,` (character 1)"),
        ("app=web,", "expected a key after `,`, found the end (character 9)"),
        ("app,,tier", "expected a key after `,`, found `,` (character 5)"),
        ("a=b=c", "expected `,`, found `=` (character 4)"),
        ("app===web", "expected a value, found `=` (character 6)"),
        ("app web", "expected =, ==, !=, in, notin, > or <, found `web` (character 5)"),
        ("!app=web", "expected `,`, found `=` (character 5)"),
        ("app in web", "expected `(`, found `web` (character 8)"),
        ("app in ()", "a set needs values (character 9)"),
        ("app in (web", "expected `,` or `)`, found the end (character 12)"),
        ("app in (web api)", "expected `,` or `)`, found `api` (character 13)"),
        ("n>3.5", "expected a whole number (character 3)"),
        ("n>9223372036854775808", "expected a whole number (character 3)"),
        ("n>", "expected a whole number (character 3)"),
        ("-app", f"`-app` can be no key of a label: {KEY_AND_VALUE} (character 1)"),
        ("app=-web", f"`-web` can be no value of a label: {KEY_AND_VALUE} (character 5)"),
        ("app=" + "a" * 81, f"`{'a' * 80}…` can be no value of a label: {KEY_AND_VALUE} (character 5)"),
        ("app\x00", f"`app\\x00` can be no key of a label: {KEY_AND_VALUE} (character 1)"),
        (
            "Example.com/team",
            (
                "`Example.com` can be no prefix of a label's key: lowercase letters, digits, - and ., at most"
                " 253, a letter or digit first and last (character 1)"
            ),
        ),
        ("app=web," * 600, "it has more than 4096 characters"),
    ],
)
def test_what_is_refused_is_said_with_its_place(selector: str, text: str) -> None:
    with pytest.raises(SelectorError) as caught:
        parse(selector)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "selector",
    [
        # With regular expressions, the first of these took for ever.
        "a in (" + "," * 18 + "!",
        "a in (" + "," * 4000 + "!",
        "a in (" + "a " * 2000,
        "(" * 4000,
        "a" * 4000 + "!",
        " " * 4000 + "!",
    ],
)
def test_none_keeps_the_program_busy(selector: str) -> None:
    with pytest.raises(SelectorError):
        parse(selector)


@given(st.text("a!=(),<> in\t-.", max_size=30) | st.text(max_size=10))
def test_any_text_is_a_selector_or_a_selector_error(text: str) -> None:
    try:
        requirements = parse(text)
    except SelectorError as error:
        assert "\n" not in str(error)  # noqa: PT017  (it need not be raised)
        return
    assert all(requirement.key for requirement in requirements)
