from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pypkg.chart.packager import package
from pypkg.chart.scaffold import create
from pypkg.errors import (
    ChartNotFoundError,
    HttpError,
    PypkgError,
    RegistryError,
    VerificationError,
)
from pypkg.repo.archives import ArchiveCache
from pypkg.repo.digests import digest_of
from pypkg.repo.downloader import Query
from pypkg.repo.oci.auth import Authenticator
from pypkg.repo.oci.charts import Access, ChartRegistries
from pypkg.repo.oci.credentials import CredentialFiles, Login
from pypkg.repo.oci.manifest import CHART, CONFIG
from pypkg.repo.transport.session import Session
from pypkg.repo.transport.tls import Tls
from tests.repo.servers import Answer, Asked, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.repo.servers import Scripted

DENIED = Answer(b'{"errors":[{"code":"UNAUTHORIZED","message":"who?"}]}', 401)
MISSING = Answer(b'{"errors":[{"message":"manifest unknown"}]}', 404)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chart")
    create("web", folder)
    return package(folder / "web", folder)


@pytest.fixture
def charts(tmp_path: Path) -> ChartRegistries:
    return ChartRegistries(
        lambda tls: Session(tls=tls, sleep=lambda _: None),
        CredentialFiles(tmp_path / "config.json"),
        ArchiveCache(tmp_path / "content"),
    )


