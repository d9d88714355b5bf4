"""Python to JSON, byte for byte as Go's encoding/json."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from pypkg.yamlio.scalars import decompose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# What Go escapes beyond what Python does.
_SEPARATORS = re.compile("[\u2028\u2029\ud800-\udfff]")
_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def dumps(
    value: Any,
    *,
    indent: str | None = None,
    escape_html: bool = True,
    sort_keys: bool = True,
    default: Callable[[Any], Any] | None = None,
) -> str:
    r"""Write a value as ``json.Marshal`` does, without a final newline.

    Args:
        value: Dicts with string keys, lists, strings, numbers, booleans, None. Any
            other mapping counts as a Go struct, whose fields keep their order. A
            list whose class has a true ``is_nil`` is Go's nil: ``null``.
        indent: The unit of indentation, or None for one line without spaces.
        escape_html: Write ``<``, ``>`` and ``&`` as ``\u003c`` and so on.
        sort_keys: Order keys by their bytes; otherwise keep the dict's order.
        default: Gives a writable value for one of another class.

    Raises:
        ValueError: A float is infinite or not a number.
        TypeError: A value has no JSON form.
    """
    writer = _Writer(indent, default, escape_html=escape_html, sort_keys=sort_keys)
    return writer.text(value, "\n")


def format_number(value: float) -> str:
    """Format a finite float as JSON: an exponent only below 1e-6 and from 1e21."""
    if not math.isfinite(value):
        name = "NaN" if math.isnan(value) else f"{value:+}".replace("inf", "Inf")
        raise ValueError(f"unsupported value: {name}")
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
        self,
        indent: str | None,
        default: Callable[[Any], Any] | None,
        *,
        escape_html: bool,
        sort_keys: bool,
    ) -> None:
        self.indent = indent
        self.default = default
        self.escape_html = escape_html
        self.sort_keys = sort_keys

    def text(self, value: Any, newline: str) -> str:
        if isinstance(value, dict | list | tuple) and getattr(value, "is_nil", False):
            return "null"
        if isinstance(value, dict):
            keys = sorted(value) if self.sort_keys else value
            return self._object(value, keys, newline)
        if isinstance(value, list | tuple):
            return self._array(value, newline)
        if isinstance(value, Mapping):
            return self._object(value, value, newline)
        return self._scalar(value, newline)

    def _scalar(self, value: Any, newline: str) -> str:
        match value:
            case str():
                return self.string(value)
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case float():
                return format_number(value)
            case int():
                return int.__repr__(value)
        if self.default is None:
            raise TypeError(f"unsupported type: {type(value).__name__}")
        return self.text(self.default(value), newline)

    def string(self, text: str) -> str:
        written = encode_basestring(text)
        if self.escape_html:
            for char, escape in _HTML.items():
                if char in written:
                    written = written.replace(char, escape)
        return written if text.isascii() else _SEPARATORS.sub(_escape, written)

    def _object(
        self, value: Mapping[str, Any], keys: Iterable[str], newline: str
    ) -> str:
        if not value:
            return "{}"
        colon = ":" if self.indent is None else ": "
        inner = newline + (self.indent or "")
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
    # Bytes that are not UTF-8, and halves of surrogate pairs.
    return "\ufffd" if char >= "\ud800" else f"\\u{ord(char):04x}"
