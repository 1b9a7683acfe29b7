import re
from collections import Counter
from datetime import UTC, datetime

import msgspec
import pytest

from astrolabe.demo.cluster import open_shop
from astrolabe.demo.controllers.kubelet import is_ready
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.clock import LoopClock

START = datetime(2026, 3, 2, 9, 30, 20, tzinfo=UTC)


def opened(seed=0):
    server = ApiServer(clock=LoopClock(START), seed=seed)
    open_shop(server, seed=seed)
    return server


@pytest.fixture(scope="module")
def server():
    return opened()


def key(obj):
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def test_its_size(server):
    counts = Counter(obj["kind"] for obj in server)
    assert counts["Namespace"] == 32
    assert counts["Node"] == 12
    assert counts["SleepInfo"] == 11
    assert 1700 < len(server) < 2100
    assert len(counts) == 29  # every kind that is served has an object


def test_pods_are_as_large_as_real_ones(server):
    sizes = sorted(len(msgspec.json.encode(pod)) for pod in server.objects("pods"))
    assert 4_000 < sizes[0] < sizes[-1] < 14_000


def test_everything_runs(server):
    phases = Counter(pod["status"]["phase"] for pod in server.objects("pods"))
    assert set(phases) == {"Running", "Succeeded"}
    assert all(is_ready(pod) for pod in server.objects("pods") if pod["status"]["phase"] == "Running")
    for deployment in server.objects("deployments.apps"):
        assert deployment["status"]["readyReplicas"] == deployment["spec"]["replicas"], key(deployment)
    for claim in server.objects("persistentvolumeclaims"):
        assert claim["status"]["phase"] == "Bound", key(claim)
        assert server.has("persistentvolumes", "", claim["spec"]["volumeName"])


def test_a_deployment_keeps_idle_generations(server):
    sets = [
        (obj["spec"]["replicas"], obj["metadata"]["annotations"]["deployment.kubernetes.io/revision"])
        for obj in server.objects("replicasets.apps", "shop-payments")
        if obj["metadata"]["name"].startswith("gateway-")
    ]
    assert sorted(sets) == [(0, "1"), (2, "2")]


def test_helm_knows_its_releases(server):
    web = server.peek("deployments.apps", "shop-frontend", "web")["metadata"]
    assert web["labels"]["helm.sh/chart"] == "shop-app-2.7.1"
    assert web["annotations"]["meta.helm.sh/release-name"] == "web"
    labels = [
        server.peek("secrets", "shop-frontend", f"sh.helm.release.v1.web.v{revision}")["metadata"]["labels"]
        for revision in (1, 2)
    ]
    assert labels == [
        {"name": "web", "owner": "helm", "status": "superseded", "version": "1"},
        {"name": "web", "owner": "helm", "status": "deployed", "version": "2"},
    ]


def test_an_ingress_leads_to_a_volume(server):
    ingress = server.peek("ingresses.networking.k8s.io", "shop-accounts", "accounts")
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"]
    (endpoints,) = [
        found
        for found in server.objects("endpointslices.discovery.k8s.io", "shop-accounts")
        if found["metadata"]["labels"]["kubernetes.io/service-name"] == backend
    ]
    assert len(endpoints["endpoints"]) == 3
    assert server.has("pods", "shop-accounts", endpoints["endpoints"][0]["targetRef"]["name"])
    store = server.peek("pods", "shop-accounts", "accounts-store-0")
    (claim,) = [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in store["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    ]
    assert claim == "data-accounts-store-0"
    claim = server.peek("persistentvolumeclaims", "shop-accounts", claim)
    assert claim["spec"]["storageClassName"] == "standard"


def test_references_that_lead_nowhere_are_those_meant_to(server):
    nowhere = {
        ("configmap", optional)
        for pod in server.objects("pods")
        for volume in pod["spec"].get("volumes", ())
        if "configMap" in volume
        and not server.has("configmaps", pod["metadata"]["namespace"], volume["configMap"]["name"])
        for optional in [volume["configMap"].get("optional", False)]
    }
    assert nowhere == {("configmap", True)}
    for ingress in server.objects("ingresses.networking.k8s.io"):
        backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"]
        found = server.has("services", ingress["metadata"]["namespace"], backend)
        assert found is (ingress["metadata"]["name"] != "legacy"), key(ingress)


def test_sleepinfos_hold_in_real_time(server):
    schedules = Counter(
        (info["spec"]["sleepAt"], info["spec"]["wakeUpAt"])
        for info in server.objects("sleepinfos.kube-green.com")
    )
    assert schedules == {("*:0,20,40", "*:7,27,47"): 10, ("*:0,20,40", "*:8,28,48"): 1}


def test_nothing_lies_in_the_future(server):
    times = set(re.findall(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", msgspec.json.encode(list(server))))
    assert max(times) <= b"2026-03-02T09:30:20Z"
    assert min(times) >= b"2026-01-01T00:00:00Z"


def test_it_is_the_same_for_the_same_seed(server):
    assert list(opened()) == list(server)
    assert list(opened(seed=1)) != list(server)


def test_a_day_must_fit_into_the_hour():
    with pytest.raises(ValueError, match="a day of 24 minutes is not possible: choose one of 20, 30, 60"):
        open_shop(ApiServer(), minutes=24)
