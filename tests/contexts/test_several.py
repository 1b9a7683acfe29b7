"""The life of a process that follows several clusters: what comes later, goes, or refuses."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from astrolabe.commands import followers
from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.transport import Unreachable
from astrolabe.settings import SettingsError, add_flags, read_settings
from astrolabe.testing.http import serving
from tests.api.exporter import cluster
from tests.api.shop import make, pod
from tests.contexts.fleet import fleet, kubeconfig
from tests.ports import free_port
from tests.test_cli import run

PROFILES = ("--clusterprofile-namespace=fleet", "--clusterprofile-provider-file=providers")


async def test_a_cluster_that_cannot_be_reached_holds_up_no_other(tmp_path: Path) -> None:
    port = free_port()
    async with fleet(tmp_path, {"a": cluster(), "gone": f"http://127.0.0.1:{port}"}) as served:
        text = await served.until("/readyz", 200, "a: ready\n", "gone: not ready\n", "Connection refused")
        assert text.startswith("ready\n")
        samples = await served.samples()
        for name, up in (("a", 1.0), ("gone", 0.0)):
            assert f'astrolabe_cluster_up{{cluster="{name}"}} {up}' in samples
        assert any(line.startswith('astrolabe_resource_info{cluster="a",id="Pod/') for line in samples)
        health = json.loads(await served.text("/health"))
        assert [each["status"] for each in health["clusters"].values()] == ["healthy", "degraded"]
        told = [log for log in served.logs if log["log_level"] in ("warning", "error")]
        assert [log["event"] for log in told] == ["no answer from the API server yet"]
        async with serving(cluster(), port):
            await served.until("/readyz", 200, "gone: ready\n")
            await served.until(
                "/metrics", 200, 'astrolabe_cluster_up{cluster="gone"} 1.0', 'cluster="gone",id="Pod/'
            )


async def test_where_no_cluster_can_be_reached_it_is_not_ready_and_goes_on(tmp_path: Path) -> None:
    ports = [free_port(), free_port()]
    urls = {name: f"http://127.0.0.1:{port}" for name, port in zip("ab", ports, strict=True)}
    async with fleet(tmp_path, urls) as served:
        await served.until("/readyz", 503, "not ready\n", "a: not ready", "b: not ready")
        assert (await served.get("/livez"))[0] == 200
        async with serving(cluster(), ports[1]):
            await served.until("/readyz", 200, "a: not ready", "b: ready")


async def test_credentials_that_are_refused_are_the_clusters_own_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "AGAIN", 0.05)
    closed = cluster()
    closed.faults.token = "needed"
    async with fleet(tmp_path, {"a": cluster(), "closed": closed}) as served:
        text = await served.until(
            "/readyz", 200, "a: ready\n", "closed: not ready\n", "refuses the credentials (401)"
        )
        assert text.startswith("ready\n")
        status, text = await served.get("/clusters/closed/api/v1/namespaces")
        assert (status, "refuses the credentials (401)" in json.loads(text)["error"]["message"]) == (
            503,
            True,
        )
        (told, *_) = [log for log in served.logs if log["log_level"] == "warning"]
        assert told["event"] == "cluster cannot be followed"
        closed.faults.token = None
        await served.until("/readyz", 200, "closed: ready\n")
        await served.until("/metrics", 200, 'cluster="closed",id="Pod/')


async def test_two_contexts_of_one_cluster_are_followed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "AGAIN", 0.05)
    same = cluster(make("Namespace", "kube-system", "", metadata={"uid": "1"}))
    async with fleet(tmp_path, {"a": same, "b": same}) as served:
        text = await served.until("/readyz", 200, "is the same cluster as", "leave one of them out")
        assert text.count(": ready\n") == text.count(": not ready\n") == 1


async def test_a_context_that_leads_to_another_cluster_later_starts_over_alone(tmp_path: Path) -> None:
    first, second, other = cluster(), cluster(pod("of-the-second")), cluster()
    async with serving(second) as elsewhere, fleet(tmp_path, {"moving": first, "staying": other}) as served:
        await served.until("/readyz", 200, "moving: ready\n", "staying: ready\n")
        path = tmp_path / "kubeconfig"
        document = json.loads(path.read_text())
        document["clusters"][0]["cluster"]["server"] = elsewhere
        async with served.session.get(served.url + "/clusters/staying/api/v1/changes") as answer:
            path.write_text(json.dumps(document))
            first.break_connections()
            await served.until("/metrics", 200, 'cluster="moving",id="Pod/shop/of-the-second"')
            # Who follows the other cluster is still connected, and hears of it.
            other.put(pod("still-here"))
            async for line in answer.content:
                if b"still-here" in line:
                    break
        assert "starting over" in [log["event"] for log in served.logs]


@pytest.mark.parametrize(
    ("contexts", "complaint"),
    [
        (("a", "c"), "there is no context c; contexts are: a, b, again"),
        (
            ("a", "again"),
            "the contexts a and again lead to the same server http://127.0.0.1:1: give one of them",
        ),
    ],
)
async def test_what_the_kubeconfig_cannot_mean_ends_the_start(
    tmp_path: Path, contexts: tuple[str, ...], complaint: str
) -> None:
    path = kubeconfig(
        tmp_path, {"a": "http://127.0.0.1:1", "b": "http://127.0.0.1:2", "again": "http://127.0.0.1:1/"}
    )
    with pytest.raises(ConfigurationError) as caught:
        async with fleet(tmp_path, {}, kubeconfig=str(path), contexts=contexts):
            raise AssertionError
    assert str(caught.value) == f"{path}: {complaint}"


async def test_told_to_fail_fast_it_ends_where_one_does_not_answer(tmp_path: Path) -> None:
    urls = {"a": cluster(), "gone": f"http://127.0.0.1:{free_port()}"}
    with pytest.raises(Unreachable, match="cannot connect"):
        async with fleet(tmp_path, urls, fail_fast=True):
            raise AssertionError


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (("--contexts=a,b,a",), "--contexts: the context `a` is given twice"),
        (("--contexts=a=x,b=x",), "--contexts: two clusters are called `x`: give one of them another name"),
        (("--contexts=a=",), "--contexts: `a=`: expected context or context=name"),
        (("--contexts==x",), "--contexts: `=x`: expected context or context=name"),
        (
            ("--contexts=a=..",),
            "--contexts: `..` is not a cluster name: expected 1 to 253 characters, and neither . nor ..",
        ),
        (("--contexts=a=x\ny",), "--contexts: `a=x\\ny` has characters that cannot be printed"),
        (("--contexts=a,b", "--context=c"), "--context: has no effect with contexts; give one of them"),
        (
            ("--contexts=a", "--in-cluster"),
            "--in-cluster: has no effect with contexts of a kubeconfig; give one of them",
        ),
        (
            ("--contexts=a", *PROFILES),
            "--contexts: has no effect with clusterprofile_namespace; give one of them",
        ),
        (
            ("--total-shards=2", *PROFILES),
            "--total-shards: cannot be combined with clusterprofile_namespace: a shard follows one cluster",
        ),
        (
            ("--contexts=a", "--total-shards=2"),
            "--total-shards: cannot be combined with contexts: a shard follows one cluster",
        ),
    ],
)
def test_settings_that_make_no_sense_are_one_line(flags: tuple[str, ...], complaint: str) -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    with pytest.raises(SettingsError) as caught:
        read_settings(parser.parse_args(flags), {})
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("command", "setting", "flags"),
    [
        ("check", "contexts", ["--contexts=a,b"]),
        (
            "demo",
            "clusterprofile_namespace",
            list(PROFILES),
        ),
    ],
    ids=["check", "demo"],
)
async def test_other_commands_follow_one_cluster(
    tmp_path: Path, command: str, setting: str, flags: list[str]
) -> None:
    ended = await run(tmp_path, command, *flags)
    assert ended.code == 2
    assert ended.complaint == f"{command} does not take {setting}: it follows one cluster; give --context"
