"""Jinja2, set up for charts."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace, missing

from pypkg.render.jinja.access import GUARDED_TEXT, attribute, item
from pypkg.render.jinja.arithmetic import Arithmetic
from pypkg.render.jinja.faults import LimitError, MisuseError
from pypkg.render.jinja.filters import as_filters, as_globals
from pypkg.render.jinja.indent import gather, own_lines
from pypkg.render.jinja.macros import ChartMacro, macros_of
from pypkg.render.jinja.positions import (
    ChartCodeGenerator,
    PositionLexer,
    position_of,
)
from pypkg.render.jinja.printing import finalize, join_text, kind_of
from pypkg.render.jinja.undefined import MissingName

if TYPE_CHECKING:
    from types import CodeType

    from jinja2 import Environment, Template

    from pypkg.render.cache import CodeCache
    from pypkg.render.engine import Limits, TemplateSource


TOP_LEVEL = (
    "Values",
    "Release",
    "Chart",
    "Capabilities",
    "Files",
    "Template",
    "Subcharts",
)
"""The objects that every template has, under Helm's names."""

TPL_SUFFIX = " (tpl)"
"""What the name of a text that ``tpl`` renders ends with, after its caller's."""


class ChartEnvironment(ImmutableSandboxedEnvironment):
    """Compiles and runs the Jinja2 templates of a chart tree.

    Args:
        sources: The tree's templates, of all its charts.
        functions: The function catalogue.
        own_functions: More functions, and filters, which take Jinja2's context.
        limits: What a template may cost.
        clock: Seconds that only grow.
        cache: Keeps compiled templates between runs, if anything does.
    """

    code_generator_class = ChartCodeGenerator
    intercepted_binops = frozenset({"+", "*", "**", "%"})
    join_text = staticmethod(join_text)

    def __init__(
        self,
        sources: Iterable[TemplateSource],
        functions: Mapping[str, Callable[..., Any]],
        *,
        own_functions: Mapping[str, Callable[..., Any]],
        limits: Limits,
        clock: Callable[[], float],
        cache: CodeCache | None = None,
    ) -> None:
        self._loader = ChartTreeLoader(sources)
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            undefined=MissingName,
            finalize=finalize,
            loader=self._loader,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
            # Folding constants would freeze what randAlphaNum and now give.
            optimized=False,
            cache_size=-1,
            auto_reload=False,
            bytecode_cache=CompiledTemplates(cache) if cache else None,
        )
        self.context_class = ChartContext
        self.limits = limits
        self.concat = partial(gather, limit=limits.output_bytes)  # type: ignore[method-assign] # as Jinja2's native environment
        self._clock = clock
        self._deadline = 0.0
        self._lexer = PositionLexer(self)
        self._macros: dict[str, Mapping[str, ChartMacro]] = {}
        helm = as_globals(functions, limits)
        self._arithmetic = Arithmetic(limits, helm.get("printf"))
        self.filters = {**as_filters(helm, limits), **own_functions}
        self.globals = {**helm, **self._own_globals(helm), **own_functions}

    # What Jinja2 asks while it compiles

    @property
    def lexer(self) -> PositionLexer:
        """The lexer, which knows columns."""
        return self._lexer

    def _compile(self, source: str, filename: str) -> CodeType:
        try:
            return super()._compile(source, filename)
        except SyntaxError as error:
            # Such as a break outside of a loop, which Jinja2 lets through.
            position = position_of(source, error.lineno or 0)
            raise TemplateSyntaxError(error.msg, position, filename) from error

    def handle_exception(self, source: str | None = None) -> Any:  # noqa: ARG002 - as Jinja2
        """Let an exception pass as it is: its place is worked out elsewhere."""
        raise  # noqa: PLE0704 - Jinja2 calls this while it handles one

    def join_path(self, template: str, parent: str) -> str:
        """Find the template that another one names."""
        return self._loader.resolve(template, parent)

    # What compiled templates ask while they run

    def get_or_select_template(
        self,
        template_name_or_list: Any,
        parent: str | None = None,
        globals: Any = None,  # noqa: A002 - Jinja2's name
    ) -> Template:
        """Find the template that an include names, or the first one of a list."""
        name = template_name_or_list
        if not isinstance(name, str | list | Undefined):
            raise MisuseError(f"a template's name is text, not {kind_of(name)}")
        return super().get_or_select_template(name, parent, globals)  # type: ignore[arg-type] # it takes undefined names too

    def start(self) -> None:
        """Begin to count the time that a template takes."""
        self._deadline = self._clock() + self.limits.seconds

    def tick(self) -> None:
        """Stop a template that runs too long; its loops and macros call this.

        Raises:
            LimitError: Its time is over.
        """
        if self._clock() > self._deadline:
            raise LimitError(
                "the template takes too long", self.limits.seconds, "seconds"
            )

    def getattr(self, obj: Any, attribute_name: str) -> Any:
        """Give ``obj.name``, or what stands for a missing name."""
        if obj.__class__ is dict and attribute_name in obj:
            return obj[attribute_name]
        found = attribute(obj, attribute_name)
        if found is not missing:
            return found
        if isinstance(obj, str) and attribute_name in GUARDED_TEXT:
            return self._text_method(obj, attribute_name)
        return self.undefined(obj=obj, name=attribute_name)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Give ``obj[key]``, or what stands for a missing name."""
        found = item(obj, argument)
        return self.undefined(obj=obj, name=argument) if found is missing else found

    def call(self, context: Context, obj: Any, /, *args: Any, **named: Any) -> Any:
        """Call a function or macro."""
        result = super().call(context, obj, *args, **named)
        if isinstance(obj, Macro | ChartMacro):
            return own_lines(result)
        return result

    def call_binop(
        self,
        context: Context,  # noqa: ARG002 - as Jinja2
        operator: str,
        left: Any,
        right: Any,
    ) -> Any:
        """Compute what could become huge: ``+ * ** %``."""
        return self._arithmetic.compute(operator, left, right)

    def macro(self, template: str | None, name: str) -> Any:
        """Find a macro of the chart that a template is in, or give ``missing``."""
        base = self._loader.base_path(template or "")
        if base not in self._macros:
            self._macros[base] = macros_of(self._loader.partials(base), self.lexer)
        return self._macros[base].get(name, missing)

    def names_in(self, template: str) -> Sequence[str]:
        """Give the names that are there in a template without its doing."""
        self.macro(template, "")
        macros = self._macros[self._loader.base_path(template)]
        return (*TOP_LEVEL, *macros, *self.globals)

    def _text_method(self, text: str, name: str) -> Callable[..., Any]:
        if name == "join":
            return lambda items: self.filters["join"](self, items, text)
        return partial(self.filters[name], text)

    def _own_globals(self, helm: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
        """Make the globals of Jinja2 that charts have, besides Helm's."""
        return {
            "cycler": Cycler,
            "dict": partial(_dict, helm.get("dict")),
            "joiner": Joiner,
            "namespace": Namespace,
            "range": self._range,
        }

    def _range(self, *args: int) -> range:
        numbers = range(*args)
        if len(numbers) > self.limits.range_items:
            raise LimitError("the range is too long", self.limits.range_items, "items")
        return numbers


