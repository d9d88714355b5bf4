"""The pages as HTML, for the server and for static exports.

Every address on a page is relative, so the pages work below any path. A chart's page
is at ``REPOSITORY/-/CHART/VERSION/``; no part of a repository's name is ``-``.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pypkg.repo.server.pages import readme, values
from pypkg.repo.server.pages.changes import compare
from pypkg.repo.server.refusals import MissingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from pypkg.chart.chart import Chart
    from pypkg.repo.server.pages.changes import Renderer
    from pypkg.repo.server.store.library import ChartVersion, Library, Repository

STATIC = ("icon.svg", "pages.js", "style.css")
MAX_COMPARED = 50  # versions that a page offers to compare with
_KIB = 1024


class Site:
    """Makes the pages of a library.

    Args:
        library: What is shown.
        render: Renders charts, to compare versions; None compares files alone.
        url: The address that the pages will have, for install lines; "" where it is
            known with each request only.
    """

    def __init__(
        self, library: Library, render: Renderer | None = None, *, url: str = ""
    ) -> None:
        self._library = library
        self._render = render
        self._url = url.rstrip("/")

    def home(
        self, repositories: Sequence[Repository], *, query: str = "", url: str = ""
    ) -> str:
        """Give the first page: every chart of some repositories.

        Args:
            repositories: Those that the reader may see.
            query: What to look for in names, descriptions and keywords.
            url: The server's address.
        """
        return self._list(repositories, depth=0, here="", query=query, url=url)

    def repository(self, name: str, *, query: str = "", url: str = "") -> str:
        """Give the page of one repository.

        Raises:
            MissingError: There is none.
        """
        found = [one for one in self._library.repositories() if one.name == name]
        if not found:
            raise MissingError(f"there is no repository {name}")
        depth = len(name.split("/"))
        return self._list(found, depth=depth, here=name, query=query, url=url)

    def chart(
        self, repository: str, name: str, version: str = "", *, url: str = ""
    ) -> str:
        """Give the page of a chart's version.

        Args:
            repository: The repository.
            name: The chart.
            version: The version; "" for the newest.
            url: The server's address.

        Raises:
            MissingError: There is none.
            ChartError: Its archive cannot be read.
        """
        shown = self._library.version(repository, name, version)
        versions = self._library.versions(repository, name)
        chart = self._library.chart(shown)
        position = versions.index(shown)
        return self._page(
            "chart.html",
            depth=_depth(repository) + (1 if version else 0),
            title=f"{name} {shown.version}",
            here=repository,
            shown=shown,
            entry=shown.entry,
            versions=versions,
            previous=versions[position + 1 : position + 2],
            is_newest=position == 0,
            readme=_readme(chart),
            lines=values.lines((chart.values_text or b"").decode(errors="replace")),
            properties=values.properties(chart.schema),
            known=frozenset(self._library.names(repository)),
            files=[file.name for file in chart.templates],
            url=url or self._url,
        )

    def changes(self, repository: str, name: str, version: str, other: str) -> str:
        """Give the page that compares two versions of a chart.

        Args:
            repository: The repository.
            name: The chart.
            version: The newer version.
            other: The one to compare it with.

        Raises:
            MissingError: There is none.
            ChartError: An archive cannot be read.
        """
        new = self._library.version(repository, name, version)
        old = self._library.version(repository, name, other)
        comparison = compare(
            self._library.chart(old), self._library.chart(new), self._render
        )
        return self._page(
            "changes.html",
            depth=_depth(repository) + 3,
            title=f"{name}: {old.version} to {new.version}",
            here=repository,
            old=old,
            new=new,
            comparison=comparison,
            versions=self._library.versions(repository, name)[:MAX_COMPARED],
        )

    def fault(self, message: str, *, depth: int = 0) -> str:
        """Give the page that says what went wrong."""
        return self._page(
            "fault.html", depth=depth, title="Not found", here="", message=message
        )

    def _list(
        self,
        repositories: Sequence[Repository],
        *,
        depth: int,
        here: str,
        query: str,
        url: str,
    ) -> str:
        """Give a page of charts; those that do not match are there, and hidden."""
        listed = [
            (
                one,
                [
                    (chart, _matches(chart, query))
                    for chart in self._library.newest(one.name)
                ],
            )
            for one in repositories
        ]
        return self._page(
            "list.html",
            depth=depth,
            title=here or "Charts",
            here=here,
            listed=listed,
            found=sum(matches for _, charts in listed for _, matches in charts),
            query=query,
            url=url or self._url,
        )

    def _page(self, template: str, *, depth: int, here: str, **content: Any) -> str:
        """Fill a template in.

        Args:
            template: Its name.
            depth: How many folders below the first page the page is.
            here: The repository that it is about.
            **content: What it shows.
        """
        root = "../" * depth
        home = f"{root}{quote(here)}/" if here else root or "./"
        return self._environment.get_template(template).render(
            root=root, here=here, repository_home=home, **content
        )

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import (  # noqa: PLC0415 - start-up time
            Environment,
            PackageLoader,
        )

        environment = Environment(
            loader=PackageLoader(__name__.rpartition(".")[0]),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(part=_part, size=_size, date=_date)
        environment.tests["web_address"] = _is_web_address
        return environment


def static_file(name: str) -> bytes:
    """Give one of the files that every page uses; see :data:`STATIC`."""
    from importlib.resources import files  # noqa: PLC0415 - only pages need it

    return files(__name__.rpartition(".")[0]).joinpath("static", name).read_bytes()


def _depth(repository: str) -> int:
    """Count the folders of ``REPOSITORY/-/CHART/``."""
    return (len(repository.split("/")) if repository else 0) + 2


def _matches(one: ChartVersion, query: str) -> bool:
    """Tell whether a chart's name, description and keywords have every word."""
    keywords = " ".join(map(str, one.entry.get("keywords") or ()))
    text = f"{one.name} {one.entry.get('description') or ''} {keywords}".lower()
    return all(word in text for word in query.lower().split())


def _readme(chart: Chart) -> Any:
    for file in chart.files:
        if file.name.lower() == "readme.md":
            return readme.html(file.data.decode(errors="replace"))
    return None


def _part(text: str) -> str:
    """Give a text as one part of an address."""
    return quote(text, safe="")


def _size(number: int) -> str:
    if number < _KIB:
        return f"{number} B"
    size = number / _KIB
    return f"{size:.1f} KiB" if size < _KIB else f"{size / _KIB:.1f} MiB"


def _date(moment: str) -> str:
    return moment[:10]


def _is_web_address(text: object) -> bool:
    """Tell what may be linked to: charts may name any address, such as scripts."""
    return isinstance(text, str) and text.lower().startswith(("https://", "http://"))
