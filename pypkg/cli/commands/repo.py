"""``pypkg repo``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pypkg import paths
from pypkg.cli import repositories
from pypkg.cli.commands import serve, served
from pypkg.cli.flag_types import Duration
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.options import OutputFlags
from pypkg.cli.output import echo, structured, table, warn, write
from pypkg.cli.proposals import complete_repositories
from pypkg.cli.repository_options import TlsFlags
from pypkg.cli.settings import Settings
from pypkg.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.repo.repositories import Repository


class TimeoutFlags(Flags):
    """``--timeout``."""

    timeout: float = flag(
        "--timeout",
        help="how long the download of an index may take",
        metavar="DURATION",
        default=repositories.SECONDS,
        kind=Duration(),
    )


class AddFlags(TlsFlags, TimeoutFlags):
    """The flags of repo add."""

    title: ClassVar = "Flags"

    username: str = flag("--username", help="sign in with this name", metavar="NAME")
    password: str = flag("--password", help="and this password", metavar="TEXT")
    password_stdin: bool = flag(
        "--password-stdin", help="and the password on standard input", default=False
    )
    pass_credentials: bool = flag(
        "--pass-credentials",
        help="send name and password to any host, not to the repository's alone",
        default=False,
    )
    force_update: bool = flag(
        "--force-update",
        help="replace a repository of this name",
        default=False,
    )
    mirror: tuple[str, ...] = flag(
        "--mirror",
        help="another URL of the same repository, for when the first does not answer"
        " (can be repeated)",
        metavar="URL",
        many=True,
    )
    allow_deprecated_repos: bool = flag(
        "--allow-deprecated-repos",
        help="accept the addresses of Helm's first repositories, which are gone",
        default=False,
    )


FILE = "repositories.yaml"
# Helm's first repositories, and where their charts went.
GONE = {
    "//kubernetes-charts.storage.googleapis.com": "https://charts.helm.sh/stable",
    "//kubernetes-charts-incubator.storage.googleapis.com": (
        "https://charts.helm.sh/incubator"
    ),
}


@command(
    usage="NAME URL",
    name="add",
    examples=(
        "pypkg repo add web https://charts.example.com\n"
        "pypkg repo add team https://charts.example.com --username ann"
        " --password-stdin < secret"
    ),
)
def _add(arguments: Arguments, settings: Settings, flags: AddFlags) -> None:
    """Add a repository, and fetch its index."""
    from pypkg.repo.repositories import (  # noqa: PLC0415 - start-up time
        Repository,
        checked,
    )

    name, url = arguments
    for gone, now in GONE.items():
        if gone in url and not flags.allow_deprecated_repos:
            raise RepositoryError(
                f'repo "{url}" is no longer available; try "{now}" instead'
            )
    repository = checked(
        Repository(
            name=name,
            url=url,
            username=flags.username,
            password=_password(flags),
            tls=flags.tls(),
            pass_credentials=flags.pass_credentials,
            mirrors=flags.mirror,
        )
    )
    file = repositories.repository_file(settings)
    there = next((one for one in file.load() if one.name == name), None)
    if there is not None and not flags.force_update:
        if there != repository:
            raise RepositoryError(
                f"repository name ({name}) already exists, please specify a different"
                " name",
                hint="--force-update replaces it",
            )
        echo(f'"{name}" already exists with the same configuration, skipping')
        return
    with repositories.updater(settings, timeout=flags.timeout) as updater:
        updater.update(repository)
    file.change(
        lambda others: [*(one for one in others if one.name != name), repository]
    )
    echo(f'"{name}" has been added to your repositories')


def _password(flags: AddFlags) -> str:
    """Give the password: from the flag, from standard input, or typed in."""
    if not flags.username or flags.password:
        return flags.password
    if flags.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass  # noqa: PLC0415 - only where nobody else knows it

    return getpass()


class ListFlags(OutputFlags):
    """The flags of repo list."""

    title: ClassVar = "Flags"

    no_headers: bool = flag("--no-headers", help="without the head", default=False)


@command(name="list", aliases=["ls"], examples="pypkg repo list -o json")
def _list(settings: Settings, flags: ListFlags) -> None:
    """List the repositories."""
    found = repositories.repository_file(settings).load()
    if flags.output != "table":
        data = [{"name": one.name, "url": _shown(one)} for one in found]
        write(structured(flags.output, data, sort_keys=False))
        return
    if not found:
        echo("no repositories to show", err=True)
        return
    rows = [[one.name, _shown(one)] for one in found]
    echo(table([] if flags.no_headers else ["NAME", "URL"], rows), nl=False)


def _shown(repository: Repository) -> str:
    from pypkg.repo.transport.urls import redacted  # noqa: PLC0415 - start-up time

    return redacted(repository.url)


@command(
    usage="[NAME...]",
    name="update",
    aliases=["up"],
    examples="pypkg repo update\npypkg repo update web",
    complete=complete_repositories,
)
def _update(arguments: Arguments, settings: Settings, flags: TimeoutFlags) -> None:
    """Fetch the indexes of repositories, where they have changed.

    Without a NAME those of all. A repository that fails keeps the index that it had.
    """
    found = _chosen(repositories.repository_file(settings).load(), arguments)
    echo("Hang tight while we grab the latest from your chart repositories...")
    failed = []
    with repositories.updater(settings, timeout=flags.timeout) as updater:
        for update in updater.update_all(found):
            name = update.repository.name
            if update.error is None:
                state = " (unchanged)" if update.unchanged else ""
                echo(
                    f'...Successfully got an update from the "{name}" chart'
                    f" repository{state}"
                )
                continue
            failed.append(_shown(update.repository))
            echo(
                f'...Unable to get an update from the "{name}" chart repository'
                f" ({failed[-1]}):\n\t{update.error}"
            )
    if failed:
        raise RepositoryError(
            f"failed to update the following repositories: {failed}".replace("'", "")
        )
    echo("Update Complete. ⎈Happy Helming!⎈")


def _chosen(found: Sequence[Repository], names: Sequence[str]) -> Sequence[Repository]:
    """Give the repositories of those names; all where there are none."""
    if not found:
        raise RepositoryError(
            "no repositories found. You must add one before updating",
            hint="pypkg repo add NAME URL; pypkg repo import takes over Helm's",
        )
    for name in names:
        if all(one.name != name for one in found):
            raise RepositoryError(
                f"no repositories found matching '{name}'.  Nothing will be updated"
            )
    return [one for one in found if not names or one.name in names]


@command(
    usage="NAME...",
    name="remove",
    aliases=["rm"],
    examples="pypkg repo remove web",
    complete=complete_repositories,
)
def _remove(arguments: Arguments, settings: Settings) -> None:
    """Remove repositories, and what is cached of them."""
    cache = repositories.index_cache(settings)
    file = repositories.repository_file(settings)
    if not file.load():
        raise RepositoryError("no repositories configured")

    def without(name: str, others: list[Repository]) -> list[Repository]:
        rest = [one for one in others if one.name != name]
        if len(rest) == len(others):
            raise RepositoryError(f'no repo named "{name}" found')
        return rest

    for name in arguments:
        file.change(lambda others, name=name: without(name, others))  # type: ignore[misc] # a default binds the loop's variable
        cache.remove(name)
        echo(f'"{name}" has been removed from your repositories')


class IndexFlags(Flags):
    """The flags of repo index."""

    url: str = flag(
        "--url",
        help="where the folder is served (default: URLs relative to the index)",
        metavar="URL",
    )
    merge: str = flag(
        "--merge",
        help="add the versions of another index; the folder's go first",
        metavar="FILE",
    )
    json: bool = flag(
        "--json",
        help="write JSON: Helm reads that six times as fast",
        default=False,
    )


@command(
    usage="[DIR]",
    name="index",
    examples=(
        "pypkg repo index ./charts --url https://charts.example.com\n"
        "pypkg repo index ./new --merge ./charts/index.yaml --json"
    ),
)
def _index(arguments: Arguments, flags: IndexFlags) -> None:
    """Write the index.yaml of a folder of chart archives.

    Any web server then serves the folder as a repository. What was read of an archive
    is kept: the next time only those that are new are read.
    """
    from pypkg.repo.indexing import Indexer  # noqa: PLC0415 - start-up time

    Indexer(
        folder=Path(*arguments),
        memory=paths.cache_home() / "archives",
        url=flags.url,
        form="json" if flags.json else "yaml",
        warn=warn,
    ).write(Path(flags.merge) if flags.merge else None)


@command(usage="[FILE]", name="import", examples="pypkg repo import")
def _import(arguments: Arguments, settings: Settings) -> None:
    """Take over Helm's repositories, with their credentials.

    FILE is a repositories.yaml of Helm; by default the user's own. Names that exist
    here stay as they are. Helm's file is not changed.
    """
    from pypkg.repo.repositories import RepositoryFile  # noqa: PLC0415 - start-up time

    theirs = Path(arguments[0]) if arguments else paths.helm_config_home() / FILE
    found = RepositoryFile(theirs).load()
    if not found:
        raise RepositoryError(f"there are no repositories in {theirs}")
    file = repositories.repository_file(settings)
    there = {one.name for one in file.load()}
    new = [one for one in found if one.name not in there]
    file.change(lambda others: [*others, *new])
    for one in found:
        state = "has been added" if one in new else "exists already: skipped"
        echo(f'"{one.name}" {state}')
    if new:
        echo("pypkg repo update fetches what they hold")


main = Group(
    "repo",
    [
        *(_add, _list, _update, _remove, _index, _import),
        *(serve.serve, serve.reindex, served.export, served.retention),
        *(served.user, served.token),
    ],
    help="Add, list, update, remove and index chart repositories; serve charts.",
)
