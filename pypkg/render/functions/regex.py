"""Regular expressions: Go's, through the RE2 library."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pypkg.regexp import compiled
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import NilStringSlice, StringSlice
from pypkg.render.functions.gostrings import valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pypkg.render.functions.signature import TemplateFunction

_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))")


def _compiled(pattern: str) -> Any:
    try:
        return compiled(pattern)
    except ValueError as error:
        raise FunctionError(str(error)) from None


def _must_compile(pattern: str) -> Any:
    try:
        return _compiled(pattern)
    except FunctionError as error:
        # Go's MustCompile says which expression it was.
        raise FunctionError(f"regexp: Compile(`{pattern}`): {error}") from None


def _matches(pattern: Any, text: str) -> Iterator[Any]:
    """Give the matches as Go does: none that is empty right after another.

    Bytes that are not UTF-8 match as U+FFFD, as one letter at the same place.
    """
    end = -1
    for match in pattern.finditer(valid(text)):
        if match.start() == match.end() == end:
            continue
        end = match.end()
        yield match


def _find_all(pattern: Any, text: str, count: int) -> StringSlice:
    found = StringSlice()
    if count != 0:
        for match in _matches(pattern, text):
            found.append(text[match.start() : match.end()])
            if len(found) == count:
                break
    return found or NilStringSlice()


def _replace_all(pattern: Any, text: str, expand: Callable[[Any, str], str]) -> str:
    out = []
    end = 0
    for match in _matches(pattern, text):
        out.append(text[end : match.start()])
        out.append(expand(match, text))
        end = match.end()
    return "".join([*out, text[end:]])


def _literal(replacement: str) -> Callable[[Any, str], str]:
    return lambda _match, _text: replacement


def _expansion(template: str) -> Callable[[Any, str], str]:
    """Read ``$1``, ``${name}`` and ``$$`` in a replacement."""
    if "$" not in template:
        return _literal(template)

    def expand(match: Any, text: str) -> str:
        groups = match.re.groupindex

        def group(reference: re.Match[str]) -> str:
            if reference[1]:
                return "$"
            name = reference[2] or reference[3]
            number = int(name[:9]) if name.isdecimal() else groups.get(name, -1)
            if not 0 <= number <= match.re.groups or match.start(number) < 0:
                return ""
            return text[match.start(number) : match.end(number)]

        return _REFERENCE.sub(group, template)

    return expand


def _split(pattern: Any, text: str, count: int) -> StringSlice:
    parts = StringSlice()
    if count == 0:
        return NilStringSlice()
    if pattern.pattern and not text:
        return StringSlice([""])
    begin = end = 0
    for match in _matches(pattern, text):
        if count > 0 and len(parts) == count - 1:
            break
        end = match.start()
        if match.end() != 0:
            parts.append(text[begin:end])
        begin = match.end()
    if end != len(text):
        parts.append(text[begin:])
    return parts


def regex_match(pattern: str, text: str) -> bool:
    """Tell whether a text has a match; a bad expression matches nothing."""
    try:
        return must_regex_match(pattern, text)
    except FunctionError:
        return False


def must_regex_match(pattern: str, text: str) -> bool:
    """Tell whether a text has a match; a bad expression is an error."""
    return _compiled(pattern).search(valid(text)) is not None


def regex_find_all(pattern: str, text: str, count: int) -> StringSlice:
    """Give the first COUNT matches, all if negative; nil if there are none."""
    return _find_all(_must_compile(pattern), text, count)


def must_regex_find_all(pattern: str, text: str, count: int) -> StringSlice:
    """Give the first COUNT matches, all if negative; nil if there are none."""
    return _find_all(_compiled(pattern), text, count)


def regex_find(pattern: str, text: str) -> str:
    """Give the first match, ``""`` if there is none; a bad expression is an error."""
    return "".join(_find_all(_must_compile(pattern), text, 1))


def must_regex_find(pattern: str, text: str) -> str:
    """Give the first match, ``""`` if there is none; a bad expression is an error."""
    return "".join(_find_all(_compiled(pattern), text, 1))


def regex_replace_all(pattern: str, text: str, replacement: str) -> str:
    """Replace every match; ``$1`` and ``${name}`` stand for groups."""
    return _replace_all(_must_compile(pattern), text, _expansion(replacement))


def must_regex_replace_all(pattern: str, text: str, replacement: str) -> str:
    """Replace every match; ``$1`` and ``${name}`` stand for groups."""
    return _replace_all(_compiled(pattern), text, _expansion(replacement))


def regex_replace_all_literal(pattern: str, text: str, replacement: str) -> str:
    """Replace every match by a text in which ``$`` means nothing."""
    return _replace_all(_must_compile(pattern), text, _literal(replacement))


def must_regex_replace_all_literal(pattern: str, text: str, replacement: str) -> str:
    """Replace every match by a text in which ``$`` means nothing."""
    return _replace_all(_compiled(pattern), text, _literal(replacement))


def regex_split(pattern: str, text: str, count: int) -> StringSlice:
    """Split at matches into at most COUNT parts, any number if negative."""
    return _split(_must_compile(pattern), text, count)


def must_regex_split(pattern: str, text: str, count: int) -> StringSlice:
    """Split at matches into at most COUNT parts, any number if negative."""
    return _split(_compiled(pattern), text, count)


def regex_quote_meta(text: str) -> str:
    """Escape what has a meaning in expressions, so that the text matches itself."""
    return _SPECIAL.sub(r"\\\g<0>", text)


FUNCTIONS: dict[str, TemplateFunction] = {
    "mustRegexFind": must_regex_find,
    "mustRegexFindAll": must_regex_find_all,
    "mustRegexMatch": must_regex_match,
    "mustRegexReplaceAll": must_regex_replace_all,
    "mustRegexReplaceAllLiteral": must_regex_replace_all_literal,
    "mustRegexSplit": must_regex_split,
    "regexFind": regex_find,
    "regexFindAll": regex_find_all,
    "regexMatch": regex_match,
    "regexQuoteMeta": regex_quote_meta,
    "regexReplaceAll": regex_replace_all,
    "regexReplaceAllLiteral": regex_replace_all_literal,
    "regexSplit": regex_split,
}
