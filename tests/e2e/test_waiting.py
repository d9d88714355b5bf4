"""What one is told while waiting, and when that was in vain."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.e2e
STUCK = ["--set", "sim=crashloop", "--wait", "--timeout"]


@pytest.fixture
def chart(chart: Path) -> Path:
    """A chart whose pods can be told to crash."""
    path = chart / "templates" / "deployment.yaml"
    labels = "      labels: {app: {{ .Release.Name }}}\n"
    annotations = (
        "      annotations:\n"
        "        pypkg.dev/sim: {{ .Values.sim | quote }}\n"
        '        pypkg.dev/logs: "starting\\nno database"\n'
    )
    path.write_text(path.read_text().replace(labels, labels + annotations))
    return chart


@pytest.mark.faults
def test_a_timeout_ends_with_its_cause(pypkg: Command, chart: Path) -> None:
    said = pypkg.fails("install", "web", chart, *STUCK, "4s")
    namespace = pypkg.environ["HELM_NAMESPACE"]
    assert re.search(
        rf"""Error: INSTALLATION FAILED: not ready after 4s:
- Deployment/{namespace}/web: Available: 0/1
most likely because:
1\. pod web-\w+-\w+, container web: CrashLoopBackOff: ended with status 1.*
     \| starting
     \| no database
""",
        said,
    )
    assert "context deadline exceeded" in pypkg.ok("status", "web")


def test_programs_get_events_beside_the_release(pypkg: Command, chart: Path) -> None:
    done = pypkg("install", "web", chart, "--wait", "-o", "json")
    assert json.loads(done.out)["info"]["status"] == "deployed"
    events = [json.loads(line) for line in done.err.splitlines()]
    assert [e["type"] for e in events if e["type"] != "progress"] == [
        "revision",
        "object",
        "object",
        "wait-started",
        "wait-finished",
    ]


@pytest.mark.faults
def test_a_terminal_shows_the_tree_within_its_height(
    pypkg: Command, chart: Path
) -> None:
    screen, terminal = pty.openpty()
    size = {"COLUMNS": "60", "LINES": "8", "TERM": "xterm-256color"}
    running = subprocess.Popen(
        [*pypkg.program, "install", "web", chart, *STUCK, "4s"],
        env={**pypkg.environ, **size},
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    )
    os.close(terminal)
    shown = ""
    try:
        while part := os.read(screen, 65536):
            shown += part.decode(errors="replace")
    except OSError:
        pass  # as a terminal tells that nobody writes to it any more
    os.close(screen)
    assert running.wait(60) == 1
    assert "waiting for 1 of 2 objects to be ready" in shown
    assert "│ no database" in shown
    # Each drawing goes up over the lines of the one before it.
    drawn = re.findall(r"(?:\x1b\[1A\x1b\[2K)+", shown)
    assert drawn
    assert max(part.count("\x1b[1A") for part in drawn) < int(size["LINES"])


@pytest.mark.faults
def test_ctrl_c_says_in_which_state_the_release_is(pypkg: Command, chart: Path) -> None:
    with subprocess.Popen(
        [*pypkg.program, "install", "web", str(chart), *STUCK, "150s"],
        env=pypkg.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # What runs in the background, as tests may, has SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads matter
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if "CrashLoopBackOff" in line:
                break
        running.send_signal(signal.SIGINT)
        said = running.stderr.read()
    assert running.returncode == 130, said
    assert "interrupted: revision 1 of web is failed" in said
    assert "`uninstall web` removes it" in said
    assert "Traceback" not in said
    assert "STATUS: failed" in pypkg.ok("status", "web")
