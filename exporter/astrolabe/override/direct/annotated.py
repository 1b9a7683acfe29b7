"""Environments whose sleeper is told by annotations: it scales by itself, and this service tells it when."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from astrolabe.override.backend import Impossible, Job, Result, Steps, Trouble
from astrolabe.override.direct.backend import Direct
from astrolabe.override.direct.client import MERGE, Kubernetes, Object, path_of
from astrolabe.override.direct.sleepers import Annotations, Sleeper
from astrolabe.override.direct.writing import Basis, Write, send


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An object with what its annotations were, and what they are told to be."""

    kind: str
    namespace: str
    name: str
    uid: str
    before: Annotations
    told: Annotations

    @property
    def shown(self) -> str:
        """As it stands in the record."""
        return f"{self.kind}/{self.namespace}/{self.name}"


class AnnotatedOriginals(msgspec.Struct, frozen=True, kw_only=True):
    """An environment as it was."""

    sleeper: str
    annotated: tuple[Told, ...]


class Annotated:
    """A `Backend` that sets annotations and waits until the sleeper has done what they say."""

    steps = Steps(engage=("keep", "tell", "verify"), disengage=("release", "verify"))

    def __init__(self, kubernetes: Kubernetes, namespaces: Sequence[str], sleeper: Sleeper) -> None:
        self._kubernetes = kubernetes
        self._namespaces = tuple(namespaces)
        self._sleeper = sleeper

    async def perform(self, job: Job) -> Result:
        """Do one step; raises `Trouble` and `Impossible`."""
        kept = None if job.originals is None else msgspec.convert(job.originals, AnnotatedOriginals)
        try:
            if job.step == "keep":
                return await self._keep(job, kept)
            assert kept is not None
            match job.step:
                case "tell":
                    return await self._tell(job, kept)
                case "verify":
                    return await self._verify(job, kept)
                case "release":
                    return await self._release(job, kept)
        except ApiFailure as failure:
            raise Direct.refused(failure) from None
        except Unreachable as error:
            raise Trouble(str(error)) from None
        raise AssertionError(job.step)

    async def _keep(self, job: Job, earlier: AnnotatedOriginals | None) -> Result:
        known = {(each.kind, each.namespace, each.name, each.uid): each for each in _of(earlier)}
        found: list[Told] = []
        for namespace in self._namespaces:
            for kind, (version, plural) in self._sleeper.kinds.items():
                for obj in await self._list(path_of(version, namespace, plural), kind):
                    metadata = obj["metadata"]
                    last = known.get((kind, namespace, metadata["name"], metadata["uid"]))
                    if last is None and not self._sleeper.follows(obj):
                        continue
                    before = _before(_annotations(obj, self._sleeper.keys), last)
                    found.append(
                        Told(
                            kind=kind,
                            namespace=namespace,
                            name=metadata["name"],
                            uid=metadata["uid"],
                            before=before,
                            told=before | self._sleeper.says(job.aim),
                        )
                    )
        # One whose namespace left the settings meanwhile has to be put back all the same.
        found += [each for each in known.values() if each.namespace not in self._namespaces]
        return Result(
            originals=msgspec.to_builtins(
                AnnotatedOriginals(sleeper=self._sleeper.name, annotated=tuple(found))
            )
        )

    async def _list(self, path: str, kind: str) -> list[Object]:
        try:
            return await self._kubernetes.list(path)
        except ApiFailure as failure:
            if failure.code != HTTPStatus.NOT_FOUND:
                raise
            name = self._sleeper.name
            raise Impossible(f"the cluster has no {kind}: install {name}, or correct `sleeper`") from None

    async def _tell(self, job: Job, kept: AnnotatedOriginals) -> Result:
        writes: list[Write] = []
        for each in kept.annotated:
            obj = await self._get(each)
            if obj is not None:
                now = _annotations(obj, self._sleeper.keys)
                if changes := {key: value for key, value in each.told.items() if now[key] != value}:
                    writes.append(self._change(each, obj, changes))
        await send(job, self._kubernetes, writes)
        return Result()

    async def _verify(self, job: Job, kept: AnnotatedOriginals) -> Result:
        if not job.aim.number:
            return Result()  # its schedule is the sleeper's own affair
        pending = []
        for each in kept.annotated:
            obj = await self._get(each)
            if obj is not None and (what := self._sleeper.pending(obj, each.kind, job.aim)):
                pending.append(f"{each.shown}: {what}")
        return Result(pending=tuple(pending))

    async def _release(self, job: Job, kept: AnnotatedOriginals) -> Result:
        said: list[str] = []
        writes: list[Write] = []
        for each in kept.annotated:
            obj = await self._get(each)
            if obj is None:
                continue
            now = _annotations(obj, self._sleeper.keys)
            changes: Annotations = {}
            for key, before in each.before.items():
                if now[key] == before:
                    continue
                if now[key] == each.told[key]:
                    changes[key] = before
                else:
                    said.append(f"{each.shown}: somebody set {key} to {now[key]} meanwhile: that stays")
            if changes:
                writes.append(self._change(each, obj, changes))
        await send(job, self._kubernetes, writes)
        return Result(changes=tuple(said))

    async def _get(self, each: Told) -> Object | None:
        """Return an object as it is now; None where it is gone, or another one has its name."""
        version, plural = self._sleeper.kinds[each.kind]
        obj = await self._kubernetes.get(path_of(version, each.namespace, plural, each.name))
        return obj if obj is not None and obj["metadata"]["uid"] == each.uid else None

    def _change(self, each: Told, obj: Object, changes: Annotations) -> Write:
        version, plural = self._sleeper.kinds[each.kind]
        keys = self._sleeper.keys
        return Write(
            path_of(version, each.namespace, plural, each.name),
            {"metadata": {"annotations": changes}},
            MERGE,
            tuple(
                f"{each.shown}: {key} {'is taken away' if value is None else f'is {value}'}"
                for key, value in changes.items()
            ),
            Basis(obj, lambda now: _annotations(now, keys)),
        )


def _of(earlier: AnnotatedOriginals | None) -> tuple[Told, ...]:
    return earlier.annotated if earlier is not None else ()


def _annotations(obj: Object, keys: Sequence[str]) -> Annotations:
    there = obj["metadata"].get("annotations") or {}
    return {key: there.get(key) for key in keys}


def _before(now: Annotations, last: Told | None) -> Annotations:
    """Return what there was; what somebody changed since this service told it counts."""
    if last is None:
        return now
    return {key: last.before[key] if value == last.told[key] else value for key, value in now.items()}
