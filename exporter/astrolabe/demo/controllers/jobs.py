"""Jobs and CronJobs."""

from __future__ import annotations

from datetime import datetime

from astrolabe.demo.controllers.cron import due
from astrolabe.demo.controllers.kubelet import JOBS as JOB_NAME
from astrolabe.demo.controllers.loop import ControlLoop
from astrolabe.demo.controllers.ownership import CONTROLLER, make_pod, owner_reference, put_status
from astrolabe.testing.managedfields import wrote
from astrolabe.testing.resources import Object

JOBS = "jobs.batch"
CRONJOBS = "cronjobs.batch"


class Jobs:
    """Plays the Job and CronJob controllers."""

    def __init__(self, loop: ControlLoop) -> None:
        self._loop = loop
        self._server = loop.server
        loop.control(JOBS, self.look)
        loop.control(CRONJOBS, self.look_at_cronjob)

    def tick(self, time: datetime) -> None:
        """Start the Jobs of all CronJobs whose schedule names this minute."""
        for cronjob in self._server.objects(CRONJOBS):
            if not cronjob["spec"]["suspend"] and due(cronjob["spec"]["schedule"], time):
                self.begin(cronjob, time)

    def begin(self, cronjob: Object, time: datetime) -> None:
        """Start a Job of a CronJob."""
        namespace, cron = cronjob["metadata"]["namespace"], cronjob["metadata"]["name"]
        name = f"{cron}-{int(time.timestamp()) // 60}"
        if self._server.has(JOBS, namespace, name):
            return
        template = cronjob["spec"]["jobTemplate"]["spec"]["template"]
        labels = template["metadata"]["labels"] | {JOB_NAME: name}
        job: Object = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "labels": labels,
                "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": self._loop.time()},
                "ownerReferences": [owner_reference(cronjob)],
            },
            "spec": {
                "parallelism": 1,
                "completions": 1,
                "backoffLimit": 6,
                "selector": {"matchLabels": {JOB_NAME: name}},
                "template": template | {"metadata": {"labels": labels}},
                "completionMode": "NonIndexed",
                "suspend": False,
            },
            "status": {},
        }
        self._server.put(wrote(job, CONTROLLER, self._loop.time(), "metadata", "spec"))
        status = (cronjob.get("status") or {}) | {"lastScheduleTime": self._loop.time()}
        put_status(self._loop, CRONJOBS, cronjob, status)

    def look(self, namespace: str, name: str) -> None:
        """Run a Job's Pod, and report when it is done."""
        if not self._server.has(JOBS, namespace, name):
            return
        job = self._server.peek(JOBS, namespace, name)
        pods = self._loop.owned(job, "pods")
        if not pods and not job["status"].get("succeeded"):
            pod = f"{name}-{self._loop.suffix()}"
            make_pod(self._loop, job, job["spec"]["template"], pod, labels={})
        status: Object = {"startTime": job["status"].get("startTime") or self._loop.time()}
        done = [pod for pod in pods if pod["status"]["phase"] == "Succeeded"]
        now = self._loop.time()
        if job["status"].get("succeeded"):
            status = job["status"]
        elif done:
            reason = {"reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"}
            times = {"lastProbeTime": now, "lastTransitionTime": now}
            status |= {
                "completionTime": now,
                "succeeded": 1,
                "ready": 0,
                "uncountedTerminatedPods": {},
                "conditions": [
                    {"type": kind, "status": "True", **times, **reason}
                    for kind in ("SuccessCriteriaMet", "Complete")
                ],
            }
        else:
            running = [pod for pod in pods if pod["status"]["phase"] == "Running"]
            status |= {"active": 1, "ready": len(running), "uncountedTerminatedPods": {}}
        put_status(self._loop, JOBS, job, status)

    def look_at_cronjob(self, namespace: str, name: str) -> None:
        """Report the Jobs that run, and delete those that the history does not keep."""
        if not self._server.has(CRONJOBS, namespace, name):
            return
        cronjob = self._server.peek(CRONJOBS, namespace, name)
        jobs = self._loop.owned(cronjob, JOBS)
        done = [job for job in jobs if job["status"].get("succeeded")]
        for job in done[: max(0, len(done) - cronjob["spec"]["successfulJobsHistoryLimit"])]:
            self._loop.delete(JOBS, namespace, job["metadata"]["name"])
        active = [
            {
                "kind": "Job",
                "namespace": namespace,
                "name": job["metadata"]["name"],
                "uid": job["metadata"]["uid"],
                "apiVersion": "batch/v1",
                "resourceVersion": job["metadata"]["resourceVersion"],
            }
            for job in jobs
            if not job["status"].get("succeeded")
        ]
        status = {k: v for k, v in (cronjob.get("status") or {}).items() if k != "active"}
        before = {entry["uid"]: entry for entry in (cronjob.get("status") or {}).get("active", ())}
        if active:
            status["active"] = [before.get(entry["uid"], entry) for entry in active]
        if done:
            status["lastSuccessfulTime"] = done[-1]["status"]["completionTime"]
        put_status(self._loop, CRONJOBS, cronjob, status)
