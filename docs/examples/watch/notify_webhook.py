"""Tell a webhook of each Pod that fails, once."""

from __future__ import annotations

import os

import requests

from astrolabe.watch import Controller, EventType, MatchedEvent, PermanentError


def add_to(controller: Controller, url: str) -> None:
    """Watch Pods, and post to the URL when one has failed."""

    @controller.on("v1/pods", name="failed-pods")
    def failed(event: MatchedEvent) -> None:
        before = (event.old or {}).get("status", {}).get("phase")
        now = event.object.get("status", {}).get("phase")
        if event.event_type is EventType.DELETED or now != "Failed" or before == "Failed":
            return
        answer = requests.post(url, json={"text": f"Pod {event.key} has failed"}, timeout=10)
        if answer.status_code == requests.codes.gone:
            raise PermanentError("the webhook is gone")
        answer.raise_for_status()  # what raises is tried again, later and later


if __name__ == "__main__":
    program = Controller()
    add_to(program, os.environ["WEBHOOK_URL"])
    program.run()
