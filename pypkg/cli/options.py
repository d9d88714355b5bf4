"""The groups of flags that several commands share.

A group turns itself into the options that the lower layers take. Those are imported
where that is done: reading a command line must stay quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.cli import rendering
from pypkg.cli.flag_types import Commas, OneOf
from pypkg.cli.flags import Flags, flag
from pypkg.cli.proposals import complete_post_renderer, complete_revision

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.release.options import RenderOptions
    from pypkg.values.sources import ValueSources


class ValueFlags(Flags):
    """``-f``, ``--set`` and the others that give values.

    Whatever their order on the command line, each kind overrides those above it.
    """

    title: ClassVar = "Values (each kind overrides those above it)"

    values: tuple[str, ...] = flag(
        "-f",
        "--values",
        help="values from YAML files, URLs or - for standard input (can be repeated)",
        metavar="FILE,...",
        kind=Commas(),
        many=True,
    )
    set_json: tuple[str, ...] = flag(
        "--set-json",
        help='values as JSON: key={"a":1}, or a whole {"key":1} (can be repeated)',
        metavar="KEY=JSON",
        many=True,
    )
    set: tuple[str, ...] = flag(
        "--set",
        help="values: a.b=1,list[0]=x,names={a,b} (can be repeated)",
        metavar="KEY=VALUE",
        many=True,
    )
    set_string: tuple[str, ...] = flag(
        "--set-string",
        help="likewise, and every value is text",
        metavar="KEY=TEXT",
        many=True,
    )
    set_file: tuple[str, ...] = flag(
        "--set-file",
        help="likewise, and every value is the text of a file",
        metavar="KEY=FILE",
        many=True,
    )
    set_literal: tuple[str, ...] = flag(
        "--set-literal",
        help="one value, taken as it stands, commas and all",
        metavar="KEY=TEXT",
        many=True,
    )

    def sources(self) -> ValueSources:
        """Give them in the form that reads them."""
        from pypkg.values.sources import ValueSources  # noqa: PLC0415 - start-up time

        return ValueSources(
            files=self.values,
            set_json=self.set_json,
            set=self.set,
            set_string=self.set_string,
            set_file=self.set_file,
            set_literal=self.set_literal,
        )


class RenderFlags(Flags):
    """How a chart is rendered."""

    title: ClassVar = "Rendering"

    skip_schema_validation: bool = flag(
        "--skip-schema-validation",
        help="do not check the values against values.schema.json",
        default=False,
    )
    enable_dns: bool = flag(
        "--enable-dns", help="let templates look up host names", default=False
    )
    render_subchart_notes: bool = flag(
        "--render-subchart-notes", help="append the subcharts' notes", default=False
    )
    post_renderer: str = flag(
        "--post-renderer",
        help="a plugin, or a program, that changes the rendered manifests, from its"
        " standard input to its standard output",
        metavar="PLUGIN",
        complete=complete_post_renderer,
    )
    post_renderer_args: tuple[str, ...] = flag(
        "--post-renderer-args",
        help="an argument of that program (can be repeated)",
        metavar="ARGUMENT",
        many=True,
    )

    def render_options(self, **more: Any) -> RenderOptions:
        """Give them in the form that operations take.

        Args:
            **more: Further options of :class:`RenderOptions`.
        """
        from pypkg.release.options import RenderOptions  # noqa: PLC0415 - start-up time

        return RenderOptions(
            skip_schema_validation=self.skip_schema_validation,
            subchart_notes=self.render_subchart_notes,
            enable_dns=self.enable_dns,
            post_renderer=self.post_rendering(),
            **more,
        )

    def post_rendering(self) -> Callable[[str], str] | None:
        """Give what passes manifests through the program that was named."""
        return rendering.post_renderer(self.post_renderer, self.post_renderer_args)


class OutputFlags(Flags):
    """``-o``."""

    title: ClassVar = "Output"

    output: str = flag(
        "-o",
        "--output",
        help="the form of the output",
        default="table",
        kind=OneOf("table", "json", "yaml"),
    )


class RevisionFlags(Flags):
    """``--revision``."""

    revision: int = flag(
        "--revision",
        help="this revision instead of the latest",
        metavar="N",
        default=0,
        complete=complete_revision,
    )
