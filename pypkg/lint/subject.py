"""The chart that is linted, and what the rules need to know of it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pypkg.chart.loader import load_chart
from pypkg.errors import LocatedError, PypkgError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from pypkg.render.cache import CodeCache
    from pypkg.render.capabilities import Capabilities


class Subject(Struct):
    """A chart's folder, and how it is linted.

    Attributes:
        folder: The folder.
        name: The folder as the user named it, resolved; findings on it show this.
        values: What the user sets.
        namespace: Where templates believe to be installed.
        capabilities: What they believe the cluster can do.
        skip_schema: Leave values.schema.json aside.
        cache: Keeps compiled templates between runs.
    """

    folder: Path
    name: str
    values: dict[str, Any]
    namespace: str
    capabilities: Capabilities
    skip_schema: bool
    cache: CodeCache | None = None

    @cached_property
    def loaded(self) -> Chart | PypkgError:
        """The chart, or why it cannot be loaded."""
        try:
            return load_chart(self.folder)
        except PypkgError as error:
            return error

    @property
    def load_fault(self) -> str:
        """Why the chart cannot be loaded, or ""; the rule of the file shows where."""
        error = self.loaded
        if isinstance(error, LocatedError) and error.location is not None:
            return f"{error.location}: {error.problem}"
        return str(error) if isinstance(error, PypkgError) else ""
