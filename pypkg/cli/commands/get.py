"""``pypkg get``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.cli import connection
from pypkg.cli.display import release_text
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.options import OutputFlags, RevisionFlags
from pypkg.cli.output import echo, structured, write
from pypkg.cli.proposals import complete_release
from pypkg.cli.settings import Settings

if TYPE_CHECKING:
    from pypkg.release.records.record import Release


class ValuesFlags(RevisionFlags, OutputFlags):
    """The flags of get values."""

    title: ClassVar = "Flags"

    all: bool = flag(
        "-a",
        "--all",
        help="the chart's defaults too: all computed values",
        default=False,
    )


class MetadataFlags(RevisionFlags, OutputFlags):
    """The flags of get metadata."""

    title: ClassVar = "Flags"


class AllFlags(RevisionFlags):
    """The flags of get all."""

    title: ClassVar = "Flags"

    template: str = flag(
        "--template",
        help="a Go template to print it by, such as '{{.Release.Info.Status}}'",
        metavar="TEMPLATE",
    )


def _computed(release: Release) -> dict[str, Any]:
    from pypkg.release.queries import computed_values  # noqa: PLC0415 - start-up time

    return computed_values(release)


def _release(settings: Settings, name: str, revision: int) -> Release:
    from pypkg.release.queries import get_release  # noqa: PLC0415 - start-up time

    with connection.environment(settings) as env:
        return get_release(env, name, revision)


@command(usage="RELEASE", name="all", complete=complete_release)
def _all(arguments: Arguments, settings: Settings, flags: AllFlags) -> None:
    """Print all there is of a release: values, hooks, manifest, notes."""
    release = _release(settings, arguments[0], flags.revision)
    if flags.template:
        from pypkg.cli.display.release_fields import fields  # noqa: PLC0415 - rare
        from pypkg.render.renderer import render_text  # noqa: PLC0415 - rare

        write(render_text("template", flags.template, {"Release": fields(release)}))
        return
    text = release_text.summary(
        release, chart=True, values=_computed(release), stored=True
    )
    echo(text, nl=False)


@command(usage="RELEASE", name="hooks", complete=complete_release)
def _hooks(arguments: Arguments, settings: Settings, flags: RevisionFlags) -> None:
    """Print the hooks of a release."""
    release = _release(settings, arguments[0], flags.revision)
    write(release_text.hooks(release.hooks))


@command(
    usage="RELEASE",
    name="manifest",
    complete=complete_release,
    examples="pypkg get manifest web | kubectl get -f -",
)
def _manifest(arguments: Arguments, settings: Settings, flags: RevisionFlags) -> None:
    """Print the objects of a release, as they were rendered."""
    release = _release(settings, arguments[0], flags.revision)
    write(f"{release.manifest}\n")


@command(usage="RELEASE", name="metadata", complete=complete_release)
def _metadata(arguments: Arguments, settings: Settings, flags: MetadataFlags) -> None:
    """Print what the record says of a release: chart, versions, times."""
    release = _release(settings, arguments[0], flags.revision)
    fields = release_text.metadata(release)
    if flags.output != "table":
        write(structured(flags.output, fields, sort_keys=False))
        return
    echo(release_text.metadata_lines(fields), nl=False)


@command(usage="RELEASE", name="notes", complete=complete_release)
def _notes(arguments: Arguments, settings: Settings, flags: RevisionFlags) -> None:
    """Print the chart's notes on a release."""
    release = _release(settings, arguments[0], flags.revision)
    if release.info.notes:
        write(f"NOTES:\n{release.info.notes}\n")


@command(
    usage="RELEASE",
    name="values",
    complete=complete_release,
    examples="pypkg get values web -o yaml > my.yaml",
)
def _values(arguments: Arguments, settings: Settings, flags: ValuesFlags) -> None:
    """Print the values that the user gave for a release."""
    release = _release(settings, arguments[0], flags.revision)
    # A record leaves out empty values: to Helm there are none then.
    values: dict[str, Any] | None = release.config or None
    title = "USER-SUPPLIED VALUES:"
    if flags.all:
        values, title = _computed(release), "COMPUTED VALUES:"
    if flags.output == "table":
        echo(title)
    write(structured("json" if flags.output == "json" else "yaml", values))


main = Group(
    "get",
    [_values, _manifest, _notes, _hooks, _metadata, _all],
    help="Print what a release is made of.",
)
