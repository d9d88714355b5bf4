"""Operators whose result could fill the memory."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from pypkg.render.jinja.faults import LimitError, MisuseError
from pypkg.render.jinja.printing import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.render.engine import Limits

# More than any number in a manifest has.
_MAX_BITS: Final = 4096
_OPERATORS: Final = {
    "+": operator.add,
    "*": operator.mul,
    "**": operator.pow,
    "%": operator.mod,
}


class Arithmetic:
    """Computes ``+ * ** %`` within limits.

    Args:
        limits: How long a text or list may become.
        printf: What ``text % values`` calls, or None.
    """

    def __init__(self, limits: Limits, printf: Callable[..., Any] | None) -> None:
        self._limits = limits
        self._printf = printf

    def compute(self, sign: str, left: Any, right: Any) -> Any:
        """Give the result.

        Raises:
            LimitError: It would be too large.
            MisuseError: The operator does not work on such values.
        """
        if sign == "%" and isinstance(left, str):
            return self._formatted(left, right)
        if isinstance(left, int) and isinstance(right, int):
            self._check_number(sign, left, right)
        elif sign == "+":
            self._check_sum(left, right)
        elif sign == "*":
            self._check_repetition(left, right)
        return _OPERATORS[sign](left, right)

    def _formatted(self, text: str, values: Any) -> Any:
        if self._printf is None:
            raise MisuseError("text cannot be divided")
        return self._printf(text, *(values if isinstance(values, tuple) else [values]))

    def _check_sum(self, left: Any, right: Any) -> None:
        if isinstance(left, str) != isinstance(right, str):
            raise MisuseError(
                f"{kind_of(left)} and {kind_of(right)} cannot be added",
                hint="to put texts together, use ~",
            )
        if isinstance(left, str):
            self._check_length(len(left) + len(right))
        elif isinstance(left, list | tuple) and isinstance(right, list | tuple):
            self._check_items(len(left) + len(right))

    def _check_repetition(self, left: Any, right: Any) -> None:
        for part, times in ((left, right), (right, left)):
            if isinstance(part, str) and isinstance(times, int):
                self._check_length(len(part) * times)
            elif isinstance(part, list | tuple) and isinstance(times, int):
                self._check_items(len(part) * times)

    def _check_number(self, sign: str, left: int, right: int) -> None:
        bits = 0
        if sign == "*":
            bits = left.bit_length() + right.bit_length()
        elif sign == "**":
            bits = left.bit_length() * right
        if bits > _MAX_BITS:
            raise LimitError("the number is too large", _MAX_BITS, "bits")

    def _check_length(self, length: int) -> None:
        if length > self._limits.output_bytes:
            raise LimitError("the text is too long", self._limits.output_bytes)

    def _check_items(self, count: int) -> None:
        if count > self._limits.range_items:
            raise LimitError("the list is too long", self._limits.range_items, "items")
