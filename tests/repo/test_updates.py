from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pypkg.errors import RepositoryError
from pypkg.repo.cache import IndexCache
from pypkg.repo.index import parse
from pypkg.repo.repositories import Repository
from pypkg.repo.transport.session import Session
from pypkg.repo.transport.transfer import Fetched
from pypkg.repo.updates import Updater
from tests.repo.servers import Answer, Asked, free_port, scripted

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

INDEX = b"""\
apiVersion: v1
entries:
  web:
  - name: web
    version: 1.0.0
    urls: [web-1.0.0.tgz]
"""
NEWER = INDEX.replace(b"1.0.0", b"1.1.0")


def hurried(**options: Any) -> Session:
    return Session(sleep=lambda _: None, **options)


@pytest.fixture
def updater(tmp_path: Path) -> Updater:
    return Updater(IndexCache(tmp_path / "cache"), open_session=hurried)


def versions(updater: Updater, name: str = "team") -> list[str]:
    with updater.cache.open(name) as index:
        return index.versions("web") if index is not None else []


def test_an_index_that_has_not_changed_is_not_fetched(updater: Updater) -> None:
    def answer(asked: Asked) -> Answer:
        known = asked.headers.get("if-none-match") == '"1"'
        return Answer(status=304) if known else Answer(INDEX, headers={"ETag": '"1"'})

    with scripted(answer) as server:
        repository = Repository("team", server.url)
        assert [updater.update(repository) for _ in range(2)] == [False, True]
    assert server.asked[0].headers["accept-encoding"] == "gzip"
    assert versions(updater) == ["1.0.0"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500),
        Answer(b"<html>Sign in</html>"),
        Answer(b""),
        Answer(b"apiVersion: v1\nentries: [1]"),
        Answer(b"apiVersion: v1\nentries: {web: 1}"),
        Answer(b"apiVersion: v1\nentries: {a: " + b"[" * 5000),
        Answer(b"{" * 5000),
        Answer(b"a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n" * 2),
        Answer(
            b"apiVersion: v1\na0: &a0 [x]\n"
            + b"".join(
                b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9))
                for n in range(1, 12)
            )
        ),
        Answer(INDEX, sent=20),
    ],
    ids=[
        "error",
        "page",
        "empty",
        "list",
        "number",
        "deep",
        "deep JSON",
        "duplicate",
        "alias bomb",
        "cut off",
    ],
)
def test_a_bad_download_leaves_the_last_good_index(
    updater: Updater, answer: Answer
) -> None:
    with scripted(lambda _: Answer(INDEX)) as server:
        repository = Repository("team", server.url)
        updater.update(repository)
        server.answer = lambda _: answer
        with pytest.raises(RepositoryError):
            updater.update(repository)
    assert versions(updater) == ["1.0.0"]


def test_versions_that_helm_would_refuse_are_left_out(updater: Updater) -> None:
    told: list[str] = []
    bad = (
        "  - {name: ../../etc, version: 1.0.0}\n  - {name: web, version: one}\n"
        "  - {name: web}\n  - 5\n  - {version: 1.0.0}\n"
    )
    index = parse(INDEX + bad.encode(), source="index.yaml", warn=told.append)
    assert [one.version for one in index.entries["web"]] == ["1.0.0"]
    assert len(told) == 4


def test_versions_are_put_in_order() -> None:
    listed = [
        "1.2.0",
        "1.10.0",
        "2.0.0-rc.2",
        "2.0.0-rc.10",
        "2.0.0",
        "v1.3",
        "2.0.0-a",
    ]
    text = "apiVersion: v1\nentries:\n  web:\n" + "".join(
        f"  - name: web\n    version: {version}\n" for version in listed
    )
    index = parse(text.encode(), source="index.yaml")
    assert [one.version for one in index.entries["web"]] == [
        "2.0.0",
        "2.0.0-rc.10",
        "2.0.0-rc.2",
        "2.0.0-a",
        "1.10.0",
        "v1.3",
        "1.2.0",
    ]


