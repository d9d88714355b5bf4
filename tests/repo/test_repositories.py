from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from pypkg.errors import PypkgError, RepositoryError
from pypkg.repo.repositories import Repository, RepositoryFile, checked
from pypkg.repo.transport.tls import Tls
from pypkg.repo.transport.urls import joined, redacted

if TYPE_CHECKING:
    from pathlib import Path

TEAM = Repository(
    "team",
    "https://charts.example.com/team",
    "ann",
    "s3cret",
    Tls("ca.pem", "cert.pem", "key.pem", insecure=True),
    pass_credentials=True,
    mirrors=("https://mirror.example.com",),
)


def test_what_is_written_is_read_again_and_private(tmp_path: Path) -> None:
    file = RepositoryFile(tmp_path / "config" / "repositories.yaml")
    file.change(lambda others: [*others, TEAM, Repository("a", "http://a")])
    assert file.load() == [TEAM, Repository("a", "http://a")]
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_a_failed_change_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = RepositoryFile(tmp_path / "repositories.yaml")
    file.change(lambda _: [TEAM])
    before = file.path.read_bytes()

    def fail(_: list[Repository]) -> list[Repository]:
        raise RepositoryError("no")

    with pytest.raises(RepositoryError):
        file.change(fail)
    assert file.path.read_bytes() == before
    assert [p.name for p in tmp_path.glob(".*")] == []


def test_passwords_are_not_shown() -> None:
    assert "s3cret" not in repr(TEAM)
    assert "s3cret" not in repr(TEAM.credentials())


@pytest.mark.parametrize(
    "text",
    [
        *("- a", "repositories: 1", "repositories: [a]", "a: [", "text"),
        "repositories: [{name: a, url: http://a, mirrors: http://b}]",
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "repositories.yaml"
    path.write_text(text)
    with pytest.raises(RepositoryError, match=r"repositories\.yaml"):
        RepositoryFile(path).load()


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("a/b", "http://a"),
        ("", "http://a"),
        ("..", "http://a"),
        ("a", "file:///a"),
        ("a", "oci://a/b"),
        ("a", "charts.example.com"),
    ],
)
def test_unusable_names_and_urls_are_refused(name: str, url: str) -> None:
    with pytest.raises(PypkgError):
        checked(Repository(name, url))


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://charts.example.com/team/web-1.tgz", True),
        ("https://charts.example.com:443/team/a/web-1.tgz?x=1", True),
        ("https://charts.example.com/teams/web-1.tgz", False),
        ("http://charts.example.com/team/web-1.tgz", False),
        ("https://charts.example.com:8443/team/web-1.tgz", False),
        ("https://charts.example.com.evil.example/team/web-1.tgz", False),
        ("https://charts.example.com@evil.example/team/web-1.tgz", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_repository_holds_what_is_in_its_folder(url: str, inside: bool) -> None:  # noqa: FBT001 - a table
    assert TEAM.holds(url) is inside


@pytest.mark.parametrize(
    ("base", "reference", "expected"),
    [
        ("https://h/c", "web-1.tgz", "https://h/c/web-1.tgz"),
        ("https://h/c/", "charts/web-1.tgz", "https://h/c/charts/web-1.tgz"),
        ("https://h/c?token=t", "web-1.tgz", "https://h/c/web-1.tgz?token=t"),
        ("https://h/c", "/web-1.tgz", "https://h/web-1.tgz"),
        ("https://h/c", "https://o/web-1.tgz", "https://o/web-1.tgz"),
        ("https://h/c", "../web-1.tgz", "https://h/web-1.tgz"),
    ],
)
def test_references_are_resolved_as_helm_does(
    base: str, reference: str, expected: str
) -> None:
    assert joined(base, reference) == expected


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:pw@h/c", "https://h/c"),
        ("https://h/c?access_token=abc", "https://h/c?access_token=***"),
        (
            "https://h/c?a=1&X-Amz-Signature=ab&b=2",
            "https://h/c?a=1&X-Amz-Signature=***&b=2",
        ),
        ("https://h/c?a=1", "https://h/c?a=1"),
        ("https://[bad@h", "h"),
    ],
)
def test_secrets_are_not_shown_in_urls(url: str, shown: str) -> None:
    assert redacted(url) == shown
