"""`astrolabe why` and `astrolabe problems` as users run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from astrolabe.testing.apiserver import ApiServer
from tests.api.exporter import cluster, serving
from tests.api.shop import make
from tests.test_cli import against, run

WAITING = {
    "reason": "CreateContainerConfigError",
    "message": 'secret "key" not found',
}


def server() -> ApiServer:
    """A Pod of a Deployment waits for a Secret."""
    built = cluster()
    labels = {"app": "till"}
    container = {"name": "web", "image": "web:1", "envFrom": [{"secretRef": {"name": "key"}}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    stated = {"observedGeneration": 9, "replicas": 1}
    built.put(
        make(
            "Deployment",
            "till",
            "shop",
            api="apps/v1",
            metadata={"uid": "u-till"},
            spec={"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
            status=stated,
        )
    )
    owner = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "till",
        "uid": "u-till",
        "controller": True,
    }
    pod = make(
        "Pod",
        "till-1",
        "shop",
        spec={"containers": [container]},
        status={
            "phase": "Pending",
            "containerStatuses": [
                {"name": "web", "ready": False, "restartCount": 0, "state": {"waiting": WAITING}}
            ],
        },
    )
    pod["metadata"] |= {"labels": labels, "ownerReferences": [owner]}
    built.put(pod)
    return built


WHY = """\
Deployment/shop/till is Error
  NoReplicasReady: No replicas ready (0/1)
Because of
  Secret/shop/key does not exist
    by way of Pod/shop/till-1
NotFound: The object does not exist, and another object that needs it waits or fails.
  look at: Who refers to it, whether it was deleted lately, and how its name is written.
  what helps: Create it, or correct the reference.
"""

PROBLEMS = """\
Secret/shop/key does not exist
  waiting for it: Deployment/till
Ingress/shop/web is Pending
  NoAddress: No controller has given it an address yet: it names no class, and no IngressClass is the default
"""


async def test_why_straight_of_a_cluster(tmp_path: Path) -> None:
    ended = await against(tmp_path, server(), "why", "Deployment/shop/till")
    assert (ended.code, ended.out) == (0, WHY), ended.err


async def test_problems_straight_of_a_cluster_as_json(tmp_path: Path) -> None:
    ended = await against(tmp_path, server(), "problems", "-n", "shop", "--output=json")
    assert ended.code == 0, ended.err
    problem, _ = json.loads(ended.out)
    assert (problem["id"], problem["missing"], problem["affected"]) == ("Secret/shop/key", True, 2)
    assert problem["waiting"] == ["Deployment/shop/till"]


async def test_both_of_a_running_exporter(tmp_path: Path) -> None:
    async with serving(server(), patience=60) as client:
        url = f"--url={client.urls[0]}"
        why = await run(tmp_path, "why", "Deployment/shop/till", url)
        healthy = await run(tmp_path, "why", "Secret/shop/gone", url)
        problems = await run(tmp_path, "problems", url)
        elsewhere = await run(tmp_path, "problems", "-n", "shpo", url)
        lower = await run(tmp_path, "why", "deployment/till", url)
        absent = await run(tmp_path, "why", "Secret/shop/key", url)
    assert why.out == WHY
    assert healthy.code == 1
    assert healthy.err == (
        "astrolabe: Secret/shop/gone: there is no such object; write Kind/namespace/name or Kind/name\n"
    )
    assert problems.out == PROBLEMS
    assert (elsewhere.code, elsewhere.out) == (1, "")
    assert elsewhere.complaint == "shpo: no such namespace is known; did you mean shop?"
    assert lower.complaint == "deployment/till: there is no such object; did you mean Deployment/shop/till?"
    assert absent.complaint == "Secret/shop/key: there is no such object; needed by Deployment/shop/till"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["why", "Secret/shop/key"],
            "Secret/shop/key: there is no such object; needed by Deployment/shop/till",
        ),
        (["why", "Deployment/shop/tll"], "Deployment/shop/tll: there is no such object; did you mean"),
        (["why", "deploy/till"], "deploy/till: there is no such object; did you mean Deployment/shop/till?"),
        (["problems", "-n", "shpo"], "shpo: no such namespace is known; did you mean shop?"),
    ],
)
async def test_a_name_that_nothing_has(tmp_path: Path, words: list[str], said: str) -> None:
    ended = await against(tmp_path, server(), *words)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1].startswith(f"astrolabe: {said}")


async def test_what_may_not_be_read_is_said_once_with_the_remedy(tmp_path: Path) -> None:
    built = cluster()
    for resource in ("secrets", "pods", "services", "configmaps"):
        built.faults.forbid(resource)
    ended = await against(tmp_path, built, "problems", "-n", "nowhere")
    assert (ended.code, ended.out) == (1, "Nothing that could be read is broken.\n")
    assert "watch failed" not in ended.err
    assert ended.err.splitlines()[-1] == (
        "astrolabe: not everything could be read, the answer may be incomplete: configmaps, pods, secrets"
        " and 1 more may not be watched (`astrolabe check` prints the missing rules)"
    )
