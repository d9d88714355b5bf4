"""Charts for tests, written to a folder or packed into an archive."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\n"


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a chart; Chart.yaml is made if it is not among the files."""
    for name, content in {"Chart.yaml": CHART, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def member(
    name: str, content: str | bytes = "", kind: bytes = tarfile.REGTYPE
) -> tuple[tarfile.TarInfo, bytes]:
    """Make an entry of an archive."""
    data = content.encode() if isinstance(content, str) else content
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.size = len(data)
    return entry, data


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Make an archive that is not compressed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for entry, data in members:
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def tgz(files: Mapping[str, str | bytes], top: str = "web") -> bytes:
    """Pack a chart; Chart.yaml is made if it is not among the files."""
    named = {"Chart.yaml": CHART, **files}
    members = [member(f"{top}/{name}", content) for name, content in named.items()]
    return gzip.compress(tar(*members), 1)
