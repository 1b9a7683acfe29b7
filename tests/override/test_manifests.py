"""Edits of single fields in YAML files: every other byte stays as it is."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.override.gitops.manifests import (
    Edit,
    Files,
    Place,
    Unusable,
    carried,
    disturbed,
    text_of,
    value_of,
)

WEEKDAYS = Place("SleepInfo", "dev", "nights", "weekdays")
WAKE_UP = Place("SleepInfo", "dev", "nights", "wakeUpAt")
HEAD = "kind: SleepInfo\nmetadata: {name: nights}\nspec:\n"


def edit(place: Place, before: str | None, after: str | None, path: str = "a.yaml") -> Edit:
    return Edit(path=path, place=place, before=before, after=after, what="")


def back(one: Edit) -> Edit:
    return edit(one.place, one.after, one.before, one.path)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("raw", ["1-5", "'1-5'", '"1-5"', "'*'"])
@pytest.mark.parametrize("comment", ["", "   # on work days: é ☕ 🎛"])
@pytest.mark.parametrize("last", ["wakeUpAt", "timeZone"])
def test_there_and_back(ending: str, raw: str, comment: str, last: str) -> None:
    lines = [
        f"    weekdays:   {raw}{comment}",
        "    wakeUpAt: 08:00",
        "",
        "    # a remark",
        "    timeZone: UTC",
    ]
    if last == "wakeUpAt":
        lines.insert(1, lines.pop())
    text = ("# ---\n" + HEAD + "\n".join(lines) + "\n---\nkind: ConfigMap\n").replace("\n", ending)
    edits = [edit(WEEKDAYS, raw, text_of("3", raw)), edit(WAKE_UP, "08:00", None)]
    before = Files({"a.yaml": text}, ["dev"])
    assert not carried(before, edits)
    assert disturbed(before, edits) is None
    changed = before.edited(edits)["a.yaml"]
    spec = yaml.load(changed.split("---" + ending)[1], yaml.BaseLoader)["spec"]
    assert spec == {"weekdays": "3", "timeZone": "UTC"}
    assert len(changed.splitlines()) == len(text.splitlines())
    after = Files({"a.yaml": changed}, ["dev"])
    assert carried(after, edits)
    assert after.edited([back(each) for each in edits])["a.yaml"] == text


@given(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20),
    st.sampled_from(["'", '"', ""]),
)
def test_a_text_is_what_it_says(value: str, like: str) -> None:
    assert value_of(text_of(value, like)) == value
    assert yaml.safe_load(text_of(value, like)) == value


def test_a_line_that_somebody_removed_is_written_again() -> None:
    text = HEAD + '  sleepAt: "20:00"\n  weekdays: "*"\n'
    (changed,) = Files({"a.yaml": text}, ["dev"]).edited([edit(WAKE_UP, None, '"08:00"')]).values()
    assert changed == HEAD + '  wakeUpAt: "08:00"\n  sleepAt: "20:00"\n  weekdays: "*"\n'


def test_a_field_that_somebody_else_changed() -> None:
    files = Files({"a.yaml": HEAD + "  weekdays: 1-6\n"}, ["dev"])
    one = edit(WEEKDAYS, "1-5", '"3"')
    assert disturbed(files, [one]) == one
    gone = Files({"a.yaml": ""}, ["dev"])
    assert disturbed(gone, [one]) == one
    with pytest.raises(Unusable, match="SleepInfo nights is gone"):
        gone.edited([one])


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("  weekdays: &days 1-5\n", "write its value out, on one line"),
        ("  other: &days 1-5\n  weekdays: *days\n", ""),
        ("  weekdays: |\n    1-5\n", "write its value out, on one line"),
        ("  weekdays: !!str 1-5\n", "write its value out, on one line"),
        ("  {weekdays: 1-5}\n", "write one field a line, without braces"),
    ],
)
def test_what_cannot_be_edited_is_told(spec: str, told: str) -> None:
    found = Files({"a.yaml": HEAD + spec}, ["dev"]).get("SleepInfo", "dev", "nights")
    assert found is not None
    assert told in found.fault
    assert found.fault


def test_an_alias_of_another_document_part() -> None:
    text = "x: &days 1-5\n" + HEAD + "  weekdays: *days\n"
    found = Files({"a.yaml": text}, ["dev"]).get("SleepInfo", "dev", "nights")
    assert found is not None
    assert "write its value out" in found.fault


def test_an_object_that_stands_twice() -> None:
    with pytest.raises(Unusable, match=r"b.yaml: SleepInfo nights stands in a.yaml as well"):
        Files(dict.fromkeys(("a.yaml", "b.yaml"), HEAD + "  weekdays: 1-5\n"), ["dev"])


def test_templates_and_other_objects_are_passed_over() -> None:
    texts = {
        "t.yaml": "spec: {{ .Values.x }}\n{{- end }}\n",
        "l.yaml": "- a\n- b\n",
        "e.yaml": "",
        "tags.yaml": "kind: Deployment\nmetadata: {name: web}\nspec: {replicas: !ref x}\n",
        "a.yaml": HEAD + "  weekdays: 1-5\n",
    }
    files = Files(texts, ["dev"])
    assert files.raw(WEEKDAYS) == "1-5"
    assert files.get("SleepInfo", "prod", "nights") is None


def test_a_namespace_that_is_not_said_is_the_only_one() -> None:
    text = HEAD + "  weekdays: 1-5\n"
    assert Files({"a.yaml": text}, ["dev"]).get("SleepInfo", "dev", "nights") is not None
    assert Files({"a.yaml": text}, ["dev", "qa"]).get("SleepInfo", "dev", "nights") is None
