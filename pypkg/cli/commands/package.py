"""``pypkg package``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import ClassVar

from pypkg.cli import dependencies, signatures
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo, warn
from pypkg.cli.repository_options import FetchFlags, SignInFlags
from pypkg.cli.settings import Settings
from pypkg.errors import UsageError


class PackageFlags(Flags):
    """What goes into the archive, and where that goes."""

    destination: str = flag(
        "-d",
        "--destination",
        help="the folder to write to",
        metavar="FOLDER",
        default=".",
    )
    version: str = flag(
        "--version", help="the chart's version, instead of its own", metavar="SEMVER"
    )
    app_version: str = flag(
        "--app-version", help="likewise for appVersion", metavar="TEXT"
    )
    dependency_update: bool = flag(
        "-u",
        "--dependency-update",
        help="first fetch the charts that it depends on",
        default=False,
    )


class SigningFlags(Flags):
    """Who signs it."""

    title: ClassVar = "Signing"

    sign: bool = flag(
        "--sign", help="sign the archive: writes ARCHIVE.prov", default=False
    )
    key: str = flag(
        "--key", help="whose key to sign with: a name or address", metavar="NAME"
    )
    keyring: str = flag(
        "--keyring",
        help="the file of secret keys (default ~/.gnupg/pubring.gpg)",
        metavar="FILE",
    )
    passphrase_file: str = flag(
        "--passphrase-file",
        help="a file whose first line unlocks the key; - is standard input",
        metavar="FILE",
    )


@command(
    usage="PATH...",
    name="package",
    examples=(
        "pypkg package ./web\n"
        "pypkg package ./web --version 1.2.0 -d dist\n"
        "pypkg package ./web --sign --key ann@example.com --keyring secring.gpg"
    ),
)
def main(
    arguments: Arguments,
    settings: Settings,
    options: PackageFlags,
    signing: SigningFlags,
    sign_in: SignInFlags,
) -> None:
    """Pack a chart's folder into an archive, NAME-VERSION.tgz.

    The archive has Helm's layout. With SOURCE_DATE_EPOCH set, the same chart gives
    the same bytes.
    """
    if signing.sign and not signing.key:
        raise UsageError("--key is required for signing a package")
    folder = Path(options.destination)
    if options.destination == ".":
        folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for path in arguments:
        if options.dependency_update:
            fetching = FetchFlags(**vars(sign_in))
            with dependencies.opened(settings, fetching) as opened:
                opened.update(Path(path))
        # An archive whose signature fails must not stand there as if it had one.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".package-") as work:
            made = _packed(path, Path(work), options, signing)
            for file in sorted(Path(work).iterdir(), reverse=True):
                file.replace(folder / file.name)
        echo(f"Successfully packaged chart and saved it to: {folder / made}")


def _packed(
    path: str, folder: Path, options: PackageFlags, signing: SigningFlags
) -> str:
    """Pack and sign a chart, and give its archive's name."""
    from pypkg.chart import packager  # noqa: PLC0415 - start-up time

    made = packager.package(
        path,
        folder,
        version=options.version or None,
        app_version=options.app_version or None,
        warn=warn,
    )
    if signing.sign:
        text = signatures.sign(
            made,
            key=signing.key,
            keyring=signing.keyring,
            passphrase_file=signing.passphrase_file,
        )
        made.with_name(f"{made.name}.prov").write_text(text)
    return made.name
