"""``pypkg search``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.cli import repositories
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, Group, HelmGrammar, command
from pypkg.cli.options import OutputFlags
from pypkg.cli.output import echo, structured, table, warn, write
from pypkg.cli.repository_options import SignInFlags
from pypkg.cli.settings import Settings
from pypkg.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pypkg.repo.cache import Row
    from pypkg.repo.search import Find

HEAD = ["NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"]
STABLE = ">0.0.0"


class ResultFlags(OutputFlags):
    """How results are shown."""

    max_col_width: int = flag(
        "--max-col-width",
        help="the most characters in a column; 0 is no limit",
        metavar="N",
        default=50,
    )
    fail_on_no_result: bool = flag(
        "--fail-on-no-result", help="fail if nothing is found", default=False
    )

    def show(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        data: Sequence[Mapping[str, Any]],
    ) -> None:
        """Print what was found.

        Args:
            head: The table's head.
            rows: The table.
            data: The same for other forms.

        Raises:
            RepositoryError: Nothing was, and that is to be a failure.
        """
        if not data and self.fail_on_no_result:
            raise RepositoryError("no results found")
        if self.output != "table":
            write(structured(self.output, data, sort_keys=False))
        elif not data:
            echo("No results found")
        else:
            echo(table(head, rows, widest=self.max_col_width), nl=False)


class RepoFlags(ResultFlags):
    """The flags of search repo."""

    title: ClassVar = "Flags"

    regexp: bool = flag(
        "-r",
        "--regexp",
        help="KEYWORD is a regular expression",
        default=False,
    )
    version: str = flag(
        "--version", help="only versions that this allows", metavar="CONSTRAINT"
    )
    versions: bool = flag(
        "-l",
        "--versions",
        help="every version, each on a line of its own",
        default=False,
    )
    devel: bool = flag(
        "--devel", help="prereleases too; --version goes first", default=False
    )

    @property
    def constraint(self) -> str:
        """Which versions count."""
        from pypkg.repo.index import DEVEL  # noqa: PLC0415 - start-up time

        return self.version or (DEVEL if self.devel else STABLE)

    def find(self, words: Sequence[str]) -> Find | None:
        """Give what looks for the keyword."""
        from pypkg.repo.search import literal, regular  # noqa: PLC0415 - start-up time

        if not words:
            return None
        return (regular if self.regexp else literal)(" ".join(words))


@command(
    usage="[KEYWORD...]",
    name="repo",
    examples=(
        "pypkg search repo database\n"
        "pypkg search repo web/nginx --versions --version '^15'"
    ),
)
def _repo(arguments: Arguments, settings: Settings, flags: RepoFlags) -> None:
    """Search the repositories that were added.

    The keyword is looked for in names, descriptions and keywords. Nothing is
    downloaded: pypkg repo update does that.
    """
    from pypkg.repo.search import search  # noqa: PLC0415 - start-up time

    with ExitStack() as stack:
        found = search(
            _indexes(settings, stack),
            find=flags.find(arguments),
            constraint=flags.constraint,
            every_version=flags.versions,
        )
    rows = [[one.name, one.version, one.app_version, one.description] for one in found]
    flags.show(HEAD, rows, _mappings(HEAD, rows))


def _mappings(
    head: Sequence[str], rows: Sequence[Sequence[str]]
) -> list[dict[str, str]]:
    """Give a table for programs: Helm's names are name, version, app_version, ..."""
    names = [name.lower().replace("chart ", "").replace(" ", "_") for name in head]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _indexes(
    settings: Settings, stack: ExitStack
) -> Iterator[tuple[str, Iterable[Row]]]:
    """Give every repository with the rows of its index."""
    added = repositories.repository_file(settings).load()
    if not added:
        raise RepositoryError(
            "no repositories configured",
            hint="pypkg repo add NAME URL; pypkg repo import takes over Helm's",
        )
    cache = repositories.index_cache(settings)
    for repository in added:
        index = stack.enter_context(cache.open(repository.name))
        if index is None:
            warn(
                f'Repo "{repository.name}" is corrupt or missing. Try'
                " 'pypkg repo update'."
            )
        else:
            yield repository.name, index.rows()


