"""The gate: guesses, and what browsers are tricked into."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pypkg.repo.server.access import gate
from pypkg.repo.server.access.accounts import Accounts
from pypkg.repo.server.access.limits import Rate
from pypkg.repo.server.access.rights import Grant, anonymous
from pypkg.repo.server.refusals import RefusedError
from pypkg.repo.server.store.clock import clock
from pypkg.repo.server.store.library import Library
from tests.repo.server.archives import archive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.repo.server.running import Server


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_another_name_for_loopback_is_refused(server: Server, host: str) -> None:
    reply = server.get("/index.yaml", host=host)
    assert reply.status in {400, 403}


def test_a_host_may_be_allowed(serve: Callable[..., Server]) -> None:
    server = serve(allowed_hosts=["charts.local"])
    assert server.get("/index.yaml", host="charts.local:80").status == 200
    assert server.get("/index.yaml", host="other.local").status == 403


def test_names_of_hosts_are_read_as_browsers_do() -> None:
    assert gate._hostname("LocalHost:80") == "localhost"
    assert gate._hostname("[::1]:80") == "::1"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_cannot_push(
    server: Server, headers: dict[str, str]
) -> None:
    fields = {"chart": ("c.tgz", archive("forged"))}
    reply = server.request("POST", "/api/charts", fields=fields, headers=headers)
    assert reply.status == 403
    assert server.request("DELETE", "/api/charts/x/1", headers=headers).status == 403
    assert ("forged", "1.0.0") not in server.versions()


def test_guessing_passwords_is_slowed_down(tmp_path: Path) -> None:
    library = Library(tmp_path)
    accounts = Accounts(library.catalogue, clock)
    token = accounts.add_token("ci", [Grant.parse("pull")])
    now = [0.0]
    guarding = gate.Gate(
        accounts,
        anonymous("none"),
        hosts=(),
        failures=Rate(3, monotonic=lambda: now[0]),
        writes=Rate(0, monotonic=lambda: now[0]),
        monotonic=lambda: now[0],
    )

    def attempt(secret: str, address: str = "10.0.0.1") -> str:
        headers = {b"authorization": f"Bearer {secret}".encode()}
        try:
            return asyncio.run(guarding.identify(headers, address)).name
        except RefusedError as error:
            return str(error.status)

    assert [attempt(f"guess{n}") for n in range(5)] == ["401"] * 3 + ["429"] * 2
    assert attempt(token) == "429", "whether a guess was right is not told"
    assert attempt(token, "10.0.0.2") == "ci"
    now[0] = 20.0
    assert attempt("guess") == "401"
    library.close()
