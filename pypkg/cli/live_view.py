"""Drawing a tree of what is waited for, again and again, on standard error."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from pypkg.cli.wait_tree import WaitTree


@dataclass(frozen=True, slots=True)
class _Drawing:
    tree: WaitTree

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        """Draw it as it is now; the line of the cursor stays free."""
        height = (options.height or console.height) - 1
        rows = self.tree.rows(height, time.monotonic(), width=options.max_width)
        yield Group(
            *(
                Text(row.text, style=row.style, no_wrap=True, overflow="ellipsis")
                for row in rows
            )
        )


def live(tree: WaitTree, *, color: bool | None) -> Live:
    """Give what draws a tree until it is stopped, and takes it away then.

    Args:
        tree: What to draw.
        color: Whether to colour it; None where the terminal decides.
    """
    console = Console(stderr=True, no_color=None if color is None else not color)
    return Live(_Drawing(tree), console=console, transient=True, refresh_per_second=8)
