"""Which object selects which, found through indexes by namespace and label, never by scanning the cluster."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import chain

from astrolabe.graph.facts import Facts, Labels, Pick, Selection
from astrolabe.graph.index import Index

Lookup = Callable[[str], Facts]


class Selections:
    """Both sides of every selection: the objects that select and those that may be selected.

    A selection with an `In` requirement is filed under that label's values; one without (an empty selector,
    `NotIn`, `Exists`) under its namespace alone, where such selections are few. Objects that may be selected
    are filed by label set, since the Pods of one workload share theirs.
    """

    def __init__(self, facts: Lookup, of_kind: Callable[[str, str], Collection[str]]) -> None:
        self._facts = facts
        self._of_kind = of_kind
        self._keyed: Index[tuple[str, str, str], str] = Index()
        self._loose: Index[str, str] = Index()
        self._members: Index[tuple[str, Labels], str] = Index()
        self._labelled: Index[tuple[str, str, str], Labels] = Index()
        self._makers: Index[tuple[str, Labels], str] = Index()
        self._making: Index[tuple[str, str, str], Labels] = Index()
        """The same two indexes for the Pods that workloads make, by the labels of those Pods."""
        self._asked: tuple[str, str, Labels] | None = None
        self._matching: list[tuple[Selection, str]] = []
        """What was asked last, and the selections whose requirements and kinds match it: neighbours in a list
        are of one workload."""

    def add(self, facts: Facts) -> None:
        """File an object as selector, as something to select, or as both."""
        namespace = facts.namespace
        if facts.selections:
            self._forget()
        for selection in facts.selections:
            keys = _keys(selection)
            for key, value in keys:
                self._keyed.append((namespace, key, value), facts.id)
            if not keys:
                self._loose.append(namespace, facts.id)
        if facts.selectable and self._members.append((namespace, facts.labels), facts.id):
            for key, value in facts.labels:
                self._labelled.add((namespace, key, value), facts.labels)
        if facts.template is not None and self._makers.append((namespace, facts.template), facts.id):
            for key, value in facts.template:
                self._making.add((namespace, key, value), facts.template)

    def discard(self, facts: Facts) -> None:
        """Undo `add` for the same facts."""
        namespace = facts.namespace
        for selection in facts.selections:
            for key, value in _keys(selection):
                self._keyed.discard((namespace, key, value), facts.id)
        if facts.selections:
            self._forget()
            self._loose.discard(namespace, facts.id)
        if facts.selectable:
            self._members.discard((namespace, facts.labels), facts.id)
            if (namespace, facts.labels) not in self._members:
                for key, value in facts.labels:
                    self._labelled.discard((namespace, key, value), facts.labels)
        if facts.template is not None:
            self._makers.discard((namespace, facts.template), facts.id)
            if (namespace, facts.template) not in self._makers:
                for key, value in facts.template:
                    self._making.discard((namespace, key, value), facts.template)

    def makers(self, source: Facts) -> Iterator[tuple[Selection, str]]:
        """Yield the id of each object whose products an object would select, with the selection."""
        for selection in source.selections:
            keys = _keys(selection)
            found = chain.from_iterable(self._making.get((source.namespace, *key)) for key in keys)
            for labels in set(found):
                if _requirements_hold(selection, labels):
                    for maker in self._makers.get((source.namespace, labels)):
                        yield selection, maker

    def selecting_made(self, maker: Facts) -> Iterator[tuple[Selection, str]]:
        """Yield each selection that would match what an object makes, with the id of its declarer."""
        if maker.template is None:
            return
        for candidate in self._keyed_by(maker.namespace, maker.template):
            for selection in self._facts(candidate).selections:
                if _requirements_hold(selection, maker.template):
                    yield selection, candidate

    def selecting(self, target: Facts) -> list[tuple[Selection, str]]:
        """Return each selection that matches an object, with the id of the object that declares it."""
        if not target.selectable:
            loose = self._loose.get(target.namespace)
            found = self._match(target, loose) if loose else ()
        else:
            asked = (target.namespace, target.kind, target.labels)
            if asked != self._asked:
                candidates = self._keyed_by(target.namespace, target.labels)
                candidates.update(self._loose.get(target.namespace))
                self._matching = self._match(target, candidates)
                self._asked = asked
            found = self._matching
        return [each for each in found if _picked(each[0], target)]

    def _forget(self) -> None:
        """Forget the last answer: other selections may match now."""
        self._asked = None
        self._matching = []

    def _keyed_by(self, namespace: str, labels: Labels) -> set[str]:
        """Return the ids of the objects with a selection that is filed under one of the labels."""
        found: set[str] = set()
        for key, value in labels:
            found.update(self._keyed.get((namespace, key, value)))
        return found

    def _match(self, target: Facts, candidates: Collection[str]) -> list[tuple[Selection, str]]:
        """Return the selections of some objects whose kinds and requirements match an object."""
        return [
            (selection, candidate)
            for candidate in candidates
            for selection in self._facts(candidate).selections
            if target.kind in selection.kinds and _requirements_hold(selection, target.labels)
        ]

    def selected(self, source: Facts) -> Iterator[tuple[Selection, str]]:
        """Yield the id of each object that an object's selections match, with the selection."""
        namespace = source.namespace
        for selection in source.selections:
            keys = _keys(selection)
            if keys:
                label_sets = set(
                    chain.from_iterable(self._labelled.get((namespace, key, value)) for key, value in keys)
                )
                targets = chain.from_iterable(
                    self._members.get((namespace, labels))
                    for labels in label_sets
                    if _requirements_hold(selection, labels)
                )
                for target in targets:
                    facts = self._facts(target)
                    if facts.kind in selection.kinds and _picked(selection, facts):
                        yield selection, target
            else:
                for kind in selection.kinds:
                    for target in self._of_kind(namespace, kind):
                        facts = self._facts(target)
                        if _requirements_hold(selection, facts.labels) and _picked(selection, facts):
                            yield selection, target


def _keys(selection: Selection) -> list[tuple[str, str]]:
    """Return the label pairs to file a selection under: each object that matches has one of them."""
    for requirement in selection.requirements:
        if requirement.operator == "In":
            return [(requirement.key, value) for value in requirement.values]
    return []


def _requirements_hold(selection: Selection, labels: Labels) -> bool:
    mapping = dict(labels)
    return all(requirement.holds(mapping) for requirement in selection.requirements)


def _picked(selection: Selection, target: Facts) -> bool:
    if not selection.controlled and target.controller is not None:
        return False
    if selection.include and not any(_picks(pick, target) for pick in selection.include):
        return False
    return not (selection.exclude and any(_picks(pick, target) for pick in selection.exclude))


def _picks(pick: Pick, target: Facts) -> bool:
    return (
        pick.kind in ("", target.kind)
        and pick.name in ("", target.name)
        and all(pair in target.labels for pair in pick.labels)
    )
