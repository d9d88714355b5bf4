"""Operations that a signal ends, and what one is told then."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.e2e
STUCK = ["--set", "sim=crashloop", "--wait", "--timeout", "150s"]
UNDONE = [*STUCK, "--rollback-on-failure"]
HOOK = """
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-goodbye
  annotations: {helm.sh/hook: pre-delete}
spec:
  template:
    metadata: {annotations: {pypkg.dev/sim: imagepull}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox}]
"""


@pytest.fixture
def chart(chart: Path) -> Path:
    """A chart whose pods can be told to crash."""
    path = chart / "templates" / "deployment.yaml"
    labels = "      labels: {app: {{ .Release.Name }}}\n"
    fault = "      annotations: {pypkg.dev/sim: {{ .Values.sim | quote }}}\n"
    path.write_text(path.read_text().replace(labels, labels + fault))
    return chart


def heed_signals() -> None:
    # What runs in the background, as tests may, has SIGINT and SIGHUP ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def stopped(
    pypkg: Command, *words: str | Path, at: str, by: signal.Signals = signal.SIGINT
) -> tuple[int, str]:
    """Send a signal once a line says something; give status and standard error."""
    with subprocess.Popen(
        [*pypkg.program, *map(str, words)],
        env=pypkg.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_signals,  # noqa: PLW1509 - no threads matter
    ) as running:
        assert running.stderr is not None
        said = ""
        for line in running.stderr:
            said += line
            if at in line:
                break
        running.send_signal(by)
        said += running.stderr.read()
    assert "Traceback" not in said
    return running.returncode, said


@pytest.mark.faults
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_an_operation_in_order(
    pypkg: Command, chart: Path, number: signal.Signals, status: int
) -> None:
    code, said = stopped(
        pypkg, "install", "web", chart, *STUCK, at="CrashLoop", by=number
    )
    assert code == status, said
    assert "interrupted: revision 1 of web is failed" in said
    assert f"terminated by {number.name}" in pypkg.ok("status", "web")


@pytest.mark.faults
def test_a_terminal_that_is_closed_ends_an_operation_in_order(
    pypkg: Command, chart: Path
) -> None:
    screen, terminal = pty.openpty()

    def own_terminal() -> None:
        heed_signals()
        os.setsid()
        os.close(os.open(os.ttyname(terminal), os.O_RDWR))  # makes it the controlling

    running = subprocess.Popen(
        [*pypkg.program, "install", "web", chart, *STUCK],
        env={**pypkg.environ, "TERM": "xterm"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        preexec_fn=own_terminal,  # noqa: PLW1509 - no threads matter
    )
    os.close(terminal)
    shown = b""
    while b"CrashLoop" not in shown:
        shown += os.read(screen, 65536)
    os.close(screen)
    assert running.wait(60) == 129
    assert "terminated by SIGHUP" in pypkg.ok("status", "web")


@pytest.mark.faults
def test_an_install_that_is_interrupted_is_undone_if_asked_for(
    pypkg: Command, chart: Path
) -> None:
    code, said = stopped(pypkg, "install", "web", chart, *UNDONE, at="CrashLoop")
    assert code == 130, said
    assert "WARNING: interrupted: uninstalling web, as was asked for" in said
    assert "interrupted: web is uninstalled" in said
    assert "release: not found" in pypkg.fails("status", "web")


@pytest.mark.faults
def test_an_upgrade_that_is_interrupted_is_undone_if_asked_for(
    pypkg: Command, chart: Path
) -> None:
    pypkg.ok("install", "web", chart)
    code, said = stopped(pypkg, "upgrade", "web", chart, *UNDONE, at="CrashLoop")
    assert code == 130, said
    assert "WARNING: interrupted: rolling web back, as was asked for" in said
    assert "interrupted: revision 3 of web is deployed" in said


@pytest.mark.faults
def test_an_uninstall_that_is_interrupted_says_how_to_go_on(
    pypkg: Command, chart: Path
) -> None:
    (chart / "templates" / "goodbye.yaml").write_text(HOOK)
    pypkg.ok("install", "web", chart)
    code, said = stopped(pypkg, "uninstall", "web", at="hook")
    assert code == 130, said
    assert "interrupted: revision 1 of web is failed" in said
    assert "`uninstall web` removes it" in said
    assert "no deployed releases" not in pypkg.ok("upgrade", "web", chart)
