"""How the library and the program start: which credentials, and one line where it cannot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from astrolabe.watch import ConfigError, Controller, MetricsConfig, Rule, SinkConfig, WatchConfig
from astrolabe.watch.connecting import connection
from astrolabe.watch.program import watch
from tests.api.exporter import kubeconfig


async def test_the_library_reads_the_kubeconfig_that_kubectl_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(ApiServer()) as first, serving(ApiServer()) as second:
        (tmp_path / "given").mkdir()
        (tmp_path / "variable").mkdir()
        given, variable = kubeconfig(tmp_path / "given", first), kubeconfig(tmp_path / "variable", second)
        monkeypatch.setenv("KUBECONFIG", str(variable))
        async with connection("", "", in_cluster=False) as made:
            assert made.transport.server == second
        async with connection(str(given), "", in_cluster=False) as made:
            assert made.transport.server == first


async def test_without_credentials_it_is_an_error_of_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nowhere"))
    controller = Controller([Rule("v1/pods")])
    with pytest.raises(ConfigError, match=r"^no kubeconfig at "):
        await controller.serve(asyncio.Event())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"state_file": "FOLDER"}, "state_file FOLDER cannot be read: Is a directory; choose another"),
        (
            {"sinks": (SinkConfig("file", "/proc/none"),)},
            "/proc/none cannot be written: No such file or directory; choose another `target`",
        ),
        (
            {"metrics": MetricsConfig(enabled=True, bind_addr="192.0.2.1", port=1)},
            "metrics cannot be served on 192.0.2.1:1: ",
        ),
    ],
    ids=["state_file", "sink", "metrics"],
)
async def test_what_cannot_be_used_is_one_error_and_no_summary(
    wrong: dict[str, object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {key: str(tmp_path) if value == "FOLDER" else value for key, value in wrong.items()}
    config = WatchConfig(rules=(Rule("v1/pods"),), output_dir=str(tmp_path), **wrong)  # type: ignore[arg-type]
    async with serving(ApiServer()) as url:
        with pytest.raises(ConfigError) as caught:
            await watch(config, asyncio.Event(), kubeconfig=str(kubeconfig(tmp_path, url)))
    assert str(caught.value).startswith(said.replace("FOLDER", str(tmp_path)))
    if "metrics" in wrong:
        assert str(caught.value).endswith("; choose another `metrics.port` or `metrics.bind_addr`")
    assert "handled" not in capsys.readouterr().err
