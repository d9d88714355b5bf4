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
_BLANK = "blank"

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
TRIMS_BEFORE = tuple(f"{{{{-{space}" for space in SPACE)
TRIMS_AFTER = tuple(f"{space}-}}}}" for space in SPACE)
"""How actions begin and end that take away the space around them."""

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
      [ \t\r\n]++(?:-\}}\}})?
    | (?:\.[^\W\d]\w*)+{_END}
    | [^\W\d]\w*{_END}
    | "(?:[^"\\\n]|\\[^\n])*"
    | [|()]
    | \}}\}}
    | \$\w*{_END}
    | \.{_END}
    | (?=[+-]|\.?[0-9]){_NUMBER}(?![\w+-])
    | :=
    | `[^`]*+`
    | '(?:[^'\\\n]|\\[^\n])*'
    | [=!\#%&*,/;<>?@\[\\\]^{{}}~]
    """,
    re.VERBOSE,
)
_CLOSES = ("}}", "-}}")
# What a token is, by its first character; other words begin with a letter.
_KINDS = {
    **dict.fromkeys(SPACE, _BLANK),
    **dict.fromkeys("+-0123456789", NUMBER),
    **dict.fromkeys("!#%&*,/;<>?@[\\]^{}~", PUNCTUATION),
    ".": FIELD,
    "$": VARIABLE,
    '"': STRING,
    "|": PIPE,
    "(": LEFT_PAREN,
    ")": RIGHT_PAREN,
    "`": RAW_STRING,
    "'": CHARACTER,
    ":": DECLARE,
    "=": ASSIGN,
}
_WORD = re.compile(r"[.$]?\w*")
_NUMBER_START = re.compile(r"[+-]|\.?[0-9]")
# What Go has read of a bad number: up to the sign of an imaginary part, or one
# character too many.
_BAD_NUMBER = re.compile(rf"{_NUMBER}(?:[+-]{_NUMBER[5:]}\w?|\w)?")


# One action from brace to brace, as far as strings and comments tell where it ends.
_ACTION = re.compile(
    r"""
    ( \{\{ (?:
        (?:-[ \t\r\n])? /\* (?:[^*]|\*(?!/))* \*/ (?:[ \t\r\n]-)?
      | (?!(?:-[ \t\r\n])?/\*)
        (?: [^"`'}]++ | \}(?!\})
          | "(?:[^"\\\n]|\\[^\n])*" | `[^`]*+` | '(?:[^'\\\n]|\\[^\n])*' )*
    ) \}\} )
    """,
    re.VERBOSE,
)


class Tokens(NamedTuple):
    """The tokens of an action.

    Attributes:
        kinds: Of this module's constants; the last is ``CLOSE`` or ``ERROR``.
        values: The source texts, or, for ``ERROR``, what is wrong.
        positions: 0-based offsets of their first characters.
    """

    kinds: list[str]
    values: list[str]
    positions: list[int]

    def shown(self, index: int) -> str:
        """Show a token as Go's messages do."""
        kind, value = self.kinds[index], self.values[index]
        if kind == ERROR:
            return value
        if kind in (KEYWORD, DOT, NIL):
            return f"<{value}>"
        if kind == FIELD:
            # To Go each name is a token.
            value = f".{value.split('.', 2)[1]}"
        if len(value) > _SHOWN:
            return f"{go_quote(value[:_SHOWN])}..."
        return go_quote(value)


def pieces(text: str) -> list[str]:
    """Split a template into text and actions, by turns.

    What is no action as a whole, such as one without an end, stays in the text.
    """
    return _ACTION.split(text)


def read_action(text: str, start: int, end: int) -> Tokens | None:
    """Split an action into tokens.

    Args:
        text: The template.
        start: Where its ``{{`` stands.
        end: Where it ends; the text's end, if it has none.

    Returns:
        The tokens; None for a comment.
    """
    inside = start + 4 if text.startswith(TRIMS_BEFORE, start) else start + 2
    if text.startswith("/*", inside):
        problem = _comment_fault(text, inside)
        return Tokens([ERROR], [problem], [inside]) if problem else None
    return _tokens(text, inside, end)


def _tokens(text: str, position: int, end: int) -> Tokens:
    kinds: list[str] = []
    values: list[str] = []
    positions: list[int] = []
    found = _TOKEN.findall(text, position, end)
    if sum(map(len, found)) < end - position:
        found = _found_before_fault(text, position, end)
    if found and found[-1].endswith(TRIMS_AFTER):
        found[-1:] = found[-1][:-3], "-}}"
    for value in found:
        kind = _KINDS.get(value[0])
        if kind is not _BLANK:
            if kind is None:
                kind = _RESERVED.get(value, IDENTIFIER)
            elif kind is FIELD and not value[1:2].isidentifier():
                kind = NUMBER if value[1:] else DOT
            kinds.append(kind)
            values.append(value)
            positions.append(position)
        position += len(value)
    if values and values[-1] in _CLOSES:
        kinds[-1] = CLOSE
    else:
        problem, position = _fault(text, position)
        kinds.append(ERROR)
        values.append(problem)
        positions.append(position)
    if LEFT_PAREN in kinds or RIGHT_PAREN in kinds:
        _check_parentheses(kinds, values, positions)
    return Tokens(kinds, values, positions)


def _check_parentheses(
    kinds: list[str], values: list[str], positions: list[int]
) -> None:
    """Replace the token at which parentheses do not match by an error."""
    depth = 0
    for at, kind in enumerate(kinds):
        depth += (kind is LEFT_PAREN) - (kind is RIGHT_PAREN)
        if depth < 0 or (depth and kind is CLOSE):
            word = "unexpected right" if depth < 0 else "unclosed left"
            kinds[at:], values[at:] = [ERROR], [f"{word} paren"]
            del positions[at + 1 :]
            return


def _found_before_fault(text: str, position: int, end: int) -> list[str]:
    """Give the tokens and spaces up to where no token begins."""
    found = []
    while token := _TOKEN.match(text, position, end):
        found.append(token[0])
        position = token.end()
    return found


def _comment_fault(text: str, start: int) -> str | None:
    """Say what is wrong with a comment, in Go's words."""
    end = text.find("*/", start + 2)
    if end < 0:
        return "unclosed comment"
    if text.startswith("}}", end + 2) or text.startswith(TRIMS_AFTER, end + 2):
        return None
    return "comment ends before closing delimiter"


def _fault(text: str, position: int) -> tuple[str, int]:
    """Say why no token begins here, in Go's words, and where exactly."""
    if position >= len(text):
        return "unclosed action", position
    first = text[position]
    unclosed = {
        '"': "unterminated quoted string",
        "`": "unterminated raw quoted string",
        "'": "unterminated character constant",
        ":": "expected :=",
    }
    if first in unclosed:
        return unclosed[first], position
    word = _WORD.match(text, position)
    end = word.end() if word else position
    if _NUMBER_START.match(text, position):
        number = _BAD_NUMBER.match(text, position)
        shown = number[0] if number else first
        return f"bad number syntax: {go_quote(shown)}", position
    if end > position:
        after = text[end : end + 1]
        return f"bad character {_named(after)}", end
    return f"unrecognized character in action: {_named(first)}", position


def _named(character: str) -> str:
    """Name a character as Go's ``%#U`` does: ``U+0021 '!'``."""
    code = f"U+{ord(character):04X}"
    return f"{code} '{character}'" if character.isprintable() else code
