"""The words of an identifier: camelcase, snakecase, kebabcase (Go's xstrings)."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from pypkg.render.functions.gostrings import (
    WHITE_SPACE,
    is_letter,
    is_number,
    is_punctuation,
    is_upper,
    lower_rune,
    upper_rune,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_CONNECTORS = frozenset("-_" + WHITE_SPACE)
_IDEOGRAPHS = (("\u4e00", "\u9fcc"), ("\u3400", "\u4d85"), ("\U00020000", "\U0002b81d"))


def pascal_case(text: str) -> str:
    """Join the words of a text, each beginning with a capital: ``HttpServer``.

    Connectors in front stay, and of several in a row all but the last.
    """
    # Each byte that is not UTF-8 is read as the character that stands for it.
    text = re.sub("[\udc80-\udcff]", "\ufffd", text)
    body = text.lstrip("".join(_CONNECTORS))
    if not body:
        # xstrings writes the last connector twice.
        return text + text[-1:]
    out = [text[: len(text) - len(body)]]
    in_capitals = is_upper(body[0])
    current = upper_rune(body[0])
    for following in body[1:]:
        previous, current = current, following
        if previous in _CONNECTORS:
            if current in _CONNECTORS:
                out.append(previous)
                continue
            in_capitals = is_upper(current)
            current = upper_rune(current)
            continue
        if in_capitals and current not in _CONNECTORS:
            in_capitals = is_upper(current)
            current = lower_rune(current) if in_capitals else current
        elif in_capitals:
            in_capitals = False
        out.append(previous)
    out.append(current)
    return "".join(out)


class _Word(Enum):
    END = auto()
    NUMBER = auto()
    UPPER = auto()
    LETTERS = auto()
    CONNECTOR = auto()
    PUNCTUATION = auto()
    OTHER = auto()


class _Words:
    """Reads a text word by word."""

    def __init__(self, text: str, connector: str) -> None:
        self.text = text
        self.connector = connector
        self.out: list[str] = []
        self.kind = _Word.END
        self.word = ""
        self.end = 0
        self.advance()

    @property
    def has_more(self) -> bool:
        return self.end < len(self.text)

    @property
    def joins(self) -> bool:
        """Whether the current word needs a connector before it."""
        return self.kind not in {_Word.END, _Word.CONNECTOR, _Word.PUNCTUATION}

    def advance(self) -> _Word:
        start = self.end
        if start == len(self.text):
            self.kind, self.word = _Word.END, ""
        else:
            self.kind = _kind(self.text[start])
            self.end = self._end_of_word(start)
            self.word = self.text[start : self.end]
        return self.kind

    def _end_of_word(self, start: int) -> int:
        after = start + 1
        if self.kind is not _Word.UPPER:
            return self._skip(after, _SAME[self.kind])
        capitals = self._skip(after, is_upper)
        if capitals == after:
            return self._skip(after, _is_small)
        # "HTTPStatus" is "HTTP" and "Status".
        followed = capitals < len(self.text) and _is_alphabet(self.text[capitals])
        return capitals - 1 if followed else capitals

    def _skip(self, position: int, belongs: Callable[[str], bool]) -> int:
        while position < len(self.text) and belongs(self.text[position]):
            position += 1
        return position

    def write(self, kind: _Word, word: str) -> None:
        if kind in {_Word.UPPER, _Word.CONNECTOR}:
            word = "".join(
                self.connector if char in _CONNECTORS else lower_rune(char)
                for char in word
            )
        self.out.append(word)

    def write_run(self) -> None:
        """Write letters and numbers that belong together, as in ``2xx``."""
        while self.kind in {_Word.LETTERS, _Word.NUMBER}:
            self.write(self.kind, self.word)
            self.advance()

    def join(self) -> None:
        self.out.append(self.connector)


def separate_words(text: str, connector: str) -> str:
    """Lower the words of a text and join them: ``http_server``, ``http_2xx``.

    Args:
        text: An identifier in any convention.
        connector: ``_`` or ``-``; it also replaces spaces, hyphens, underscores.
    """
    words = _Words(text, connector)
    while words.has_more:
        if words.kind is not _Word.CONNECTOR:
            words.write(words.kind, words.word)
        previous, last = words.kind, words.word
        words.advance()
        if previous is _Word.CONNECTOR:
            words.write(previous, last)
        elif previous is _Word.NUMBER:
            words.write_run()
            if words.joins:
                words.join()
        elif previous is not _Word.PUNCTUATION:
            _after_letters(words)
    words.write(words.kind, words.word)
    return "".join(words.out)


def _after_letters(words: _Words) -> None:
    if words.kind is not _Word.NUMBER:
        if words.kind not in {_Word.CONNECTOR, _Word.PUNCTUATION}:
            words.join()
        return
    if not words.has_more:
        return
    number, following = words.word, words.advance()
    if following is not _Word.LETTERS:
        # The number ends the word before it: "Bld4Floor" is "bld4_floor".
        words.write(_Word.NUMBER, number)
        if following not in {_Word.CONNECTOR, _Word.PUNCTUATION}:
            words.join()
        return
    # Small letters after it make a word with it: "HTTP2xx" is "http_2xx".
    words.join()
    words.write(_Word.NUMBER, number)
    words.write_run()
    if words.joins:
        words.join()


def _kind(char: str) -> _Word:
    if char in _CONNECTORS:
        return _Word.CONNECTOR
    if is_punctuation(char):
        return _Word.PUNCTUATION
    if is_upper(char):
        return _Word.UPPER
    if _is_alphabet(char):
        return _Word.LETTERS
    return _Word.NUMBER if is_number(char) else _Word.OTHER


def _is_alphabet(char: str) -> bool:
    if not is_letter(char):
        return False
    return not any(first <= char <= last for first, last in _IDEOGRAPHS)


def _is_small(char: str) -> bool:
    return _is_alphabet(char) and not is_upper(char)


def _is_other(char: str) -> bool:
    return not (
        char in _CONNECTORS
        or _is_alphabet(char)
        or is_number(char)
        or is_punctuation(char)
    )


_SAME: dict[_Word, Callable[[str], bool]] = {
    _Word.CONNECTOR: _CONNECTORS.__contains__,
    _Word.PUNCTUATION: is_punctuation,
    _Word.LETTERS: _is_small,
    _Word.NUMBER: is_number,
    _Word.OTHER: _is_other,
}
