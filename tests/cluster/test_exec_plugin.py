from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.auth import ClientCertificate
from pypkg.cluster.exec_plugin import ExecCredentials
from pypkg.errors import KubeconfigError

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
V1 = "client.authentication.k8s.io/v1"
BETA = "client.authentication.k8s.io/v1beta1"
# Gives what its file has for it, one line for each run, and notes what it was told.
PROGRAM = """
import os, pathlib, sys
folder = pathlib.Path(__file__).parent
told = folder / "told"
before = told.read_text().splitlines() if told.exists() else []
info = os.environ["KUBERNETES_EXEC_INFO"]
told.write_text("".join(f"{line}\\n" for line in [*before, info]))
(folder / "env").write_text(os.environ.get("REGION", ""))
answers = (folder / "answers").read_text().splitlines()
print(answers[min(len(before), len(answers) - 1)])
"""


class Clock:
    """Time that stands still."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def answer(version: str = V1, **status: Any) -> str:
    return json.dumps(
        {"kind": "ExecCredential", "apiVersion": version, "status": status}
    )


class Plugin:
    """A command that gives credentials, and what is known of its runs."""

    def __init__(self, folder: Path, *answers: str) -> None:
        self.folder = folder
        self.clock = Clock()
        (folder / "answers").write_text("\n".join(answers))
        (folder / "plugin.py").write_text(PROGRAM)

    def credentials(
        self, cluster: dict[str, Any] | None = None, **entry: Any
    ) -> ExecCredentials:
        plugin = {
            "apiVersion": V1,
            "interactiveMode": "IfAvailable",
            "command": sys.executable,
            "args": [str(self.folder / "plugin.py")],
            **entry,
        }
        return ExecCredentials(plugin, cluster or {}, context="prod", clock=self.clock)

    @property
    def told(self) -> list[Any]:
        lines = (self.folder / "told").read_text().splitlines()
        return [json.loads(line)["spec"] for line in lines]


def test_a_plugin_is_run_when_it_is_needed_and_once(tmp_path: Path) -> None:
    plugin = Plugin(tmp_path, answer(token="one"), answer(token="two"))
    credentials = plugin.credentials()
    assert not (tmp_path / "told").exists()
    for _ in range(2):
        assert credentials.authorization() == "Bearer one"
    assert credentials.client_certificate() is None
    assert len(plugin.told) == 1


def test_a_refused_token_is_renewed_once_for_all_who_held_it(tmp_path: Path) -> None:
    plugin = Plugin(tmp_path, answer(token="one"), answer(token="two"))
    credentials = plugin.credentials()
    credentials.authorization()
    for _ in range(2):
        assert credentials.authorization(refused="Bearer one") == "Bearer two"
    assert len(plugin.told) == 2


def test_a_token_that_ends_is_renewed_before_it_is_refused(tmp_path: Path) -> None:
    ends = "2026-11-21T12:15:00Z"
    plugin = Plugin(
        tmp_path,
        answer(token="one", expirationTimestamp=ends),
        answer(token="two", expirationTimestamp="2026-11-21T14:00:00+01:00"),
    )
    credentials = plugin.credentials()
    assert credentials.authorization() == "Bearer one"
    plugin.clock.now += timedelta(minutes=14)
    assert credentials.authorization() == "Bearer one"
    plugin.clock.now += timedelta(minutes=1)
    assert credentials.authorization() == "Bearer two"
    plugin.clock.now += timedelta(minutes=30)
    assert credentials.authorization() == "Bearer two"
    assert len(plugin.told) == 2


def test_a_certificate_may_come_instead_of_a_token(tmp_path: Path) -> None:
    status = {"clientCertificateData": "CERT", "clientKeyData": "KEY"}
    credentials = Plugin(tmp_path, answer(**status)).credentials()
    assert credentials.authorization() == ""
    assert credentials.client_certificate() == ClientCertificate(
        certificate=b"CERT", key=b"KEY"
    )


def test_a_plugin_is_told_of_the_cluster_if_it_asks(tmp_path: Path) -> None:
    cluster = {
        "server": "https://k8s",
        "certificate-authority-data": "UEVN",
        "extensions": [
            {"name": "other", "extension": 1},
            {"name": "client.authentication.k8s.io/exec", "extension": {"aud": "x"}},
        ],
    }
    plugin = Plugin(tmp_path, answer(BETA, token="t"))
    for asks in (True, False):
        plugin.credentials(
            cluster,
            apiVersion=BETA,
            interactiveMode=None,
            provideClusterInfo=asks,
            env=[{"name": "REGION", "value": "north"}],
        ).authorization()
    asked, not_asked = plugin.told
    assert asked == {
        "interactive": False,
        "cluster": {
            "server": "https://k8s",
            "certificate-authority-data": "UEVN",
            "config": {"aud": "x"},
        },
    }
    assert not_asked == {"interactive": False}
    assert (tmp_path / "env").read_text() == "north"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"apiVersion": "client.authentication.k8s.io/v1alpha1"}, "v1alpha1"),
        ({"command": ""}, "names no command"),
        ({"interactiveMode": None}, "interactiveMode must be one of Never"),
    ],
)
def test_an_entry_that_is_not_valid_is_refused_before_it_is_needed(
    tmp_path: Path, entry: dict[str, Any], said: str
) -> None:
    with pytest.raises(KubeconfigError, match=said):
        Plugin(tmp_path).credentials(**entry)


@pytest.mark.parametrize(
    ("entry", "printed", "said"),
    [
        ({"command": "no-such-command"}, "", "cannot be run: No such file"),
        ({"args": ["-c", "import sys; sys.exit(3)"]}, "", "ended with status 3"),
        ({"interactiveMode": "Always"}, "", "there is no terminal"),
        ({}, "{", "did not print JSON"),
        ({}, "[]", "did not print an object"),
        ({}, answer(BETA, token="t"), "answered by .*v1beta1, not by .*v1"),
        ({}, answer(), "neither a token nor a certificate"),
    ],
)
def test_a_plugin_that_fails_is_named_with_its_context(
    tmp_path: Path, entry: dict[str, Any], printed: str, said: str
) -> None:
    credentials = Plugin(tmp_path, printed).credentials(**entry)
    with pytest.raises(KubeconfigError, match=f"context 'prod' by .*{said}"):
        credentials.authorization()


def test_how_to_install_a_plugin_is_passed_on(tmp_path: Path) -> None:
    credentials = Plugin(tmp_path).credentials(
        command="no-such-command", installHint="get it from the shop\n"
    )
    with pytest.raises(KubeconfigError) as caught:
        credentials.authorization()
    assert caught.value.hint == "get it from the shop"
