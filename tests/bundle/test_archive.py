"""The zip and the provisioning file, as they are written."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import pytest
import yaml

from astrolabe import __version__
from dashboards.bundle import archive, cli, content

ARCHIVE = f"astrolabe-graph-app-{__version__}.zip"
PAGE = Path(__file__).parents[2] / "docs" / "plugin.md"


def test_the_zip_holds_one_folder_named_like_the_plugin(tmp_path: Path) -> None:
    bundle = content.bundle()
    assert archive.write(bundle, tmp_path) == [tmp_path / ARCHIVE, tmp_path / "astrolabe-graph-app.yaml"]
    with zipfile.ZipFile(tmp_path / ARCHIVE) as packed:
        assert packed.testzip() is None
        entries = {entry.filename: packed.read(entry) for entry in packed.infolist()}
        modes = {entry.external_attr >> 16 for entry in packed.infolist()}
    assert entries == {f"astrolabe-graph-app/{path}": text for path, text in bundle.files.items()}
    assert modes == {0o100644}


def test_building_again_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = []
    for zone, mask in (("UTC", 0o022), ("Pacific/Auckland", 0o077)):
        monkeypatch.setenv("TZ", zone)
        before = os.umask(mask)
        try:
            path, _ = archive.write(content.bundle(), tmp_path / zone)
        finally:
            os.umask(before)
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_the_zip_is_that_of_the_content_alone(tmp_path: Path) -> None:
    bundle = content.bundle()
    backwards = dict(sorted(bundle.files.items(), reverse=True))
    (one, _), (other, _) = (
        archive.write(each, tmp_path / str(number))
        for number, each in enumerate((bundle, content.Bundle(bundle.version, bundle.released, backwards)))
    )
    assert one.read_bytes() == other.read_bytes()


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--to", str(tmp_path / "dist")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"wrote {tmp_path / 'dist' / ARCHIVE}",
        f"wrote {tmp_path / 'dist' / 'astrolabe-graph-app.yaml'}",
    ]


def test_what_went_wrong_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dist").write_text("a file")
    assert cli.main(["--to", str(tmp_path / "dist")]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("bundle: ")
    assert str(tmp_path / "dist") in said


def test_provisioning_enables_the_app(tmp_path: Path) -> None:
    _, written = archive.write(content.bundle(), tmp_path)
    assert yaml.safe_load(written.read_text()) == {
        "apiVersion": 1,
        "apps": [{"type": content.PLUGIN, "org_id": 1, "disabled": False}],
    }


def test_the_documentation_shows_the_provisioning_file() -> None:
    shown = PAGE.read_text().split("```yaml\n")[1].split("```")[0]
    assert shown in content.PROVISIONING.read_text()
    assert yaml.safe_load(shown) == yaml.safe_load(content.PROVISIONING.read_text())
