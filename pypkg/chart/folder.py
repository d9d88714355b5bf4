"""Chart folders: reading one as an archive of it would be read."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from pypkg.chart.archive import Budget, without_bom
from pypkg.chart.chart import File
from pypkg.chart.ignore import IGNORE_FILE, IgnoreRules
from pypkg.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def read_folder(
    folder: str, *, budget: Budget, warn: Callable[[str], None]
) -> list[File]:
    """Read a chart's folder, without what its .helmignore leaves out.

    Links are followed, as Helm does, and each is told to ``warn``.

    Args:
        folder: The folder with Chart.yaml in it.
        budget: What it may take.
        warn: Hears of what deserves attention.

    Returns:
        The files in the order of their names, folder by folder.

    Raises:
        ChartError: A file cannot be read or is no regular file, links form a
            circle, or the budget is exceeded.
    """
    return list(_Walk(folder, _rules(folder), budget, warn).files())


def _rules(folder: str) -> IgnoreRules:
    path = os.path.join(folder, IGNORE_FILE)
    try:
        with open(path, "rb") as file:
            text = file.read().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        text = ""
    except OSError as error:
        raise ChartError(f"cannot read {path}: {error.strerror}") from error
    return IgnoreRules.parse(text, source=path)


class _Walk:
    def __init__(
        self,
        root: str,
        rules: IgnoreRules,
        budget: Budget,
        warn: Callable[[str], None],
    ) -> None:
        self.root = root
        self.rules = rules
        self.warn = warn
        self.budget = budget
        # The real paths of the folders that the walk is in, to recognise circles.
        self.open: list[str] = []

    def files(self, below: str = "") -> Iterator[File]:
        folder = os.path.join(self.root, below)
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            raise ChartError(f"cannot read {folder}: {error.strerror}") from error
        for entry in found:
            yield from self.entry(entry, below + entry.name)

    def entry(self, entry: os.DirEntry[str], name: str) -> Iterator[File]:
        try:
            is_folder = entry.is_dir()
            if self.rules.ignores(name, is_folder=is_folder):
                return
            if entry.is_symlink():
                self.warn(f"{entry.path} is a link; what it leads to is used")
                if is_folder:
                    yield from self.linked_folder(entry.path, name)
                    return
            if is_folder:
                yield from self.files(f"{name}/")
            else:
                yield self.file(entry, name)
        except OSError as error:
            raise ChartError(f"cannot read {entry.path}: {error.strerror}") from error

    def linked_folder(self, path: str, name: str) -> Iterator[File]:
        real = os.path.realpath(path)
        if real in self.open:
            raise ChartError(f"the link {path} leads back to {real}, where it lies in")
        self.open.append(real)
        yield from self.files(f"{name}/")
        self.open.pop()

    def file(self, entry: os.DirEntry[str], name: str) -> File:
        status = entry.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ChartError(f"{entry.path} is no regular file")
        self.budget.spend(status.st_size, self.root)
        with open(entry.path, "rb") as stream:
            return File(name, without_bom(stream.read()), status.st_mtime_ns)
