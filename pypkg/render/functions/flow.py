"""Choices: defaults, what is empty, what is required, and giving up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.render.functions.errors import AuthorError
from pypkg.render.functions.lists import is_empty

if TYPE_CHECKING:
    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction


def default(fallback: Any, *given: Any) -> Any:
    """Give the value, or FALLBACK if it is empty: nil, false, 0, ``""``, no items."""
    return fallback if not given or is_empty(given[0]) else given[0]


def coalesce(*values: Any) -> Any:
    """Give the first value that is not empty, nil if all are."""
    return next((value for value in values if not is_empty(value)), None)


def every(*values: Any) -> bool:
    """Tell whether no value is empty."""
    return not any(map(is_empty, values))


def some(*values: Any) -> bool:
    """Tell whether one value at least is not empty."""
    return not all(map(is_empty, values))


def ternary(then: Any, otherwise: Any, condition: bool) -> Any:  # noqa: FBT001 - Sprig's order: the condition is piped in
    """Give THEN if the condition is true, else OTHERWISE; it must be a boolean."""
    return then if condition else otherwise


FUNCTIONS: dict[str, TemplateFunction] = {
    "all": every,
    "any": some,
    "coalesce": coalesce,
    "default": default,
    "empty": is_empty,
    "ternary": ternary,
}


class _Author:
    """How a chart's author refuses; lint lets it pass."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def fail(self, message: str) -> str:
        """End the rendering with a message."""
        if self._host.lint:
            return ""
        raise AuthorError(message)

    def required(self, message: str, value: Any) -> Any:
        """Give the value; end with the message if it is nil or ``""``."""
        if value is None or value == "":
            if self._host.lint:
                return ""
            raise AuthorError(message)
        return value


def host_functions(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that lint disarms."""
    author = _Author(host)
    return {"fail": author.fail, "required": author.required}
