"""JSON exactly as Go's encoding/json writes and reads it."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from pypkg.yamlio.scalars import decompose

_ESCAPED = re.compile('[\x00-\x1f"\\\\\u2028\u2029\ud800-\udfff]')
_ESCAPED_HTML = re.compile('[\x00-\x1f"\\\\\u2028\u2029\ud800-\udfff<>&]')
_SHORT = {
    '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r",
    "\t": "\\t",
}  # fmt: skip


def dumps(
    value: Any,
    *,
    indent: str | None = None,
    escape_html: bool = True,
    sort_keys: bool = True,
) -> str:
    """Write a value as ``json.Marshal`` does, without a final newline.

    Args:
        value: Dicts with string keys, lists, strings, numbers, booleans, None.
        indent: The unit of indentation, or None for one line without spaces.
        escape_html: Write ``<``, ``>`` and ``&`` as ``\\u003c`` and so on.
        sort_keys: Order keys by their bytes; otherwise keep the dict's order.

    Raises:
        ValueError: A float is infinite or not a number.
        TypeError: A value has no JSON form.
    """
    return _Writer(indent, escape_html=escape_html, sort_keys=sort_keys).text(
        value, "\n"
    )


def loads(text: str | bytes) -> Any:
    """Read one JSON value; whole numbers become int, others float.

    Raises:
        ValueError: The text is not JSON, or holds a number too large for a float.
    """
    return json.loads(text, parse_constant=_refuse_constant)


def format_number(value: float) -> str:
    """Format a finite float as JSON: an exponent only below 1e-6 and from 1e21."""
    if not math.isfinite(value):
        raise ValueError(f"unsupported value: {value}")
    size = abs(value)
    if size and not 1e-6 <= size < 1e21:  # noqa: PLR2004 - ECMAScript's thresholds
        sign, digits, exponent = decompose(value)
        power = exponent + len(digits) - 1
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{power:+d}"
    text = repr(value)
    if "e" in text:
        sign, digits, exponent = decompose(value)
        if exponent >= 0:
            return sign + digits + "0" * exponent
        whole = digits[:exponent] or "0"
        return f"{sign}{whole}.{digits[exponent:].rjust(-exponent, '0')}"
    return text.removesuffix(".0")


class _Writer:
    def __init__(
        self, indent: str | None, *, escape_html: bool, sort_keys: bool
    ) -> None:
        self.indent = indent
        self.escaped = _ESCAPED_HTML if escape_html else _ESCAPED
        self.sort_keys = sort_keys

    def text(self, value: Any, newline: str) -> str:
        match value:
            case str():
                return self.string(value)
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case int():
                return str(value)
            case float():
                return format_number(value)
            case dict():
                return self._object(value, newline)
            case list() | tuple():
                return self._array(value, newline)
        raise TypeError(f"unsupported type: {type(value).__name__}")

    def string(self, text: str) -> str:
        return f'"{self.escaped.sub(_escape, text)}"'

    def _object(self, value: dict[str, Any], newline: str) -> str:
        if not value:
            return "{}"
        colon = ":" if self.indent is None else ": "
        inner = newline + (self.indent or "")
        keys = sorted(value) if self.sort_keys else value
        return self._wrap(
            "{}",
            [f"{self.string(k)}{colon}{self.text(value[k], inner)}" for k in keys],
            newline,
        )

    def _array(self, value: list[Any] | tuple[Any, ...], newline: str) -> str:
        if not value:
            return "[]"
        inner = newline + (self.indent or "")
        return self._wrap("[]", [self.text(item, inner) for item in value], newline)

    def _wrap(self, brackets: str, items: list[str], newline: str) -> str:
        if self.indent is None:
            return f"{brackets[0]}{','.join(items)}{brackets[1]}"
        inner = newline + self.indent
        return f"{brackets[0]}{inner}{f',{inner}'.join(items)}{newline}{brackets[1]}"


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT:
        return _SHORT[char]
    if "\ud800" <= char <= "\udfff":
        return "\\ufffd"
    return f"\\u{ord(char):04x}"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")
