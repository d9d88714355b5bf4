"""The Go template engine: compiled templates, and what they share.

All templates of a chart tree are in one namespace. All are parsed before one is run,
but compiled only as far as they are run; what was compiled is kept in the cache, chart
by chart, under the hash of the chart's texts. A chart whose code is there needs no
lexer, parser or code generator.
"""

from __future__ import annotations

import sys
import time
from types import FunctionType
from typing import TYPE_CHECKING, Any

from pypkg.errors import TemplateSyntaxError
from pypkg.render.engine import Limits, TemplateSource
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.gostrings import go_quote
from pypkg.render.gotemplate import runtime
from pypkg.render.gotemplate.predefined import PREDEFINED
from pypkg.render.gotemplate.runtime import NO_VALUE, LimitError, Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from types import CodeType

    from pypkg.render.cache import CodeCache
    from pypkg.render.gotemplate.compiler import Compiler

# Frames of Python: an include is two, and several names may include one another.
_RECURSION_LIMIT = 20_000
# What tpl's text is called in Helm's messages.
_TPL_NAME = "gotpl"


class _File:
    """A template file, as far as it is compiled.

    Attributes:
        source: The file.
        templates: Its templates' names ("" for the file itself), and whether they
            are empty.
        codes: The code of its units.
        functions: Their functions.
    """

    __slots__ = ("codes", "functions", "source", "templates")

    def __init__(
        self,
        source: TemplateSource,
        templates: Sequence[tuple[str, bool]],
        codes: dict[int, CodeType],
        make: Callable[[_File, int], FunctionType],
    ) -> None:
        self.source = source
        self.templates = templates
        self.codes = codes
        self.functions = _Functions(self, make)


class _Functions(dict[int, FunctionType]):
    """The functions of a file, made when they are first called."""

    __slots__ = ("_file", "_make")

    def __init__(self, file: _File, make: Callable[[_File, int], FunctionType]) -> None:
        self._file = file
        self._make = make

    def __missing__(self, unit: int) -> FunctionType:
        function = self[unit] = self._make(self._file, unit)
        return function


