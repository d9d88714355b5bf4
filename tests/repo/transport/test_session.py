from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.errors import HttpError, RepositoryError
from pypkg.repo.transport.retries import TRIES
from pypkg.repo.transport.session import Session
from pypkg.repo.transport.tls import Tls
from pypkg.repo.transport.urls import Credentials, origin
from tests.repo.servers import Answer, Asked, certificates, free_port, nginx, scripted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIB = 1024 * 1024


def session(**options: Any) -> Session:
    """A session that does not wait between its tries."""
    return Session(sleep=lambda _: None, **options)


def credentials(url: str, *, everywhere: bool = False) -> Credentials:
    return Credentials("ann", "s3cret", origin(url), everywhere)


def in_turn(*answers: Answer) -> Callable[[Asked], Answer]:
    rest = list(answers)
    return lambda _: rest.pop(0)


def test_credentials_go_to_their_origin_only() -> None:
    with (
        scripted(lambda _: Answer(b"ok")) as mine,
        scripted(lambda _: Answer(b"ok")) as other,
        session(credentials=credentials(mine.url)) as http,
    ):
        http.fetch(f"{mine.url}/index.yaml", limit=MIB)
        http.fetch(f"{other.url}/a.tgz", limit=MIB)
    assert [a.user for a in (*mine.asked, *other.asked)] == ["ann:s3cret", ""]


def test_credentials_do_not_follow_a_redirect_to_another_origin() -> None:
    with scripted(lambda _: Answer(b"ok")) as other:
        to_other = Answer(status=302, headers={"Location": f"{other.url}/a"})
        with (
            scripted(lambda _: to_other) as mine,
            session(credentials=credentials(mine.url)) as http,
        ):
            assert http.fetch(mine.url, limit=MIB).url == f"{other.url}/a"
            http.send("GET", mine.url, authorization="Bearer t").close()
    assert mine.asked[0].user == "ann:s3cret"
    assert mine.asked[1].headers["authorization"] == "Bearer t"
    assert ["authorization" in a.headers for a in other.asked] == [False, False]


def test_pass_credentials_sends_them_everywhere() -> None:
    with scripted(lambda _: Answer(b"ok")) as other:
        to_other = Answer(status=307, headers={"Location": other.url})
        with (
            scripted(lambda _: to_other) as mine,
            session(credentials=credentials(mine.url, everywhere=True)) as http,
        ):
            http.fetch(mine.url, limit=MIB)
    assert other.asked[0].user == "ann:s3cret"


def test_netrc_is_not_read(home: Path) -> None:
    (home / ".netrc").write_text("machine 127.0.0.1 login eve password x\n")
    with scripted(lambda _: Answer(b"ok")) as server, session() as http:
        http.fetch(server.url, limit=MIB)
    assert server.asked[0].user == ""


def test_a_user_in_the_url_signs_in_and_is_never_shown() -> None:
    with scripted(lambda _: Answer(status=403)) as server, session() as http:
        url = server.url.replace("://", "://ann:p%40ss@") + "/i?token=abc&x=1"
        with pytest.raises(HttpError) as failed:
            http.fetch(url, limit=MIB)
    assert server.asked[0].user == "ann:p@ss"
    assert server.asked[0].path == "/i?token=abc&x=1"
    assert str(failed.value) == (
        f"cannot fetch {server.url}/i?token=***&x=1: 403 Forbidden"
    )


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_trouble_is_tried_again(status: int) -> None:
    answers = in_turn(Answer(status=status), Answer(status=status), Answer(b"ok"))
    with scripted(answers) as server, session() as http:
        assert http.fetch(server.url, limit=MIB).data == b"ok"


def test_trying_ends_and_says_what_happened() -> None:
    with (
        scripted(lambda _: Answer(status=503)) as server,
        session() as http,
        pytest.raises(HttpError, match="503 Service Unavailable") as failed,
    ):
        http.fetch(server.url, limit=MIB)
    assert failed.value.status == 503
    assert len(server.asked) == TRIES


def test_the_server_may_ask_to_wait_longer() -> None:
    busy = Answer(status=429, headers={"Retry-After": "7"})
    pauses: list[float] = []
    with (
        scripted(in_turn(busy, Answer(b"ok"))) as server,
        Session(sleep=pauses.append) as http,
    ):
        http.fetch(server.url, limit=MIB)
    assert pauses == [7.0]


