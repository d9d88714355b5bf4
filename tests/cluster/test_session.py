from __future__ import annotations

import json
from typing import Any

import pytest

from pypkg.cluster.config import ClusterConfig
from pypkg.cluster.session import APPLY, BUSY_ATTEMPTS, JSON, Session
from pypkg.cluster.throttle import Rate, Throttle
from pypkg.errors import (
    ApiError,
    ConflictError,
    ConnectionFailedError,
    NotFoundError,
)
from tests.cluster.servers import (
    LOST,
    UNSENT,
    Answer,
    ScriptedTransport,
    refusal,
    session,
)


class Renewable:
    """Credentials that are wrong until they are renewed."""

    def __init__(self) -> None:
        self.header = "Bearer old"

    def authorization(self, *, refused: str = "") -> str:
        if refused == self.header:
            self.header = "Bearer new"
        return self.header


def test_a_request_says_who_asks_and_what_it_sends() -> None:
    transport = ScriptedTransport([Answer({"ok": 1})])
    asking = session(transport, impersonation=(("Impersonate-User", "jane"),))
    asking.send("POST", "/api/v1/x", body={"a": 1})
    (request,) = transport.requests
    assert json.loads(request.body or b"") == {"a": 1}
    assert transport.header("Content-Type") == "application/json"
    assert transport.header("User-Agent").startswith("pypkg/")
    assert transport.header("Impersonate-User") == "jane"


def test_a_busy_server_is_asked_again_even_to_write() -> None:
    transport = ScriptedTransport(
        [refusal(429), refusal(503, **{"Retry-After": "1"}), Answer({})]
    )
    session(transport).send("POST", "/x", body={})
    assert len(transport.requests) == 3


def test_a_server_that_stays_busy_is_reported() -> None:
    transport = ScriptedTransport([refusal(429, message="too many")] * BUSY_ATTEMPTS)
    with pytest.raises(ApiError, match="too many"):
        session(transport).send("GET", "/x")
    assert not transport.script


def test_a_read_is_repeated_when_its_connection_breaks() -> None:
    transport = ScriptedTransport([LOST, LOST, Answer({})])
    session(transport).send("GET", "/x")
    assert len(transport.requests) == 3


def test_what_can_be_done_twice_is_repeated_when_its_connection_breaks() -> None:
    this_one = {"preconditions": {"uid": "6f1c"}}
    for method, kind, body in (
        ("PUT", JSON, {}),
        ("PATCH", APPLY, {}),
        ("DELETE", JSON, this_one),
    ):
        transport = ScriptedTransport([LOST, refusal(502), Answer({})])
        session(transport).send(method, "/x", body=body, content_type=kind)


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("POST", {}),
        ("PATCH", {}),
        ("DELETE", {}),
        ("PUT", {"metadata": {"resourceVersion": "7"}}),
    ],
)
def test_another_write_is_not_repeated(method: str, body: dict[str, Any]) -> None:
    for fault, error in ((LOST, ConnectionFailedError), (refusal(503), ApiError)):
        transport = ScriptedTransport([fault])
        with pytest.raises(error):
            session(transport).send(method, "/x", body=body)


def test_any_request_of_which_nothing_was_sent_is_repeated() -> None:
    transport = ScriptedTransport([UNSENT, Answer({})])
    session(transport).send("POST", "/x", body={})


def test_all_threads_wait_as_long_as_a_busy_server_asks_for() -> None:
    slept: list[float] = []
    throttle = Throttle(slept.append, clock=lambda: 100.0)
    throttle.wait()
    throttle.hold(7.0)
    throttle.hold(2.0)
    throttle.wait()
    assert slept == [7.0]


def test_a_burst_may_come_at_once_and_what_follows_is_spread() -> None:
    now = 100.0
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(round(seconds, 6))

    throttle = Throttle(sleep, lambda: now, Rate(per_second=5, burst=3))
    for _ in range(5):
        throttle.wait()
    assert slept == [0.2, 0.2]
    now += 0.4  # two of three places are free again
    slept.clear()
    for _ in range(3):
        throttle.wait()
    assert slept == [0.2]
    throttle.hold(7.0)
    throttle.wait()
    assert slept[1:] == [7.0]


