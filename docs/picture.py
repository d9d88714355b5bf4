"""Draws the README's picture: real commands on a sandbox, with what they print.

``make picture`` writes docs/pypkg.svg. The sandbox's state is in .cache/picture.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parent.parent
STATE = ROOT / ".cache/picture"
COLUMNS = 120

SESSION = [
    "pypkg install web charts-example/web --set replicas=3 --wait --hide-notes",
    "pypkg upgrade web charts-example/web --set replcas=2",
    "pypkg upgrade web charts-example/web --set image.tag=1.29 --wait --hide-notes",
    "pypkg rollback web 1 --wait",
    "pypkg history web",
]

THEME = TerminalTheme(
    background=(22, 27, 34),
    foreground=(230, 237, 243),
    normal=[
        (72, 79, 88),
        (255, 123, 114),
        (86, 211, 100),
        (227, 179, 65),
        (108, 182, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
    bright=[(139, 148, 158)] * 8,  # the session uses bright black only
)


def main() -> None:
    """Run the session, and draw it."""
    environ = os.environ | {
        "PYPKG_SANDBOX": "true",
        "PYPKG_DATA_HOME": str(STATE),
        "PYPKG_COLOR": "always",
        "COLUMNS": str(COLUMNS),
    }
    for quiet in ("up", "reset"):
        run(f"pypkg sandbox {quiet}", environ)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    for line in SESSION:
        console.print(Text.assemble(("$ ", "bright_black"), (line, "bold")))
        console.print(Text.from_ansi(run(line, environ)))
    run("pypkg sandbox down", environ)
    svg = console.export_svg(title="pypkg", theme=THEME, unique_id="pypkg")
    # The picture is complete in itself: no font is fetched from elsewhere.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = "\n".join(line.rstrip() for line in svg.splitlines())
    (ROOT / "docs/pypkg.svg").write_text(f"{svg}\n")


def run(line: str, environ: dict[str, str]) -> str:
    """Run a command as on a terminal: what it prints, progress and errors too."""
    done = subprocess.run(
        shlex.split(line),
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "".join(f"{tabs_as_spaces(one)}\n" for one in done.stdout.splitlines())


def tabs_as_spaces(line: str) -> str:
    """Expand tabs as a terminal does, for which colours take no room."""
    expanded, width = "", 0
    for cell in re.split(r"(\t)", line):
        if cell == "\t":
            cell = " " * (8 - width % 8)  # noqa: PLW2901 - the tab's own width
        expanded += cell
        width += len(re.sub(r"\x1b\[[0-9;]*m", "", cell))
    return expanded


if __name__ == "__main__":
    main()
