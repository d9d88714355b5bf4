from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pypkg.errors import SandboxError
from pypkg.sandbox import daemon
from pypkg.sandbox.state import StateFolder
from tests.sandbox.conftest import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A sandbox's folder; whatever runs there is stopped afterwards."""
    path = tmp_path / "sandbox"
    yield path
    daemon.down(path)


def client(folder: Path) -> Client:
    state = StateFolder(folder)
    return Client(daemon.status(folder).server, state.token, state.certificate)


def create(folder: Path, name: str) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    assert client(folder)("POST", path, {"metadata": {"name": name}}).code == 201


def exists(folder: Path, name: str) -> bool:
    path = f"/api/v1/namespaces/default/configmaps/{name}"
    return client(folder)("GET", path).code == 200


def test_a_started_sandbox_answers_and_a_stopped_one_does_not(folder: Path) -> None:
    started = daemon.up(folder)
    assert started.running
    assert client(folder)("GET", "/version").json["gitVersion"].startswith("v1.37")
    assert daemon.down(folder)
    stopped = daemon.status(folder)
    assert (stopped.running, stopped.server, stopped.pid) == (False, "", 0)
    assert not daemon.down(folder)


def test_starting_twice_is_the_same_sandbox(folder: Path) -> None:
    assert daemon.up(folder) == daemon.up(folder)


def test_two_that_start_at_once_share_one_sandbox(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: daemon.up(folder).pid, range(4)))
    assert len(found) == 1


def test_objects_port_and_kubeconfig_survive_a_restart(folder: Path) -> None:
    before = daemon.up(folder)
    kubeconfig = daemon.kubeconfig(folder)
    create(folder, "kept")
    daemon.down(folder)
    after = daemon.up(folder)
    assert after.pid != before.pid
    assert after.server == before.server
    assert daemon.kubeconfig(folder) == kubeconfig
    assert exists(folder, "kept")


def test_a_killed_sandbox_is_known_to_be_gone_and_starts_again(folder: Path) -> None:
    before = daemon.up(folder)
    for number in range(20):
        create(folder, f"n{number}")
    os.kill(before.pid, signal.SIGKILL)
    while daemon.status(folder).running:
        pass
    daemon.up(folder)
    assert all(exists(folder, f"n{number}") for number in range(20))


def test_a_process_id_that_is_somebody_elses_is_not_killed(folder: Path) -> None:
    daemon.up(folder)
    daemon.down(folder)
    serving = folder / "serving.json"
    stale = {**json.loads(serving.read_text()), "pid": os.getpid()}
    serving.write_text(json.dumps(stale))
    assert not daemon.status(folder).running
    assert not daemon.down(folder)


def test_a_taken_port_is_given_up_for_another(folder: Path) -> None:
    port = int(daemon.up(folder).server.rsplit(":", 1)[1])
    daemon.down(folder)
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        server = daemon.up(folder).server
    assert not server.endswith(f":{port}")
    assert server in daemon.kubeconfig(folder)


def test_reset_removes_every_object_and_keeps_the_address(folder: Path) -> None:
    before = daemon.up(folder)
    create(folder, "gone")
    assert daemon.reset(folder)
    assert daemon.status(folder).server == before.server
    assert not exists(folder, "gone")


def test_reset_of_a_stopped_sandbox_does_not_start_it(folder: Path) -> None:
    assert not daemon.reset(folder)
    daemon.up(folder)
    daemon.down(folder)
    assert not daemon.reset(folder)
    assert not daemon.status(folder).running


def test_another_version_of_pypkg_replaces_the_running_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = daemon.up(folder)
    monkeypatch.setattr(daemon, "__version__", "9.9.9")
    assert daemon.up(folder).pid != before.pid


def test_credentials_are_the_owners_alone(folder: Path) -> None:
    daemon.up(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("tls.key", "token", "kubeconfig"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name


def test_it_listens_on_loopback_alone_and_wants_a_token(folder: Path) -> None:
    status = daemon.up(folder)
    assert status.server.startswith("https://127.0.0.1:")
    stranger = client(folder)
    stranger.headers = {"Authorization": "Bearer wrong"}
    refused = stranger("GET", "/api/v1/namespaces")
    assert (refused.code, refused.json["reason"]) == (401, "Unauthorized")
    assert stranger("GET", "/readyz").body == b"ok"


def test_a_sandbox_that_cannot_start_says_why(folder: Path) -> None:
    folder.mkdir()
    (folder / "state.db").write_text("this is no database, whatever its name says")
    with pytest.raises(SandboxError, match="file is not a database"):
        daemon.up(folder)


def test_the_state_of_another_version_is_refused_until_it_is_reset(
    folder: Path,
) -> None:
    daemon.up(folder)
    daemon.down(folder)
    database = sqlite3.connect(StateFolder(folder).database)
    database.execute("PRAGMA user_version = 1")
    database.close()
    with pytest.raises(SandboxError, match="written by another version") as caught:
        daemon.up(folder)
    assert "\n" not in str(caught.value)
    assert "pypkg sandbox reset" in (caught.value.hint or "")
    daemon.reset(folder)
    assert daemon.up(folder).running


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxError, match="cannot use its folder") as failure:
        daemon.up(tmp_path / "file" / "sandbox")
    assert "PYPKG_DATA_HOME" in str(failure.value.hint)


def test_there_is_no_kubeconfig_before_the_first_start(tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as failure:
        daemon.kubeconfig(tmp_path / "none")
    assert "sandbox up" in str(failure.value.hint)
    assert not (tmp_path / "none").exists()


def test_finding_and_stopping_it_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pypkg.sandbox import daemon; daemon.status;"
        "print(sorted({'uvicorn', 'starlette', 'cryptography', 'yaml', 'sqlite3'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_start_that_was_interrupted_is_joined(folder: Path) -> None:
    state = StateFolder(folder)
    with state.exclusively():
        state.prepare()
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "pypkg.sandbox.server"],
        stdin=subprocess.PIPE,
        pass_fds=(writing,),
    ) as starting:
        settings = {"folder": str(folder), "ready": writing}
        starting.communicate(json.dumps(settings).encode())
    os.close(reading)
    os.close(writing)
    assert daemon.up(folder).running


def test_a_process_that_is_only_starting_is_not_serving(folder: Path) -> None:
    daemon.up(folder)
    daemon.down(folder)
    state = StateFolder(folder)
    held = state.hold()
    assert held is not None
    state.withdraw()
    assert (state.held, state.serving()) == (True, None)
    os.close(held)
    assert not state.held