class GoTemplateEngine:
    """Renders the Go templates of a chart tree.

    Args:
        sources: In Helm's order of parsing: of two templates that define one name,
            the later wins.
        functions: The catalogue, by name. ``include``, ``tpl`` and Go's own
            functions come from the engine.
        limits: What rendering may cost.
        cache: Where compiled code is kept between runs, if anywhere.
        clock: Seconds that go forward, for the time limit.

    Raises:
        TemplateSyntaxError: A template does not parse.
    """

    def __init__(
        self,
        sources: Sequence[TemplateSource],
        functions: Mapping[str, Callable[..., Any]],
        *,
        limits: Limits | None = None,
        cache: CodeCache | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits or Limits()
        self._cache = cache
        self._clock = clock
        self._deadline = 0.0
        self._depths: dict[str, int] = {}
        # The catalogue loads a function when it is looked up, so it is not copied.
        self._functions = functions
        self._names = frozenset((*functions, *PREDEFINED)) | _ENGINE_FUNCTIONS
        # The cache keeps code apart that was compiled for other functions.
        self._dialect = " ".join(sorted(self._names))
        self._namespace = self._make_namespace()
        self._compiler: Compiler | None = None
        # Of each chart: its key in the cache, its files, how much code it had there.
        self._charts: list[tuple[str, list[_File], int]] = []
        self._texts: dict[str, _File] = {}
        self._origins: dict[int, Origin] = {}
        # Where each name is defined.
        self._defined: dict[str, tuple[_File, int]] = {}
        files: dict[str, _File] = {}
        for group in _by_folder(sources):
            files.update((file.source.name, file) for file in self._read(group))
        for source in sources:
            self._define(files[source.name], source.name)

    # The protocol of engines.

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """Render a template file.

        Raises:
            TemplateExecutionError: It failed while it ran.
        """
        return self._guarded(self._execute, name, context).replace(NO_VALUE, "")

    def include(self, name: str, data: Any) -> str:
        """Render a named template.

        Raises:
            TemplateExecutionError: There is none, or it failed while it ran.
        """
        return self._guarded(self._include, name, data)

    def tpl(self, text: str, context: Any) -> str:
        """Render a text that is a template.

        Raises:
            TemplateExecutionError: It does not parse, or failed while it ran.
        """
        return self._guarded(self._tpl, text, context)

    def defines(self) -> Collection[str]:
        """Give the names of all templates, files included."""
        return self._defined.keys()

    def save(self) -> None:
        """Keep what was compiled in the cache, for the next run."""
        if self._cache is None:
            return
        new = []
        for position, (key, files, before) in enumerate(self._charts):
            count = sum(len(file.codes) for file in files)
            if count != before:
                new.append((key, [(file.templates, file.codes) for file in files]))
                self._charts[position] = key, files, count
        if new:
            self._cache.store_all(new)

    # Compiling.

    def _read(self, group: Sequence[TemplateSource]) -> list[_File]:
        """Give one chart's files, with the code that the cache has of them."""
        key, kept = "", None
        if self._cache is not None:
            key = self._cache.key([self._dialect, *(source.text for source in group)])
            kept = self._cache.load(key)
        if kept is None:
            kept = [(self._templates_of(source), {}) for source in group]
        files = [
            _File(source, templates, codes, self._function)
            for source, (templates, codes) in zip(group, kept, strict=True)
        ]
        before = sum(len(file.codes) for file in files)
        self._charts.append((key, files, before))
        return files

    def _templates_of(self, source: TemplateSource) -> list[tuple[str, bool]]:
        file = self._compilation().parse(source)
        return [(template.name, template.is_empty) for template in file.templates]

    def _compilation(self) -> Compiler:
        if self._compiler is None:
            from pypkg.render.gotemplate.compiler import Compiler  # noqa: PLC0415 - start-up time

            self._compiler = Compiler(self._names)
        return self._compiler

    def _define(self, file: _File, name: str) -> None:
        """Enter a file and what it defines; an empty template replaces no other."""
        for number, (template, is_empty) in enumerate(file.templates):
            entered = template or name
            if not is_empty or entered not in self._defined:
                self._defined[entered] = file, -1 - number

    def _function(self, file: _File, unit: int) -> FunctionType:
        """Make the function of a unit of a file."""
        code = file.codes.get(unit)
        if code is None:
            code = self._compilation().compile(file.source, unit)
            file.codes[unit] = code
        if id(code) in self._origins:
            # Another file of the same text: errors must tell the two apart.
            code = code.replace()
        self._origins[id(code)] = Origin(file.source, unit)
        self._link(code)
        return FunctionType(code, self._namespace, "template", (file.functions,))

    def _link(self, code: CodeType) -> None:
        """Put the template functions that code calls into the namespace."""
        namespace = self._namespace
        for name in code.co_names:
            if name not in namespace and name.startswith("F_"):
                function = PREDEFINED.get(name[2:]) or self._functions[name[2:]]
                namespace[name] = function

    def _make_namespace(self) -> dict[str, Any]:
        return {
            "__builtins__": {"repr": repr, "str": str, "int": int, "bool": bool},
            "dict": dict,
            "EACH": self._each,
            "PAIRS": self._pairs,
            "FAIL": runtime.fail,
            "FIELD": runtime.field,
            "GROWN": self._grown,
            "METHOD": runtime.method,
            "ONCE": runtime.ONCE,
            "P": runtime.printed,
            "TEMPLATE": self._invoked,
            "F_include": self._include,
            "F_tpl": self._tpl,
            **runtime.CHECKS,
        }

    # Running. What follows is called by compiled templates.

    def _execute(self, name: str, data: Any) -> str:
        if name not in self._defined:
            raise FunctionError(
                f"template: no template {go_quote(name)} associated with template"
                f' "{_TPL_NAME}"'
            )
        file, unit = self._defined[name]
        return self._run(file, unit, data)

    def _run(self, file: _File, unit: int, data: Any) -> str:
        pieces: list[str] = []
        file.functions[unit](data, pieces.append)
        return self._joined(pieces)

    def _include(self, name: str, data: Any) -> str:
        depth = self._depths.get(name, 0)
        if depth > self._limits.include_depth:
            raise FunctionError(
                "rendering template has a nested reference name:"
                f" {name}: unable to execute template"
            )
        self._check_time()
        self._depths[name] = depth + 1
        text = self._execute(name, data)
        self._depths[name] = depth
        return text

    def _invoked(self, name: str) -> FunctionType:
        """Give the function for ``{{ template "name" }}``."""
        if name not in self._defined:
            raise runtime.GoError(f"template {go_quote(name)} not defined")
        self._check_time()
        file, unit = self._defined[name]
        return file.functions[unit]

    def _tpl(self, text: str, data: Any) -> str:
        if "{{" not in text:
            return text.replace(NO_VALUE, "")
        self._check_time()
        file = self._texts.get(text)
        if file is None:
            file = self._texts[text] = self._read_text(text)
        if len(file.templates) > 1:
            return self._tpl_with_defines(file, data).replace(NO_VALUE, "")
        return self._run(file, -1, data).replace(NO_VALUE, "")

    def _read_text(self, text: str) -> _File:
        try:
            return self._read([TemplateSource(_TPL_NAME, text, "")])[0]
        except TemplateSyntaxError as fault:
            line = fault.location.line if fault.location else 1
            raise FunctionError(
                f"cannot parse template {go_quote(text)}: template:"
                f" {_TPL_NAME}:{line}: {fault.problem}"
            ) from fault

    def _tpl_with_defines(self, file: _File, data: Any) -> str:
        """Run tpl's text, whose own templates are known while it runs."""
        outside = self._defined
        self._defined = dict(outside)
        self._define(file, _TPL_NAME)
        try:
            return self._execute(_TPL_NAME, data)
        finally:
            self._defined = outside

    # Limits.

    def _check_time(self) -> None:
        if self._clock() > self._deadline:
            raise LimitError(
                f"the templates run for more than {self._limits.seconds:g} seconds"
            )

    def _each(self, value: Any) -> Iterable[Any]:
        self._check_range(value)
        return runtime.elements(value)

    def _pairs(self, value: Any) -> Iterable[tuple[Any, Any]]:
        self._check_range(value)
        return runtime.pairs(value)

    def _check_range(self, value: Any) -> None:
        self._check_time()
        if isinstance(value, int) and value > self._limits.range_items:
            raise LimitError(
                f"range over {value}: more than {self._limits.range_items} steps"
            )

    def _grown(self, value: Any) -> Any:
        """Check a value that a template may make larger and larger."""
        if value.__class__ is str:
            if len(value) > self._limits.output_bytes:
                raise self._too_large()
        elif value.__class__ is list and len(value) > self._limits.range_items:
            raise LimitError(f"a list of more than {self._limits.range_items} elements")
        return value

    def _joined(self, pieces: list[str]) -> str:
        if sum(map(len, pieces)) > self._limits.output_bytes:
            raise self._too_large()
        return "".join(pieces)

    def _too_large(self) -> LimitError:
        return LimitError(f"text of more than {self._limits.output_bytes} bytes")

    # Errors.

    def _guarded(self, run: Callable[[str, Any], str], name: str, data: Any) -> str:
        """Run something from outside, and explain what goes wrong in it."""
        outermost = self._deadline == 0.0
        if outermost:
            self._deadline = self._clock() + self._limits.seconds
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
        try:
            return run(name, data)
        except Exception as error:
            from pypkg.render.gotemplate.diagnosis import explained  # noqa: PLC0415 - start-up time

            self._depths.clear()
            raise explained(error, self._origins, self._names) from error
        finally:
            sys.setrecursionlimit(limit)


_ENGINE_FUNCTIONS = frozenset({"and", "include", "or", "tpl"})


def _by_folder(sources: Iterable[TemplateSource]) -> Iterable[list[TemplateSource]]:
    """Put the templates of each chart together."""
    groups: dict[str, list[TemplateSource]] = {}
    for source in sources:
        groups.setdefault(source.base_path, []).append(source)
    return groups.values()
