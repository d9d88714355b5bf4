"""``pypkg repo user``, ``token``, ``retention`` and ``export``: a served folder."""

from __future__ import annotations

import contextlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg.cli.commands.serve import StorageFlags, folder_of, tell_scan
from pypkg.cli.flag_types import OneOf
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.output import echo
from pypkg.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pypkg.repo.server.access.accounts import Accounts
    from pypkg.repo.server.access.rights import Grant
    from pypkg.repo.server.store.library import Library


class GrantFlags(Flags):
    """What an account or a token may do."""

    grant: tuple[str, ...] = flag(
        "--grant",
        help="rights, and the repository they are in: pull,push:team/*",
        metavar="RIGHTS[:REPOSITORY]",
        many=True,
    )


class UserFlags(GrantFlags):
    """The flags of user add."""

    password_stdin: bool = flag(
        "--password-stdin", help="read the password from standard input", default=False
    )


class TokenFlags(GrantFlags):
    """The flags of token create."""

    days: int = flag(
        "--days", help="how long it is good, 0 for ever", metavar="DAYS", default=0
    )


class RetentionFlags(StorageFlags):
    """Which versions stay."""

    repository: str = flag(
        "--repository", help="the repository, by default the root's", metavar="NAME"
    )
    keep_last: int = flag(
        "--keep-last", help="keep each chart's newest N", metavar="N", default=0
    )
    keep_per_major: int = flag(
        "--keep-per-major",
        help="keep the newest N of each major version",
        metavar="N",
        default=0,
    )
    keep_days: int = flag(
        "--keep-days", help="keep what came in the last N days", metavar="N", default=0
    )
    charts: str = flag(
        "--charts", help="only charts of such a name", metavar="PATTERN", default="*"
    )
    prereleases: bool = flag(
        "--prereleases", help="remove prereleases only", default=False
    )
    dry_run: bool = flag("--dry-run", help="only say what would go", default=False)


class ExportFlags(StorageFlags):
    """How the files are written."""

    url: str = flag("--url", help="the address that the files will have", metavar="URL")
    index_format: str = flag(
        "--index-format",
        help="the syntax of indexes: json or yaml",
        kind=OneOf("json", "yaml"),
        default="json",
        metavar="FORM",
    )
    no_pages: bool = flag("--no-pages", help="no pages for people", default=False)


@command(
    usage="FOLDER NAME",
    name="add",
    examples="pypkg repo user add ./charts ann --grant pull,push:team/*",
)
def _add_user(arguments: Arguments, flags: UserFlags) -> None:
    """Make an account, or change its password and rights; without --grant, all."""
    folder, name = arguments
    grants = _grants(flags.grant, default="pull,push,delete")
    with _accounts(folder) as accounts:
        accounts.add(name, _password(stdin=flags.password_stdin), grants)
    echo(f"{name} may {', '.join(map(str, grants))}")


@command(usage="FOLDER", name="list")
def _list_users(arguments: Arguments) -> None:
    """List the accounts."""
    with _accounts(arguments[0]) as accounts:
        for name, grants in accounts.accounts():
            echo(f"{name}\t{' '.join(map(str, grants))}")


@command(usage="FOLDER NAME", name="remove")
def _remove_user(arguments: Arguments) -> None:
    """Remove an account."""
    folder, name = arguments
    with _accounts(folder) as accounts:
        if not accounts.remove(name):
            raise RepositoryError(f"there is no account {name}")
    echo(f"{name} has been removed")


@command(
    usage="FOLDER NAME",
    name="create",
    examples="pypkg repo token create ./charts ci --grant push:team/* --days 90",
)
def _create_token(arguments: Arguments, flags: TokenFlags) -> None:
    """Make a token, and print it this once; without --grant it may pull.

    It is a password for any name, and a bearer token.
    """
    folder, name = arguments
    expires = datetime.now(UTC) + timedelta(days=flags.days) if flags.days else None
    with _accounts(folder) as accounts:
        grants = _grants(flags.grant, default="pull")
        echo(accounts.add_token(name, grants, expires=expires))


@command(usage="FOLDER", name="list")
def _list_tokens(arguments: Arguments) -> None:
    """List the tokens; they themselves are not kept."""
    with _accounts(arguments[0]) as accounts:
        for name, grants, expires in accounts.tokens():
            echo(f"{name}\t{' '.join(map(str, grants))}\t{expires or 'never ends'}")