def test_without_a_rate_nothing_waits() -> None:
    throttle = Throttle(lambda _: pytest.fail("it waits"), rate=Rate(burst=1))
    for _ in range(1000):
        throttle.wait()


def test_a_session_keeps_the_rate() -> None:
    slept: list[float] = []
    transport = ScriptedTransport([Answer({})] * 3)
    config = ClusterConfig(server="https://127.0.0.1")
    asking = Session(config, transport, sleep=slept.append, rate=Rate(0.001, 2))
    for _ in range(3):
        asking.send("GET", "/x")
    assert len(slept) == 1
    assert 900 < slept[0] <= 1000


def test_a_server_with_an_error_is_read_again() -> None:
    transport = ScriptedTransport([refusal(500), refusal(504), Answer({})])
    session(transport).send("GET", "/x")


def test_a_refused_credential_is_renewed_once() -> None:
    transport = ScriptedTransport([refusal(401), Answer({})])
    session(transport, credentials=Renewable()).send("GET", "/x")
    assert transport.header("Authorization", 0) == "Bearer old"
    assert transport.header("Authorization", 1) == "Bearer new"
    transport = ScriptedTransport([refusal(401), refusal(401)])
    with pytest.raises(ApiError) as caught:
        session(transport, credentials=Renewable()).send("GET", "/x")
    assert caught.value.code == 401
    assert caught.value.hint


def test_a_user_whom_the_cluster_does_not_know_is_led_to_the_credentials() -> None:
    known = refusal(403, "Forbidden", 'User "jane" cannot get path "/api"')
    unknown = refusal(403, "Forbidden", 'User "system:anonymous" cannot get "/api"')
    for answer, advice in ((known, "ask for a Role"), (unknown, "credentials")):
        with pytest.raises(ApiError) as caught:
            session(ScriptedTransport([answer])).send("GET", "/api")
        assert advice in str(caught.value.hint)


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ('User "dev" cannot create resource "leases"', "ask for a Role"),
        ("exceeded quota: small, requested: pods=1", "kubectl describe resourcequota"),
        ("namespace shop is being terminated", "until the namespace is gone"),
        ('admission webhook "w" denied the request: no', None),
    ],
)
def test_what_is_forbidden_is_not_always_for_want_of_a_role(
    message: str, advice: str | None
) -> None:
    transport = ScriptedTransport([refusal(403, "Forbidden", message)])
    with pytest.raises(ApiError) as caught:
        session(transport).send("GET", "/x")
    hint = caught.value.hint
    assert hint is None if advice is None else advice in str(hint)


@pytest.mark.parametrize(
    ("code", "kind"), [(404, NotFoundError), (409, ConflictError), (422, ApiError)]
)
def test_a_refusal_becomes_an_error_of_its_kind(code: int, kind: type) -> None:
    transport = ScriptedTransport([refusal(code, "Why", "the message")])
    with pytest.raises(kind, match="the message") as caught:
        session(transport).send("PUT", "/x", body={})
    assert type(caught.value) is kind
    assert isinstance(caught.value, ApiError)
    assert caught.value.reason == "Why"


def test_a_refusal_that_is_no_status_object_is_shown_as_text() -> None:
    transport = ScriptedTransport([Answer(b"404 page not found\n", 404)])
    with pytest.raises(NotFoundError, match=r"^404 page not found$"):
        session(transport).send("GET", "/x")


def test_a_page_of_some_other_server_is_not_shown() -> None:
    page = Answer(b"<!DOCTYPE html><p>Bad gateway", 400)
    with pytest.raises(ApiError, match=r"^the server answered with status 400$"):
        session(ScriptedTransport([page])).send("GET", "/x")


def test_an_answer_that_leads_elsewhere_is_no_answer() -> None:
    moved = Answer(b"", 301, {"Location": "https://k8s.example/x"})
    with pytest.raises(ApiError, match="status 301") as caught:
        session(ScriptedTransport([moved])).send("GET", "/x")
    assert "https://k8s.example/x" in str(caught.value.hint)
