"""``pypkg verify``."""

from __future__ import annotations

from pypkg.cli import signatures
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, command


class VerifyFlags(Flags):
    """Whose signatures count."""

    keyring: str = flag(
        "--keyring",
        help="the public keys to check it with (default: GnuPG's)",
        metavar="FILE",
    )


@command(
    usage="ARCHIVE",
    name="verify",
    examples=(
        "pypkg verify web-0.1.0.tgz\npypkg verify web-0.1.0.tgz --keyring team.gpg"
    ),
)
def main(arguments: Arguments, flags: VerifyFlags) -> None:
    """Check who signed a chart's archive, and that it is as it was then.

    The signature lies beside the archive, in a file of its name and .prov, where
    pypkg package --sign, helm package --sign and pypkg pull --prov put it.
    """
    signatures.show(signatures.verify_file(arguments[0], flags.keyring))