def test_nothing_is_tried_beyond_the_timeout() -> None:
    busy = Answer(status=429, headers={"Retry-After": "25"})
    with (
        scripted(lambda _: busy) as server,
        session(timeout=20) as http,
        pytest.raises(HttpError, match="429"),
    ):
        http.fetch(server.url, limit=MIB)
    assert len(server.asked) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_changes_something_is_sent_once(method: str) -> None:
    with scripted(lambda _: Answer(status=503)) as server, session() as http:
        with http.send(method, server.url, body=b"x") as answer:
            assert answer.status == 503
            with pytest.raises(HttpError, match="503"):
                answer.check()
        assert len(server.asked) == 1


BODY = bytes(range(256)) * 1000


def ranged(asked: Asked) -> Answer:
    """Serve at most 100 kB, then break off."""
    headers = {"ETag": '"1"'}
    start = int(asked.headers.get("range", "bytes=0-")[6:-1])
    if not start:
        return Answer(BODY, 200, headers, sent=100_000)
    headers["Content-Range"] = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
    return Answer(BODY[start:], 206, headers, sent=100_000)


def test_a_download_that_breaks_off_goes_on_where_it_was() -> None:
    told: list[tuple[int, int | None]] = []
    with scripted(ranged) as server, session() as http:
        got = http.fetch(
            server.url, limit=MIB, progress=lambda *both: told.append(both)
        )
    assert got.data == BODY
    assert [a.headers.get("range") for a in server.asked] == [
        None,
        "bytes=100000-",
        "bytes=200000-",
    ]
    assert {a.headers.get("if-range") for a in server.asked[1:]} == {'"1"'}
    assert told[-1] == (len(BODY), len(BODY))
    assert {total for _, total in told} == {len(BODY)}


def test_a_download_starts_anew_where_it_cannot_go_on() -> None:
    weak = {"ETag": 'W/"1"'}
    answers = in_turn(Answer(b"old body", 200, weak, sent=3), Answer(b"new body"))
    with scripted(answers) as server, session() as http:
        assert http.fetch(server.url, limit=MIB).data == b"new body"
    assert "range" not in server.asked[1].headers


def test_a_changed_file_replaces_what_had_come() -> None:
    old = Answer(b"old body", 200, {"ETag": '"1"'}, sent=3)
    new = Answer(b"new body", 200, {"ETag": '"2"'})
    with scripted(in_turn(old, new)) as server, session() as http:
        got = http.fetch(server.url, limit=MIB)
    assert (got.data, got.etag) == (b"new body", '"2"')
    assert server.asked[1].headers["range"] == "bytes=3-"


def test_bytes_from_elsewhere_are_refused() -> None:
    old = Answer(b"old body", 200, {"ETag": '"1"'}, sent=3)
    wrong = Answer(b"body", 206, {"Content-Range": "bytes 4-7/8"})
    with (
        scripted(in_turn(old, wrong)) as server,
        session() as http,
        pytest.raises(HttpError, match="asked for bytes from 3 on"),
    ):
        http.fetch(server.url, limit=MIB)


def test_a_body_that_always_breaks_off_is_an_error() -> None:
    with (
        scripted(lambda _: Answer(b"abcdef", sent=2)) as server,
        session() as http,
        pytest.raises(HttpError, match="the connection broke off"),
    ):
        http.fetch(server.url, limit=MIB)


def test_a_compressed_answer_is_decoded() -> None:
    answer = Answer(gzip.compress(BODY), headers={"Content-Encoding": "gzip"})
    with scripted(lambda _: answer) as server, session() as http:
        assert http.fetch(server.url, limit=MIB, compressed=True).data == BODY
    assert server.asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(b"x" * 2000), "larger than"),
        (
            Answer(gzip.compress(b"x" * 9_000), headers={"Content-Encoding": "gzip"}),
            "larger than",
        ),
        (Answer(b"no", headers={"Content-Encoding": "gzip"}), "is no gzip"),
        (Answer(b"no", headers={"Content-Encoding": "br"}), "was not asked for"),
        (
            Answer(gzip.compress(b"x")[:-4], headers={"Content-Encoding": "gzip"}),
            "cut off",
        ),
    ],
)
def test_hostile_bodies_are_refused(answer: Answer, message: str) -> None:
    with (
        scripted(lambda _: answer) as server,
        session() as http,
        pytest.raises(HttpError, match=message),
    ):
        http.fetch(server.url, limit=1000)


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "javascript:alert(1)", "ftp://x/"]
)
def test_redirects_lead_to_http_only(target: str) -> None:
    answer = Answer(status=302, headers={"Location": target})
    with (
        scripted(lambda _: answer) as server,
        session() as http,
        pytest.raises(HttpError, match=r"no http\(s\) URL"),
    ):
        http.fetch(server.url, limit=MIB)


