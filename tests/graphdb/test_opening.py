"""What --to and --password-file may say: one line where they cannot work."""

from __future__ import annotations

import subprocess
import sys

import pytest

from astrolabe.graphdb import opening
from astrolabe.graphdb.opening import UnusableTarget, target_of


@pytest.mark.parametrize(
    ("to", "name"),
    [
        ("graph.lbug", "graph.lbug"),
        ("ladybug:///var/lib/graph.lbug", "/var/lib/graph.lbug"),
        ("bolt://localhost:7687", "bolt://localhost:7687"),
        ("neo4j+s://db.example/cluster", "neo4j+s://db.example/cluster"),
        ("bolt://[::1]:7687", "bolt://[::1]:7687"),
        ("falkor://localhost", "falkor://localhost:6379/astrolabe"),
        ("falkors://[::1]:7000/shop", "falkors://[::1]:7000/shop"),
    ],
)
def test_targets(to: str, name: str) -> None:
    assert target_of(to).name == name


@pytest.mark.parametrize(
    ("to", "password_file", "told"),
    [
        ("", "", "expected a file"),
        ("redis://localhost", "", "redis:// is not known"),
        ("bolt://", "", "there is no host"),
        ("bolt://localhost:none", "", "expected an address"),
        ("falkor://", "", "there is no host"),
        ("falkor://default:hunter2@localhost", "", "a password does not belong there"),
        ("falkor://writer@localhost", "", "needs a password; name its file with --password-file"),
        ("bolt://neo4j:hunter2@localhost", "", "a password does not belong there"),
        ("bolt://neo4j@localhost", "", "needs a password; name its file with --password-file"),
        ("bolt://localhost?x=1", "", "expected an address"),
        ("graph.lbug", "secret", "a database in a file has no password"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(to: str, password_file: str, told: str) -> None:
    with pytest.raises(UnusableTarget) as found:
        target_of(to, password_file)
    text = str(found.value)
    assert told in text
    assert text.startswith(("--to: ", "--password-file: "))
    assert "\n" not in text
    assert "hunter2" not in text


@pytest.mark.parametrize(("to", "package"), [("graph.lbug", "ladybug"), ("bolt://localhost", "neo4j")])
def test_a_package_that_is_missing_is_told_with_the_command(
    to: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda _: None)
    with pytest.raises(UnusableTarget) as found:
        target_of(to)
    assert str(found.value) == (
        f"the package {package} is not installed; run: pip install 'astrolabe[{package}]'"
    )


def test_the_command_ends_with_that_line() -> None:
    command = [sys.executable, "-m", "astrolabe", "export", "--to", "redis://x", "--address=127.0.0.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("astrolabe: --to: redis:// is not known")
    assert done.stderr.count("\n") == 1


def test_the_exporter_imports_neither_database() -> None:
    code = (
        "import sys, astrolabe.cli, astrolabe.commands.export; "
        "sys.exit(any(name in sys.modules for name in ('neo4j', 'ladybug')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
