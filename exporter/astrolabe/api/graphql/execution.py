"""Answers a document in small steps, as the GraphQL specification has it, and counts what it takes.

graphql-core reads documents, checks them, and knows the schema. Its own executor answers all fields in one
go, or makes a task of each object; here the event loop is shared with scrapes and the writer instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from inspect import isawaitable
from typing import Any, NamedTuple, TypeAlias, TypeVar

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    located_error,
)
from graphql.execution.values import VariableValues

from astrolabe.api.graphql.context import Context
from astrolabe.api.graphql.documents import Document
from astrolabe.api.graphql.limits import Budget, Refused

R = TypeVar("R")
Work: TypeAlias = Generator[Awaitable[Any] | None, Any, R]
"""Work in steps that pauses, or waits for what it yields and goes on with that."""

_Fields: TypeAlias = dict[str, list[FieldNode]]
"""By name in the answer, in order."""
_Path: TypeAlias = tuple[str | int, ...]
_COUNTED = "Object"
"""The type whose values are the objects of an answer."""


class Info(NamedTuple):
    """What resolvers get, by the names that graphql-core gives to it."""

    schema: GraphQLSchema
    context: Context


class Execution:
    """One operation of a document that fits the schema."""

    def __init__(
        self,
        info: Info,
        document: Document,
        operation: OperationDefinitionNode,
        variables: VariableValues,
        budget: Budget,
    ) -> None:
        self._info = info
        self._document = document
        self._operation = operation
        self._variables = variables
        self._budget = budget
        self._collected: dict[int, _Fields] = {}
        """By the identity of the list of fields that they are below: objects of a list have the same."""
        self.errors: list[GraphQLError] = []

    def answer(self) -> Work[dict[str, Any] | None]:
        """Return the data, None where a field that may not be null is; raises `TooMuch`."""
        query = self._info.schema.query_type
        assert query is not None
        fields: _Fields = {}
        self._collect(query, self._operation.selection_set, fields, set())
        try:
            data: dict[str, Any] = yield from self._object(query, None, fields, ())
        except GraphQLError as error:
            self.errors.append(error)
            return None
        return data

    def _object(self, kind: GraphQLObjectType, source: Any, fields: _Fields, path: _Path) -> Work[Any]:
        if kind.name == _COUNTED:
            self._budget.object()
        self._budget.values(len(fields))
        yield None
        found: dict[str, Any] = {}
        for key, nodes in fields.items():
            name = nodes[0].name.value
            if name == "__typename":
                found[key] = kind.name
                continue
            here = (*path, key)
            field = self._info.schema.get_field(kind, name)
            assert field is not None
            work = self._resolved(field, source, nodes, here)
            found[key] = yield from self._nullable(field.type, nodes, here, work)
        return found

    def _resolved(self, field: GraphQLField, source: Any, nodes: list[FieldNode], path: _Path) -> Work[Any]:
        assert field.resolve is not None, nodes[0].name.value
        arguments = get_argument_values(field, nodes[0], self._variables)
        value = field.resolve(source, self._info, **arguments)
        if isawaitable(value):
            value = yield value
        return (yield from self._complete(field.type, nodes, value, path))

    def _nullable(
        self, kind: GraphQLOutputType, nodes: list[FieldNode], path: _Path, work: Work[Any]
    ) -> Work[Any]:
        """Do the work for a value; where it fails, the value is null, or else what it is in."""
        try:
            return (yield from work)
        except (Refused, GraphQLError) as error:
            located = located_error(error, nodes, path)
            if is_non_null_type(kind):
                raise located from None
            self.errors.append(located)
            return None

    def _complete(
        self, kind: GraphQLOutputType, nodes: list[FieldNode], value: Any, path: _Path
    ) -> Work[Any]:
        if is_non_null_type(kind):
            found = yield from self._complete(kind.of_type, nodes, value, path)
            if found is None:
                raise GraphQLError("a field that is never null has no value")
            return found
        if value is None:
            return None
        if is_leaf_type(kind):
            return kind.coerce_output_value(value)
        if is_list_type(kind):
            items = []
            for number, each in enumerate(value):
                here = (*path, number)
                work = self._complete(kind.of_type, nodes, each, here)
                items.append((yield from self._nullable(kind.of_type, nodes, here, work)))
            return items
        # Interfaces and unions there are none.
        assert is_object_type(kind)
        return (yield from self._object(kind, value, self._below(kind, nodes), path))

    def _below(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> _Fields:
        """Return the fields that are asked of the objects that some fields give."""
        fields = self._collected.get(id(nodes))
        if fields is None:
            fields = self._collected[id(nodes)] = {}
            seen: set[str] = set()
            for node in nodes:
                if node.selection_set is not None:
                    self._collect(kind, node.selection_set, fields, seen)
        return fields

    def _collect(
        self, kind: GraphQLObjectType, chosen: SelectionSetNode, fields: _Fields, seen: set[str]
    ) -> None:
        """Add the fields of a selection, with those of its fragments (the specification's CollectFields)."""
        for each in chosen.selections:
            if not self._included(each):
                continue
            match each:
                case FieldNode():
                    key = each.alias.value if each.alias is not None else each.name.value
                    fields.setdefault(key, []).append(each)
                case InlineFragmentNode():
                    condition = each.type_condition
                    if condition is None or condition.name.value == kind.name:
                        self._collect(kind, each.selection_set, fields, seen)
                case FragmentSpreadNode():
                    name = each.name.value
                    fragment = self._document.fragments[name]
                    if name not in seen and fragment.type_condition.name.value == kind.name:
                        seen.add(name)
                        self._collect(kind, fragment.selection_set, fields, seen)

    def _included(self, node: Any) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip is not None and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return include is None or bool(include["if"])
