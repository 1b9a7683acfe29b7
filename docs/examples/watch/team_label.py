"""A tiny operator: the label `team` of a Secret is copied to the Pods that use the Secret.

Of Secrets it asks for metadata alone: it never sees a value, and needs `list` and `watch` of them only.
"""

from __future__ import annotations

import threading
from typing import Any

from kubernetes import client, config

from astrolabe.watch import Controller, EventType, MatchedEvent

LABEL = "team"


def secrets_of(pod: dict[str, Any]) -> set[str]:
    """Return the names of the Secrets that a Pod mounts."""
    volumes = pod.get("spec", {}).get("volumes") or []
    return {volume["secret"]["secretName"] for volume in volumes if "secret" in volume}


class TeamLabel:
    """Knows which Pod uses what, and which Secret has which team."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._teams: dict[str, str] = {}
        self._pods: dict[str, dict[str, Any]] = {}

    def secret(self, event: MatchedEvent) -> None:
        """Take in that a Secret came, changed or went: look at the Pods that use it."""
        with self._lock:
            self._teams.pop(event.key, None)
            if event.event_type is not EventType.DELETED and LABEL in event.labels:
                self._teams[event.key] = event.labels[LABEL]
            pods = [
                pod
                for pod in self._pods.values()
                if pod["metadata"]["namespace"] == event.namespace and event.name in secrets_of(pod)
            ]
        for pod in pods:
            self._label(pod)

    def pod(self, event: MatchedEvent) -> None:
        """Take in that a Pod came, changed or went."""
        with self._lock:
            self._pods.pop(event.key, None)
            if event.event_type is EventType.DELETED:
                return
            self._pods[event.key] = event.object
        self._label(event.object)

    def _label(self, pod: dict[str, Any]) -> None:
        metadata = pod["metadata"]
        with self._lock:
            found = (self._teams.get(f"{metadata['namespace']}/{name}") for name in sorted(secrets_of(pod)))
            team = next((team for team in found if team), None)
        if team and (metadata.get("labels") or {}).get(LABEL) != team:
            body = {"metadata": {"labels": {LABEL: team}}}
            self._api.patch_namespaced_pod(metadata["name"], metadata["namespace"], body)


def add_to(controller: Controller, api: Any) -> None:
    """Watch Secrets and Pods; write labels by `api`, a `CoreV1Api`."""
    operator = TeamLabel(api)
    controller.on("v1/secrets", label_selector=LABEL)(operator.secret)
    controller.on("v1/pods")(operator.pod)


if __name__ == "__main__":
    config.load_config()  # type: ignore[no-untyped-call]
    program = Controller()
    add_to(program, client.CoreV1Api())
    program.run()
