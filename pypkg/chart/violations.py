"""What values.schema.json refuses, in the words that Helm's users know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pypkg import jsonio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jsonschema.exceptions import SchemaError, ValidationError

    # What both have in common has no public name.
    Violation = ValidationError | SchemaError

# Keys whose values are not shown in messages.
_SECRET = re.compile(r"pass|secret|token|credential|private|key$", re.IGNORECASE)
_HIDDEN = "'***'"


def violations(errors: Iterable[Violation]) -> list[str]:
    """Word errors, the ones of outer values first.

    Args:
        errors: What jsonschema found.

    Returns:
        One text for each, ``at '/image/tag': got number, want string``. Below it, and
        indented, stands why each alternative of an ``anyOf`` or ``oneOf`` failed.
    """
    ordered = sorted(errors, key=lambda error: [str(p) for p in error.absolute_path])
    return ["\n".join(_lines(error)) for error in ordered]


def _lines(error: Violation) -> Iterator[str]:
    yield f"at '{_pointer(error.absolute_path)}': {_reason(error)}"
    for inner in error.context or ():
        lead = "  - "
        for line in _lines(inner):
            yield lead + line
            lead = "    "


def _pointer(path: Iterable[str | int]) -> str:
    escaped = (str(p).replace("~", "~0").replace("/", "~1") for p in path)
    return "".join(f"/{part}" for part in escaped)


def _reason(error: Violation) -> str:
    word = _WORDING.get(str(error.validator))
    return word(error) if word else f"'{error.validator}' failed"


def _shown(error: Violation) -> str:
    keys = [str(part) for part in error.absolute_path]
    if keys and _SECRET.search(keys[-1]):
        return _HIDDEN
    return quoted(error.instance)


def quoted(value: Any) -> str:
    """Show a value: text in single quotes, anything else as JSON, both shortened."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{_shortened(escaped)}'"
    return "<nil>" if value is None else _shortened(jsonio.dumps(value))


def _shortened(text: str) -> str:
    limit = 80
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _type(error: Violation) -> str:
    wanted: Any = error.validator_value
    names = [wanted] if isinstance(wanted, str) else sorted(wanted)
    return f"got {type_name(error.instance)}, want {' or '.join(names)}"


def type_name(value: Any) -> str:
    """Give the name of a value's JSON type."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _required(error: Violation) -> str:
    # jsonschema gives one error for each missing property, which it quotes first.
    required: Any = error.validator_value
    instance: Any = error.instance
    missing = [n for n in required if n not in instance]
    named = [n for n in missing if error.message.startswith(repr(n))]
    return f"missing property {quoted((named or missing)[0])}"


def _additional(error: Violation) -> str:
    schema: Any = error.schema
    instance: Any = error.instance
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    extra = [
        key
        for key in instance
        if key not in known and not any(re.search(p, key) for p in patterns)
    ]
    text = f"additional properties {', '.join(map(quoted, extra))} not allowed"
    for key in extra:
        if similar := _most_similar(key, known):
            text += f"; did you mean {quoted(similar)} for {quoted(key)}?"
    return text


def _most_similar(key: str, known: Iterable[str]) -> str | None:
    import difflib  # noqa: PLC0415 - start-up time

    return next(iter(difflib.get_close_matches(key, list(known), n=1)), None)


def _enum(error: Violation) -> str:
    allowed: Any = error.validator_value
    if any(isinstance(value, dict | list) for value in allowed):
        return "'enum' failed"
    return f"value must be one of {', '.join(map(quoted, allowed))}"


def _const(error: Violation) -> str:
    if isinstance(error.validator_value, dict | list):
        return "'const' failed"
    return f"value must be {quoted(error.validator_value)}"


def _one_of(error: Violation) -> str:
    if error.context:
        return "'oneOf' failed, none matched"
    return "'oneOf' failed, more than one subschema matched"


def _dependent(error: Violation) -> str:
    dependent: Any = error.validator_value
    instance: Any = error.instance
    for present, required in dependent.items():
        for name in required if isinstance(required, list) else ():
            # jsonschema gives one error for each, which it quotes first.
            if present in instance and error.message.startswith(repr(name)):
                return f"property {quoted(name)} required, if {quoted(present)} exists"
    return f"'{error.validator}' failed"


def _unique(error: Violation) -> str:
    instance: Any = error.instance
    items = [jsonio.dumps(item) for item in instance]
    for later, item in enumerate(items):
        if item in items[:later]:
            return f"items at {items.index(item)} and {later} are equal"
    return "two items are equal"


def _format(error: Violation) -> str:
    return f"{_shown(error)} is not valid {error.validator_value}"


def _pattern(error: Violation) -> str:
    return f"{_shown(error)} does not match pattern {quoted(error.validator_value)}"


def _measured(
    measure: Callable[[Any], Any],
) -> Callable[[Violation], str]:
    def word(error: Violation) -> str:
        got, want = measure(error.instance), error.validator_value
        return f"{error.validator}: got {got}, want {want}"

    return word


def _itself(value: Any) -> Any:
    return value


_WORDING: dict[str, Callable[[Violation], str]] = {
    "additionalItems": lambda _error: "additional items not allowed",
    "additionalProperties": _additional,
    "anyOf": lambda _error: "'anyOf' failed",
    "const": _const,
    "contains": lambda _error: "no items match contains schema",
    "dependencies": _dependent,
    "dependentRequired": _dependent,
    "enum": _enum,
    "exclusiveMaximum": _measured(_itself),
    "exclusiveMinimum": _measured(_itself),
    "format": _format,
    "maxItems": _measured(len),
    "maxLength": _measured(len),
    "maxProperties": _measured(len),
    "maximum": _measured(_itself),
    "minItems": _measured(len),
    "minLength": _measured(len),
    "minProperties": _measured(len),
    "minimum": _measured(_itself),
    "multipleOf": _measured(_itself),
    "not": lambda _error: "'not' failed",
    "None": lambda _error: "false schema: nothing may be set here",
    "oneOf": _one_of,
    "pattern": _pattern,
    "required": _required,
    "type": _type,
    "unevaluatedItems": lambda _error: "unevaluated items not allowed",
    "unevaluatedProperties": lambda error: error.message,
    "uniqueItems": _unique,
}
