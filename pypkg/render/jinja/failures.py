"""From what went wrong in Jinja2 to an error that says where, and what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jinja2 import exceptions as jinja

from pypkg.errors import (
    RenderError,
    SourceLocation,
    TemplateExecutionError,
    TemplateSyntaxError,
)
from pypkg.render.functions.errors import AuthorError, FunctionError
from pypkg.render.jinja.faults import MisuseError
from pypkg.render.jinja.positions import unpack
from pypkg.render.jinja.undefined import MissingNameError, similar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jinja2 import Template

    from pypkg.render.jinja.environment import ChartEnvironment

# The expression that a dot or bracket follows.
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.\w+|\[[^\[\]]*\])*$")

_NAME = re.compile(r"\w+$")
_NEWLINE = re.compile(r"\r\n|\r|\n")

# How Python names the kinds of value, and how a chart's author would.
_KINDS: Final = {
    "NoneType": "null",
    "bool": "true or false",
    "dict": "a map",
    "float": "a number",
    "int": "a number",
    "list": "a list",
    "str": "text",
    "tuple": "a list",
}
_TYPE_NAME = re.compile(r"'(\w+)'(?: object)?")

_UNKNOWN = re.compile(r"No (filter|test) named '(\w+)'")

# What Jinja2's parser says, and what to do then.
_ADVICE: Final = (
    (
        r"Unexpected end of template\. .*needs to be closed is '(\w+)'",
        "write {{% end{0} %}} where the {0} ends",
    ),
    (
        r"Encountered unknown tag 'end\w+'\. .*needs to be closed is '(\w+)'",
        "close the {0} first, with {{% end{0} %}}",
    ),
    (r"unexpected end of template, .*'end of print", "end the expression with }}}}"),
    (r"unexpected end of template, .*'end of state", "end the statement with %}}"),
    (r"expected token 'end of statement block', got '='", "compare with =="),
)

# What Go templates look like to Jinja2, and what to write instead.
_GO_IDIOMS: Final = (
    (
        re.compile(r"\{\{-?\s*(?:if|range|with|else|end|define|template|block)\b"),
        "statements are written {% if ... %}, {% for x in xs %}, {% endif %} here",
    ),
    (
        re.compile(r"(?:\{\{-?|[\s(|])\s*[.$][A-Za-z$]"),
        "names have no leading dot or dollar here: Values.image.tag",
    ),
    (
        re.compile(r"\{\{-?\s*/\*"),
        "comments are written {# ... #} here",
    ),
    (
        re.compile(r"\{\{-?\s*\w+\s+[\"'\w(]"),
        'functions are called with parentheses here: include("name")',
    ),
    (
        re.compile(r"\|\s*\w+\s+[\"'\w(]"),
        "a filter's arguments are in parentheses here: | trunc(63)",
    ),
)


class Failures:
    """Makes errors out of exceptions.

    Args:
        environment: What the templates run in.
        texts: The templates' texts by their names.
    """

    def __init__(self, environment: ChartEnvironment, texts: Mapping[str, str]) -> None:
        self._environment = environment
        self._texts = texts

    def located(self, error: Exception, name: str) -> RenderError:
        """Give the error for an exception that a template raised.

        Args:
            error: What Jinja2, a function or pypkg raised.
            name: The template, for an error that says nothing of its place.
        """
        if isinstance(error, jinja.TemplateSyntaxError):
            return self._syntax(error, error.name or name)
        places = _places(error)
        if isinstance(error, TemplateExecutionError):
            # From another template that this one included.
            error.includes = (*map(self._at_name, places), *error.includes)
            return error
        if isinstance(error, RenderError):
            return error
        if isinstance(error, MissingNameError):
            return self._missing(error, places)
        problem, hint = _explained(error)
        places = places or [SourceLocation(name, 1)]
        return self._execution(
            problem, hint, places, from_author=isinstance(error, AuthorError)
        )

    def _syntax(
        self, error: jinja.TemplateSyntaxError, name: str
    ) -> TemplateSyntaxError:
        line, column = unpack(error.lineno)
        source = self._texts.get(name)
        lines = (source or "").splitlines()
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        message = (error.message or "").rstrip(".")
        return TemplateSyntaxError(
            message[:1].lower() + message[1:],
            location=SourceLocation(name, line, column),
            source=source,
            hint=self._meant(message) or _idiom(text) or _advice(message),
        )

    def _meant(self, message: str) -> str | None:
        """Find the filter or test that was probably meant."""
        found = _UNKNOWN.match(message)
        if found is None:
            return None
        kind, name = found.groups()
        known = {"filter": self._environment.filters, "test": self._environment.tests}
        meant = similar(name, known[kind])
        return f"did you mean {meant}?" if meant else None

    def _missing(
        self, error: MissingNameError, places: Sequence[SourceLocation]
    ) -> TemplateExecutionError:
        found = error.missing
        if found.place is not None:
            # It may have been handed on: what counts is where it was written.
            place = _place(*found.place)
            here = [n for n, other in enumerate(places) if other.name == place.name]
            places = [*places[: here[-1] if here else None], place]
        path = self._expression_before(places[-1])
        hint = found.advice(path, self._environment.names_in(places[-1].name))
        return self._execution(found.problem(path), hint, places)

    def _execution(
        self,
        problem: str,
        hint: str | None,
        places: Sequence[SourceLocation],
        *,
        from_author: bool = False,
    ) -> TemplateExecutionError:
        location = self._at_name(places[-1])
        return TemplateExecutionError(
            problem,
            location=location,
            source=self._texts.get(location.name),
            includes=_without_repetition(map(self._at_name, places[:-1])),
            from_author=from_author,
            hint=hint,
        )

    def _expression_before(self, place: SourceLocation) -> str:
        """Give the expression that the dot or bracket at a place belongs to."""
        before, sign = self._around(place)
        path = _PATH.search(before) if sign in (".", "[") else None
        return path.group() if path else ""

    def _at_name(self, place: SourceLocation) -> SourceLocation:
        """Point at a name instead of at the sign that Jinja2 knows of."""
        before, sign = self._around(place)
        column = place.column
        if sign in (".", "["):
            column += 1
        elif sign == "(":
            column -= len(before) - len(_NAME.sub("", before))
        return SourceLocation(place.name, place.line, column)

    def _around(self, place: SourceLocation) -> tuple[str, str]:
        """Give the line before a place, and the character there."""
        lines = _NEWLINE.split(self._texts.get(place.name, ""))
        line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
        return line[: place.column - 1], line[place.column - 1 : place.column]


def _without_repetition(places: Iterable[SourceLocation]) -> list[SourceLocation]:
    """Name each place once, however often a recursion passed it."""
    return list(dict.fromkeys(places))


def _places(error: BaseException) -> list[SourceLocation]:
    """Give the places in templates that an exception passed, outermost first."""
    places = []
    traceback = error.__traceback__
    while traceback is not None:
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            places.append(_place(template, traceback.tb_lineno))
        traceback = traceback.tb_next
    return places


def _place(template: Template, code_line: int) -> SourceLocation:
    position = template.get_corresponding_lineno(code_line)
    return SourceLocation(template.name or "<template>", *unpack(position))


def _explained(error: Exception) -> tuple[str, str | None]:
    """Say what is wrong, and what to do."""
    match error:
        case MisuseError():
            explained = error.message or "", error.hint
        case RecursionError():
            explained = (
                "macros, includes or loops nest too deeply",
                "does one of them use itself?",
            )
        case jinja.TemplateNotFound():
            explained = (
                f"there is no template {error.message}",
                "name a .j2 file below templates/, or CHART/FILE for another chart's",
            )
        case FunctionError() | jinja.TemplateError():
            explained = str(error), None
        case MemoryError():
            explained = "the template needs too much memory", None
        case _:
            explained = _in_plain_words(error)
    return explained


def _in_plain_words(error: Exception) -> tuple[str, str | None]:
    """Say what Python says, without Python's names for the kinds of value."""
    text = _TYPE_NAME.sub(lambda m: _KINDS.get(m[1], m[0]), str(error))
    if text == "null is not iterable":
        return "null has no items", "a list that may be null: {% for x in xs or [] %}"
    return text or type(error).__name__, None


def _advice(message: str) -> str | None:
    for pattern, hint in _ADVICE:
        if found := re.match(pattern, message):
            return hint.format(*found.groups())
    return None


def _idiom(line: str) -> str | None:
    return next((hint for pattern, hint in _GO_IDIOMS if pattern.search(line)), None)
