"""Reading what an index says of an archive, from many archives quickly."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from pypkg import yamlio
from pypkg.chart.archive import MAX_CHART_BYTES, read_archive
from pypkg.chart.loader import CHART_FILE, load_archive
from pypkg.chart.metadata import Metadata
from pypkg.errors import ArchiveError, MetadataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_GZIP = 31
_BLOCK = 512
_FILE, _FOLDER = (b"0", b"\0"), b"5"
_V1 = "v1"


class _UnusualError(Exception):
    """An archive that is not as Helm and tar write the plain ones."""


def read_metadata(data: bytes, *, name: str) -> Metadata:
    """Read the metadata of a packed chart, and make sure that the archive is whole.

    Args:
        data: The .tgz.
        name: What errors call it.

    Raises:
        ChartError: It is no chart.
        YamlError: Its Chart.yaml does not parse.
    """
    try:
        text = _chart_file(data)
    except (_UnusualError, ValueError, zlib.error):
        found = {file.name: file.data for file in read_archive(data, name=name)}
        if CHART_FILE not in found:
            raise ArchiveError(f"{name} holds no {CHART_FILE}") from None
        text = found[CHART_FILE]
    path = f"{name}/{CHART_FILE}"
    document = yamlio.load(text, source=path, unique_keys=False)
    if not isinstance(document, dict):
        raise ArchiveError(f"{path} must hold a mapping")
    metadata = Metadata.from_dict(document, path=path)
    if metadata.api_version == _V1:
        # Its dependencies may be in a file of their own.
        return load_archive(data, name=name).metadata
    if faults := metadata.faults():
        raise MetadataError(path, faults)
    return metadata


def _chart_file(data: bytes) -> bytes:
    """Find Chart.yaml in a plain archive.

    Walking the headers takes a tenth of what ``tarfile`` does.

    Raises:
        _UnusualError: It is none: it has to be read with all care.
    """
    unpacking = zlib.decompressobj(_GZIP)
    tar = unpacking.decompress(data, MAX_CHART_BYTES)
    if not unpacking.eof or unpacking.unused_data:
        raise _UnusualError
    found = None
    for name, start, size in _members(tar):
        top, _, inner = name.partition("/")
        if not inner or ".." in name or "\\" in name or top in ("", "."):
            raise _UnusualError
        if inner == CHART_FILE:
            if found is not None:
                raise _UnusualError
            found = tar[start : start + size]
    if found is None:
        raise _UnusualError
    return found


def _members(tar: bytes) -> Iterator[tuple[str, int, int]]:
    """Give each file's name, and where its content lies."""
    place = 0
    while place + _BLOCK <= len(tar):
        header = tar[place : place + _BLOCK]
        if not header[0]:
            return
        kind = header[156:157]
        if kind not in _FILE and kind != _FOLDER:
            raise _UnusualError  # a link, or the extended header of a long name
        name = header[:100].rstrip(b"\0").decode()
        if header[257:262] == b"ustar" and header[345]:
            name = f"{header[345:500].rstrip(bytes(1)).decode()}/{name}"
        size = int(header[124:136].rstrip(b" \0") or b"0", 8)
        place += _BLOCK
        if kind != _FOLDER:
            yield name, place, size
        place += -(-size // _BLOCK) * _BLOCK
    raise _UnusualError  # it ends without its mark
