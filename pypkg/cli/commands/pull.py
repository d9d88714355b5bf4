"""``pypkg pull``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import inputs
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo
from pypkg.cli.proposals import complete_charts
from pypkg.cli.repository_options import ChartFlags
from pypkg.cli.settings import Settings
from pypkg.errors import RepositoryError

if TYPE_CHECKING:
    from pypkg.repo.archives import Archive


class PullFlags(ChartFlags):
    """The flags of pull."""

    title: ClassVar = "Flags"

    destination: str = flag(
        "-d",
        "--destination",
        help="the folder to write to; --untardir is below it",
        metavar="FOLDER",
        default=".",
    )
    prov: bool = flag(
        "--prov", help="fetch the signature too, without checking it", default=False
    )
    untar: bool = flag("--untar", help="unpack the archive", default=False)
    untardir: str = flag(
        "--untardir",
        help="the folder to unpack into",
        metavar="FOLDER",
        default=".",
    )


@command(
    usage="CHART...",
    name="pull",
    aliases=["fetch"],
    examples=(
        "pypkg pull web/nginx --version ^15\n"
        "pypkg pull nginx --repo https://charts.example.com --untar\n"
        "pypkg pull oci://registry.example.com/charts/nginx"
    ),
    complete=complete_charts,
)
def main(arguments: Arguments, settings: Settings, flags: PullFlags) -> None:
    """Download charts.

    CHART is REPOSITORY/CHART, a URL, or oci://REGISTRY/CHART. The archive is checked
    against the digest that the repository's index lists.
    """
    for reference in arguments:
        archive = inputs.fetch(reference, settings, flags, provenance=flags.prov)
        if reference.startswith("oci://"):
            pulled, _, digest = archive.source.partition("@")
            echo(f"Pulled: {pulled}\nDigest: {digest}", err=True)
        folder = Path(flags.destination)
        if flags.untar:
            _unpack(archive, folder / flags.untardir)
        else:
            _write(archive, folder)


def _write(archive: Archive, folder: Path) -> None:
    from pypkg import files  # noqa: PLC0415 - start-up time

    if not folder.is_dir():
        raise RepositoryError(f"there is no folder {folder}", hint="make it first")
    parts = {archive.name: archive.data}
    if archive.provenance is not None:
        parts[f"{archive.name}.prov"] = archive.provenance
    for name, data in parts.items():
        files.write(folder / name, data, mode=files.PUBLIC)


def _unpack(archive: Archive, folder: Path) -> None:
    """Unpack into a folder of the chart's name."""
    from pypkg.chart.archive import expand, read_archive  # noqa: PLC0415 - start-up time
    from pypkg.chart.loader import load_archive  # noqa: PLC0415 - start-up time

    chart = load_archive(archive.data, name=archive.source)
    place = folder / chart.name
    if place.exists():
        raise RepositoryError(
            f"failed to untar: a file or directory with the name {place} already"
            " exists",
            hint="move it away, or choose another folder with --untardir",
        )
    expand(read_archive(archive.data, name=archive.source), place)
    echo(f"{archive.source} is now in {place}", err=True)
