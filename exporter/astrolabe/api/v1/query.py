"""What a query string may hold: one structure for each endpoint, which is its documentation as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import Meta, field, inspect

from astrolabe.api.v1 import labels
from astrolabe.api.v1.errors import BadParameter
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Requirement

_PLACE = re.compile(r".*? - at `\$\.(?P<name>[a-z]+)(?:\[\.\.\.\]|\[\d+\])?`", re.DOTALL)

_DIGITS = re.compile(r"[0-9]{1,18}")

PAGE_SIZE_LIMIT = 10_000
"""The largest page."""


class Query(msgspec.Struct, frozen=True):
    """Base of all queries. Left out, a field is as its default; text that is empty is as if left out."""


class Nothing(Query, frozen=True):
    """No parameters."""


class InNamespace(Query, frozen=True):
    """The parameter of the lists of names."""

    namespace: Annotated[str, Meta(description="Only what is of this namespace.")] = ""


class Filter(Query, frozen=True):
    """Which objects are meant; all that is given must hold."""

    release: Annotated[
        str,
        Meta(
            description="Only what belongs to this Helm release, or is reached by it: a name, or"
            " `namespace/name`. A name alone stands for the releases of that name in every namespace, or in"
            " `namespace`."
        ),
    ] = ""
    namespace: Annotated[
        str,
        Meta(
            description="Only objects of this namespace; with a release's bare name, the release's namespace."
        ),
    ] = ""
    kind: Annotated[
        tuple[str, ...],
        Meta(
            description="Only objects of this kind, with the group for custom resources; of one of several."
        ),
    ] = ()
    status: Annotated[
        tuple[str, ...],
        Meta(description="Only objects of this status: Ready, Pending, Error, Unknown; of one of several."),
    ] = ()
    label: Annotated[
        str, Meta(description="Only objects whose labels this selector selects, in the words of kubectl.")
    ] = ""

    @property
    def everything(self) -> bool:
        """Whether nothing is filtered."""
        return not (self.release or self.namespace or self.kind or self.status or self.label)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What the labels must fulfil; raises `BadParameter`."""
        try:
            return _requirements(self.label)
        except labels.BadSelector as error:
            raise BadParameter("label", str(error)) from None

    @property
    def object_namespace(self) -> str:
        """The namespace that objects must be of: not where it says which release of a name is meant."""
        return "" if self.release and "/" not in self.release else self.namespace

    def holds(self, node: Node) -> bool:
        """Whether a node is meant, whatever its release."""
        facts = node.facts
        if self.kind and facts.kind not in self.kind:
            return False
        if self.status and node.status not in self.status:
            return False
        if self.object_namespace and facts.namespace != self.object_namespace:
            return False
        if not self.label:
            return True
        mapping = dict(facts.labels)
        return all(requirement.holds(mapping) for requirement in self.requirements)


class PageQuery(Filter, frozen=True):
    """The same, page by page."""

    limit: Annotated[
        int, Meta(ge=1, le=PAGE_SIZE_LIMIT, description="Objects of a page; without it there is one page.")
    ] = 0
    continue_: Annotated[
        str, Meta(description="Where to go on, from the `Link` header of the page before.")
    ] = field(default="", name="continue")


Q = TypeVar("Q", bound=Query)


def read(request: web.Request, form: type[Q]) -> Q:
    """Read the query string of a request; raises `BadParameter` for what is unknown or malformed."""
    fields = _fields(form)
    given: dict[str, Any] = {}
    for name in request.query:
        if name in given:
            continue
        if name not in fields:
            known = ", ".join(fields) or "none"
            raise BadParameter(name, f"there is no such parameter; there are: {known}")
        default = fields[name].default
        text = isinstance(default, str | tuple)
        values = [value for value in request.query.getall(name) if value or not text]
        if isinstance(default, tuple):
            given[name] = tuple(values)
        elif len(values) > 1:
            raise BadParameter(name, "is given more than once")
        elif values and type(default) is int and not _DIGITS.fullmatch(values[0]):
            raise BadParameter(name, _expected(form, name))
        elif values:
            given[name] = values[0]
    try:
        return msgspec.convert(given, form, strict=False)
    except msgspec.ValidationError as error:
        raise _refusal(form, error) from None


def canonical(query: Query) -> Iterator[tuple[str, object]]:
    """Yield what a query asks for, but for where in the answer it is: equal for equal questions."""
    for name, value in msgspec.structs.asdict(query).items():
        if name not in ("limit", "continue_"):
            yield name, sorted(set(value)) if isinstance(value, tuple) else value


def names(form: type[Query]) -> list[str]:
    """Return the parameters that a query has."""
    return list(_fields(form))


@lru_cache
def _fields(form: type[Query]) -> dict[str, msgspec.structs.FieldInfo]:
    return {each.encode_name: each for each in msgspec.structs.fields(form)}


@lru_cache(64)
def _requirements(label: str) -> tuple[Requirement, ...]:
    return labels.parse(label)


def _refusal(form: type[Query], error: msgspec.ValidationError) -> BadParameter:
    found = _PLACE.fullmatch(str(error))
    assert found is not None, error
    return BadParameter(found["name"], _expected(form, found["name"]))


@lru_cache
def _expected(form: type[Query], name: str) -> str:
    """Say what a parameter can be."""
    about = inspect.type_info(form)
    assert isinstance(about, inspect.StructType)
    kind = next(each.type for each in about.fields if each.encode_name == name)
    kind = kind.type if isinstance(kind, inspect.Metadata) else kind
    kind = kind.item_type if isinstance(kind, inspect.VarTupleType) else kind
    match kind:
        case inspect.IntType(ge=least, le=most):
            return f"expected a whole number from {least} to {most}"
        case inspect.BoolType():
            return "expected true or false"
        case inspect.LiteralType(values=values):
            *others, last = (str(value) for value in values if value != "")
            return f"expected {', '.join(others)} or {last}"
        case _:
            return "expected text"
