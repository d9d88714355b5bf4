from __future__ import annotations

from io import StringIO

from rich.console import Console

from pypkg.cli.display.live_view import live
from pypkg.cli.display.wait_tree import WaitTree
from pypkg.cluster.reference import ObjectRef
from pypkg.release.events import ObjectProgress, WaitStarted

WEB = ObjectRef("apps/v1", "Deployment", "web", "shop")


def test_lines_that_a_narrower_terminal_has_broken_are_taken_away() -> None:
    tree = WaitTree(WaitStarted((WEB,), 300.0))
    tree.update(ObjectProgress(WEB, "InProgress", "a" * 70, ready=False))
    drawing = live(tree, color=False).get_renderable()

    def ups(width: int) -> int:
        screen = StringIO()
        terminal = Console(file=screen, force_terminal=True, width=width, height=20)
        terminal.print(drawing)
        return screen.getvalue().count("\x1b[1A")

    assert ups(100) == 0
    # The head takes two lines of 40 cells now, the object's line three.
    assert ups(40) == 3
    assert ups(40) == 0
    assert ups(100) == 0
