"""The settings file: what is wrong is one line with its place, quotes nothing, and costs little to find."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.settings import Settings, SettingsError
from tests.test_settings import read, refusal


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "port: 1\nkinds: [pods\n",
            "not valid YAML: line 3, column 1: expected ',' or ']', but got '<stream end>'",
        ),
        (
            "port: 1\nredis_password: sesame: open\n",
            "not valid YAML: line 2, column 23: mapping values are not allowed here",
        ),
        ("redis_password: *sesame\n", "not valid YAML: line 1, column 17: found undefined alias"),
        (
            "redis_password: !sesame x\n",
            "not valid YAML: line 1, column 17: could not determine a constructor for the tag",
        ),
        (
            "redis_password: @sesame\n",
            "not valid YAML: line 1, column 17: found character '@' that cannot start any token",
        ),
        ("port: \x07", "not valid YAML: it holds characters that no text has"),
        ("--- {}\n--- {}\n", "not valid YAML: line 2, column 1: but found another document"),
        ("port: 1\nnamespaces: [a]\nport: 2\n", "not valid YAML: line 3, column 1: this key is given twice"),
        (
            "environments:\n  dev: a\n  test: b\n  dev: c\n",
            "not valid YAML: line 4, column 3: this key is given twice",
        ),
        (
            "environments: {a: {namespace: x, namespace: y}}\n",
            "not valid YAML: line 1, column 34: this key is given twice",
        ),
        (
            "context: 2026-02-31\n",
            "not valid YAML: line 1, column 10: this is not a valid timestamp: quote it to use it as text",
        ),
        (
            "context: !!int x\n",
            "not valid YAML: line 1, column 10: this is not a valid int: quote it to use it as text",
        ),
        (
            "context: !!bool x\n",
            "not valid YAML: line 1, column 10: this is not a valid bool: quote it to use it as text",
        ),
        (
            "context: !!float\n",
            "not valid YAML: line 1, column 10: this is not a valid float: quote it to use it as text",
        ),
        (
            "names: &a {secrets: [*a]}\n",
            "not valid YAML: line 1, column 22: an alias stands for what it is a part of",
        ),
    ],
)
def test_broken_yaml_is_placed_and_not_quoted(text: str, reason: str, tmp_path: Path) -> None:
    refused = refusal(text=text, folder=tmp_path)
    assert refused == f"astrolabe.yaml: {reason}"
    assert "sesame" not in refused


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_a_file_nested_without_end(opening: str, tmp_path: Path) -> None:
    refused = refusal(text="kinds: \n " + opening * 3000, folder=tmp_path)
    assert refused.endswith(": values are nested more than 20 deep")


def test_aliases_that_stand_for_billions(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    refused = refusal(text="\n".join(lines), folder=tmp_path)
    assert refused == "astrolabe.yaml: not valid YAML: line 5, column 10: there are more than 20000 values"


def test_merges_that_stand_for_billions(tmp_path: Path) -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)]
    assert refusal(text="\n".join(lines), folder=tmp_path).endswith(": there are more than 20000 values")


def test_a_file_of_many_values_and_a_large_one(tmp_path: Path) -> None:
    many = f"namespaces: [{', '.join(['a'] * 30_000)}]\n"
    assert refusal(text=many, folder=tmp_path).endswith(": there are more than 20000 values")
    large = "# " + "x" * (1 << 20)
    assert refusal(text=large, folder=tmp_path) == "astrolabe.yaml: is larger than 1048576 bytes"


def test_aliases_and_merges_that_people_write(tmp_path: Path) -> None:
    text = "namespaces: &mine [shop, blog]\nnames: {secrets: *mine}\n"
    settings = read(text=text, folder=tmp_path)
    assert (settings.namespaces, settings.names) == (("shop", "blog"), {"secrets": ("shop", "blog")})
    text = "environments:\n  dev: &dev {namespace: dev, sleepinfo: nights}\n  qa: {<<: *dev, namespace: qa}\n"
    assert read(text=text, folder=tmp_path).environments["qa"] == {
        "namespace": "qa",
        "sleepinfo": "nights",
    }


def test_many_environments_are_no_bomb(tmp_path: Path) -> None:
    text = "environments:\n" + "".join(f"  team-{n}: env-{n}\n" for n in range(3000))
    assert len(read(text=text, folder=tmp_path).environments) == 3000


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "none.yaml"
    assert refusal(f"--config={missing}") == f"{missing}: cannot be read: No such file or directory"
    assert refusal(f"--config={tmp_path}") == f"{tmp_path}: cannot be read: Is a directory"
    (tmp_path / "latin").write_bytes(b"context: caf\xe9")
    reason = "not valid YAML: it holds characters that no text has"
    assert refusal(f"--config={tmp_path / 'latin'}") == f"{tmp_path / 'latin'}: {reason}"


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "{}"])
def test_an_empty_file_is_all_defaults(text: str, tmp_path: Path) -> None:
    assert read(text=text, folder=tmp_path) == Settings()


@given(st.text("port:{}[]&*!|>'\"%@`#-?, \n\t<1.0_:x~\\", max_size=40) | st.text(max_size=20))
def test_any_text_is_settings_or_a_settings_error(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "astrolabe.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            read(f"--config={path}")
        except SettingsError as error:
            assert "\n" not in str(error)  # noqa: PT017  (most are settings of nothing, or an error)
