"""The order of keys that go-yaml writes: runs of digits count as numbers."""

from __future__ import annotations

import re
from functools import cmp_to_key
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Punctuation sorts before letters: letters are lifted above it.
_LETTERS = [*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)]
_LIFTED = {code: code + 0x1000 for code in _LETTERS}
_DIGIT = re.compile(r"\d")


def sorted_keys(mapping: Mapping[str, object], *, digits_join: bool) -> list[str]:
    """Give a mapping's keys in go-yaml's order: ``a2`` before ``a10``.

    Args:
        mapping: With string keys.
        digits_join: v3's rule that a letter after a digit comes before punctuation.
    """
    if len(mapping) < 2:  # noqa: PLR2004 - nothing to sort
        return list(mapping)
    joined = "".join(mapping)
    if joined.isascii():
        # Without digits the order is one that Python can sort by a key.
        if joined.isalpha():
            return sorted(mapping)
        if not _DIGIT.search(joined):
            return sorted(mapping, key=lambda key: key.translate(_LIFTED))

    def compare(a: str, b: str) -> int:
        return compare_keys(a, b, digits_join=digits_join)

    return sorted(mapping, key=cmp_to_key(compare))


def compare_keys(a: str, b: str, *, digits_join: bool) -> int:
    """Compare two keys at the first place where they differ.

    Returns:
        Below 0, 0 or above 0, as ``a`` comes before, with or after ``b``.
    """
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x == y:
            continue
        x_letter, y_letter = x.isalpha(), y.isalpha()
        if x_letter and y_letter:
            return -1 if x < y else 1
        if x_letter or y_letter:
            after_digit = digits_join and i > 0 and a[i - 1].isdecimal()
            return -1 if x_letter == after_digit else 1
        return _compare_digits(a, b, i)
    return len(a) - len(b)


def _compare_digits(a: str, b: str, start: int) -> int:
    # A zero after other digits is a digit of their number, not a leading one.
    lead = "1" if "0" in {a[start], b[start]} and _follows_number(a, start) else ""
    a_run, b_run = _digits(a, start), _digits(b, start)
    a_number, b_number = _int64(lead + a_run), _int64(lead + b_run)
    if a_number != b_number:
        return -1 if a_number < b_number else 1
    if len(a_run) != len(b_run):
        return len(a_run) - len(b_run)
    return -1 if a[start] < b[start] else 1


def _int64(digits: str) -> int:
    # go-yaml counts in 64 bits, and does not mind overflowing them.
    half = 1 << 63
    number = 0
    for digit in digits:
        number = (number * 10 + int(digit)) % (2 * half)
    return (number + half) % (2 * half) - half


def _follows_number(text: str, end: int) -> bool:
    for char in reversed(text[:end]):
        if not char.isdecimal():
            return False
        if char != "0":
            return True
    return False


def _digits(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end].isdecimal():
        end += 1
    return text[start:end]
