from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pypkg.errors import (
    ChartNotFoundError,
    PypkgError,
    RegistryError,
    RepositoryError,
    VerificationError,
)
from pypkg.repo.archives import ArchiveCache
from pypkg.repo.cache import IndexCache
from pypkg.repo.digests import sha256
from pypkg.repo.downloader import Downloader, Query
from pypkg.repo.repositories import Repository, RepositoryFile
from pypkg.repo.transport.session import Session
from pypkg.repo.updates import Updater
from tests.repo.conftest import packed
from tests.repo.servers import Answer, Asked, free_port, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from tests.repo.servers import Scripted

WEB = packed("web", "1.0.0")


def index(*urls: str, digest: str = "", version: str = "1.0.0") -> bytes:
    lines = "".join(f"    - {url}\n" for url in urls)
    return (
        "apiVersion: v1\nentries:\n  web:\n"
        f"  - digest: '{digest}'\n    name: web\n    urls:\n{lines}"
        f"    version: {version}\n"
    ).encode()


@pytest.fixture
def downloader(tmp_path: Path) -> Downloader:
    def hurried(**options: Any) -> Session:
        return Session(sleep=lambda _: None, **options)

    return Downloader(
        RepositoryFile(tmp_path / "repositories.yaml"),
        Updater(IndexCache(tmp_path / "indexes"), open_session=hurried),
        ArchiveCache(tmp_path / "content"),
    )


@pytest.fixture
def add(downloader: Downloader) -> Callable[[Repository], None]:
    return lambda one: downloader.repositories.change(lambda rest: [*rest, one])


@pytest.fixture
def team(
    downloader: Downloader, add: Callable[[Repository], None]
) -> Iterator[Scripted]:
    """A repository with one chart, which asks for a password."""

    def answer(asked: Asked) -> Answer:
        if asked.user != "ann:pw":
            return Answer(status=401)
        if asked.path == "/c/index.yaml":
            return Answer(index("web-1.0.0.tgz", digest=sha256(WEB)))
        return Answer(
            {"/c/web-1.0.0.tgz": WEB, "/c/web-1.0.0.tgz.prov": b"p"}[asked.path]
        )

    with scripted(answer) as server:
        add(Repository("team", f"{server.url}/c", "ann", "pw"))
        yield server


def test_a_chart_is_fetched_once(downloader: Downloader, team: Scripted) -> None:
    for _ in range(2):
        found = downloader.resolve(Query("team/web"))
        assert (found.name, found.data) == ("web-1.0.0.tgz", WEB)
    assert [asked.path for asked in team.asked] == ["/c/index.yaml", "/c/web-1.0.0.tgz"]


def test_the_signature_is_fetched_where_it_is_wanted(
    downloader: Downloader, team: Scripted
) -> None:
    downloader.resolve(Query("team/web"))
    assert downloader.resolve(Query("team/web", provenance=True)).provenance == b"p"


def test_a_damaged_cache_is_not_used(downloader: Downloader, team: Scripted) -> None:
    downloader.resolve(Query("team/web"))
    downloader.archives.path(sha256(WEB)).write_bytes(b"else")
    assert downloader.resolve(Query("team/web")).data == WEB


def test_a_url_in_a_repository_has_its_credentials(
    downloader: Downloader, team: Scripted
) -> None:
    url = f"{team.url}/c/web-1.0.0.tgz"
    assert downloader.resolve(Query(url)).data == WEB
    with pytest.raises(RepositoryError, match="401"):
        downloader.resolve(Query(f"{team.url}/web-1.0.0.tgz"))


def test_the_command_lines_credentials_go_first(
    downloader: Downloader, team: Scripted
) -> None:
    with pytest.raises(RepositoryError, match="401") as failed:
        downloader.resolve(Query("team/web", username="eve", password="no"))
    assert "no" not in str(failed.value).split(":")[0]
    assert {asked.user for asked in team.asked} == {"eve:no"}


def test_a_repository_may_be_given_by_its_url(
    downloader: Downloader, team: Scripted
) -> None:
    query = Query("web", repo_url=f"{team.url}/c", username="ann", password="pw")
    assert downloader.resolve(query).data == WEB
    assert downloader.resolve(query).data == WEB
    # Its index is asked for each time: nobody would update it.
    assert [a.path for a in team.asked].count("/c/index.yaml") == 2


def test_credentials_in_the_repositorys_url_are_used(
    downloader: Downloader, team: Scripted
) -> None:
    url = team.url.replace("://", "://ann:pw@") + "/c"
    assert downloader.resolve(Query("web", repo_url=url)).data == WEB


def test_a_wrong_digest_is_an_error_and_nothing_is_kept(
    downloader: Downloader, add: Callable[[Repository], None]
) -> None:
    digest = "0" * 64
    body = index("web-1.0.0.tgz", digest=digest)
    with scripted(lambda a: Answer(body if "index" in a.path else WEB)) as server:
        add(Repository("evil", server.url))
        for _ in range(2):
            with pytest.raises(VerificationError, match=f"expected sha256 {digest}"):
                downloader.resolve(Query("evil/web"))
    assert downloader.archives.get(digest) is None
    assert downloader.archives.get(sha256(WEB)) is None