def test_mirrors_are_asked_where_the_first_does_not_answer(updater: Updater) -> None:
    with (
        scripted(lambda _: Answer(status=404)) as first,
        scripted(lambda _: Answer(INDEX)) as second,
    ):
        silent = f"http://127.0.0.1:{free_port()}"
        updater.update(Repository("team", silent, mirrors=(first.url, second.url)))
    assert versions(updater) == ["1.0.0"]


def test_the_credentials_go_to_a_mirror_too(updater: Updater) -> None:
    with (
        scripted(lambda _: Answer(status=503)) as first,
        scripted(lambda _: Answer(INDEX)) as second,
    ):
        repository = Repository("t", first.url, "ann", "pw", mirrors=(second.url,))
        updater.update(repository)
    assert {asked.user for asked in (*first.asked, *second.asked)} == {"ann:pw"}


def test_the_first_failure_is_told_where_all_fail(updater: Updater) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(RepositoryError) as failed:
        updater.update(Repository("team", url, mirrors=(url,)))
    assert str(failed.value) == (
        f'looks like "{url}" is not a valid chart repository or cannot be reached:'
        f" failed to fetch {url}/index.yaml: the connection was refused"
    )


def test_several_are_updated_and_one_failure_is_its_own(updater: Updater) -> None:
    with scripted(lambda _: Answer(INDEX)) as server:
        names = [f"r{n}" for n in range(12)]
        added = [Repository(name, server.url) for name in names]
        broken = Repository("broken", f"http://127.0.0.1:{free_port()}")
        found = {u.repository.name: u for u in updater.update_all([*added, broken])}
    assert found.keys() == {*names, "broken"}
    assert [name for name, one in found.items() if one.error] == ["broken"]
    assert versions(updater, "r7") == ["1.0.0"]


def test_a_crash_while_writing_leaves_the_last_good_index(tmp_path: Path) -> None:
    cache = IndexCache(tmp_path)
    cache.store("team", "u", Fetched("u", b""), parse(INDEX, source="i"))
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from pypkg.repo import cache\n"
        "from pypkg.repo.index import parse\n"
        "from pypkg.repo.transport.transfer import Fetched\n"
        "fill = cache._fill\n"
        "def killed(db, index):\n"
        "    fill(db, index)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "cache._fill = killed\n"
        "index = parse(sys.stdin.buffer.read(), source='i')\n"
        "folder = Path(sys.argv[1])\n"
        "cache.IndexCache(folder).store('team', 'u', Fetched('u', b''), index)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], input=NEWER, check=False
    )
    assert done.returncode == -signal.SIGKILL
    with cache.open("team") as index:
        assert index is not None
        assert index.versions("web") == ["1.0.0"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits are POSIX's")
def test_a_full_disk_leaves_the_last_good_index(tmp_path: Path) -> None:
    cache = IndexCache(tmp_path)
    cache.store("team", "u", Fetched("u", b""), parse(INDEX, source="i"))
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from pypkg.errors import FileWriteError\n"
        "from pypkg.repo.cache import IndexCache\n"
        "from pypkg.repo.index import parse\n"
        "from pypkg.repo.transport.transfer import Fetched\n"
        "index = parse(sys.stdin.buffer.read(), source='i')\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "try:\n"
        "    cache = IndexCache(Path(sys.argv[1]))\n"
        "    cache.store('team', 'u', Fetched('u', b''), index)\n"
        "except FileWriteError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path],
        input=NEWER,
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"cannot write ")
    assert [path.name for path in tmp_path.iterdir()] == ["team-index.db"]
    with cache.open("team") as index:
        assert index is not None
        assert index.versions("web") == ["1.0.0"]


@pytest.mark.parametrize(
    "junk", [b"", b"no database", b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_broken_cache_is_as_none(updater: Updater, junk: bytes) -> None:
    path = updater.cache.path("team")
    path.parent.mkdir()
    path.write_bytes(junk)
    assert versions(updater) == []
    with scripted(lambda _: Answer(INDEX)) as server:
        updater.update(Repository("team", server.url))
    assert versions(updater) == ["1.0.0"]
