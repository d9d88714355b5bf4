from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.errors import RepositoryError
from pypkg.repo import hub
from pypkg.repo.transport.session import Session
from tests.repo.servers import Answer, scripted

if TYPE_CHECKING:
    from tests.conftest import Command


def chart(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"team/{name}",
        "type": "chart",
        "attributes": {
            "name": name,
            "description": f"What {name} is, told in more than fifty characters here",
            "repo": {"name": "team", "url": "https://charts.example.com"},
        },
        "links": {"self": ""},
        "relationships": {
            "latestChartVersion": {
                "data": {"version": "1.2.0", "app_version": "2"},
                "links": {"self": ""},
            }
        },
    } | more


FOUND = [
    chart("web", artifactHub={"packageUrl": "https://hub.example.com/team/web"}),
    chart("db"),
]


@pytest.mark.oracle
def test_searches_of_hubs_are_helms(pypkg: Command, real_helm: Command) -> None:
    with scripted(lambda _: Answer(json.dumps({"data": FOUND}).encode())) as server:
        for words in (
            ["my", "words"],
            ["--list-repo-url"],
            ["-o", "json"],
            ["-o", "yaml"],
            ["--max-col-width", "20"],
        ):
            line = ["search", "hub", *words, "--endpoint", server.url]
            assert pypkg.ok(*line) == real_helm.ok(*line)


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[]", b"{}", b'{"data": [{}]}', b'{"data": [1]}', b"[" * 9000],
)
def test_an_answer_that_is_no_hubs_is_named(body: bytes) -> None:
    with (
        scripted(lambda _: Answer(body)) as server,
        Session() as session,
        pytest.raises(RepositoryError, match="does not answer as a hub does"),
    ):
        hub.search(session, server.url, "web")


def test_words_are_escaped_and_urls_kept_safe() -> None:
    evil = chart("evil")
    evil["attributes"]["repo"]["url"] = "javascript:alert(1)"
    with (
        scripted(lambda _: Answer(json.dumps({"data": [evil]}).encode())) as server,
        Session() as session,
    ):
        (found,) = hub.search(session, f"{server.url}/", "a b&c")
    assert server.asked[0].path == f"/{hub.PATH}?q=a%20b%26c"
    assert found.repository_url == ""