class ChartContext(Context):
    """A template's variables, and its chart's macros before the functions."""

    def resolve_or_missing(self, key: str) -> Any:
        """Find a name."""
        found = super().resolve_or_missing(key)
        environment: Environment = self.environment
        if found is not missing and found is not environment.globals.get(key, missing):
            return found
        assert isinstance(environment, ChartEnvironment)  # noqa: S101 - for the type
        macro = environment.macro(self.name, key)
        return found if macro is missing else macro


class CompiledTemplates(BytecodeCache):
    """Keeps Jinja2's compiled templates where the Go engine keeps its own."""

    def __init__(self, cache: CodeCache) -> None:
        self._cache = cache

    def get_bucket(
        self,
        environment: Environment,
        name: str,
        filename: str | None,  # noqa: ARG002 - as Jinja2
        source: str,
    ) -> Bucket:
        """Find a template's code, if it was compiled before."""
        key = self._cache.key(["jinja2", jinja2.__version__, name, source])
        bucket = Bucket(environment, key, key)
        bucket.code = self._cache.load(key)
        return bucket

    def set_bucket(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        self._cache.store(bucket.key, bucket.code)


class ChartTreeLoader(BaseLoader):
    """Finds the templates of a chart tree, and nothing else."""

    def __init__(self, sources: Iterable[TemplateSource]) -> None:
        self._sources = {source.name: source for source in sources}

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - as Jinja2
        template: str,
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Give a template's text."""
        if template not in self._sources:
            raise TemplateNotFound(template)
        # The name serves as a file's: Python's own errors show it.
        return self._sources[template].text, template, None

    def list_templates(self) -> list[str]:
        """Give the names of all templates."""
        return sorted(self._sources)

    def base_path(self, name: str) -> str:
        """Give the folder of the templates of the chart that a template is in."""
        source = self._sources.get(name.removesuffix(TPL_SUFFIX))
        return source.base_path if source else ""

    def partials(self, base_path: str) -> list[TemplateSource]:
        """Give a chart's partials, by name."""
        found = (
            source
            for source in self._sources.values()
            if source.base_path == base_path and source.is_partial
        )
        return sorted(found, key=lambda source: source.name)

    def resolve(self, name: str, parent: str) -> str:
        """Find what a template means by another's name.

        Args:
            name: A path below the chart's own ``templates/``; or ``CHART/PATH``,
                where CHART is a subchart, a chart beside or above; or a full name.
            parent: The full name of the template that asks.

        Returns:
            The full name; the first candidate where there is no such template.
        """
        base = self.base_path(parent)
        candidates = [f"{base}/{name}", *_in_other_charts(name, base), name]
        known = (posixpath.normpath(path) for path in candidates)
        return next((p for p in known if p in self._sources), candidates[0])


def _in_other_charts(name: str, base_path: str) -> Iterable[str]:
    """Give the places of a template of a chart below, beside or above."""
    wanted, _, rest = name.partition("/")
    chart = posixpath.dirname(base_path)
    while chart:
        yield f"{chart}/charts/{wanted}/templates/{rest}"
        if posixpath.basename(chart) == wanted:
            yield f"{chart}/templates/{rest}"
        chart = chart.rpartition("/charts/")[0]


def _dict(helm: Callable[..., Any] | None, *args: Any, **named: Any) -> dict[str, Any]:
    """Make a map: of pairs as Helm's dict, of another map, of named values."""
    if args and isinstance(args[0], Mapping):
        return {**args[0], **named}
    return {**(helm(*args) if helm and args else {}), **named}
