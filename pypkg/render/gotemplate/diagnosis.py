"""What went wrong, and where: from a Python traceback to a template's line.

Compiled code carries no template positions. When it fails, the template is generated
once more with marks in it, and the failed instruction's place in the Python source
(``co_positions``) leads to the mark around it. That makes errors slow and everything
else fast.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pypkg.errors import (
    RenderError,
    SourceLocation,
    TemplateExecutionError,
    TemplateSyntaxError,
)
from pypkg.render.functions.errors import AuthorError, FunctionError
from pypkg.render.functions.goprint import type_name
from pypkg.render.functions.gostrings import byte_length, go_quote
from pypkg.render.gotemplate.codegen import generate_marked
from pypkg.render.gotemplate.compiler import compile_source, place
from pypkg.render.gotemplate.marks import Mark, Marked, spans, unmarked
from pypkg.render.gotemplate.nodes import Chain, Field, Invocation, Variable
from pypkg.render.gotemplate.parser import Parser
from pypkg.render.gotemplate.runtime import GoError, Origin, parameters

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from types import CodeType, FrameType, TracebackType

    from pypkg.render.engine import TemplateSource

_MOST_INCLUDES = 50
_MOST_KEYS = 12


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a template failed, or ran another.

    Attributes:
        source: The file.
        template: The ``define`` in it; "" for the file itself.
        mark: What was run there, if that is known.
    """

    source: TemplateSource
    template: str
    mark: Mark | None

    @property
    def location(self) -> SourceLocation:
        """The place as an editor counts."""
        if self.mark is None:
            return SourceLocation(self.source.name, 1)
        line, column = place(self.source.text, _position(self.mark))
        return SourceLocation(self.source.name, line, column)


