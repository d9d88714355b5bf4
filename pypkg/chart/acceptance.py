"""A quick yes to most values, so that the JSON Schema library is seldom needed.

Importing jsonschema and checking a schema against its metaschema takes longer than
the whole rendering of most charts. What is here answers for the keywords that charts
use, and only with a certain yes; for everything else, and to say what is wrong, there
is the library.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from pypkg.regexp import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    Rule = Callable[["_Acceptance", Any, Any, Any], bool]

DRAFT_7 = "http://json-schema.org/draft-07/schema"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"
# Names of the latest draft, which charts made with old generators have.
LATEST = ("http://json-schema.org/schema", "https://json-schema.org/schema")


def surely_accepts(schema: Any, value: Any) -> bool:
    """Tell whether a schema is sound, and accepts a value.

    Args:
        schema: A parsed JSON Schema.
        value: A parsed JSON value.

    Returns:
        True if so. False if not, or if only the library can tell.
    """
    dialect = schema.get("$schema", DRAFT_2020) if isinstance(schema, dict) else None
    if not isinstance(dialect, str):
        return isinstance(schema, bool) and schema
    dialect = dialect.rstrip("#")
    if dialect not in (DRAFT_2020, DRAFT_7, *LATEST):
        return False
    # The name of the whole changes no reference inside it.
    schema = {key: part for key, part in schema.items() if key != "$id"}
    try:
        acceptance = _Acceptance(schema, dialect == DRAFT_7)
        return _sound(schema) and acceptance.of(schema, value)
    except (_UndecidedError, RecursionError):
        return False


class _UndecidedError(Exception):
    """Only the library can tell."""


class _Acceptance:
    """Decides for the parts of one schema.

    Attributes:
        root: The whole schema, which ``$ref`` leads into.
        draft_7: Whether it is of draft 7, where ``$ref`` stands alone.
    """

    __slots__ = ("draft_7", "root")

    def __init__(self, root: dict[str, Any], draft_7: bool) -> None:  # noqa: FBT001 - private
        self.root = root
        self.draft_7 = draft_7

    def of(self, schema: Any, value: Any) -> bool:
        if isinstance(schema, bool):
            return schema
        if self.draft_7 and "$ref" in schema:
            return self.reference(schema["$ref"], value, schema)
        for keyword, argument in schema.items():
            rule = _RULES.get(keyword)
            if rule is not None and not rule(self, argument, value, schema):
                return False
        return True

    def reference(self, target: str, value: Any, _schema: Any) -> bool:
        schema: Any = self.root
        if target != "#" and not target.startswith("#/"):
            raise _UndecidedError
        for key in target.split("/")[1:]:
            if not isinstance(schema, dict) or "~" in key or key not in schema:
                raise _UndecidedError
            schema = schema[key]
        if not _sound(schema):
            raise _UndecidedError
        return self.of(schema, value)

    def type(self, names: str | list[str], value: Any, _schema: Any) -> bool:
        if isinstance(names, str):
            return _TYPES[names](value)
        return any(_TYPES[name](value) for name in names)

    def properties(self, known: dict[str, Any], value: Any, _schema: Any) -> bool:
        return not isinstance(value, dict) or all(
            self.of(known[key], item) for key, item in value.items() if key in known
        )

    def additional(self, schema: Any, value: Any, above: dict[str, Any]) -> bool:
        if not isinstance(value, dict):
            return True
        known = above.get("properties", {})
        return all(self.of(schema, v) for key, v in value.items() if key not in known)

    def required(self, names: list[str], value: Any, _schema: Any) -> bool:
        return not isinstance(value, dict) or all(name in value for name in names)

    def items(self, schema: Any, value: Any, _schema: Any) -> bool:
        return not isinstance(value, list) or all(self.of(schema, v) for v in value)

    def all_of(self, schemas: list[Any], value: Any, _schema: Any) -> bool:
        return all(self.of(schema, value) for schema in schemas)

    def any_of(self, schemas: list[Any], value: Any, _schema: Any) -> bool:
        return any(self.of(schema, value) for schema in schemas)

    def one_of(self, schemas: list[Any], value: Any, _schema: Any) -> bool:
        return sum(self.of(schema, value) for schema in schemas) == 1

    def negated(self, schema: Any, value: Any, _schema: Any) -> bool:
        return not self.of(schema, value)

    def condition(self, schema: Any, value: Any, above: dict[str, Any]) -> bool:
        branch = "then" if self.of(schema, value) else "else"
        return self.of(above.get(branch, True), value)

    def enum(self, allowed: list[Any], value: Any, _schema: Any) -> bool:
        return any(_same(value, item) for item in allowed)

    def const(self, allowed: Any, value: Any, _schema: Any) -> bool:
        return _same(value, allowed)

    def unique(self, wanted: bool, value: Any, _schema: Any) -> bool:  # noqa: FBT001 - the keyword's
        if not wanted or not isinstance(value, list) or len(value) <= 1:
            return True
        if not all(isinstance(item, str) for item in value):
            raise _UndecidedError
        return len(set(value)) == len(value)

    def pattern(self, pattern: str, value: Any, _schema: Any) -> bool:
        if not isinstance(value, str):
            return True
        try:
            return compiled(pattern).search(value) is not None
        except ValueError:
            raise _UndecidedError from None

    def format(self, _name: str, value: Any, _schema: Any) -> bool:
        # Newer drafts only note a format.
        if self.draft_7 and isinstance(value, str):
            raise _UndecidedError
        return True


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, dict | list) or isinstance(other, dict | list):
        if type(value) is type(other):
            raise _UndecidedError
        return False
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return _is_number(value) and (isinstance(value, int) or value.is_integer())


_TYPES: dict[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "null": lambda value: value is None,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _limit(
    kinds: type | tuple[type, ...],
    measure: Callable[[Any], Any],
    compare: Callable[[Any, Any], bool],
) -> Rule:
    def rule(_self: _Acceptance, limit: Any, value: Any, _schema: Any) -> bool:
        if not isinstance(value, kinds) or isinstance(value, bool):
            return True
        return compare(measure(value), limit)

    return rule


def _itself(value: Any) -> Any:
    return value


_NUMBER = (int, float)
_RULES: dict[str, Rule] = {
    "$ref": _Acceptance.reference,
    "additionalProperties": _Acceptance.additional,
    "allOf": _Acceptance.all_of,
    "anyOf": _Acceptance.any_of,
    "const": _Acceptance.const,
    "enum": _Acceptance.enum,
    "exclusiveMaximum": _limit(_NUMBER, _itself, operator.lt),
    "exclusiveMinimum": _limit(_NUMBER, _itself, operator.gt),
    "format": _Acceptance.format,
    "if": _Acceptance.condition,
    "items": _Acceptance.items,
    "maxItems": _limit(list, len, operator.le),
    "maxLength": _limit(str, len, operator.le),
    "maxProperties": _limit(dict, len, operator.le),
    "maximum": _limit(_NUMBER, _itself, operator.le),
    "minItems": _limit(list, len, operator.ge),
    "minLength": _limit(str, len, operator.ge),
    "minProperties": _limit(dict, len, operator.ge),
    "minimum": _limit(_NUMBER, _itself, operator.ge),
    "not": _Acceptance.negated,
    "oneOf": _Acceptance.one_of,
    "pattern": _Acceptance.pattern,
    "properties": _Acceptance.properties,
    "required": _Acceptance.required,
    "type": _Acceptance.type,
    "uniqueItems": _Acceptance.unique,
}


def _sound(schema: Any) -> bool:
    """Tell whether a schema has the form that its metaschema asks for.

    False also where it has a keyword that only the library knows.
    """
    if not isinstance(schema, dict):
        return isinstance(schema, bool)
    for keyword, argument in schema.items():
        form = _FORMS.get(keyword)
        if form is not None and not form(argument):
            return False
    return True


def _are_sound(schemas: Any) -> bool:
    return isinstance(schemas, list) and bool(schemas) and all(map(_sound, schemas))


def _are_named(schemas: Any) -> bool:
    return isinstance(schemas, dict) and all(map(_sound, schemas.values()))


def _is_type(names: Any) -> bool:
    if isinstance(names, str):
        return names in _TYPES
    return _are_texts(names) and bool(names) and all(name in _TYPES for name in names)


def _are_texts(texts: Any) -> bool:
    return (
        isinstance(texts, list)
        and all(isinstance(text, str) for text in texts)
        and len(set(texts)) == len(texts)
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return _is_integer(value) and value >= 0


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_for_the_library(_value: Any) -> bool:
    return False


# A keyword that is not here is a note, which both the metaschema and rules ignore.
_FORMS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("$comment", "$ref", "$schema", "description", "title"), _is_text),
    **dict.fromkeys(("format", "pattern"), _is_text),
    **dict.fromkeys(("deprecated", "readOnly", "uniqueItems", "writeOnly"), _is_flag),
    **dict.fromkeys(("enum", "examples"), _is_list),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _are_sound),
    **dict.fromkeys(("$defs", "definitions", "properties"), _are_named),
    **dict.fromkeys(
        ("additionalProperties", "else", "if", "items", "not", "then"), _sound
    ),
    **dict.fromkeys(
        ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), _is_number
    ),
    **dict.fromkeys(
        ("maxItems", "maxLength", "maxProperties", "minItems", "minLength"), _is_count
    ),
    "minProperties": _is_count,
    "required": _are_texts,
    "type": _is_type,
    **dict.fromkeys(
        (
            "$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$recursiveAnchor",
            "$recursiveRef", "$vocabulary", "additionalItems", "contains",
            "contentEncoding", "contentMediaType", "contentSchema", "dependencies",
            "dependentRequired", "dependentSchemas", "id", "maxContains",
            "minContains", "multipleOf", "patternProperties", "prefixItems",
            "propertyNames", "unevaluatedItems", "unevaluatedProperties",
        ),
        _is_for_the_library,
    ),
}  # fmt: skip
