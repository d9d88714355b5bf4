"""What is wrong with a YAML text, where, and what to do about it."""

from __future__ import annotations

from typing import Any

from yaml import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError
from yaml.scanner import ScannerError

from pypkg.errors import SourceLocation, YamlError


def go_message(error: YamlError) -> str:
    """Word a reader's error as go-yaml does: ``yaml: line 2: did not find ...``."""
    cause = error.__cause__
    if not isinstance(cause, MarkedYAMLError):
        is_json = error.problem.startswith("unsupported value")
        return f"{'json' if is_json else 'yaml'}: {error.problem}"
    marks = [m for m in (cause.problem_mark, cause.context_mark) if m and m.line]
    # It counts lines from 0, adds 1 for the scanner's errors only, and is silent
    # about line 0.
    line = marks[0].line if marks else 0
    if marks and marks[0] is cause.problem_mark and isinstance(cause, ScannerError):
        line += 1
    return f"yaml: {f'line {line}: ' if line else ''}{cause.problem}"


class Faults:
    """Words the faults of one text.

    Args:
        text: The text.
        source: Its name for errors.
    """

    __slots__ = ("_source", "_text")

    def __init__(self, text: str | bytes, source: str) -> None:
        self._text = text
        self._source = source

    def at(self, problem: str, mark: Any, *, hint: str | None = None) -> YamlError:
        """Give an error about the place of a mark; None is no place."""
        location = None
        if mark is not None:
            location = SourceLocation(self._source, mark.line + 1, mark.column + 1)
        return YamlError(problem, location=location, source=self._decoded(), hint=hint)

    def of_parser(self, error: YAMLError) -> YamlError:
        """Give the error for what libyaml refuses."""
        if isinstance(error, MarkedYAMLError):
            problem = error.problem or str(error)
            context = f" ({error.context})" if error.context else ""
            mark = error.problem_mark or error.context_mark
            hint = _hint(problem, context, *self._surroundings(error))
            return self.at(f"{problem}{context}", mark, hint=hint)
        if isinstance(error, ReaderError):
            return self._encoding(error.reason, error.position)
        return YamlError(str(error), location=None)

    def _surroundings(self, error: MarkedYAMLError) -> tuple[str, int]:
        """Give the text from the problem on, and the line of its context."""
        context, problem = error.context_mark, error.problem_mark
        rest = ""
        if problem is not None:
            lines = self._decoded().splitlines()
            rest = "".join(lines[problem.line : problem.line + 1])[problem.column :]
        return rest, context.line + 1 if context is not None else 0

    def _decoded(self) -> str:
        text = self._text
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else text

    def _encoding(self, problem: str, position: int) -> YamlError:
        data = self._text
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogateescape")
        lead = data[:position].decode("utf-8", "replace")
        line = lead.count("\n") + 1
        column = len(lead) - lead.rfind("\n")
        return YamlError(problem, location=SourceLocation(self._source, line, column))


def _hint(problem: str, context: str, rest: str, line: int) -> str | None:
    """Say what to do about libyaml's commonest complaints.

    Args:
        problem: What it found.
        context: What it was reading.
        rest: The text from the place of the problem on.
        line: The line on which what it was reading begins.
    """
    advice = None
    if "cannot start any token" in problem:
        advice = f"put the value between quotes, since it begins with {rest[:1]}"
        if rest.startswith("\t"):
            advice = "indent with spaces: YAML allows no tabs there"
    elif problem.startswith("mapping values are not allowed"):
        advice = "put a value that holds a colon between quotes, or indent the next key"
    elif "quoted scalar" in context and "end of stream" in problem:
        advice = f"close the quote that opens on line {line}"
    elif "flow" in context:
        advice = f"close the bracket that opens on line {line}"
    elif problem.startswith(("did not find expected", "could not find expected")):
        advice = "compare the indentation of this line with that of the lines above"
    return advice
