"""Chart archives: reading a .tgz without trusting it."""

from __future__ import annotations

import io
import posixpath
import re
from typing import TYPE_CHECKING

from pypkg.chart.chart import File
from pypkg.errors import ArchiveError

if TYPE_CHECKING:
    import tarfile
    from pathlib import Path

# Helm's limit on the sum of a chart's files, in bytes.
MAX_CHART_BYTES = 100 * 1024 * 1024
MAX_FILES = 50_000
# What tar headers and padding may take on top of that.
_MAX_TAR_BYTES = MAX_CHART_BYTES + 64 * 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b\x08"
_GZIP_FORMAT = 31
_BOM = b"\xef\xbb\xbf"
_DRIVE = r"[a-zA-Z]:/"


class Budget:
    """What a chart with all its subcharts may still take.

    Args:
        room: Bytes left.
        files: Number of files left.
    """

    def __init__(self, room: int = MAX_CHART_BYTES, files: int = MAX_FILES) -> None:
        self.room = room
        self.files = files

    def spend(self, size: int, name: str) -> None:
        """Count a file of so many bytes.

        Raises:
            ArchiveError: It is one too many, or too large. ``name`` is what holds it.
        """
        self.room -= size
        self.files -= 1
        if self.room < 0:
            raise _too_large(name)
        if self.files < 0:
            raise ArchiveError(f"{name} holds more than {MAX_FILES} files")


def read_archive(data: bytes, *, name: str, budget: Budget | None = None) -> list[File]:
    """Unpack a chart archive in memory.

    Args:
        data: The .tgz file.
        name: What errors call it.
        budget: What it may take, shared by nested archives; a new one by default.

    Returns:
        Its files in order, named relative to the archive's top folder.

    Raises:
        ArchiveError: It is no gzipped tar; a path leads out of the chart; it holds a
            link, a device or the same file twice; or it holds more than
            :data:`MAX_CHART_BYTES` or :data:`MAX_FILES`.
    """
    import tarfile  # noqa: PLC0415 - start-up time

    tar = _decompress(data, name)
    files: dict[str, File] = {}
    budget = budget or Budget()
    try:
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
            for member in archive:
                if member.isdir():
                    continue
                path = _inner_path(member, name)
                if path in files:
                    raise ArchiveError(f"{name} holds {path} twice")
                budget.spend(member.size, name)
                content = archive.extractfile(member)
                raw = content.read() if content else b""
                modified = int(member.mtime * 1_000_000_000)
                files[path] = File(path, without_bom(raw), modified)
    except (tarfile.TarError, EOFError, OverflowError, ValueError) as error:
        raise ArchiveError(
            f"{name} is a broken archive: {error}",
            hint="download or package the chart again",
        ) from error
    if not files:
        raise ArchiveError(f"{name} holds no files")
    return list(files.values())


def expand(files: list[File], folder: Path) -> None:
    """Write an archive's files below a folder, which is made if it is missing.

    Args:
        files: What :func:`read_archive` gave.
        folder: Where the chart's own folder shall be: the files go right into it.
    """
    for file in files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)


def without_bom(data: bytes) -> bytes:
    """Drop a UTF-8 byte order mark, as Helm does from every file of a chart."""
    return data.removeprefix(_BOM)


def _decompress(data: bytes, name: str) -> bytes:
    import zlib  # noqa: PLC0415 - start-up time

    if not data.startswith(_GZIP_MAGIC):
        raise _no_archive(name)
    parts = []
    room = _MAX_TAR_BYTES
    try:
        # A gzip file may consist of several members, one after the other.
        while data.startswith(_GZIP_MAGIC):
            member = zlib.decompressobj(_GZIP_FORMAT)
            part = member.decompress(data, room + 1)
            room -= len(part)
            if room < 0:
                raise _too_large(name)
            if not member.eof:
                raise ArchiveError(
                    f"{name} is cut off", hint="download or package the chart again"
                )
            parts.append(part)
            data = member.unused_data
    except zlib.error as error:
        raise ArchiveError(f"{name} is a broken archive: {error}") from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _no_archive(name: str) -> ArchiveError:
    if name.endswith((".yaml", ".yml")):
        return ArchiveError(
            f"{name} seems to be a YAML file, but a chart is expected here",
            hint="pass a values file with --values",
        )
    return ArchiveError(
        f"{name} is not a chart archive", hint="a chart is a folder or a .tgz file"
    )


def _too_large(name: str) -> ArchiveError:
    return ArchiveError(
        f"{name} holds more than the {MAX_CHART_BYTES >> 20} MiB that a chart may have",
        hint="leave out of a folder what is not part of the chart with .helmignore",
    )


def _inner_path(member: tarfile.TarInfo, archive: str) -> str:
    """Give a member's path inside the chart's top folder, or refuse the member."""
    full = member.name
    if not member.isreg():
        raise ArchiveError(f"{archive} holds {full}, which is no regular file")
    # An archive made on Windows may have backslashes.
    path = full.replace("\\", "/")
    top, _, inner = path.partition("/")
    inner = posixpath.normpath(inner) if inner else ""
    if not top or inner.startswith("/") or re.match(_DRIVE, inner):
        raise ArchiveError(f"{archive} holds the absolute path {full}")
    if top == "Chart.yaml":
        raise ArchiveError(f"{archive} has Chart.yaml outside a folder of the chart")
    if inner in ("", "."):
        raise ArchiveError(f"{archive} holds {full} outside the chart's folder")
    if inner == ".." or inner.startswith("../") or "\0" in inner:
        raise ArchiveError(f"{archive} holds {full}, which leads out of the chart")
    return inner
