"""What the two template engines have in common: the seam between them.

An engine knows one template language. It is built over the templates of a whole
chart tree, since charts share one namespace of named templates, and renders one
of them at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Protocol

    class Engine(Protocol):
        """Renders the templates of one language in a chart tree."""

        def render(self, name: str, context: Mapping[str, Any]) -> str:
            """Render one template to text.

            Args:
                name: A :attr:`TemplateSource.name`.
                context: The top-level objects (``Values``, ``Release``, ...) of the
                    template's chart.

            Raises:
                TemplateSyntaxError: The template does not parse.
                TemplateExecutionError: It failed while it ran.
            """
            ...

        def include(self, name: str, data: Any) -> str:
            """Render a named template, as the ``include`` function does.

            Args:
                name: A name in :meth:`defines`.
                data: What the template sees as its data (Go: its dot).
            """
            ...

        def tpl(self, text: str, context: Any) -> str:
            """Render a text that is a template itself, as the ``tpl`` function does."""
            ...

        def defines(self) -> Collection[str]:
            """Give the names that :meth:`include` knows."""
            ...


JINJA_SUFFIX = ".j2"
"""The end of a Jinja2 template's name; every other template is a Go template."""


class TemplateSource(Struct):
    """A template as its chart holds it.

    Attributes:
        name: Helm's ``.Template.Name``: ``web/templates/deployment.yaml``.
        text: The source text.
        base_path: Helm's ``.Template.BasePath``: ``web/templates``.
    """

    name: str
    text: str
    base_path: str

    @property
    def is_jinja(self) -> bool:
        """Whether the template is written in Jinja2."""
        return self.name.endswith(JINJA_SUFFIX)

    @property
    def is_partial(self) -> bool:
        """Whether it is only used by others: its file name begins with ``_``."""
        return self.name.rpartition("/")[2].startswith("_")


class Limits(Struct):
    """What rendering may cost, so that no template can hang or fill the memory.

    Attributes:
        output_bytes: The longest text that a template, or one value in it, may
            grow to.
        seconds: How long a template may run, with all that it includes.
        include_depth: How deep includes may nest; Helm's own limit.
        range_items: The longest list of numbers that a template may ask for.
    """

    output_bytes: int = 64 * 1024 * 1024
    seconds: float = 60.0
    include_depth: int = 1000
    range_items: int = 1_000_000


class GoObject:
    """An object that templates see by Go's names for its fields and methods.

    Templates of either language reach what the two tables list and nothing else;
    any other name is an error, as it is for a Go struct.

    Attributes:
        go_type: What ``typeOf`` prints, such as ``*common.Capabilities``.
        go_kind: What ``kindOf`` prints; a pointer's is ``ptr`` by its type's star.
        go_fields: Go's field name → the Python attribute's name.
        go_methods: Go's method name → the Python method's name. ``String`` prints
            the object.
        go_json_names: Go's field name → the name that ``toJson`` gives it, where
            the two differ.
    """

    __slots__ = ()

    go_type: ClassVar[str]
    go_kind: ClassVar[str] = "struct"
    go_fields: ClassVar[Mapping[str, str]] = {}
    go_methods: ClassVar[Mapping[str, str]] = {}
    go_json_names: ClassVar[Mapping[str, str]] = {}

    def get(self, name: str) -> Any:
        """Give what ``.name`` means in a Go template: a field, or a method's result.

        A map answers the same call, so compiled templates walk a path such as
        ``.Capabilities.KubeVersion.Minor`` without asking what each step is. A
        method that takes arguments goes through :meth:`go_method` instead.

        Raises:
            AttributeError: Go's type has neither.
        """
        if name in self.go_methods:
            return getattr(self, self.go_methods[name])()
        if name in self.go_fields:
            return getattr(self, self.go_fields[name])
        raise AttributeError(name)

    def go_method(self, name: str) -> Callable[..., Any] | None:
        """Give the method that Go calls ``name``, or None."""
        if name in self.go_methods:
            method: Callable[..., Any] = getattr(self, self.go_methods[name])
            return method
        return None