class Store:
    """A registry's contents, and how it answers reads."""

    def __init__(self, archive: bytes, tags: list[str]) -> None:
        self.tags = tags
        self.paths: dict[str, bytes] = {}
        config = self.blob(b'{"name":"web","version":"0.1.0","apiVersion":"v2"}')
        document = {
            "config": {"mediaType": CONFIG, "digest": config},
            "layers": [{"mediaType": CHART, "digest": self.blob(archive)}],
        }
        self.manifest(document)

    def blob(self, data: bytes) -> str:
        digest = digest_of(data)
        self.paths[f"/v2/charts/web/blobs/{digest}"] = data
        return digest

    def manifest(self, document: object) -> None:
        data = json.dumps(document).encode()
        for name in (*self.tags, digest_of(data)):
            self.paths[f"/v2/charts/web/manifests/{name}"] = data

    def __call__(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if path == "/v2/charts/web/tags/list":
            return Answer(json.dumps({"tags": self.tags}).encode())
        return Answer(self.paths[path]) if path in self.paths else MISSING


@pytest.fixture
def store(archive: Path) -> Store:
    return Store(archive.read_bytes(), ["0.1.0", "0.2.0-rc.1", "1.0.0_b1", "latest"])


@pytest.fixture
def registry(store: Store) -> Iterator[Scripted]:
    with scripted(store) as server:
        yield server


def host(server: Scripted) -> str:
    return server.url.removeprefix("http://")


def query(server: Scripted, tail: str = "", **more: Any) -> Query:
    return Query(f"oci://{host(server)}/charts/web{tail}", plain_http=True, **more)


def test_the_newest_release_is_pulled(
    charts: ChartRegistries, registry: Scripted, archive: Path
) -> None:
    pulled = charts.pull(query(registry))
    assert pulled.data == archive.read_bytes()
    assert pulled.name == "web-0.1.0.tgz"
    assert registry.asked[1].path == "/v2/charts/web/manifests/1.0.0_b1"


@pytest.mark.parametrize(
    ("version", "tag"), [("~0.1", "0.1.0"), ("0.2.0-rc.1", "0.2.0-rc.1")]
)
def test_a_constraint_chooses_the_version(
    charts: ChartRegistries, registry: Scripted, version: str, tag: str
) -> None:
    assert f":{tag}@sha256:" in charts.pull(query(registry, version=version)).source


def test_an_archive_is_downloaded_once(
    charts: ChartRegistries, registry: Scripted
) -> None:
    for _ in range(2):
        charts.pull(query(registry, ":0.1.0"))
    assert [asked.path.split("/")[4] for asked in registry.asked] == [
        "manifests",
        "blobs",
        "manifests",
    ]


def test_versions_are_listed_newest_first(
    charts: ChartRegistries, registry: Scripted
) -> None:
    assert charts.versions(query(registry)) == ["1.0.0+b1", "0.2.0-rc.1", "0.1.0"]


def test_a_long_list_of_tags_has_pages(charts: ChartRegistries) -> None:
    def answer(asked: Asked) -> Answer:
        at = int(parse_qs(urlsplit(asked.path).query).get("last", ["0"])[0])
        link = f'</v2/charts/web/tags/list?n=1000&last={at + 1}>; rel="next"'
        body = json.dumps({"tags": [f"{at}.0.0"]}).encode()
        return Answer(body, headers={"Link": link} if at < 3 else {})

    with scripted(answer) as server:
        assert charts.versions(query(server)) == ["3.0.0", "2.0.0", "1.0.0", "0.0.0"]


def test_a_list_that_leads_to_another_host_is_refused(charts: ChartRegistries) -> None:
    headers = {"Link": '<http://elsewhere.example.com/v2/x>; rel="next"'}
    with scripted(lambda _: Answer(b'{"tags":["1.0.0"]}', headers=headers)) as server:
        found = failure(lambda: charts.versions(query(server)))
    assert "continues its list at" in str(found)


def test_a_list_without_end_is_ended(charts: ChartRegistries) -> None:
    headers = {"Link": '</v2/charts/web/tags/list?n=1000>; rel="next"'}
    body = json.dumps({"tags": ["1.0.0"] * 50_000}).encode()
    with scripted(lambda _: Answer(body, headers=headers)) as server:
        assert charts.versions(query(server)) == ["1.0.0"]
        assert len(server.asked) == 2


def failure(call: Callable[[], object]) -> PypkgError:
    with pytest.raises(PypkgError) as caught:
        call()
    return caught.value


def test_a_missing_version_is_named_with_those_there(
    charts: ChartRegistries, registry: Scripted
) -> None:
    found = failure(lambda: charts.pull(query(registry, version="^7")))
    assert isinstance(found, ChartNotFoundError)
    assert "1.0.0+b1" in (found.hint or "")
    found = failure(lambda: charts.pull(query(registry, ":9.9.9")))
    assert "manifest unknown" in str(found)


def test_a_tag_and_another_version_contradict(
    charts: ChartRegistries, registry: Scripted
) -> None:
    found = failure(lambda: charts.pull(query(registry, ":0.1.0", version="0.2.0")))
    assert "different versions" in str(found)
    assert not registry.asked


def test_a_changed_blob_is_refused_and_not_kept(
    charts: ChartRegistries, registry: Scripted, store: Store, tmp_path: Path
) -> None:
    for path in store.paths:
        if "/blobs/" in path:
            store.paths[path] = b"poison"
    found = failure(lambda: charts.pull(query(registry)))
    assert isinstance(found, VerificationError)
    assert not [*tmp_path.rglob("*.tgz")]


def test_a_changed_manifest_is_refused(
    charts: ChartRegistries, registry: Scripted, store: Store
) -> None:
    path = next(path for path in store.paths if "/manifests/sha256" in path)
    digest = path.rpartition("/")[2]
    store.paths[path] += b" "
    found = failure(lambda: charts.pull(query(registry, f"@{digest}")))
    assert isinstance(found, VerificationError)


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"config": {"mediaType": "application/vnd.oci.image.config.v1+json"}},
        {"config": {"mediaType": CONFIG}, "layers": []},
        {"config": {"mediaType": CONFIG}, "layers": ["x", None]},
        {"config": "x", "layers": None},
    ],
)
def test_what_is_no_chart_is_said_to_be_none(
    charts: ChartRegistries, registry: Scripted, store: Store, document: object
) -> None:
    store.manifest(document)
    found = failure(lambda: charts.pull(query(registry)))
    assert isinstance(found, RegistryError)


# Signing in.


def guarded(store: Store, *, realm: str = "") -> Callable[[Asked], Answer]:
    """Let only those in who sign in: with a token if there is a realm."""
    given = b64encode(b"ann:s3cret").decode()

    def answer(asked: Asked) -> Answer:
        header = asked.headers.get("authorization", "")
        path = urlsplit(asked.path)
        if path.path == "/token":
            if header != f"Basic {given}":
                return DENIED
            scope = parse_qs(path.query)["scope"][0]
            return Answer(json.dumps({"token": f"for-{scope}"}).encode())
        wanted = "Bearer for-repository:charts/web:pull" if realm else f"Basic {given}"
        if header != wanted:
            challenge = (
                f'Bearer realm="http://{asked.headers["host"]}/token",service="r"'
                if realm
                else 'Basic realm="r"'
            )
            return Answer(DENIED.body, 401, {"WWW-Authenticate": challenge})
        return store(asked)

    return answer


