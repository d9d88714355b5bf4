"""``pypkg push``."""

from __future__ import annotations

from pathlib import Path

from pypkg.cli import repositories
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import echo
from pypkg.cli.repository_options import SignInFlags
from pypkg.cli.settings import Settings
from pypkg.errors import RepositoryError


@command(
    usage="ARCHIVE REMOTE",
    name="push",
    examples="pypkg push web-0.1.0.tgz oci://registry.example.com/charts",
)
def main(arguments: Arguments, settings: Settings, flags: SignInFlags) -> None:
    """Upload a chart's archive to a registry.

    REMOTE is oci://HOST/PATH, to which the chart's name is added. A signature,
    ARCHIVE.prov, is uploaded with it.
    """
    from pypkg.repo.oci.charts import Access  # noqa: PLC0415 - start-up time
    from pypkg.repo.oci.credentials import Login  # noqa: PLC0415 - start-up time

    path, remote = Path(arguments[0]), arguments[1]
    if not path.is_file():
        raise RepositoryError(
            f"{path} is no archive", hint="pypkg package makes one of a chart's folder"
        )
    if not remote.startswith("oci://"):
        raise RepositoryError(
            f"cannot push to {remote}", hint="charts are pushed to oci://HOST/PATH"
        )
    login = Login(flags.username, flags.password)
    access = Access(flags.tls(), flags.plain_http, login)
    pushed = repositories.registries(settings).push(path, remote, access)
    echo(f"Pushed: {pushed.reference}\nDigest: {pushed.digest}")