def test_redirects_end() -> None:
    answer = Answer(status=302, headers={"Location": "/again"})
    with (
        scripted(lambda _: answer) as server,
        session() as http,
        pytest.raises(HttpError, match="more than 10 redirects"),
    ):
        http.fetch(server.url, limit=MIB)
    assert len(server.asked) == 11


def test_nobody_listening_is_said_plainly() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with session() as http, pytest.raises(HttpError) as failed:
        http.fetch(url, limit=MIB)
    assert str(failed.value) == f"cannot fetch {url}: the connection was refused"
    assert failed.value.hint == "is the server running, and the port right?"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://", "http://h:x/", "web"])
def test_other_urls_are_refused(url: str) -> None:
    with session() as http, pytest.raises(RepositoryError, match=r"no http\(s\) URL"):
        http.fetch(url, limit=MIB)


def test_proxies_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(lambda _: Answer(b"via proxy")) as proxy, session() as http:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "direct.test")
        assert http.fetch("http://charts.test/i", limit=MIB).data == b"via proxy"
        assert proxy.asked[0].path == "http://charts.test/i"
        with pytest.raises(HttpError, match="host is not known"):
            http.fetch("http://direct.test/i", limit=MIB)


def test_tls_trusts_the_authority_that_is_named(
    tmp_path: Path, nginx_program: Path
) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.yaml").write_text("hello")
    ca, cert, key = certificates(tmp_path)
    signed_in = f"ssl_client_certificate {ca}; ssl_verify_client on;"
    tls = f"ssl_certificate {cert}; ssl_certificate_key {key}; {signed_in}"
    with nginx(tmp_path / "www", tmp_path / "nginx", tls=tls) as url:
        with session() as http, pytest.raises(HttpError, match="not trusted") as failed:
            http.fetch(f"{url}/index.yaml", limit=MIB)
        assert "--ca-file" in str(failed.value.hint)
        mine = Tls(str(ca), str(cert), str(key))
        careless = Tls("", str(cert), str(key), insecure=True)
        for options in (mine, careless):
            with session(tls=options) as http:
                got = http.fetch(f"{url}/index.yaml", limit=MIB)
                assert got.data == b"hello"
        with session(tls=Tls(str(ca))) as http, pytest.raises(HttpError, match="400"):
            http.fetch(f"{url}/index.yaml", limit=MIB)


@pytest.mark.parametrize("option", ["CA file", "client certificate"])
def test_an_unusable_certificate_file_is_named(tmp_path: Path, option: str) -> None:
    path = tmp_path / "no.pem"
    tls = Tls(str(path)) if option == "CA file" else Tls("", str(path), str(path))
    for text in (None, "no certificate"):
        if text is not None:
            path.write_text(text)
        with (
            session(tls=tls) as http,
            pytest.raises(RepositoryError, match=rf"{option} .*no\.pem"),
        ):
            http.fetch("https://127.0.0.1:1/", limit=MIB)


def test_nginx_says_that_nothing_has_changed(
    tmp_path: Path, nginx_program: Path
) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.yaml").write_bytes(BODY)
    with nginx(tmp_path / "www", tmp_path / "nginx") as url, session() as http:
        first = http.fetch(f"{url}/index.yaml", limit=MIB, compressed=True)
        second = http.fetch(
            f"{url}/index.yaml", limit=MIB, compressed=True, known=first
        )
    assert first.data == BODY
    assert (second.unchanged, second.data, second.etag) == (True, b"", first.etag)


def test_https_to_a_server_without_tls_is_said_plainly() -> None:
    with scripted(lambda _: Answer(b"ok")) as server, session() as http:
        url = server.url.replace("http:", "https:")
        with pytest.raises(HttpError, match="does not speak TLS") as failed:
            http.fetch(url, limit=MIB)
    assert failed.value.hint == "is it http://, not https://?"
