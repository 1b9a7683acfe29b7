"""An environment as git describes it: an API server where what git decides is read from files.

The direct backend plans over it as over any API server. What it would write to a field that git decides
becomes an edit of a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from astrolabe.override.backend import Impossible
from astrolabe.override.direct.client import APPLY, MANAGER, Kubernetes, Object
from astrolabe.override.direct.kubegreen import PLURALS
from astrolabe.override.direct.originals import replicas
from astrolabe.override.gitops.manifests import Edit, Files, Found, Place, text_of, value_of
from astrolabe.override.gitops.originals import Held

_KINDS = {plural: kind for kind, plural in PLURALS.items()} | {"sleepinfos": "SleepInfo"}
_SCHEDULE = ("weekdays", "sleepAt", "wakeUpAt", "timeZone")


class _Path(NamedTuple):
    kind: str
    namespace: str
    name: str


class Overlay:
    """A `Kubernetes`. While planning it writes nothing; later it writes what git does not decide."""

    def __init__(
        self,
        kubernetes: Kubernetes,
        files: Files | None,
        held: Mapping[tuple[str, str], Held],
        in_git: Mapping[str, object],
        *,
        planning: bool,
        first: bool = False,
    ) -> None:
        """Without `files` SleepInfos are as the cluster has them.

        A SleepInfo that no file has is none of this service's; at the `first` look it is refused.
        """
        self._kubernetes = kubernetes
        self._files = files
        self._held = held
        self._in_git = in_git
        self._planning = planning
        self._first = first
        self.patches: list[Edit | None] = []
        """What each patch came to, in their order: an edit, or None where git does not decide."""

    async def get(self, path: str) -> Object | None:
        """Return an object, None where there is none."""
        found = await self._kubernetes.get(path)
        return None if found is None else self._overlaid(found, _read(path))

    async def list(self, path: str) -> list[Object]:
        """Return the objects of a collection."""
        found = [self._overlaid(each, _read(path)) for each in await self._kubernetes.list(path)]
        return [each for each in found if each is not None]

    async def patch(self, path: str, body: Object, kind: str = APPLY) -> Object:
        """Apply or merge what git does not decide; of the rest, note the edit."""
        place = _read(path)
        if place.kind == "SleepInfo" or "/".join(place) in self._in_git:
            ((field, value),) = body["spec"].items()
            self.patches.append(self._edit(Place(*place, field), value))
            return body
        self.patches.append(None)
        return body if self._planning else await self._kubernetes.patch(path, body, kind)

    def _edit(self, place: Place, value: Any) -> Edit:
        assert self._files is not None
        found = self._found(place)
        assert found is not None
        before = found.raw.get(place.field)
        held = self._held.get((place.namespace, place.name))
        original = {"weekdays": held.weekdays, "wakeUpAt": held.wake_up_at} if held else {}
        after = None if value is None else _restored(original.get(place.field), value, before or '"')
        return Edit(
            path=found.path,
            place=place,
            before=before,
            after=after,
            what="",
        )

    def _found(self, place: _Path | Place) -> Found | None:
        assert self._files is not None
        found = self._files.get(*place[:3])
        if found is None or (place[0] == "SleepInfo" and "weekdays" not in found.raw and not found.fault):
            if not self._first:
                return None
            raise Impossible(
                f"{place[0]}/{place[1]}/{place[2]} is in the cluster and in no file: set gitops.path to the"
                " folder or file that has it, or put it into git"
            )
        if found.fault:
            raise Impossible(found.fault)
        return found

    def _overlaid(self, obj: Object, place: _Path) -> Object | None:
        place = place._replace(name=place.name or obj["metadata"]["name"])
        if place.kind == "SleepInfo" and self._files is not None:
            found = self._found(place)
            if found is None:
                return None
            spec = {key: value for key, value in obj.get("spec", {}).items() if key not in _SCHEDULE}
            spec |= {key: found.spec[key] for key in _SCHEDULE if found.spec.get(key) is not None}
            held = self._held.get((place.namespace, place.name))
            managers = (
                [{"manager": MANAGER, "operation": "Apply", "fieldsV1": {"f:spec": {"f:weekdays": {}}}}]
                if held is not None and spec.get("weekdays") in held.still
                else []
            )
            return obj | {"spec": spec, "metadata": obj["metadata"] | {"managedFields": managers}}
        if self._planning and "/".join(place) in self._in_git:
            found = self._found(place)
            assert found is not None
            field = "suspend" if place.kind == "CronJob" else "replicas"
            return obj | {"spec": obj.get("spec", {}) | {field: found.spec[field]}}
        return obj


def said(files: Files, kind: str, namespace: str, name: str) -> int | None:
    """Return the replicas that git says (of a CronJob 1, or 0 while suspended); None where it says nothing.

    Raises `Impossible` where it says so in a way that cannot be edited.
    """
    found = files.get(kind, namespace, name)
    if found is None or not (found.raw or found.fault):
        return None
    if found.fault:
        raise Impossible(found.fault)
    return replicas(kind, {"spec": found.spec})


def _restored(original: str | None, value: Any, like: str) -> str:
    """Return a value's text: as it stood in the file where it is the value that was there."""
    if original is not None and value_of(original) == value:
        return original
    return text_of(value, like)


def _read(path: str) -> _Path:
    """Return what a path names; the name is empty for a collection."""
    _, _, rest = path.partition("/namespaces/")
    namespace, plural, *name = map(unquote, rest.split("/"))
    return _Path(_KINDS.get(plural, plural), namespace, name[0] if name else "")
