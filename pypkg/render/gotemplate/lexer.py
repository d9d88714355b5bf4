"""An action to tokens: the first stage of the Go template compiler.

The grammar is that of Go's ``text/template`` with its default delimiters. White space
becomes no token, since a token's end and the next one's start tell whether they touch.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pypkg.render.functions.gostrings import go_quote

CLOSE = "close"
FIELD = "field"
VARIABLE = "variable"
DOT = "dot"
IDENTIFIER = "identifier"
KEYWORD = "keyword"
BOOL = "bool"
NIL = "nil"
NUMBER = "number"
CHARACTER = "character"
STRING = "string"
RAW_STRING = "raw"
DECLARE = "declare"
ASSIGN = "assign"
PIPE = "pipe"
LEFT_PAREN = "left_paren"
RIGHT_PAREN = "right_paren"
PUNCTUATION = "punctuation"
ERROR = "error"

_KEYWORDS = (
    "block break continue define else end if range template with"  # nil is an operand
)
_RESERVED = {
    **dict.fromkeys(_KEYWORDS.split(), KEYWORD),
    "true": BOOL,
    "false": BOOL,
    "nil": NIL,
}

SPACE = " \t\r\n"


class Token(NamedTuple):
    """A piece of the source.

    Attributes:
        kind: One of this module's constants.
        value: The source text, or, for ``ERROR``, what is wrong.
        position: 0-based offset of its first character.
    """

    kind: str
    value: str
    position: int

    def __str__(self) -> str:
        """Show the token as Go's messages do."""
        if self.kind == ERROR:
            return self.value
        if self.kind in (KEYWORD, DOT, NIL):
            return f"<{self.value}>"
        if len(self.value) > _SHOWN:
            return f"{go_quote(self.value[:_SHOWN])}..."
        return go_quote(self.value)


# How much of a token Go shows in a message.
_SHOWN = 10

# After a word, a field or a variable must come one of these.
_END = r"(?=[ \t\r\n.,|:()]|\}\}|\Z)"
_DECIMAL = r"[0-9_]*+(?:\.[0-9_]*+)?+(?:[eE][+-]?[0-9_]*+)?+"
_HEXADECIMAL = r"0[xX][0-9a-fA-F_]*+(?:\.[0-9a-fA-F_]*+)?+(?:[pP][+-]?[0-9_]*+)?+"
_OCTAL = r"0[oO][0-7_]*+(?:\.[0-7_]*+)?+"
_BINARY = r"0[bB][01_]*+(?:\.[01_]*+)?+"
# A number may hold nonsense such as 089 or 0x.2: the parser refuses it.
_NUMBER = rf"[+-]?(?:{_HEXADECIMAL}|{_OCTAL}|{_BINARY}|{_DECIMAL})"

