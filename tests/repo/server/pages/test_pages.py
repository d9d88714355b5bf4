"""The pages, as a browser has them and as attackers would like to have them."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pypkg.cli.previews import preview
from pypkg.repo.server.export import export
from pypkg.repo.server.pages.website import Site
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.library import Library
from pypkg.repo.server.store.policy import Policy
from pypkg.repo.server.store.scan import scan
from pypkg.repo.server.store.uploads import Uploads
from tests.repo.server.browser import browser, program
from tests.repo.server.pages.charts import EVIL, chart
from tests.repo.server.running import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.repo.server.browser import Page


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = tmp_path_factory.mktemp("made")
    folder = tmp_path_factory.mktemp("served")
    started = Server(folder).start()
    evil = {
        "home": "javascript:alert(1)",
        "sources": ["https://example.com/src", "data:text/html,x"],
        "keywords": ["shop", EVIL],
        "maintainers": [{"name": EVIL}],
    }
    for archive in (
        chart(made, "web", "1.0.0", **evil),
        chart(made, "web", "1.1.0", **evil, appVersion=EVIL),
        chart(made, "database", "2.0.0", keywords=["sql"]),
        chart(made, "cache", "3.0.0+build.1"),
    ):
        assert started.push(archive).status == 201
    assert started.push(chart(made, "inner", "1.0.0"), "team/one").status == 201
    yield started
    started.stop()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if program() is None:
        pytest.skip("Chromium is not installed: run `make services`")
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def html(server: Server, path: str, status: int = 200) -> str:
    answer = server.get(path, Accept="text/html")
    assert answer.status == status, answer.data
    return answer.data.decode()


ADDRESSES = [
    "/",
    "/?q=sql",
    "/-/web/",
    "/-/web/1.0.0/",
    "/-/web/1.1.0/changes/1.0.0/",
    "/-/cache/3.0.0+build.1/",
    "/team/one/",
    "/team/one/-/inner/",
]


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_is_shown_without_complaint(
    server: Server, page: Page, path: str
) -> None:
    page.complaints.clear()
    page.asked.clear()
    page.open(server.url + path)
    assert page.complaints == []
    assert page.ask("document.title") != "owned"
    assert page.ask("document.querySelectorAll('main h1, main h2').length") > 0
    # Nothing is loaded from elsewhere, and the styles are.
    assert {url.partition("/static")[0] for url in page.asked[1:]} == {server.url}
    assert (
        page.ask("getComputedStyle(document.querySelector('.top')).display") == "flex"
    )


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("dark", [False, True])
def test_a_page_fits_a_phone_in_both_schemes(
    server: Server, page: Page, path: str, *, dark: bool
) -> None:
    page.look(width=360, dark=dark)
    try:
        page.open(server.url + path)
        assert page.ask("document.documentElement.scrollWidth") <= 360
        back = page.ask("getComputedStyle(document.body).backgroundColor")
    finally:
        page.look(width=1200)
    assert (back == "rgb(255, 255, 255)") != dark


@pytest.mark.parametrize("path", ["/", "/-/web/", "/team/one/-/inner/"])
def test_every_link_of_a_page_leads_somewhere(
    server: Server, page: Page, path: str
) -> None:
    page.open(server.url + path)
    links = page.ask("[...document.querySelectorAll('a')].map(a => a.href)")
    own = {link.partition("#")[0] for link in links if link.startswith(server.url)}
    assert len(own) > 3
    for link in own:
        assert server.get(link.removeprefix(server.url)).status == 200, link
    others = {link for link in links if not link.startswith(server.url)}
    assert all(link.startswith(("https://", "http://")) for link in others), others


def shown(page: Page) -> list[str]:
    script = "[...document.querySelectorAll('.charts li:not([hidden]) strong')]"
    found: list[str] = page.ask(f"{script}.map(one => one.textContent)")
    return found


def test_a_search_finds_as_one_types(server: Server, page: Page) -> None:
    page.open(f"{server.url}/")
    assert shown(page) == ["cache", "database", "web", "inner"]
    page.press("/")
    page.write("sq")
    assert shown(page) == ["database"]
    assert page.ask("document.getElementById('count').textContent") == "1 found"
    assert page.ask("location.search") == "?q=sq"
    page.press("Escape")
    assert len(shown(page)) == 4


def test_a_search_works_without_scripts(server: Server) -> None:
    found = html(server, "/?q=sql")
    assert re.findall(r"<li( hidden)? data-search=\"(\w+)", found) == [
        (" hidden", "cache"),
        ("", "database"),
        (" hidden", "web"),
        (" hidden", "inner"),
    ]


def test_the_keyboard_is_enough(server: Server, page: Page) -> None:
    page.open(f"{server.url}/")
    page.press("/")
    page.press("ArrowDown")
    page.press("ArrowDown")
    assert "database" in page.ask("document.activeElement.textContent")
    page.press("ArrowUp")
    page.press("Enter")
    page.wait()
    assert page.ask("location.pathname") == "/-/cache/"


def test_a_page_has_what_people_look_for(server: Server) -> None:
    found = html(server, "/-/web/1.0.0/")
    for text in (
        "There is a newer version",
        f"pypkg repo add charts {server.url}",
        "pypkg install my-web charts/web --version 1.0.0",
        f"oci://{server.host}/web --version 1.0.0 --plain-http",
        "Web shop",
        '<span class="key">replicaCount</span>',
        "<code>image.tag</code>",
        "web-1.0.0.tgz",
    ):
        assert text in found, text


def test_a_comparison_shows_objects_and_files(server: Server) -> None:
    found = html(server, "/-/web/1.1.0/changes/1.0.0/")
    assert "values.yaml" not in found  # which did not change
    assert "Chart.yaml" in found
    assert "&#34;&gt;&lt;script&gt;" in found  # the app version, as a text


def test_pages_do_nothing_for_strangers(server: Server) -> None:
    for path in ADDRESSES:
        answer = server.get(path, Accept="text/html")
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert b"<script>" not in answer.data
        assert not re.search(rb'(href|src)="(javascript|data):', answer.data)
        assert not re.search(rb"<[^>]*\sonerror", answer.data)


def test_a_page_that_has_not_changed_is_not_sent_again(server: Server) -> None:
    first = server.get("/-/web/", Accept="text/html")
    again = server.get(
        "/-/web/", Accept="text/html", If_None_Match=first.headers["ETag"]
    )
    assert (again.status, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere/",
        "/-/nothing/",
        "/-/web/9.9.9/",
        "/-/web/1.0.0/changes/",
        "/-/web/1.0.0/changes/9.9.9/",
        "/-/web/1.0.0/1/2/3/4/",
        "/-/..%2f..%2fetc/",
        "/-/",
        "/team/one/-/web/",
        "/static/../app.py",
        "/static/nothing.css",
    ],
)
def test_what_is_not_there_is_not_there(server: Server, path: str) -> None:
    answer = server.get(path, Accept="text/html")
    assert answer.status in (404, 400), answer.data
    assert server.get(path).status in (404, 400)


def test_a_missing_slash_is_added(server: Server) -> None:
    answer = server.pool.request("GET", f"{server.url}/-/web", redirect=False)
    assert answer.status == 308
    assert answer.headers["Location"].endswith("/-/web/")


def test_pages_of_others_are_not_shown(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (tmp_path / "served").mkdir()
    private = Server(tmp_path / "served", {"access": "none"}).start()
    try:
        for path in ("/", "/-/web/"):
            answer = private.get(path, Accept="text/html")
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic")
    finally:
        private.stop()


def test_an_export_has_the_pages(page: Page, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    folder, target = tmp_path / "served", tmp_path / "public"
    (folder / "team").mkdir(parents=True)
    (folder / "web-1.0.0.tgz").write_bytes(chart(made, "web", "1.0.0"))
    (folder / "web-1.1.0.tgz").write_bytes(chart(made, "web", "1.1.0"))
    (folder / "team" / "inner-1.0.0.tgz").write_bytes(chart(made, "inner", "1.0.0"))
    with closing(Library(folder)) as library:
        uploads = Uploads(library, Policy(), clock=clock)
        scan(library, uploads, clock=clock)
        site = Site(library, preview)
        export(library, target, site=site)
        again = export(library, target, site=site)
        assert again.written == 0
        start = (target / "index.html").as_uri()
        seen = links(page, start)
        pages = {path.as_uri() for path in target.rglob("index.html")}
        # From page to page one gets to every one.
        assert pages - {one + "index.html" for one in seen} <= {start}
        assert len(pages) == 8
        uploads.delete("", "web", "1.0.0")
        assert export(library, target, site=site).removed
    assert not (target / "-" / "web" / "1.0.0").exists()
    assert (target / "-" / "web" / "1.1.0" / "index.html").exists()


def links(page: Page, start: str) -> set[str]:
    """Every folder that can be reached from a page that is a file."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        page.open(waiting.pop())
        found = page.ask("[...document.querySelectorAll('a')].map(one => one.href)")
        own = {one.partition("#")[0] for one in found if one.startswith("file:")}
        folders = {one for one in own if one.endswith("/")} - seen
        seen |= folders
        waiting += [f"{one}index.html" for one in folders]
    return seen