@pytest.mark.parametrize("realm", ["", "token"])
def test_who_may_read_reads(
    charts: ChartRegistries, store: Store, archive: Path, realm: str
) -> None:
    with scripted(guarded(store, realm=realm)) as server:
        wanted = query(server, username="ann", password="s3cret")
        assert charts.pull(wanted).data == archive.read_bytes()
        wrong = failure(lambda: charts.pull(query(server, username="a", password="b")))
        nobody = failure(lambda: charts.pull(query(server)))
    assert "refuses this user and password" in str(wrong)
    assert f"registry login {host(server)}" in (nobody.hint or "")


def test_a_kept_password_signs_in(charts: ChartRegistries, store: Store) -> None:
    with scripted(guarded(store)) as server:
        store.paths["/v2/"] = b"{}"
        access = Access(Tls(), plain_http=True, login=Login("ann", "s3cret"))
        charts.login(host(server), access)
        assert charts.versions(query(server))
        assert charts.logout(host(server))
        assert not charts.logout(host(server))
        failure(lambda: charts.versions(query(server)))


def test_a_wrong_password_is_not_kept(
    charts: ChartRegistries, store: Store, tmp_path: Path
) -> None:
    with scripted(guarded(store)) as server:
        access = Access(Tls(), plain_http=True, login=Login("ann", "wrong"))
        failure(lambda: charts.login(host(server), access))
    assert not (tmp_path / "config.json").exists()


@pytest.mark.parametrize("realm", ["", "token"])
def test_credentials_do_not_follow_a_blob_to_another_host(
    charts: ChartRegistries, store: Store, archive: Path, realm: str
) -> None:
    with scripted(store) as elsewhere:
        inner = guarded(store, realm=realm)

        def answer(asked: Asked) -> Answer:
            found = inner(asked)
            if "/blobs/" in asked.path and found.status == 200:
                return Answer(b"", 307, {"Location": elsewhere.url + asked.path})
            return found

        with scripted(answer) as server:
            pulled = charts.pull(query(server, username="ann", password="s3cret"))
    assert pulled.data == archive.read_bytes()
    assert elsewhere.asked
    assert not any("authorization" in asked.headers for asked in elsewhere.asked)


def test_an_upload_to_another_host_gets_no_credentials(
    charts: ChartRegistries, archive: Path
) -> None:
    with scripted(lambda _: Answer(b"", 201)) as elsewhere:

        def answer(asked: Asked) -> Answer:
            if not asked.headers.get("authorization"):
                return Answer(b"", 401, {"WWW-Authenticate": "Basic realm=x"})
            if asked.method == "HEAD":
                return MISSING
            if asked.method == "POST":
                return Answer(b"", 202, {"Location": f"{elsewhere.url}/upload?x=1"})
            return Answer(b"", 201)

        with scripted(answer) as server:
            access = Access(Tls(), plain_http=True, login=Login("ann", "s3cret"))
            pushed = charts.push(archive, f"oci://{host(server)}/charts", access)
    assert pushed.reference == f"{host(server)}/charts/web:0.1.0"
    assert next(asked.body for asked in elsewhere.asked) == archive.read_bytes()
    assert not any("authorization" in asked.headers for asked in elsewhere.asked)


def test_a_password_is_not_sent_to_a_realm_without_tls() -> None:
    challenge = 'Bearer realm="http://elsewhere.example.com/token"'
    with Session() as session:
        login = Login("ann", "s3cret")
        authenticator = Authenticator(session, "r.example.com", login)
        with pytest.raises(RegistryError, match="without TLS"):
            authenticator.answer(challenge, "repository:x:pull")


def test_no_tls_is_said_to_be_none(charts: ChartRegistries, registry: Scripted) -> None:
    wanted = Query(f"oci://{host(registry)}/charts/web")
    found = failure(lambda: charts.pull(wanted))
    assert isinstance(found, HttpError)
    assert "--plain-http" in (found.hint or "")
