"""Helm's Values: the map that templates get, which has a few methods of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.render.functions.errors import FunctionError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Values(dict[str, Any]):
    """What templates see as ``.`` and as ``.Values``."""

    __slots__ = ()

    go_type: ClassVar[str] = "common.Values"
    go_kind: ClassVar[str] = "map"
    go_methods: ClassVar[Mapping[str, str]] = {
        "AsMap": "as_map",
        "PathValue": "path_value",
        "Table": "table",
        "YAML": "yaml",
    }

    def as_map(self) -> dict[str, Any]:
        """Give a plain map of the same contents."""
        return dict(self)

    def yaml(self) -> str:
        """Give the values as YAML."""
        from pypkg import yamlio  # noqa: PLC0415 - start-up time

        return yamlio.dump(self)

    def table(self, path: str) -> Values:
        """Give the map at a path such as ``image.pull``.

        Raises:
            FunctionError: There is none.
        """
        found: Any = self
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
            if not isinstance(found, dict):
                raise FunctionError(f'"{name}" is not a table')
        return Values(found)

    def path_value(self, path: str) -> Any:
        """Give what is at a path, other than a map.

        Raises:
            FunctionError: There is nothing.
        """
        *tables, last = path.split(".")
        try:
            found = self.table(".".join(tables)) if tables else self
        except FunctionError:
            found = Values()
        value = found.get(last)
        if value is None or isinstance(value, dict):
            raise FunctionError(f'"{path}" is not a value')
        return value


def typed(contexts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give the objects of each chart with Helm's own type of map.

    A subchart's values stay the very map that its parent has under the subchart's
    name, so that a change of one is seen through the other.

    Args:
        contexts: By the path of each chart; a parent before what it contains.
    """
    out: dict[str, dict[str, Any]] = {}
    for path, context in contexts.items():
        values = Values(context["Values"])
        parent, _, name = path.rpartition("/charts/")
        if parent and out[parent]["Values"].get(name) is context["Values"]:
            out[parent]["Values"][name] = values
        out[path] = Values({**context, "Values": values})
        if parent:
            out[parent]["Subcharts"][name] = out[path]
    return out
