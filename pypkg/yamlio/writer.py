"""Python to YAML, byte for byte as Helm's ``toYaml`` and ``toYamlPretty``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pypkg.yamlio.keyorder import sorted_keys
from pypkg.yamlio.scalars import decompose, format_float
from pypkg.yamlio.styles import (
    COMPACT,
    PRETTY,
    Style,
    is_safe,
    is_simple_key,
    key_text,
    scalar_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Default = Callable[[Any], Any]

# YAML's limit on keys, which JSON read as YAML must keep, with its quotes.
_LONGEST_JSON_KEY = 1022
_WORDS = {None: "null", True: "true", False: "false"}
# Whole numbers outside pass through JSON as floats.
_LEAST_INT, _INT_LIMIT = -(1 << 63), 1 << 64


class PlainText(str):
    """Text that is written without quotes, whatever it looks like."""

    __slots__ = ()


def dump(value: Any, *, default: Default | None = None) -> str:
    """Write a value as ``sigs.k8s.io/yaml.Marshal`` does, with a final newline.

    Keys are sorted, sequences stand under their key without indentation, long
    text folds after 80 columns.

    Args:
        value: Mappings with string keys, lists, strings, numbers, booleans, None. A
            list whose class has a true ``is_nil`` is Go's nil slice: ``null``.
        default: Gives a writable value for one of another class.

    Raises:
        ValueError: A float is infinite or not a number, or a text has control
            characters beyond ASCII's first 32.
        TypeError: A value has no YAML form.
    """
    return _Writer(COMPACT, default).document(value)


def dump_pretty(value: Any, *, default: Default | None = None) -> str:
    """Write a value as Helm's ``toYamlPretty``: sequences indented, nothing folded.

    Arguments and errors are those of `dump`, but any number and text can be
    written, and an int whose class has a true ``is_duration`` is written as its text.
    """
    return _Writer(PRETTY, default).document(value)


class _Writer:
    def __init__(self, style: Style, default: Default | None) -> None:
        self.style = style
        self.default = default
        self.parts: list[str] = []

    def document(self, value: Any) -> str:
        if isinstance(value, str):
            self._leaf(value, 0, 2)
        else:
            self._nested(value, 0)
        return "".join(self.parts)

    def _mapping(self, mapping: Mapping[str, Any], indent: int) -> None:
        """Write entries, the first of them without its indentation."""
        write = self.parts.append
        margin = ""
        for key in self._keys(mapping):
            value = mapping[key]
            write(margin)
            margin = " " * indent
            if not is_simple_key(key):
                self._long_entry(key, value, indent)
                continue
            name = key_text(key, self.style)
            write(name)
            write(":")
            if value.__class__ is str:
                write(" ")
                self._leaf(value, indent + len(name) + 2, indent + 2)
            elif value.__class__ is dict and value:
                write(f"\n{margin}  ")
                self._mapping(value, indent + 2)
            elif value.__class__ is list and value:
                inner = indent + self.style.sequence_indent
                write("\n" + " " * inner)
                self._sequence(value, inner)
            else:
                self._other_entry(value, indent + len(name) + 2, indent)

    def _keys(self, mapping: Mapping[str, Any]) -> list[str]:
        if self.style.through_json or isinstance(mapping, dict):
            return sorted_keys(mapping, digits_join=self.style.digits_join)
        # A Go struct, whose fields keep their order unless JSON made them keys.
        return list(mapping)

    def _other_entry(self, value: Any, column: int, indent: int) -> None:
        """Write a mapping's value of a class that is not the plain one."""
        write = self.parts.append
        if isinstance(value, Mapping) and value:
            write("\n" + " " * (indent + 2))
            self._mapping(value, indent + 2)
        elif isinstance(value, list | tuple) and value:
            inner = indent + self.style.sequence_indent
            write("\n" + " " * inner)
            self._sequence(value, inner)
        else:
            text = self._scalar(value)
            if text is not None:
                write(f" {text}\n")
            elif isinstance(value, str):
                write(" ")
                self._leaf(value, column, indent + 2)
            else:
                self._other_entry(self._converted(value), column, indent)

    def _long_entry(self, key: str, value: Any, indent: int) -> None:
        if self.style.through_json and len(key) > _LONGEST_JSON_KEY:
            raise ValueError("could not find expected ':'")
        self.parts.append("? ")
        self._leaf(key, indent + 2, indent + 2)
        self.parts.append(" " * indent + ": ")
        self._nested(value, indent + 2)

    def _sequence(self, items: Iterable[Any], indent: int) -> None:
        """Write items, the first of them without its indentation."""
        write = self.parts.append
        lead = "- "
        for item in items:
            write(lead)
            self._nested(item, indent + 2)
            lead = " " * indent + "- "

    def _nested(self, value: Any, indent: int) -> None:
        """Write a value that begins on the current line."""
        if isinstance(value, str):
            self._leaf(value, indent, indent)
        elif isinstance(value, Mapping) and value:
            self._mapping(value, indent)
        elif isinstance(value, list | tuple) and value:
            self._sequence(value, indent)
        else:
            text = self._scalar(value)
            if text is None:
                self._nested(self._converted(value), indent)
            else:
                self.parts.append(f"{text}\n")

    def _leaf(self, text: str, column: int, indent: int) -> None:
        if text.__class__ is not PlainText and not is_safe(text):
            text = scalar_text(text, column, indent, self.style)
        self.parts.append(text)
        self.parts.append("\n")

    def _scalar(self, value: Any) -> str | None:
        """Write what is neither text nor a collection with items, None if unknown."""
        if value is None or value is True or value is False:
            return _WORDS[value]
        if isinstance(value, int):
            through_json = self.style.through_json
            is_text = not through_json and getattr(value, "is_duration", False)
            return str(value) if is_text else int.__repr__(value)
        if isinstance(value, float):
            return self._float(value)
        if isinstance(value, Mapping | list | tuple):
            # A nil slice or map of Go is null once it has been through JSON.
            if self.style.through_json and getattr(value, "is_nil", False):
                return "null"
            return "{}" if isinstance(value, Mapping) else "[]"
        return None

    def _float(self, value: float) -> str:
        if self.style.through_json:
            if not math.isfinite(value):
                raise ValueError(f"unsupported value: {format_float(value)}")
            if value.is_integer() and abs(value) < _INT_LIMIT:
                # JSON has the shortest digits that mean this float, and zeros.
                sign, digits, zeros = decompose(value)
                whole = int(sign + digits + "0" * zeros)
                if _LEAST_INT <= whole < _INT_LIMIT:
                    return str(whole)
        text = format_float(value)
        return {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}.get(text, text)

    def _converted(self, value: Any) -> Any:
        if self.default is None:
            raise TypeError(f"cannot write a {type(value).__name__} as YAML")
        return self.default(value)