_TOKEN = re.compile(
    rf"""
    [ \t\r\n]+(?P<trim_close>-\}}\}})
    | [ \t\r\n]*(?:
        (?P<field>\.[^\W\d]\w*){_END}
      | (?P<close>\}}\}})
      | (?P<identifier>[^\W\d]\w*){_END}
      | (?P<variable>\$\w*){_END}
      | (?P<string>"(?:[^"\\\n]|\\[^\n])*+")
      | (?P<pipe>\|)
      | (?P<left_paren>\()
      | (?P<right_paren>\))
      | (?P<dot>\.){_END}
      | (?P<number>(?=[+-]|\.?[0-9]){_NUMBER}(?![\w+-]))
      | (?P<declare>:=)
      | (?P<assign>=)
      | (?P<raw>`[^`]*+`)
      | (?P<character>'(?:[^'\\\n]|\\[^\n])*+')
      | (?P<punctuation>[!\#%&*,/;<>?@\[\\\]^{{}}~])
    )
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\r\n]*")
_SPACES = frozenset(SPACE)
_WORD = re.compile(r"[.$]?\w*")
# What Go has read of a bad number: up to the sign of an imaginary part, or one
# character too many.
_BAD_NUMBER = re.compile(rf"{_NUMBER}(?:[+-]{_NUMBER[5:]}|\w)?")


# One action from brace to brace, as far as strings and comments tell where it ends.
_ACTION = re.compile(
    r"""
    \{\{ (?:
        (?:-[ \t\r\n])? /\* (?:[^*]|\*(?!/))*+ \*/ (?:[ \t\r\n]-)?
      | (?!(?:-[ \t\r\n])?/\*)
        (?: [^"`'}] | \}(?!\})
          | "(?:[^"\\\n]|\\[^\n])*+" | `[^`]*+` | '(?:[^'\\\n]|\\[^\n])*+' )*+
    ) \}\}
    """,
    re.VERBOSE,
)


def action_at(text: str, start: int) -> str | None:
    """Give the source of the action that begins at ``{{``, if it ends."""
    found = _ACTION.match(text, start)
    return found[0] if found else None


def trims_before(text: str, start: int) -> bool:
    """Tell whether the action that begins at ``{{`` takes away the space before it."""
    return text[start + 2 : start + 3] == "-" and _is_space(text, start + 3)


def after(text: str, end: int) -> int:
    """Give where the text goes on after the action that ends there."""
    if text[end - 3] == "-" and _is_space(text, end - 4):
        return _skip_space(text, end)
    return end


def read_action(text: str, start: int) -> tuple[list[Token], int]:
    """Split an action into tokens.

    Args:
        text: The template.
        start: Where its ``{{`` stands.

    Returns:
        The tokens, of which the last is ``CLOSE`` or ``ERROR`` (none for a comment),
        and where the action ends.
    """
    inside = start + 4 if trims_before(text, start) else start + 2
    if text.startswith("/*", inside):
        return _comment(text, inside)
    return _tokens(text, inside)


def _is_space(text: str, position: int) -> bool:
    return text[position : position + 1] in _SPACES


def _comment(text: str, start: int) -> tuple[list[Token], int]:
    end = text.find("*/", start + 2)
    if end < 0:
        return [Token(ERROR, "unclosed comment", start)], len(text)
    end += 2
    if text.startswith("}}", end):
        return [], end + 2
    if _is_space(text, end) and text.startswith("-}}", end + 1):
        return [], end + 4
    return [Token(ERROR, "comment ends before closing delimiter", start)], end


def _tokens(text: str, position: int) -> tuple[list[Token], int]:
    found: list[Token] = []
    depth = 0
    while token := _TOKEN.match(text, position):
        kind = token.lastgroup
        assert kind is not None  # noqa: S101 - every alternative is a named group
        value = token[kind]
        start = token.start(kind)
        position = token.end()
        if kind == IDENTIFIER:
            kind = _RESERVED.get(value, kind)
        elif kind == LEFT_PAREN:
            depth += 1
        elif kind == RIGHT_PAREN:
            depth -= 1
            if depth < 0:
                kind, value = ERROR, "unexpected right paren"
        elif kind in {CLOSE, "trim_close"}:
            kind = CLOSE
            if depth:
                kind, value = ERROR, "unclosed left paren"
        found.append(Token(kind, value, start))
        if kind in {CLOSE, ERROR}:
            return found, position
    found.append(_fault(text, _skip_space(text, position)))
    return found, position


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _fault(text: str, position: int) -> Token:
    """Say why no token begins here, in Go's words."""
    if position >= len(text):
        return Token(ERROR, "unclosed action", position)
    first = text[position]
    unclosed = {
        '"': "unterminated quoted string",
        "`": "unterminated raw quoted string",
        "'": "unterminated character constant",
        ":": "expected :=",
    }
    if first in unclosed:
        return Token(ERROR, unclosed[first], position)
    word = _WORD.match(text, position)
    end = word.end() if word else position
    if first in "+-0123456789" or (first == "." and text[end - 1 : end].isdigit()):
        number = _BAD_NUMBER.match(text, position)
        shown = number[0] if number else first
        return Token(ERROR, f"bad number syntax: {go_quote(shown)}", position)
    if end > position:
        after = text[end : end + 1]
        return Token(ERROR, f"bad character {_named(after)}", end)
    return Token(ERROR, f"unrecognized character in action: {_named(first)}", position)


def _named(character: str) -> str:
    """Name a character as Go's ``%#U`` does: ``U+0021 '!'``."""
    code = f"U+{ord(character):04X}"
    return f"{code} '{character}'" if character.isprintable() else code
