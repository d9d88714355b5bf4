"""Making a folder of archives a repository: writing its index.yaml.

What was read of an archive is kept, so that the next index reads only what is new.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pypkg import files
from pypkg.errors import PypkgError, RepositoryError
from pypkg.repo import stock
from pypkg.repo.digests import sha256
from pypkg.repo.index import FILE, Entry, Index, parse, precedence, read_entry, select
from pypkg.repo.index_text import entry_text, index_text
from pypkg.repo.packed import read_metadata
from pypkg.repo.stock import Item, Stamp
from pypkg.versions import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from os import stat_result
    from pathlib import Path

    from pypkg.repo.index_text import Form

# From so many new archives on, starting processes takes less time than it saves.
_MANY = 200
_AT_ONCE, _SHARE = 4, 50
_NEVER = "0001-01-01T00:00:00Z"  # Go's zero time


@dataclass(frozen=True, slots=True)
class Indexer:
    """Writes the index of a folder.

    Attributes:
        folder: The archives; those one folder below belong to it too.
        memory: The folder where it is kept what was read of archives.
        url: Where the folder is served, or "" for URLs relative to the index.
        form: ``yaml`` or ``json``; the file is called index.yaml either way.
        warn: Hears of archives that are no charts.
        clock: Gives the time.
    """

    folder: Path
    memory: Path
    url: str = ""
    form: Form = "yaml"
    warn: Callable[[str], None] = lambda _: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def write(self, merged: Path | None = None) -> Path:
        """Write index.yaml.

        Args:
            merged: An index whose versions are added, where the folder does not have
                the same. If there is no such file, an empty one is written.

        Returns:
            The index's path.

        Raises:
            RepositoryError: The folder cannot be read, or the index not be written.
        """
        if not self.folder.is_dir():
            raise RepositoryError(f"there is no folder {self.folder}")
        charts: dict[str, list[Item]] = {}
        for item in self._items():
            charts.setdefault(item.chart, []).append(item)
        if merged is not None:
            self._merge(charts, self._other(merged))
        for versions in charts.values():
            versions.sort(key=_newness, reverse=True)
        path = self.folder / FILE
        self._save(path, charts)
        return path

    def _save(self, path: Path, charts: Mapping[str, Iterable[Item]]) -> None:
        texts = ((name, [one.text for one in charts[name]]) for name in sorted(charts))
        text = index_text(texts, self.form, generated=self._now())
        files.write(path, text.encode(), mode=files.PUBLIC)

    def _other(self, path: Path) -> Index:
        """Read the index to merge with; one that is missing is made."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            self._save(path, {})
            return Index({})
        except OSError as error:
            raise RepositoryError(f"cannot read {path}: {error.strerror}") from error
        return parse(data, source=str(path), warn=self.warn)

    def _merge(self, charts: dict[str, list[Item]], other: Index) -> None:
        for versions in other.entries.values():
            for listed in versions:
                entry = read_entry(listed.text)
                chart, version = entry.metadata.name, entry.metadata.version
                there = charts.setdefault(chart, [])
                if select([one.version for one in there], version) is None:
                    wire = replace(entry, created=entry.created or _NEVER).to_dict()
                    there.append(Item(chart, version, entry_text(wire, self.form)))

    def _items(self) -> list[Item]:
        """Give the versions of all archives, in the order of their names."""
        found = dict(sorted(_archives(self.folder)))
        style = f"{self.form} {self.url}"
        with stock.opened(self.memory, self.folder) as kept:
            if kept.style() != style:
                kept.restyle(style, self._rewritten(kept.entries()))
            known = kept.items()
            current = {
                name: item
                for name, (stamp, item) in known.items()
                if found.get(name) == stamp
            }
            kept.remove(known.keys() - current.keys())
            for read in self._read([n for n in found if n not in current]):
                current[read.name] = read.item
                kept.add(read.name, found[read.name], read.item, read.wire)
        return [current[name] for name in found if name in current]

    def _read(self, names: list[str]) -> Iterator[Read]:
        """Read archives, several at once; what is no chart is left out."""
        reader = Reader(str(self.folder), self.url, self.form, self._now())
        for name, read in zip(names, _each(reader.read, names), strict=True):
            if isinstance(read, Read):
                yield read
            else:
                self.warn(f"{name} is left out: {read}")

    def _rewritten(
        self, entries: Iterable[tuple[str, dict[str, Any]]]
    ) -> Iterator[tuple[str, str]]:
        reader = Reader(str(self.folder), self.url, self.form, "")
        return ((name, reader.text(name, wire)) for name, wire in entries)

    def _now(self) -> str:
        return self.clock().isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Read:
    """What an index says of an archive.

    Attributes:
        name: The archive's, relative to the folder.
        item: Its place and text in the index.
        wire: The same for other syntaxes, without its URL.
    """

    name: str
    item: Item
    wire: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads archives, here or in another process.

    Attributes:
        folder: Where they are.
        url: As in :class:`Indexer`.
        form: As in :class:`Indexer`.
        now: The time that archives are listed as made at.
    """

    folder: str
    url: str
    form: Form
    now: str

    def read(self, name: str) -> Read | str:
        """Read an archive; why it is no chart, if it is none."""
        path = posixpath.join(self.folder, name)
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - for each of thousands
                data = file.read()
            metadata = read_metadata(data, name=path)
        except (PypkgError, OSError) as error:
            return str(error)
        wire = Entry(metadata, digest=sha256(data), created=self.now).to_dict()
        item = Item(metadata.name, metadata.version, self.text(name, wire))
        return Read(name, item, wire)

    def text(self, name: str, wire: dict[str, Any]) -> str:
        """Write an archive's entry, with its URL where Helm has it."""
        url = f"{self.url.rstrip('/')}/{name}" if self.url else name
        return entry_text({**wire, "urls": [url]}, self.form)


def _each(read: Callable[[str], Read | str], names: list[str]) -> Iterator[Read | str]:
    """Read archives, in the order of their names."""
    processes = min(_AT_ONCE, os.cpu_count() or 1)
    if len(names) < _MANY or processes == 1:
        yield from map(read, names)
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - start-up time

    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(read, names, chunksize=_SHARE)


def _newness(item: Item) -> tuple[object, ...]:
    return precedence(Version.parse(item.version))


def _archives(folder: Path) -> Iterator[tuple[str, Stamp]]:
    """Give the archives in a folder and one folder below, by their relative names."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if entry.name.endswith(".tgz") and entry.is_file():
                yield entry.name, _stamp(entry.stat())
            elif entry.is_dir():
                with os.scandir(entry.path) as inner:
                    for one in inner:
                        if one.name.endswith(".tgz") and one.is_file():
                            name = posixpath.join(entry.name, one.name)
                            yield name, _stamp(one.stat())


def _stamp(status: stat_result) -> Stamp:
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
