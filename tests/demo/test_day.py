from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from astrolabe.demo.controllers.kubelet import is_ready
from astrolabe.demo.day import nights
from astrolabe.demo.day.story import LENGTHS, STORY, Almanac
from tests.demo.conftest import record

DEPLOYMENTS = "deployments.apps"
SLICES = "endpointslices.discovery.k8s.io"
SLEEPERS = (DEPLOYMENTS, "statefulsets.apps")


def waiting(recording, time, namespace, app):
    """Reasons for which containers of an app wait."""
    return {
        status["state"]["waiting"]["reason"]
        for pod in recording.at(time, "pods")
        if pod["metadata"]["namespace"] == namespace and pod["metadata"]["name"].startswith(f"{app}-")
        for status in pod["status"].get("containerStatuses", ())
        if "waiting" in status["state"]
    }


def asleep(recording, time, namespace):
    return sorted(
        obj["metadata"]["name"]
        for resource in SLEEPERS
        for obj in recording.at(time, resource)
        if obj["metadata"]["namespace"] == namespace and not obj["spec"]["replicas"]
    )


def scaler(recording, time, namespace, name, resource=DEPLOYMENTS):
    """Who owns the number of replicas: (manager, operation, subresource, whether the time is known)."""
    obj = recording.get(time, resource, namespace, name)
    return [
        (entry["manager"], entry["operation"], entry.get("subresource"), "time" in entry)
        for entry in obj["metadata"]["managedFields"]
        if "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    ]


def condition(obj, kind):
    (found,) = [c for c in obj["status"]["conditions"] if c["type"] == kind]
    return found["status"], found["reason"]


def test_the_story_is_told_in_order_and_starts_over(recording):
    told = [(time, what) for time, what in recording.told if "is scaled from" not in what]
    assert [time for time, _ in told[1 : len(STORY)]] == [time for time, _ in STORY[1:]]
    assert [what for _, what in told[: len(STORY)]][:3] == [what for _, what in told[len(STORY) :]][:3]


def test_a_fault_shows_within_the_first_minute(recording):
    assert waiting(recording, "08:45", "shop-payments", "gateway") == {"CrashLoopBackOff"}
    assert waiting(recording, "08:45", "shop-catalog", "pricing") == {"CreateContainerConfigError"}


def test_a_crash_loop_takes_its_service_along_until_the_rollback(recording):
    restarts = [
        max(
            pod["status"]["containerStatuses"][0]["restartCount"]
            for pod in recording.at(time, "pods")
            if pod["metadata"]["name"].startswith("gateway-")
            and pod["metadata"]["namespace"] == "shop-payments"
        )
        for time in ("08:45", "10:00", "12:45", "15:00")
    ]
    assert restarts[0] < restarts[1] < restarts[2]
    assert restarts[3] == 0
    ready = [
        sum(
            endpoint["conditions"]["ready"]
            for found in recording.at(time, SLICES)
            if found["metadata"]["labels"]["kubernetes.io/service-name"] == "gateway"
            and found["metadata"]["namespace"] == "shop-payments"
            for endpoint in found["endpoints"] or ()
        )
        for time in ("10:00", "15:00")
    ]
    assert ready == [0, 2]
    broken = recording.get("12:45", DEPLOYMENTS, "shop-payments", "gateway")
    assert condition(broken, "Progressing") == ("False", "ProgressDeadlineExceeded")
    healed = recording.get("15:00", DEPLOYMENTS, "shop-payments", "gateway")
    assert condition(healed, "Progressing") == ("True", "NewReplicaSetAvailable")
    assert healed["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "4"


def test_missing_objects_are_waited_for_while_the_old_pods_serve(recording):
    for time, namespace, app, reasons in (
        ("13:00", "shop-catalog", "pricing", {"CreateContainerConfigError"}),
        ("15:00", "shop-catalog", "pricing", set()),
        ("11:45", "shop-search", "suggest", set()),
        ("13:00", "shop-search", "suggest", {"CreateContainerConfigError"}),
        ("18:00", "shop-search", "suggest", set()),
    ):
        assert waiting(recording, time, namespace, app) == reasons, (time, app)
        deployment = recording.get(time, DEPLOYMENTS, namespace, app)
        assert deployment["status"]["availableReplicas"] >= 2, (time, app)


def test_a_rollout_replaces_pods_and_keeps_two_generations(recording):
    for time, version in (("08:45", "2.7.1"), ("12:00", "2.7.2"), ("18:00", "2.7.1")):
        images = {
            pod["spec"]["containers"][0]["image"]
            for pod in recording.at(time, "pods")
            if pod["metadata"]["labels"].get("app.kubernetes.io/instance") == "web"
            and pod["metadata"]["namespace"] == "shop-frontend"
        }
        assert images == {f"registry.example.com/shop/web:{version}"}, time


def test_a_failed_node_loses_its_pods_and_gets_daemons_back(recording):
    def node_07(time):
        node = recording.get(time, "nodes", "", "node-07")
        pods = [pod for pod in recording.at(time, "pods") if pod["spec"].get("nodeName") == "node-07"]
        stopping = sum("deletionTimestamp" in pod["metadata"] for pod in pods)
        return condition(node, "Ready")[0], sum(map(is_ready, pods)), stopping > 0

    assert node_07("10:00")[0] == "True"
    assert node_07("10:30")[:2] == ("Unknown", 0)
    assert node_07("12:00") == ("Unknown", 0, True)
    assert node_07("15:30")[0::2] == ("True", False)
    assert node_07("15:30")[1] >= 4  # one of each DaemonSet
    for deployment in recording.at("12:00", DEPLOYMENTS):
        key = deployment["metadata"]["namespace"], deployment["metadata"]["name"]
        if key not in {("shop-payments", "gateway"), ("shop-orders", "export")}:
            assert deployment["status"].get("availableReplicas", 0) >= deployment["spec"]["replicas"], key


def test_a_claim_waits_for_its_storage_class(recording):
    for time, phase, pod_phase in (("10:00", "Pending", "Pending"), ("19:00", "Bound", "Running")):
        claim = recording.get(time, "persistentvolumeclaims", "shop-orders", "export-data")
        (pod,) = [p for p in recording.at(time, "pods") if p["metadata"]["name"].startswith("export-")]
        assert (claim["status"]["phase"], pod["status"]["phase"]) == (phase, pod_phase)
    assert ("shop-orders", "export-data") not in recording.moments["06:00"].objects["persistentvolumeclaims"]


def test_autoscalers_follow_the_traffic(recording):
    replicas = [
        recording.get(time, DEPLOYMENTS, "shop-frontend", "web")["spec"]["replicas"]
        for time in ("08:30", "19:00", "06:45")
    ]
    assert replicas == [4, 10, 4]
    assert scaler(recording, "19:00", "shop-frontend", "web") == [
        ("kube-controller-manager", "Update", "scale", True)
    ]


def test_environments_sleep_and_wake(recording):
    assert asleep(recording, "19:45", "staging-checkout") == []
    assert asleep(recording, "21:00", "staging-checkout") == [
        "cart",
        "cart-store",
        "checkout",
        "vouchers",
        "vouchers-store",
    ]
    assert scaler(recording, "21:00", "staging-checkout", "cart") == [("kube-green", "Apply", None, True)]
    assert asleep(recording, "06:00", "staging-checkout") == []
    assert scaler(recording, "06:00", "staging-checkout", "cart") == [("kube-green", "Update", None, True)]
    for time, operation, keys in (
        ("21:00", "SLEEP", ["operation-type", "original-resource-info", "scheduled-at"]),
        ("06:00", "WAKE_UP", ["operation-type", "scheduled-at"]),
    ):
        info = recording.get(time, "sleepinfos.kube-green.com", "staging-checkout", "working-hours")
        assert info["status"]["operation"] == operation
        secret = recording.get(time, "secrets", "staging-checkout", "sleepinfo-working-hours")
        assert sorted(secret["data"]) == keys
        assert secret["metadata"]["ownerReferences"][0]["uid"] == info["metadata"]["uid"]
        (written,) = [e for e in secret["metadata"]["managedFields"] if e["manager"] == "kube-green"]
        assert written["time"] == info["status"]["lastScheduleTime"]


def test_what_a_sleepinfo_excepts_stays_awake(recording):
    assert "web" not in asleep(recording, "21:00", "staging-frontend")
    assert [name for name in asleep(recording, "21:00", "dev-catalog") if name.endswith("-store")] == []
    suspended = {
        cronjob["metadata"]["namespace"]
        for cronjob in recording.at("21:00", "cronjobs.batch")
        if cronjob["spec"]["suspend"]
    }
    assert suspended == {"dev-frontend", "dev-catalog", "dev-search"}


def test_a_sleep_that_is_denied_stops_half_way_and_writes_no_secret(recording):
    assert asleep(recording, "21:45", "dev-orders") == ["invoices", "orders", "orders-store"]
    assert ("dev-orders", "sleepinfo-working-hours") not in recording.moments["21:45"].objects["secrets"]
    times = [
        recording.get(time, "sleepinfos.kube-green.com", "dev-orders", "working-hours")["status"][
            "lastScheduleTime"
        ]
        for time in ("20:15", "21:00", "23:00", "07:00")
    ]
    assert times == [
        "2026-03-02T09:40:10Z",
        "2026-03-02T09:40:41Z",
        "2026-03-02T09:40:41Z",
        "2026-03-02T09:40:41Z",
    ]
    assert asleep(recording, "07:15", "dev-orders") == ["invoices", "orders", "orders-store"]


def test_someone_wakes_a_deployment_by_hand(recording):
    assert "checkout" in asleep(recording, "21:45", "dev-checkout")
    assert "checkout" not in asleep(recording, "22:15", "dev-checkout")
    assert scaler(recording, "22:15", "dev-checkout", "checkout") == [("kubectl", "Update", "scale", False)]


def test_a_wake_is_missed_and_made_good_by_hand(recording):
    expected = ["indexer", "indexer-store", "search", "suggest"]
    assert asleep(recording, "07:00", "staging-search") == expected
    info = recording.get("07:15", "sleepinfos.kube-green.com", "staging-search", "working-hours")
    assert info["status"]["operation"] == "SLEEP"
    assert asleep(recording, "07:45", "staging-search") == []


@pytest.mark.parametrize("minutes", LENGTHS)
def test_the_story_fits_its_schedules_however_long_a_day_is(minutes):
    """Acts are told by the part of the day, schedules by the minute."""
    begin = datetime(2026, 3, 2, 9, tzinfo=UTC)
    almanac = Almanac(begin, minutes)
    sleep, wake, late = (
        begin + timedelta(minutes=int(schedule.removeprefix("*:").split(",")[0]))
        for schedule in almanac.schedules()
    )
    when = {act: almanac.when(0, time) for time, act in STORY}
    moment, patience = timedelta(seconds=5), timedelta(seconds=90)
    assert when[nights.shut_down_by_hand] < sleep - moment
    assert sleep + patience < when[nights.wake_by_hand] < when[nights.wake_is_denied] < wake
    assert wake + moment < when[nights.kube_green_stops] < late - moment
    assert late < when[nights.kube_green_starts]
    assert late + patience < when[nights.sleepers_are_woken] < begin + timedelta(minutes=minutes)


def test_a_sleep_that_is_denied_throughout_fails(recording):
    assert asleep(recording, "21:45", "staging-payments") == []
    info = recording.get("21:45", "sleepinfos.kube-green.com", "staging-payments", "working-hours")
    assert info["status"] == {"lastScheduleTime": "2026-03-02T09:40:41Z", "operation": "SLEEP"}


def test_a_wake_that_is_denied_stops_there(recording):
    assert asleep(recording, "07:00", "dev-catalog") == ["reviews"]
    assert asleep(recording, "07:00", "dev-frontend") == ["assets", "banner", "storefront-api", "web"]
    for namespace in ("dev-catalog", "dev-frontend"):
        info = recording.get("07:00", "sleepinfos.kube-green.com", namespace, "working-hours")
        assert info["status"]["operation"] == "WAKE_UP"
        secret = recording.get("07:00", "secrets", namespace, "sleepinfo-working-hours")
        assert "original-resource-info" in secret["data"]
        assert asleep(recording, "07:45", namespace) == []


def test_what_was_shut_down_by_hand_is_recorded_and_stays_down(recording):
    expected = ["invoices", "orders", "orders-store", "returns"]
    assert asleep(recording, "20:00", "staging-orders") == expected
    assert scaler(recording, "21:00", "staging-orders", "orders") == [("kubectl", "Update", "scale", False)]
    secret = recording.get("21:00", "secrets", "staging-orders", "sleepinfo-working-hours")
    assert "original-resource-info" not in secret["data"]
    assert asleep(recording, "07:00", "staging-orders") == expected
    assert asleep(recording, "07:45", "staging-orders") == []


def test_owners_exist_throughout(recording):
    for time, snapshot in recording.moments.items():
        uids = {obj["metadata"]["uid"] for found in snapshot.objects.values() for obj in found.values()}
        for found in snapshot.objects.values():
            for obj in found.values():
                if "deletionTimestamp" in obj["metadata"]:
                    continue  # a Pod outlives its owner by the time that it takes to stop
                for owner in obj["metadata"].get("ownerReferences", ()):
                    assert owner["uid"] in uids, (time, obj["kind"], obj["metadata"]["name"])


def test_endpoints_are_the_ready_pods(recording):
    """Checked in quiet moments: a slice follows its Pods a little later."""
    for time in ("09:45", "14:15", "19:15", "23:00"):
        ready = {pod["metadata"]["uid"]: is_ready(pod) for pod in recording.at(time, "pods")}
        for found in recording.at(time, SLICES):
            for endpoint in found["endpoints"] or ():
                conditions = endpoint["conditions"]
                expected = ready[endpoint["targetRef"]["uid"]] and not conditions["terminating"]
                assert conditions["ready"] is expected, (time, found["metadata"]["name"])


def helm_records(secrets):
    """Number of Helm's records of each release."""
    return Counter(
        (namespace, obj["metadata"]["labels"]["name"])
        for (namespace, _), obj in secrets.items()
        if obj["metadata"].get("labels", {}).get("owner") == "helm"
    )


def test_versions_increase(recording):
    assert all(before < after for before, after in pairwise(recording.versions))


def test_nothing_piles_up(recording):
    histories = {"jobs.batch", "pods", "replicasets.apps", "secrets"}
    for time in ("09:45", "11:45", "13:00"):
        first, second = (recording.moments[moment].objects for moment in (time, f"2 {time}"))
        for resource in first.keys() - histories:
            assert len(second[resource]) == len(first[resource]), (time, resource)
        for resource, most in (("jobs.batch", 3), ("replicasets.apps", 3)):
            owners = Counter(
                owner["uid"]
                for obj in second[resource].values()
                for owner in obj["metadata"]["ownerReferences"]
            )
            assert max(owners.values()) <= most, (time, resource)
        records = [helm_records(moment["secrets"]) for moment in (first, second)]
        assert max(records[1].values()) == 3
        others = [
            len(moment["secrets"]) - found.total()
            for moment, found in zip((first, second), records, strict=True)
        ]
        assert others[1] - others[0] == 9  # kube-green's, but for what it could not put to sleep


@pytest.mark.long
def test_a_day_is_the_same_for_the_same_seed():
    first, second = record(0.3), record(0.3)
    assert first.told == second.told
    assert first.moments == second.moments
