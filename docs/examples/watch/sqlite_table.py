"""Keep a table of Deployments in SQLite equal to the cluster."""

from __future__ import annotations

import sqlite3
import sys

import msgspec

from astrolabe.watch import Controller, EventType, MatchedEvent


class Spec(msgspec.Struct):
    """What this table wants of a Deployment's specification."""

    replicas: int = 1


class Deployment(msgspec.Struct):
    """What this table wants of a Deployment."""

    spec: Spec


def add_to(controller: Controller, path: str) -> None:
    """Watch Deployments, and write each change. Only the newest state matters, hence `latest`."""
    with sqlite3.connect(path) as setup:
        setup.execute(
            "CREATE TABLE IF NOT EXISTS deployment (key TEXT PRIMARY KEY, uid TEXT, replicas INTEGER)"
        )
        # What went while this program was away is not told: begin with an empty table.
        setup.execute("DELETE FROM deployment")
    setup.close()

    @controller.on("apps/v1/deployments", latest=True, workers=1)
    def write(event: MatchedEvent) -> None:
        database = sqlite3.connect(path)
        with database:
            if event.event_type is EventType.DELETED:
                database.execute("DELETE FROM deployment WHERE key = ?", (event.key,))
            else:
                replicas = event.typed(Deployment).spec.replicas
                database.execute(
                    "INSERT OR REPLACE INTO deployment VALUES (?, ?, ?)", (event.key, event.uid, replicas)
                )
        database.close()


if __name__ == "__main__":
    program = Controller()
    add_to(program, sys.argv[1])
    program.run()