@command(usage="FOLDER NAME", name="revoke")
def _revoke_token(arguments: Arguments) -> None:
    """Revoke a token."""
    folder, name = arguments
    with _accounts(folder) as accounts:
        if not accounts.remove_token(name):
            raise RepositoryError(f"there is no token {name}")
    echo(f"{name} has been revoked")


@command(
    usage="FOLDER",
    name="retention",
    examples="pypkg repo retention ./charts --keep-last 10 --dry-run\n"
    "pypkg repo retention ./charts --keep-last 3 --prereleases",
)
def retention(arguments: Arguments, flags: RetentionFlags) -> None:
    """Remove versions that no rule keeps; a chart's newest always stays."""
    from pypkg.repo.server.store.clock import clock  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.store.garbage import discard  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.store.policy import Policy  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.store.retention import (  # noqa: PLC0415 - start-up time
        Retention,
        superfluous,
    )
    from pypkg.repo.server.store.uploads import Uploads  # noqa: PLC0415 - start-up time

    rules = Retention(
        last=flags.keep_last,
        per_major=flags.keep_per_major,
        age=timedelta(days=flags.keep_days) if flags.keep_days else None,
        charts=flags.charts,
        prereleases=flags.prereleases,
    )
    with _library(arguments[0], flags.storage) as library:
        uploads = Uploads(library, Policy(), clock=clock)
        found = superfluous(library, flags.repository, rules, clock())
        for one in found:
            echo(f"{one.name} {one.version}")
            if not flags.dry_run:
                uploads.delete(flags.repository, one.name, one.version)
        discard(library)
    verb = "to remove" if flags.dry_run else "removed"
    echo(f"Versions {verb}: {len(found)}")


@command(
    usage="FOLDER TARGET",
    name="export",
    examples="pypkg repo export ./charts ./public --url https://charts.example.com",
)
def export(arguments: Arguments, flags: ExportFlags) -> None:
    """Write a served folder's repositories as files for any web server.

    Running it again writes only what has changed.
    """
    from pypkg.cli.previews import preview  # noqa: PLC0415 - start-up time
    from pypkg.repo.server import export as exporting  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.pages.website import Site  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.settings import Settings  # noqa: PLC0415 - start-up time

    folder, target = arguments
    tell_scan(Settings(folder=folder_of(folder), storage=flags.storage))
    with _library(folder, flags.storage) as library:
        done = exporting.export(
            library,
            Path(target),
            url=flags.url,
            form="yaml" if flags.index_format == "yaml" else "json",
            site=None if flags.no_pages else Site(library, preview, url=flags.url),
        )
    echo(
        f"{done.written} files written, {done.kept} were there already,"
        f" {done.removed} removed"
    )


@contextlib.contextmanager
def _library(folder: str, storage: str = "") -> Iterator[Library]:
    from pypkg.repo.server.store.library import open_library  # noqa: PLC0415 - start-up time

    with contextlib.closing(open_library(folder_of(folder), storage)) as library:
        yield library


@contextlib.contextmanager
def _accounts(folder: str) -> Iterator[Accounts]:
    from pypkg.repo.server.access.accounts import Accounts  # noqa: PLC0415 - start-up time
    from pypkg.repo.server.store.clock import clock  # noqa: PLC0415 - start-up time

    with _library(folder) as library:
        yield Accounts(library.catalogue, clock)


def _grants(given: Sequence[str], *, default: str) -> list[Grant]:
    from pypkg.repo.server.access.rights import Grant  # noqa: PLC0415 - start-up time

    return [Grant.parse(text) for text in given or (default,)]


def _password(*, stdin: bool) -> str:
    """Read a password: piped in, or typed twice on a terminal."""
    if stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    import getpass  # noqa: PLC0415 - only on a terminal

    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise RepositoryError("the passwords differ")
    return first


user = Group(
    "user",
    [_add_user, _list_users, _remove_user],
    help="Make, list and remove the accounts of a served folder.",
)
token = Group(
    "token",
    [_create_token, _list_tokens, _revoke_token],
    help="Make, list and revoke the tokens of a served folder.",
)
