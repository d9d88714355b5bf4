"""The library as files, for any web server."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg.repo.server.pages.export import pages, prune
from pypkg.repo.server.refusals import MissingError
from pypkg.repo.server.web.indexes import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pypkg.repo.server.pages.website import Site
    from pypkg.repo.server.store.library import Content, Library
    from pypkg.repo.server.web.indexes import Format


@dataclass(slots=True)
class Export:
    """What an export has done.

    Attributes:
        written: How many files were written.
        kept: How many were there already.
        removed: How many were there and are of no chart.
    """

    written: int = 0
    kept: int = 0
    removed: int = 0


def export(
    library: Library,
    target: Path,
    *,
    url: str = "",
    form: Format = "json",
    site: Site | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Export:
    """Write every repository below a folder, which a web server then serves.

    Archives come first, the index then, and what is of no chart goes last: whoever
    reads meanwhile finds all that the index names.

    Args:
        library: What to write.
        target: The folder, which is made if it is missing.
        url: The address that it will have; by default indexes name archives relative
            to themselves.
        form: The syntax of indexes.
        site: Makes the pages for people; None leaves them out.
        report: Hears of each repository.
    """
    done = Export()
    for repository in library.repositories():
        report(repository.name)
        folder = target / repository.name
        charts = folder / "charts"
        charts.mkdir(parents=True, exist_ok=True)
        wanted: set[str] = set()
        for _, filename, _ in library.entries(repository.name):
            wanted |= _archive(library, repository.name, filename, charts, done)
        base = "/".join(filter(None, (url.rstrip("/"), repository.name))) if url else ""
        index = render(
            library,
            repository.name,
            repository.changed,
            form=form,
            base=f"{base}/charts/" if base else "charts/",
        )
        _write(folder / "index.yaml", index, done)
        _write(folder / "index.yaml.gz", gzip.compress(index, 9, mtime=0), done)
        for path in sorted(charts.iterdir()):
            if path.name not in wanted and path.name.endswith((".tgz", ".tgz.prov")):
                path.unlink()
                done.removed += 1
    if site is not None:
        for name, data in pages(library, site):
            page = target / name
            page.parent.mkdir(parents=True, exist_ok=True)
            _write(page, data, done)
        done.removed += prune(library, target)
    return done


def _archive(
    library: Library, repository: str, filename: str, charts: Path, done: Export
) -> set[str]:
    """Write an archive and its provenance file, and give their names."""
    names = {filename}
    _copy(library, library.file(repository, filename), charts / filename, done)
    with contextlib.suppress(MissingError):
        proof = f"{filename}.prov"
        _copy(library, library.file(repository, proof), charts / proof, done)
        names.add(proof)
    return names


def _copy(library: Library, content: Content, path: Path, done: Export) -> None:
    if path.is_file() and path.stat().st_size == content.size:
        with path.open("rb") as file:
            there = hashlib.file_digest(file, "sha256").hexdigest()
        if f"sha256:{there}" == content.digest:
            done.kept += 1
            return
    _write(path, b"".join(library.read(content)), done)


def _write(path: Path, data: bytes, done: Export) -> None:
    """Write a file whole or not at all; one that is the same stays."""
    if path.is_file() and path.read_bytes() == data:
        done.kept += 1
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    done.written += 1