@dataclass(slots=True)
class _Diagnosis:
    """Explains one exception."""

    origins: Mapping[int, Origin]
    functions: Container[str]
    _units: dict[int, tuple[str, str, list[Mark]]] = field(default_factory=dict)

    def explain(self, error: Exception) -> Exception:
        """Give the error for the user."""
        frames = self._frames(error.__traceback__)
        if isinstance(error, RenderError):
            return error
        if not frames:
            return TemplateExecutionError(_plain_problem(error))
        frame, instruction = frames[-1]
        failed = self._place(frame.f_code, instruction)
        problem, hint = _problem(error, failed.mark, frame)
        includes = self._includes(frames)
        from_author = isinstance(error, AuthorError)
        excerpt = ""
        if isinstance(error.__cause__, TemplateSyntaxError):
            # Of tpl's text, which does not parse.
            excerpt = f"\n{error.__cause__.source_excerpt}"
        return TemplateExecutionError(
            problem + excerpt,
            location=failed.location,
            source=failed.source.text,
            includes=[include.location for include in includes],
            from_author=from_author,
            helm=None if from_author else _in_helm([*includes, failed], problem),
            hint=hint,
        )

    def _frames(self, traceback: TracebackType | None) -> list[tuple[FrameType, int]]:
        """Give the frames of compiled templates, the outermost first."""
        found = []
        while traceback is not None:
            if id(traceback.tb_frame.f_code) in self.origins:
                found.append((traceback.tb_frame, traceback.tb_lasti))
            traceback = traceback.tb_next
        return found

    def _includes(self, frames: list[tuple[FrameType, int]]) -> list[_Place]:
        """Give the places that led to the last frame; a recursion only once."""
        calls = {
            (id(frame.f_code), at): frame.f_code
            for (frame, at), (inner, _) in pairwise(frames)
            # A template that runs a part of itself includes nothing.
            if self.origins[id(inner.f_code)].unit < 0
        }
        found = list(calls.items())[:_MOST_INCLUDES]
        return [self._place(code, at) for (_, at), code in found]

    def _place(self, code: CodeType, instruction: int) -> _Place:
        """Find the smallest marked piece of template around an instruction."""
        template, marked, marks = self._unit(code)
        source = self.origins[id(code)].source
        # Code that was compiled for other strings has other columns.
        own = compile_source(unmarked(marked))
        line, _, start, end = list(own.co_positions())[instruction // 2]
        found = [span for span in spans(marked, marks) if span.line == line]
        if start is not None and end is not None:
            around = [s for s in found if s.start <= start and end <= s.end]
            found = around or found
        if not found:
            return _Place(source, template, None)
        smallest = min(found, key=lambda s: s.end - s.start)
        return _Place(source, template, smallest.mark)

    def _unit(self, code: CodeType) -> tuple[str, str, list[Mark]]:
        """Generate code once more: its template's name, and the source with marks."""
        known = self._units.get(id(code))
        if known is None:
            origin = self.origins[id(code)]
            file = Parser(self.functions, shares=False).parse(origin.source.text)
            if origin.unit < 0:
                name = file.templates[-1 - origin.unit].name
            else:
                name = file.branches[origin.unit // 2].template
            known = name, *generate_marked(file, origin.unit)
            self._units[id(code)] = known
        return known


def explained(
    error: Exception, origins: Mapping[int, Origin], functions: Container[str]
) -> Exception:
    """Turn what a compiled template raised into an error for the user.

    Args:
        error: With its traceback.
        origins: Of compiled code, by the code object's identity.
        functions: The names of the functions that templates may call.

    Returns:
        A TemplateExecutionError, or the error itself where it is one for the user.
    """
    return _Diagnosis(origins, functions).explain(error)


def _position(mark: Mark) -> int:
    """Give where the caret goes: under the step of a path that failed."""
    node = mark.node
    before = ""
    if isinstance(node, Field | Variable | Chain) and mark.base:
        before = "".join(f".{name}" for name in node.names[: mark.step])
        if isinstance(node, Variable):
            before = node.name + before
    return node.position + len(before)


def _in_helm(places: list[_Place], problem: str) -> str | None:
    """Give Helm's message, in the cases where Helm prints it as one line.

    Elsewhere it prints a trace, whose last line is the problem.
    """
    text = problem
    is_line = problem.startswith("error calling ")
    inner: _Place | None = None
    for at in reversed(places):
        if at.mark is None:
            return None
        if inner is not None:
            if isinstance(at.mark.node, Invocation):
                # To Go, what a template action runs is part of what runs it.
                inner = at
                continue
            is_tpl = at.mark.name == "tpl"
            is_line = is_line or is_tpl
            if is_tpl:
                ran = go_quote(inner.source.text)
                text = f"error during tpl function execution for {ran}: {text}"
            text = f"error calling {at.mark.name}: {text}"
        name = go_quote(at.template or at.source.name)
        place = _go_place(at.source, at.mark.node)
        text = f"template: {place}: executing {name} at <{at.mark.node}>: {text}"
        inner = at
    return text if is_line else None


def _go_place(source: TemplateSource, node: Marked) -> str:
    """Give a node's place as Go counts: bytes from 0, a path from its second name."""
    position = node.position
    if isinstance(node, Field) and node.names[1:]:
        position += len(node.names[0]) + 1
    elif isinstance(node, Variable) and node.names:
        position += len(node.name)
    line, column = place(source.text, position)
    before = source.text[position - column + 1 : position]
    return f"{source.name}:{line}:{byte_length(before)}"


def _problem(
    error: Exception, mark: Mark | None, frame: FrameType
) -> tuple[str, str | None]:
    """Say what is wrong, in Go's words, and what to do."""
    if isinstance(error, AttributeError | GoError) and mark is not None and mark.base:
        fault = _path_fault(mark, frame.f_locals)
        if fault is not None:
            return fault
    called = isinstance(error, FunctionError) and not isinstance(error, AuthorError)
    problem = _plain_problem(error)
    if mark is not None and mark.role == "call" and (called or _is_foreign(error)):
        problem = f"error calling {mark.name}: {problem}"
    return problem, _hint(problem)


def _is_foreign(error: Exception) -> bool:
    """Tell whether Python itself raised it, inside of a function."""
    return not isinstance(
        error, FunctionError | GoError | RecursionError | UnboundLocalError
    )


def _plain_problem(error: Exception) -> str:
    match error:
        case RecursionError():
            return "exceeded maximum template depth: the templates call one another"
        case UnboundLocalError():
            return "undefined variable"
        case MemoryError():
            return "the template needs more memory than there is"
        case FunctionError() | GoError():
            return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _hint(problem: str) -> str | None:
    if "incompatible types for comparison" in problem and "float64" in problem:
        return (
            "numbers from values files are float64: compare with 1.0, or convert"
            " with int or int64 first"
        )
    if problem.endswith("expected int; got float64"):
        return "numbers from values files are float64: convert with int first"
    if problem.endswith("expected int; got int64"):
        return "convert with int first"
    if problem.startswith(("wrong type for value; expected string", "invalid value; ")):
        return "convert with toString, or give a value with default or required"
    return None


def _path_fault(
    mark: Mark, variables: Mapping[str, Any]
) -> tuple[str, str | None] | None:
    """Walk a path again, up to where it cannot go on."""
    node = mark.node
    if not isinstance(node, Field | Variable | Chain) or mark.base is None:
        return None
    value = variables[mark.base.local]
    parents: list[Any] = []
    for step, name in enumerate(node.names[: mark.step + 1]):
        if value is None:
            return (
                f"nil pointer evaluating interface {{}}.{name}",
                _missing(node, step, parents),
            )
        if not hasattr(value, "get") or not _has_field(value, name):
            # What a map or list holds is an interface, what a struct holds is not.
            of_map = isinstance(parents[-1], dict) if parents else mark.base.is_field
            of = "interface {}" if of_map else type_name(value)
            return (
                f"can't evaluate field {name} in type {of}",
                _no_field(node, step, value),
            )
        is_called = mark.role == "call" and step == mark.step
        if not is_called and (wanted := _missing_arguments(value, name)):
            return f"wrong number of args for {name}: want {wanted} got 0", None
        if is_called:
            return None
        parents.append(value)
        value = value.get(name)
    return None


def _missing_arguments(value: Any, name: str) -> int:
    """Count the arguments of a method that is used as a field."""
    attribute = getattr(type(value), "go_methods", {}).get(name)
    return parameters(getattr(value, attribute)) if attribute else 0


def _has_field(value: Any, name: str) -> bool:
    """Tell whether a Go object has a field or method; a map always answers."""
    methods = getattr(type(value), "go_methods", None)
    fields = getattr(type(value), "go_fields", None)
    if isinstance(value, dict) or methods is None or fields is None:
        return True
    return name in methods or name in fields


def _shown(node: Field | Variable | Chain, steps: int) -> str:
    """Give the beginning of a path as it is written."""
    names = node.names[:steps]
    if isinstance(node, Variable):
        return ".".join([node.name, *names])
    if isinstance(node, Chain):
        return ".".join([f"({node.operand})", *names])
    return "".join(f".{name}" for name in names) or "."


def _missing(node: Field | Variable | Chain, step: int, parents: list[Any]) -> str:
    """Say which part of a path is nil, and what there is instead."""
    path = _shown(node, step)
    if not step:
        return f"{path} is nil here"
    parent, name = parents[-1], node.names[step - 1]
    if not isinstance(parent, dict):
        return f"{path} is nil"
    if name in parent:
        return f"{path} is null"
    where = _shown(node, step - 1)
    close = difflib.get_close_matches(name, parent, n=1)
    guess = f"; did you mean {where.rstrip('.')}.{close[0]}?" if close else ""
    return f"{path} is not set{guess}\n{_listed(where, sorted(parent))}"


def _no_field(node: Field | Variable | Chain, step: int, value: Any) -> str:
    path, name = _shown(node, step), node.names[step]
    fields = {**getattr(value, "go_fields", {}), **getattr(value, "go_methods", {})}
    if not fields:
        return f"{path} is a {type_name(value)}: it has no fields"
    close = difflib.get_close_matches(name, fields, n=1)
    guess = f"did you mean {path.rstrip('.')}.{close[0]}?\n" if close else ""
    return guess + _listed(path, sorted(fields))


def _listed(path: str, names: list[str]) -> str:
    if not names:
        return f"{path} is empty"
    more = f", and {len(names) - _MOST_KEYS} more" if len(names) > _MOST_KEYS else ""
    return f"{path} has: {', '.join(names[:_MOST_KEYS])}{more}"
