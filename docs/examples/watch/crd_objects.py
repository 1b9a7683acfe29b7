"""React to the objects of a CustomResourceDefinition, whether it is there already or comes later."""

from __future__ import annotations

from collections.abc import Callable

from astrolabe.watch import Controller, MatchedEvent


def add_to(controller: Controller, say: Callable[[str], None]) -> None:
    """Say what becomes of each Backup."""

    @controller.on("example.org/v1/backups")
    async def backup(event: MatchedEvent) -> None:
        schedule = event.object.get("spec", {}).get("schedule", "never")
        say(f"{event.event_type} {event.key}: {schedule}")


if __name__ == "__main__":
    import sys

    program = Controller()
    add_to(program, lambda line: print(line, file=sys.stderr))  # noqa: T201
    program.run()