def test_one_repository_cannot_answer_for_another(
    downloader: Downloader, add: Callable[[Repository], None]
) -> None:
    """The bytes that a repository gives never come up under another's digest."""
    other = packed("web", "1.0.0", description="poisoned")
    body = index("web-1.0.0.tgz", digest=sha256(WEB))
    served = {"/evil/web-1.0.0.tgz": other, "/good/web-1.0.0.tgz": WEB}
    with scripted(lambda a: Answer(served.get(a.path, body))) as server:
        for name in ("evil", "good"):
            add(Repository(name, f"{server.url}/{name}"))
        with pytest.raises(VerificationError):
            downloader.resolve(Query("evil/web"))
        assert downloader.resolve(Query("good/web")).data == WEB


def test_the_next_url_is_tried_where_one_does_not_answer(
    downloader: Downloader, add: Callable[[Repository], None]
) -> None:
    silent = f"http://127.0.0.1:{free_port()}/web-1.0.0.tgz"
    body = index(silent, "web-1.0.0.tgz", digest=sha256(WEB))
    with scripted(lambda a: Answer(body if "index" in a.path else WEB)) as server:
        add(Repository("team", server.url))
        assert downloader.resolve(Query("team/web")).data == WEB


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "ftp://h/web.tgz", "http:"]
)
def test_an_index_cannot_lead_elsewhere(
    downloader: Downloader, add: Callable[[Repository], None], url: str
) -> None:
    with scripted(lambda _: Answer(index(url))) as server:
        add(Repository("evil", server.url))
        with pytest.raises(PypkgError):
            downloader.resolve(Query("evil/web"))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "path", ["/a/..%2f..%2fevil.tgz", "/..", "/a/%2e%2e", "/a%00.tgz", "/x/..\\y.tgz"]
)
def test_a_files_name_is_never_a_way_out(downloader: Downloader, path: str) -> None:
    with scripted(lambda _: Answer(WEB)) as server:
        name = downloader.resolve(Query(server.url + path)).name
    assert name not in ("", ".", "..")
    assert not set(name) & set("/\\\0")


def test_what_is_not_there_is_named_with_what_is(
    downloader: Downloader, team: Scripted
) -> None:
    cases = {
        Query("team/wep"): ('chart "wep" not found in team', "did you mean team/web?"),
        Query("team/web", version="^2"): (
            'chart "web" has no version "^2" in team',
            "the newest there: 1.0.0",
        ),
        Query("tean/web"): ("repo tean not found", "did you mean team?"),
    }
    for query, (message, hint) in cases.items():
        with pytest.raises(RepositoryError) as failed:
            downloader.resolve(query)
        assert (str(failed.value), failed.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("version", "devel", "found"),
    [
        ("", False, "1.10.0"),
        ("", True, "2.0.0-rc.1"),
        ("1.2.0", False, "1.2.0"),
        ("^1.0 <1.5", False, "1.2.0"),
        ("2.0.0-rc.1", False, "2.0.0-rc.1"),
        (">=2-0", False, "2.0.0-rc.1"),
        ("1.2.x || 0.9", True, "1.2.0"),
    ],
)
def test_the_newest_allowed_version_is_taken(
    downloader: Downloader,
    add: Callable[[Repository], None],
    version: str,
    devel: bool,  # noqa: FBT001 - a table
    found: str,
) -> None:
    listed = "".join(
        f"  - name: web\n    version: {v}\n    urls:\n    - web-{v}.tgz\n"
        for v in ("2.0.0-rc.1", "1.10.0", "1.2.0", "0.9.0")
    )
    body = f"apiVersion: v1\nentries:\n  web:\n{listed}".encode()
    with scripted(lambda a: Answer(body if "index" in a.path else WEB)) as server:
        add(Repository("team", server.url))
        archive = downloader.resolve(Query("team/web", version, devel=devel))
    assert archive.name == f"web-{found}.tgz"


def test_a_name_that_got_another_url_is_not_answered_from_the_old_index(
    downloader: Downloader, team: Scripted
) -> None:
    downloader.resolve(Query("team/web"))
    body = index("web-2.0.0.tgz", version="2.0.0")
    with scripted(lambda a: Answer(body if "index" in a.path else WEB)) as server:
        downloader.repositories.change(lambda _: [Repository("team", server.url)])
        assert downloader.resolve(Query("team/web")).name == "web-2.0.0.tgz"


def test_registries_are_asked_for_oci_references(downloader: Downloader) -> None:
    with pytest.raises(RegistryError):
        downloader.resolve(Query("oci://example.com/web"))

    class Registry:
        def pull(self, query: Query) -> Any:
            return query

        def versions(self, _: Query) -> list[str]:
            return []

    asked: Any = replace(downloader, registry=Registry()).resolve(
        Query("oci://h/web", "1")
    )
    assert (asked.reference, asked.version) == ("oci://h/web", "1")


def test_a_plain_word_is_no_reference(downloader: Downloader) -> None:
    with pytest.raises(ChartNotFoundError, match="there is no chart web"):
        downloader.resolve(Query("web"))
