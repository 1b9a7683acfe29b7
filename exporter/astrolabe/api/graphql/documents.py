"""Documents: read, measured against the limits, and held to the schema, before anything is answered.

What takes long with a large document is done in steps, and never before the document is known to be small.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    specified_rules,
    validate,
)

from astrolabe.api.graphql.limits import DEEPEST, MOST_ALIASES, MOST_FIELDS, MOST_TOKENS, TooMuch
from astrolabe.scheduling.steps import Steps

_REMEMBERED = 64
"""Documents that need not be read again: dashboards ask the same with other variables."""
_ERRORS_TOLD = 5


class Invalid(Exception):
    """A document that does not fit the schema."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


class Document(NamedTuple):
    """A document that can be answered."""

    operations: Mapping[str, OperationDefinitionNode]
    """By name; the one without a name is the empty one."""
    fragments: Mapping[str, FragmentDefinitionNode]


class Documents:
    """Reads documents for one schema, and remembers the last ones."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: OrderedDict[str, Document] = OrderedDict()

    def read(self, text: str) -> Steps[Document]:
        """Return a document; raises `TooMuch`, `Invalid`, or GraphQLError for what is no GraphQL."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        tree = parse(text, max_lexical_tokens=MOST_TOKENS)
        yield
        document = _sorted(tree)
        _measure(document)
        yield
        for rule in specified_rules:
            if errors := validate(self._schema, tree, (rule,), max_errors=_ERRORS_TOLD):
                raise Invalid(errors)
            yield
        self._known[text] = document
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return document


def _sorted(tree: DocumentNode) -> Document:
    operations: dict[str, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in tree.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations[definition.name.value if definition.name else ""] = definition
        elif isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
    return Document(operations, fragments)


class _Size(NamedTuple):
    """Of a set of fields, with everything below."""

    fields: int = 0
    aliases: int = 0
    depth: int = 0

    def beside(self, other: _Size) -> _Size:
        return _Size(self.fields + other.fields, self.aliases + other.aliases, max(self.depth, other.depth))


def _measure(document: Document) -> None:
    """Raise `TooMuch` for a document that is too large once its fragments are where they are used."""
    known: dict[str, _Size | None] = {}
    """By fragment; None while it is measured."""

    def fragment(name: str) -> _Size:
        if name not in known:
            known[name] = None
            found = document.fragments.get(name)
            # A name that nothing has is told when the document is held to the schema.
            known[name] = selections(found.selection_set) if found is not None else _Size()
        size = known[name]
        if size is None:
            raise TooMuch(f"fragment {name} is within itself")
        return size

    def selections(chosen: SelectionSetNode | None) -> _Size:
        size = _Size()
        for each in chosen.selections if chosen is not None else ():
            match each:
                case FieldNode():
                    below = selections(each.selection_set)
                    own = _Size(below.fields + 1, below.aliases + (each.alias is not None), below.depth + 1)
                    size = size.beside(own)
                case InlineFragmentNode():
                    size = size.beside(selections(each.selection_set))
                case FragmentSpreadNode():
                    size = size.beside(fragment(each.name.value))
            _check(size)
        return size

    total = _Size()
    for operation in document.operations.values():
        total = total.beside(selections(operation.selection_set))
        _check(total)
    # Fragments that nothing uses are looked at as well when the document is held to the schema.
    for name in document.fragments:
        fragment(name)


def _check(size: _Size) -> None:
    if size.depth > DEEPEST:
        raise TooMuch(f"fields are within each other more than {DEEPEST} deep")
    if size.aliases > MOST_ALIASES:
        raise TooMuch(f"more than {MOST_ALIASES} fields have an alias")
    if size.fields > MOST_FIELDS:
        raise TooMuch(f"more than {MOST_FIELDS} fields are asked for")
