"""Immutable values that cost next to nothing to define.

A frozen dataclass would do the same, but its decorator writes Python source for every
class and compiles it: 1 ms each, after 9 ms for importing ``dataclasses``, which takes
``inspect`` with it. A command that renders a chart defines about thirty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Never, dataclass_transform

if TYPE_CHECKING:
    from typing import Self


@dataclass_transform(frozen_default=True)
class Struct:
    """The base of classes whose instances are their fields, and do not change.

    ::

        class File(Struct):
            name: str
            data: bytes
            modified_ns: int = 0

    As with a dataclass, fields are the annotated names, given in their order or by
    name; two structs are equal if their class and fields are. A default is shared by
    all instances, so it must be immutable itself. The annotations have to be text:
    ``from __future__ import annotations``.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _names: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        own = [
            name
            for name, kind in cls.__annotations__.items()
            if not kind.startswith("ClassVar")
        ]
        cls._fields = (*cls._fields, *own)
        cls._names = frozenset(cls._fields)
        cls._defaults = cls._defaults | {
            name: vars(cls)[name] for name in own if name in vars(cls)
        }

    def __init__(self, *values: Any, **named: Any) -> None:
        if not named and len(values) == len(self._fields):
            self.__dict__.update(zip(self._fields, values))  # noqa: B905 - counted above
            return
        given = dict(zip(self._fields, values), **named)  # noqa: B905 - counted below
        complete = self._defaults | given
        if len(given) < len(values) + len(named) or complete.keys() != self._names:
            raise TypeError(
                f"{type(self).__name__} takes each of {', '.join(self._fields)} once"
            )
        self.__dict__.update(complete)

    def replace(self, **changes: Any) -> Self:
        """Give a copy with other values for some fields."""
        return type(self)(**dict(self._items()) | changes)

    def _items(self) -> list[tuple[str, Any]]:
        # Not all of __dict__: a cached_property keeps its value there too.
        return [(name, self.__dict__[name]) for name in self._fields]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Struct) or type(self) is not type(other):
            return NotImplemented
        return self._items() == other._items()

    def __hash__(self) -> int:
        return hash(tuple(self._items()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._items())
        return f"{type(self).__name__}({fields})"

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be removed")
