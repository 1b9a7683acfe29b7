"""Notes about objects, such as Events: the newest counts of each reason and topic. Their source bounds it."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.graph.facts import Note
from astrolabe.graph.index import Index

VAGUE_SECONDS = 900.0
"""How much newer a vague note has to be to count for more than one that says what is wrong."""


class Notes:
    """Notes by their own ids and by the objects that they are about."""

    def __init__(self) -> None:
        self._notes: dict[str, Note] = {}
        self._about: Index[str, str] = Index()

    def put(self, note_id: str, note: Note) -> set[str]:
        """Add a note, or replace its earlier version; return the ids of the objects that it changes."""
        before = self._notes.get(note_id)
        if before == note:
            return set()
        if before is not None:
            self._about.discard(before.about, note_id)
        self._notes[note_id] = note
        self._about.add(note.about, note_id)
        return {note.about} if before is None else {before.about, note.about}

    def remove(self, note_id: str) -> set[str]:
        """Forget a note; return the ids of the objects that it was about."""
        note = self._notes.pop(note_id, None)
        if note is None:
            return set()
        self._about.discard(note.about, note_id)
        return {note.about}

    def about(self, node_id: str, uid: str) -> list[Note]:
        """Return the newest note of each reason and topic about an object, newest first.

        Notes about its predecessor are left out. A note that says what is wrong counts for a while, though a
        vague one is newer.
        """
        ids = self._about.get(node_id)
        if not ids:
            return []
        newest: dict[tuple[str, str], tuple[float, str, Note]] = {}
        for note_id in ids:
            note = self._notes[note_id]
            if note.uid in ("", uid):
                entry = (note.at, note_id, note)
                key = (note.reason, note.topic)
                newest[key] = max(newest.get(key, entry), entry, key=_weight)
        return [note for _, _, note in sorted(newest.values(), key=lambda each: each[:2], reverse=True)]

    def __len__(self) -> int:
        return len(self._notes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._notes)


def _weight(entry: tuple[float, str, Note]) -> tuple[float, str]:
    at, note_id, note = entry
    return at - VAGUE_SECONDS if note.vague else at, note_id
