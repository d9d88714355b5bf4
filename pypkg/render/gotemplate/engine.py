"""The Go template engine: compiled templates, and what they share.

All templates of a chart tree are in one namespace. They are compiled chart by chart,
and each chart's code is kept in the cache under the hash of its texts; a chart whose
code is there needs neither lexer, parser nor code generator.
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

    CompiledTemplate = tuple[str, bool, CodeType]
    """Name ("" for the file itself), whether it is empty, code."""
    CompiledFile = tuple[CompiledTemplate, ...]

# Frames of Python: an include is two, and several names may include one another.
_RECURSION_LIMIT = 20_000
# What tpl's text is called in Helm's messages.
_TPL_NAME = "gotpl"


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
        self._namespace = self._make_namespace()
        self._codes: dict[str, tuple[CodeType, Origin]] = {}
        self._templates: dict[str, FunctionType] = {}
        self._texts: dict[str, CompiledFile] = {}
        self._origins: dict[int, Origin] = {}
        compiled: dict[str, CompiledFile] = {}
        for group in _by_folder(sources):
            files = self._compiled(group)
            compiled.update(zip((s.name for s in group), files, strict=True))
        for source in sources:
            self._define(source, compiled[source.name], source.name)

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
        return self._codes.keys()

    # Compiling.

    def _compiled(self, group: Sequence[TemplateSource]) -> list[CompiledFile]:
        """Give the code of one chart's files, from the cache if it is there."""
        if self._cache is None:
            return [self._compile(source) for source in group]
        key = self._cache.key([*sorted(self._names), *(s.text for s in group)])
        files = self._cache.load(key)
        if files is None:
            files = [self._compile(source) for source in group]
            self._cache.store(key, files)
        return list(files)

    def _compile(self, source: TemplateSource) -> CompiledFile:
        from pypkg.render.gotemplate.compiler import compile_file  # noqa: PLC0415 - start-up time

        known = self._texts.get(source.text)
        if known is None:
            known = self._texts[source.text] = compile_file(source, self._names)
        return known

    def _define(
        self, source: TemplateSource, compiled: CompiledFile, name: str
    ) -> None:
        """Enter a file and what it defines; an empty template replaces no other."""
        for template, is_empty, code in compiled:
            entered = template or name
            if not is_empty or entered not in self._codes:
                self._codes[entered] = code, Origin(source, template)
                self._templates.pop(entered, None)

    def _function(self, name: str) -> FunctionType | None:
        """Give a template's function, made when it is first wanted."""
        function = self._templates.get(name)
        if function is None and name in self._codes:
            code, origin = self._codes[name]
            self._link(code)
            function = FunctionType(code, self._namespace, name)
            self._templates[name] = function
            self._origins[id(code)] = origin
        return function

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
        function = self._function(name)
        if function is None:
            raise FunctionError(
                f"template: no template {go_quote(name)} associated with template"
                f' "{_TPL_NAME}"'
            )
        pieces: list[str] = []
        function(data, pieces.append)
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
        function = self._function(name)
        if function is None:
            raise runtime.GoError(f"template {go_quote(name)} not defined")
        self._check_time()
        return function

    def _tpl(self, text: str, data: Any) -> str:
        if "{{" not in text:
            return text.replace(NO_VALUE, "")
        self._check_time()
        source = TemplateSource(_TPL_NAME, text, "")
        files = self._texts.get(text)
        if files is None:
            files = self._texts[text] = self._compiled_text(source)
        (_, _, code), *defines = files
        if defines:
            return self._tpl_with_defines(source, files, data)
        self._link(code)
        self._origins[id(code)] = Origin(source, "")
        pieces: list[str] = []
        FunctionType(code, self._namespace)(data, pieces.append)
        return self._joined(pieces).replace(NO_VALUE, "")

    def _compiled_text(self, source: TemplateSource) -> CompiledFile:
        try:
            return self._compiled([source])[0]
        except TemplateSyntaxError as fault:
            line = fault.location.line if fault.location else 1
            raise FunctionError(
                f"cannot parse template {go_quote(source.text)}: template:"
                f" {_TPL_NAME}:{line}: {fault.problem}\n{fault.source_excerpt}"
            ) from fault

    def _tpl_with_defines(
        self, source: TemplateSource, compiled: CompiledFile, data: Any
    ) -> str:
        """Run tpl's text, whose own templates are known while it runs."""
        outside = self._codes, self._templates
        self._codes, self._templates = dict(self._codes), dict(self._templates)
        self._define(source, compiled, _TPL_NAME)
        try:
            return self._execute(_TPL_NAME, data).replace(NO_VALUE, "")
        finally:
            self._codes, self._templates = outside

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