class HubFlags(ResultFlags):
    """The flags of search hub."""

    title: ClassVar = "Flags"

    endpoint: str = flag(
        "--endpoint",
        help="the hub's URL",
        metavar="URL",
        default="https://hub.helm.sh",
    )
    list_repo_url: bool = flag(
        "--list-repo-url",
        help="a column with the URLs of the repositories",
        default=False,
    )


@command(
    usage="[KEYWORD...]",
    name="hub",
    examples="pypkg search hub mysql\npypkg search hub mysql --list-repo-url",
)
def _hub(arguments: Arguments, flags: HubFlags) -> None:
    """Search Artifact Hub, or another hub with the same API."""
    from pypkg.repo import hub  # noqa: PLC0415 - start-up time
    from pypkg.repo.transport.session import Session  # noqa: PLC0415 - start-up time

    with Session() as session:
        found = hub.search(session, flags.endpoint, " ".join(arguments))
    rows = [[one.url, one.version, one.app_version, one.description] for one in found]
    data = [
        {
            "url": one.url,
            "version": one.version,
            "app_version": one.app_version,
            "description": one.description,
            "repository": {"url": one.repository_url, "name": one.repository},
        }
        for one in found
    ]
    head = ["URL", *HEAD[1:]]
    if flags.list_repo_url:
        head.append("REPO URL")
        rows = [
            [*row, one.repository_url] for row, one in zip(rows, found, strict=True)
        ]
    flags.show(head, rows, data)


class OciFlags(ResultFlags, SignInFlags):
    """The flags of search oci."""

    title: ClassVar = "Flags"

    version: str = flag(
        "--version", help="only versions that this allows", metavar="CONSTRAINT"
    )
    devel: bool = flag(
        "--devel", help="prereleases too; --version goes first", default=False
    )
    details: bool = flag(
        "--details",
        help="each version's app version and description: asks for each",
        default=False,
    )


@command(
    usage="REFERENCE",
    name="oci",
    examples=(
        "pypkg search oci://registry.example.com/charts/nginx\n"
        "pypkg search oci://registry.example.com/charts/nginx --version '^15' --details"
    ),
)
def _oci(arguments: Arguments, settings: Settings, flags: OciFlags) -> None:
    """List the versions of a chart in a registry.

    The word oci may be left out before oci://HOST/PATH/CHART.
    """
    from pypkg.repo.downloader import Query  # noqa: PLC0415 - start-up time
    from pypkg.repo.index import DEVEL  # noqa: PLC0415 - start-up time
    from pypkg.versions import satisfies  # noqa: PLC0415 - start-up time

    charts = repositories.registries(settings)
    query = Query(
        arguments[0],
        username=flags.username,
        password=flags.password,
        tls=flags.tls(),
        plain_http=flags.plain_http,
    )
    wanted = flags.version or (DEVEL if flags.devel else STABLE)
    found = [one for one in charts.versions(query) if satisfies(wanted, one)]
    rows = [[arguments[0], version] for version in found]
    if flags.details:
        for row, about in zip(rows, charts.metadata(query, found), strict=True):
            row += [about.app_version, about.description]
    head = HEAD[: len(HEAD) if flags.details else 2]
    flags.show(head, rows, _mappings(head, rows))


class _Search(Group):
    """``search``, which takes ``oci://`` without the word oci before it."""

    def resolve(self, words: list[str], path: str) -> tuple[HelmGrammar, list[str]]:
        """Find the command that is called."""
        if words[0].startswith("oci://"):
            return _oci, words
        return super().resolve(words, path)


main = _Search("search", [_repo, _hub, _oci], help="Search for charts.")
