"""Drawing a tree of what is waited for, again and again, on standard error."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType
from rich.text import Text

if TYPE_CHECKING:
    from pypkg.cli.display.wait_tree import WaitTree


@dataclass(slots=True)
class _Drawing:
    """A tree as it is drawn.

    Attributes:
        tree: The tree.
        widths: How many cells each line of the last drawing took.
    """

    tree: WaitTree
    widths: list[int] = field(default_factory=list)

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        """Draw it as it is now; the line of the cursor stays free."""
        height, width = (options.height or console.height) - 1, options.max_width
        # Terminals break the lines that are too wide once they are made narrower:
        # rich goes up by the lines that it has written, and these are more.
        broken = sum((cells - 1) // width for cells in self.widths if cells)
        yield Control(
            *((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2)) * broken
        )
        rows = self.tree.rows(height, time.monotonic(), width=width)
        self.widths = [min(cell_len(row.text), width) for row in rows]
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
