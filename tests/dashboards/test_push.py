"""Publishing to a Grafana: what is asked of it, and what each refusal reads like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import requests_mock

from dashboards import cli
from dashboards.push import Grafana, PushError, publish
from tests.ports import free_port

URL = "https://grafana.example/sub"
FOLDER = f"{URL}/api/folders/astrolabe"
FOLDERS = f"{URL}/api/folders"
DASHBOARDS = f"{URL}/api/dashboards/db"


@pytest.fixture
def http() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_secret")


def push(*more: str) -> int:
    return cli.main(["push", "--url", f"{URL}/", *more])


def test_all_dashboards_go_into_a_folder_that_is_made_when_missing(
    http: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    http.get(FOLDER, status_code=404, json={"message": "folder not found"})
    http.post(FOLDERS, json={"uid": "astrolabe"})
    http.post(DASHBOARDS, json={"status": "success", "url": "/d/x/y"})
    assert push("--folder", "Cluster") == 0
    look, folder, *posts = http.request_history
    assert look.headers["Authorization"] == "Bearer glsa_secret"
    assert folder.json() == {"uid": "astrolabe", "title": "Cluster"}
    assert [post.json()["dashboard"]["uid"] for post in posts] == [
        "astrolabe-overview",
        "astrolabe-graph",
        "astrolabe-workload",
        "astrolabe-helm-releases",
        "astrolabe-hygiene",
        "astrolabe-access",
        "astrolabe-sleep",
        "astrolabe-cost",
        "astrolabe-exporter",
    ]
    assert {(post.json()["folderUid"], post.json()["overwrite"]) for post in posts} == {("astrolabe", False)}
    assert capsys.readouterr().out.splitlines() == [f"published {URL}/d/x/y"] * 9


def test_a_folder_that_exists_is_taken_as_it_is(http: requests_mock.Mocker) -> None:
    http.get(f"{FOLDERS}/ops", json={"uid": "ops"})
    http.post(DASHBOARDS, json={"url": "/d/x"})
    assert push("--folder-uid", "ops", "--overwrite") == 0
    assert {request.method for request in http.request_history[:1]} == {"GET"}
    assert all(post.json()["overwrite"] for post in http.request_history[1:])
    assert all(post.json()["folderUid"] == "ops" for post in http.request_history[1:])


def test_the_app_set_is_published_with_its_own_uids(http: requests_mock.Mocker) -> None:
    http.get(FOLDER, json={})
    http.post(DASHBOARDS, json={})
    assert push("--edition", "app") == 0
    assert http.request_history[1].json()["dashboard"]["uid"] == "astrolabe-app-overview"


@pytest.mark.parametrize(
    ("status", "body", "line"),
    [
        (401, {"message": "Invalid API key"}, "the token is not valid (401): Invalid API key"),
        (401, {}, "the token is not valid (401)"),
        (
            403,
            {"message": "Permissions needed: dashboards:write"},
            "the token may not do this (403): it needs the role Editor: Permissions needed: dashboards:write",
        ),
        (404, {}, "not found (404): is the address that of a Grafana, with its subpath?"),
        (
            412,
            {"message": "changed", "status": "version-mismatch"},
            "Astrolabe / Overview exists in another version (412): use --overwrite to replace it: changed",
        ),
        (500, {"message": "database is locked"}, "refused (500): database is locked"),
        (502, None, "refused (502)"),
    ],
)
def test_refusals_of_a_dashboard_are_named_in_one_line(
    http: requests_mock.Mocker,
    capsys: pytest.CaptureFixture[str],
    status: int,
    body: object,
    line: str,
) -> None:
    http.get(FOLDER, json={})
    text = "<html>\nBad gateway</html>" if body is None else json.dumps(body)
    http.post(DASHBOARDS, status_code=status, text=text)
    assert push() == 1
    assert capsys.readouterr().err == f"dashboards: {DASHBOARDS}: {line}\n"
    assert len(http.request_history) == 2  # the first refusal ends it


def test_a_redirect_is_not_followed_with_the_token(
    http: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    http.get(FOLDER, status_code=302, headers={"Location": "https://login.example/"})
    assert push() == 1
    assert capsys.readouterr().err == (
        f"dashboards: {FOLDER}: redirected to https://login.example/ (302): use that address\n"
    )


@pytest.mark.parametrize(
    ("why", "line"),
    [
        (requests.ConnectTimeout, "no answer within 2 s"),
        (requests.ReadTimeout, "no answer within 2 s"),
        (requests.ConnectionError("[Errno 111] refused"), "cannot connect: [Errno 111] refused"),
    ],
)  # fmt: skip
def test_a_grafana_that_does_not_answer(
    http: requests_mock.Mocker,
    capsys: pytest.CaptureFixture[str],
    why: Exception,
    line: str,
) -> None:
    http.get(FOLDER, exc=why)
    assert push("--timeout", "2") == 1
    assert capsys.readouterr().err == f"dashboards: {FOLDER}: {line}\n"


def test_a_closed_port_is_named_as_such() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(PushError) as failure:
        list(publish(Grafana(url, "token"), [], "astrolabe", "Astrolabe", overwrite=False))
    assert str(failure.value).startswith(f"{url}/api/folders/astrolabe: cannot connect: ")
    assert str(failure.value).endswith("Connection refused")


def test_an_address_without_a_scheme(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["push", "--url", "grafana.example"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("dashboards: grafana.example/api/folders/astrolabe: Invalid URL")


def test_the_token_may_come_from_a_file(http: requests_mock.Mocker, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("glsa_file\n")
    http.get(FOLDER, json={})
    http.post(DASHBOARDS, json={})
    assert push("--token-file", str(file)) == 0
    assert http.request_history[0].headers["Authorization"] == "Bearer glsa_file"


def test_without_a_token_nothing_is_asked(
    http: requests_mock.Mocker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("GRAFANA_TOKEN")
    assert push() == 1
    wanted = "dashboards: no token: set GRAFANA_TOKEN or give a --token-file that is not empty\n"
    assert capsys.readouterr().err == wanted
    (tmp_path / "empty").write_text("\n")
    assert push("--token-file", str(tmp_path / "empty")) == 1
    assert capsys.readouterr().err == wanted
    assert push("--token-file", str(tmp_path / "absent")) == 1
    assert capsys.readouterr().err == (
        f"dashboards: [Errno 2] No such file or directory: '{tmp_path / 'absent'}'\n"
    )
    assert http.request_history == []
