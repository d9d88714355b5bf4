"""Typed reading of YAML mappings, with the conversions of sigs.k8s.io/yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.yamlio.scalars import format_float32

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAX_FLOAT32 = 3.4028235677973366e38


class Decoder:
    """Reads the fields of a mapping, and collects what has the wrong type.

    Attributes:
        faults: What was wrong so far, in the order in which fields were asked for.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        path: str = "",
        faults: list[str] | None = None,
    ) -> None:
        self._data = data
        self._path = path
        self._folded: dict[str, Any] | None = None
        self._asked: set[str] = set()
        self._inner: list[Decoder] = []
        self.faults: list[str] = [] if faults is None else faults

    def unknown_fields(self) -> list[str]:
        """Give the paths of fields that nothing asked for, inner mappings included."""
        unknown = [
            f"{self._path}{key}" for key in self._data if key.lower() not in self._asked
        ]
        return unknown + [path for d in self._inner for path in d.unknown_fields()]

    def text(self, field: str) -> str:
        """Read text; a number or boolean is converted, null and nothing are ""."""
        value = self._value(field)
        return value if isinstance(value, str) else self._text(value, field)

    def flag(self, field: str) -> bool:
        """Read a boolean; null and nothing are False."""
        value = self._value(field)
        if value is None or isinstance(value, bool):
            return bool(value)
        self._fault(field, "true or false", value)
        return False

    def items(self, field: str) -> tuple[Any, ...]:
        """Read a list of anything."""
        value = self._value(field)
        if value is None or isinstance(value, list):
            return tuple(value or ())
        self._fault(field, "a list", value)
        return ()

    def texts(self, field: str) -> tuple[str, ...]:
        """Read a list of texts."""
        items = self.items(field)
        return tuple(self._text(v, f"{field}[{n}]") for n, v in enumerate(items))

    def text_map(self, field: str) -> dict[str, str] | None:
        """Read a mapping of texts; None where there is none."""
        value = self._value(field)
        if value is None:
            return None
        if isinstance(value, dict):
            return {key: self._text(v, f"{field}.{key}") for key, v in value.items()}
        self._fault(field, "a mapping", value)
        return None

    def structs(self, field: str) -> Iterator[Decoder]:
        """Read a list of mappings; an empty entry is a fault, as in Helm."""
        for n, item in enumerate(self.items(field)):
            if isinstance(item, dict):
                path = f"{self._path}{field}[{n}]."
                decoder = Decoder(item, path=path, faults=self.faults)
                self._inner.append(decoder)
                yield decoder
            elif item is None:
                self.faults.append(f"{field} must not contain empty or null nodes")
            else:
                self._fault(f"{field}[{n}]", "a mapping", item)

    def _value(self, field: str) -> Any:
        self._asked.add(field.lower())
        if field in self._data:
            return self._data[field]
        # Go matches a field's name in any case where the exact one is missing.
        if self._folded is None:
            self._folded = {key.lower(): value for key, value in self._data.items()}
        return self._folded.get(field.lower())

    def _text(self, value: Any, field: str) -> str:
        match value:
            case str():
                return value
            case None:
                return ""
            case bool():
                return "true" if value else "false"
            case int():
                return str(value)
            case float():
                return _number(value)
            case _:
                self._fault(field, "text", value)
                return ""

    def _fault(self, field: str, expected: str, value: Any) -> None:
        self.faults.append(
            f"{self._path}{field} must be {expected}, it is {_kind(value)}"
        )


def _number(value: float) -> str:
    """Format a float with the precision of 32 bits, as sigs.k8s.io/yaml does."""
    if abs(value) > _MAX_FLOAT32:
        return "+Inf" if value > 0 else "-Inf"
    return format_float32(value)


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "a boolean"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case int() | float():
            return "a number"
        case _:
            return "text"
