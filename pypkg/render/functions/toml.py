"""TOML as Helm reads and writes it (BurntSushi/toml)."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta, timezone
from itertools import chain
from typing import TYPE_CHECKING, Any

from pypkg.render.functions.dates import Moment
from pypkg.render.functions.durations import Duration
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import is_nil, kind_name
from pypkg.values.int64 import Int64
from pypkg.yamlio.scalars import format_float

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
_ESCAPED = re.compile('[\x00-\x1f\x7f"\\\\]')
_SHORT = {
    '"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f",
    "\r": "\\r",
}  # fmt: skip


class UnsupportedError(FunctionError):
    """A value that TOML cannot hold."""


def dumps(value: Any) -> str:
    """Write a value as TOML; what is no table is written as the bare value.

    Raises:
        UnsupportedError: A list holds nil, or is one of tables at the top.
        FunctionError: The value itself is nil.
    """
    if value is None:
        raise FunctionError("reflect: call of reflect.Value.Type on zero Value")
    writer = _Writer()
    writer.entry((), value)
    return "".join(writer.parts)


def loads(text: str) -> dict[str, Any]:
    """Read TOML; whole numbers are int64, dates are moments.

    Raises:
        FunctionError: The text is not TOML.
    """
    import tomllib  # noqa: PLC0415 - start-up time

    try:
        document = tomllib.loads(text)
    except ValueError as error:
        # Not only its own: a number may be too long for Python.
        raise FunctionError(f"toml: {error}") from None
    except RecursionError:
        raise FunctionError("toml: nested too deeply") from None
    return {key: _read(value) for key, value in document.items()}


def _read(value: Any) -> Any:
    match value:
        case dict():
            return {key: _read(item) for key, item in value.items()}
        case list():
            return [_read(item) for item in value]
        case bool() | str() | float():
            return value
        case int() if -(1 << 63) <= value < 1 << 63:
            return Int64(value)
        case int():
            raise FunctionError("toml: an integer is out of the range of 64 bits")
    return _moment(value)


def _moment(value: datetime | date | time) -> Moment:
    # Helm's reader names the zones of what has none in the text.
    match value:
        case datetime(tzinfo=None):
            zone = timezone(timedelta(0), "datetime-local")
            return Moment.of(value.replace(tzinfo=zone))
        case datetime():
            return Moment.of(value)
        case date():
            zone = timezone(timedelta(0), "date-local")
            return Moment.of(datetime.combine(value, time(tzinfo=zone)))
    zone = timezone(timedelta(0), "time-local")
    return Moment.of(datetime.combine(date.min, value.replace(tzinfo=zone)))


class _Writer:
    def __init__(self) -> None:
        self.parts: list[str] = []

    def entry(self, path: tuple[str, ...], value: Any) -> None:
        if isinstance(value, dict):
            self._table(path, value)
        elif _is_table_list(value):
            if not path:
                raise UnsupportedError(
                    "toml: top-level values must be Go maps or structs"
                )
            self._tables(path, value)
        else:
            name = f"{_indent(path)}{_key(path[-1])} = " if path else ""
            self.parts.append(f"{name}{_inline(value)}" + ("\n" if path else ""))

    def _table(self, path: tuple[str, ...], table: Mapping[str, Any]) -> None:
        if len(path) == 1:
            self._separate()
        if path:
            self.parts.append(f"{_indent(path)}[{'.'.join(map(_key, path))}]\n")
        self._entries(path, table)

    def _tables(self, path: tuple[str, ...], tables: Sequence[Any]) -> None:
        for table in tables:
            self._separate()
            self.parts.append(f"{_indent(path)}[[{'.'.join(map(_key, path))}]]\n")
            self._entries(path, table)

    def _entries(self, path: tuple[str, ...], table: Mapping[str, Any]) -> None:
        for key in chain(*_ordered(table)):
            if not is_nil(table[key]):
                self.entry((*path, key), table[key])

    def _separate(self) -> None:
        if self.parts:
            self.parts.append("\n")


def _indent(path: tuple[str, ...]) -> str:
    return "  " * (len(path) - 1)


def _key(key: str) -> str:
    return key if _BARE_KEY.match(key) else _quoted(key)


def _quoted(text: str) -> str:
    escaped = _ESCAPED.sub(lambda m: _SHORT.get(m[0], f"\\u{ord(m[0]):04x}"), text)
    return f'"{escaped}"'


def _ordered(table: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Give the keys of plain values, then those of tables, each sorted."""
    keys = sorted(table)
    tables = [key for key in keys if _is_table(table[key])]
    return [key for key in keys if key not in tables], tables


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or _is_table_list(value)


def _is_table_list(value: Any) -> bool:
    if not isinstance(value, list | tuple) or not value:
        return False
    if any(item is None for item in value):
        raise UnsupportedError("toml: cannot encode array with nil element")
    # Lists inside are looked at too, since one may hold nil.
    tables = [isinstance(item, dict) for item in value if not _is_table_list(item)]
    return len(tables) == len(value) and all(tables)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return _inline_table(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    for kind, write in _SCALARS.items():
        if isinstance(value, kind):
            return write(value)
    raise UnsupportedError(f"unsupported type: {kind_name(value)}")


def _float(value: float) -> str:
    text = format_float(value)
    if not math.isfinite(value):
        return text.lower()
    return text if "." in text or "e" in text else f"{text}.0"


# Before a class stand those that derive from it.
_SCALARS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    bool: lambda value: "true" if value else "false",
    Duration: lambda value: f'"{value}"',
    int: int.__repr__,
    float: _float,
    Moment: Moment.json,
}


def _inline_table(table: dict[str, Any]) -> str:
    plain, tables = _ordered(table)
    out = []
    for keys, more in ((plain, tables), (tables, [])):
        for i, key in enumerate(keys):
            # Helm's writer leaves a comma where the last value is nil.
            if not is_nil(table[key]):
                comma = ", " if more or i < len(keys) - 1 else ""
                out.append(f"{_key(key)} = {_inline(table[key])}{comma}")
    return f"{{{''.join(out)}}}"
