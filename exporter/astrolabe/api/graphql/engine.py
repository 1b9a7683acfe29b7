"""Answers questions in GraphQL. Imports graphql-core: this module is imported with the first question."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    is_object_type,
)
from graphql.execution.values import VariableValues, get_variable_values

from astrolabe.api.graphql.context import Context
from astrolabe.api.graphql.documents import Document, Documents, Invalid
from astrolabe.api.graphql.execution import Execution, Info, Work
from astrolabe.api.graphql.limits import SECONDS, TooMuch
from astrolabe.api.graphql.question import Question
from astrolabe.api.graphql.resolvers import resolver_of
from astrolabe.scheduling.scheduler import Scheduler

_ERRORS_TOLD = 50
"""Errors of one answer; where there are more, these say what to look for."""


class Reply(NamedTuple):
    """What a question gets."""

    body: dict[str, Any]
    begun: bool
    """Whether it was answered at all; else the question itself is at fault."""


class Engine:
    """One schema, and what was read for it."""

    def __init__(self) -> None:
        self.schema = schema()
        self._documents = Documents(self.schema)

    async def ask(self, question: Question, context: Context) -> Reply:
        """Answer a question, in turns with everybody else."""
        scheduler = context.reading.scheduler
        try:
            async with asyncio.timeout(SECONDS):
                document = await scheduler.work(self._documents.read(question.query))
                operation = _operation(document, question.operation)
                variables = self._variables(operation, question.variables)
                execution = Execution(
                    Info(self.schema, context), document, operation, variables, context.budget
                )
                data = await worked(scheduler, execution.answer())
        except Invalid as invalid:
            return _refused(*invalid.errors)
        except GraphQLError as error:
            return _refused(error)
        except TooMuch as limit:
            return _refused(GraphQLError(str(limit)))
        except TimeoutError:
            return _refused(GraphQLError(f"not answered within {SECONDS:g} seconds: ask for less"))
        body: dict[str, Any] = {"data": data}
        if execution.errors:
            body["errors"] = [error.formatted for error in execution.errors[:_ERRORS_TOLD]]
        return Reply(body, begun=True)

    def _variables(self, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> VariableValues:
        found = get_variable_values(
            self.schema, operation.variable_definitions or (), dict(given), max_errors=_ERRORS_TOLD
        )
        if isinstance(found, list):
            raise Invalid(found)
        return found


def schema() -> GraphQLSchema:
    """Return the schema of the package with what answers each of its fields."""
    found = build_schema(files(__package__).joinpath("schema.graphql").read_text("utf-8"))
    for kind in found.type_map.values():
        if is_object_type(kind) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                field.resolve = resolver_of(kind.name, name)
    return found


async def worked(scheduler: Scheduler, work: Work[Any]) -> Any:
    """Do work in turns, and wait outside of a turn for what it wants to wait for; return what it returns."""
    value: Any = None
    failure: Exception | None = None
    while True:
        awaited = None
        try:
            async with scheduler:
                while awaited is None:
                    awaited = work.send(value) if failure is None else work.throw(failure)
                    value = failure = None
                    if scheduler.over:
                        break
        except StopIteration as end:
            return end.value
        except BaseException:
            if isinstance(awaited, Coroutine):
                awaited.close()
            raise
        if awaited is not None:
            try:
                value = await awaited
            except Exception as error:  # noqa: BLE001  (whatever it is, the work says what becomes of it)
                failure = error


def _operation(document: Document, name: str) -> OperationDefinitionNode:
    if name:
        if name not in document.operations:
            raise GraphQLError(f"operationName: there is no operation {name} in the document")
        return document.operations[name]
    if len(document.operations) != 1:
        raise GraphQLError("operationName: the document has not exactly one operation: name one of them")
    return next(iter(document.operations.values()))


def _refused(*errors: GraphQLError) -> Reply:
    return Reply({"errors": [error.formatted for error in errors]}, begun=False)
