"""Making a folder of archives a repository: writing its index.yaml.

What was read of an archive is kept, so that the next index reads only what is new.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pypkg.errors import PypkgError, RepositoryError
from pypkg.repo import files, stock
from pypkg.repo.archives import sha256
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

_AT_ONCE = 4
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
            for name, entry in self._read([n for n in found if n not in current]):
                wire = entry.to_dict()
                text = self._text(name, wire)
                current[name] = Item(entry.metadata.name, entry.metadata.version, text)
                kept.add(name, found[name], current[name], wire)
        return [current[name] for name in found if name in current]

    def _read(self, names: list[str]) -> Iterator[tuple[str, Entry]]:
        """Read archives, several at once; what is no chart is left out."""
        if not names:
            return
        from concurrent.futures import (  # noqa: PLC0415 - start-up time
            ThreadPoolExecutor,
        )

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for name, entry in zip(names, pool.map(self._entry, names), strict=True):
                if entry is not None:
                    yield name, entry

    def _entry(self, name: str) -> Entry | None:
        path = self.folder / name
        try:
            data = path.read_bytes()
            metadata = read_metadata(data, name=str(path))
        except (PypkgError, OSError) as error:
            self.warn(f"{name} is left out: {error}")
            return None
        return Entry(metadata, digest=sha256(data), created=self._now())

    def _rewritten(
        self, entries: Iterable[tuple[str, dict[str, Any]]]
    ) -> Iterator[tuple[str, str]]:
        return ((name, self._text(name, wire)) for name, wire in entries)

    def _text(self, name: str, wire: dict[str, Any]) -> str:
        """Write an archive's entry, with its URL where Helm has it."""
        url = f"{self.url.rstrip('/')}/{name}" if self.url else name
        return entry_text({**wire, "urls": [url]}, self.form)

    def _now(self) -> str:
        return self.clock().isoformat().replace("+00:00", "Z")


def _newness(item: Item) -> tuple[object, ...]:
    return precedence(Version.parse(item.version))


def _archives(folder: Path) -> Iterator[tuple[str, Stamp]]:
    """Give the archives in a folder and one folder below, by their relative names."""
    import os  # noqa: PLC0415 - only here

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
