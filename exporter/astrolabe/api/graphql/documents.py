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

from astrolabe.api.graphql.limits import (
    DEEPEST,
    MOST_ALIASES,
    MOST_FIELDS,
    MOST_FRAGMENTS,
    MOST_REPEATED,
    MOST_TOKENS,
    TooMuch,
)
from astrolabe.scheduling.steps import Steps

_REMEMBERED = 1 << 15
"""Characters of documents that need not be read again: dashboards ask the same with other variables."""
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
        self._size = 0

    def read(self, text: str) -> Steps[Document]:
        """Return a document; raises `TooMuch`, `Invalid`, or GraphQLError for what is no GraphQL."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        tree = parse(text, max_lexical_tokens=MOST_TOKENS)
        yield
        document = _sorted(tree)
        _Measure(document).whole()
        yield
        for rule in specified_rules:
            if errors := validate(self._schema, tree, (rule,), max_errors=_ERRORS_TOLD):
                raise Invalid(errors)
            yield
        self._remember(text, document)
        return document

    def _remember(self, text: str, document: Document) -> None:
        if text not in self._known:
            self._known[text] = document
            self._size += len(text)
        while self._size > _REMEMBERED:
            gone, _ = self._known.popitem(last=False)
            self._size -= len(gone)


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
    repeated: int = 0
    depth: int = 0

    def beside(self, other: _Size) -> _Size:
        """Return the size of both next to each other."""
        return _Size(
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.repeated + other.repeated,
            max(self.depth, other.depth),
        )


class _Measure:
    """Measures a document with its fragments where they are used; raises `TooMuch` where it is too large."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, _Size | None] = {}
        """By fragment; None while it is measured."""

    def whole(self) -> None:
        """Measure everything, also what nothing uses: it is held to the schema as well."""
        if len(self._document.fragments) > MOST_FRAGMENTS:
            raise TooMuch(f"the document has more than {MOST_FRAGMENTS} fragments")
        total = _Size()
        for operation in self._document.operations.values():
            total = total.beside(self._selections(operation.selection_set, set()))
        for name in self._document.fragments:
            self._fragment(name)
        _check(total)

    def _fragment(self, name: str) -> _Size:
        if name not in self._known:
            self._known[name] = None
            found = self._document.fragments.get(name)
            # A name that nothing has is told when the document is held to the schema.
            self._known[name] = self._selections(found.selection_set, set()) if found is not None else _Size()
        size = self._known[name]
        if size is None:
            raise TooMuch(f"fragment {name} is within itself")
        return size

    def _selections(self, chosen: SelectionSetNode, names: set[str]) -> _Size:
        """Measure fields beside each other; `names` are those that were seen beside them."""
        size = _Size()
        for each in chosen.selections:
            match each:
                case FieldNode():
                    size = size.beside(self._field(each, names))
                case InlineFragmentNode():
                    size = size.beside(self._selections(each.selection_set, names))
                case FragmentSpreadNode():
                    size = size.beside(self._fragment(each.name.value))
            _check(size)
        return size

    def _field(self, field: FieldNode, names: set[str]) -> _Size:
        name = (field.alias or field.name).value
        repeated = name in names
        names.add(name)
        below = self._selections(field.selection_set, set()) if field.selection_set is not None else _Size()
        own = _Size(1, field.alias is not None, repeated)
        return own.beside(below)._replace(depth=below.depth + 1)


def _check(size: _Size) -> None:
    if size.depth > DEEPEST:
        raise TooMuch(f"fields are within each other more than {DEEPEST} deep")
    if size.aliases > MOST_ALIASES:
        raise TooMuch(f"more than {MOST_ALIASES} fields have an alias")
    if size.repeated > MOST_REPEATED:
        raise TooMuch(f"more than {MOST_REPEATED} fields are asked for again beside each other")
    if size.fields > MOST_FIELDS:
        raise TooMuch(f"more than {MOST_FIELDS} fields are asked for")
