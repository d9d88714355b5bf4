"""Packing a chart into the archive that Helm would make of it."""

from __future__ import annotations

import io
import os
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg import files, yamlio
from pypkg.chart.chart import File
from pypkg.chart.dependencies import check_dependencies
from pypkg.chart.loader import CHART_FILE, SCHEMA_FILE, VALUES_FILE, load_chart
from pypkg.chart.warning import ignore
from pypkg.errors import ChartError
from pypkg.jsonio import loads
from pypkg.versions import Version

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Callable, Iterator, Mapping

    from pypkg.chart.chart import Chart

# The gzip header that marks a chart's archive: its comment, and the extra field,
# which every release of Helm has carried unchanged.
_COMMENT = b"Helm"
_EXTRA = b"rr(\x00aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo="
_GZIP_HEADER = b"\x1f\x8b\x08\x14\x00\x00\x00\x00\x00\xff"
_NANOSECONDS = 1_000_000_000


def package(
    chart_dir: Path | str,
    destination: Path | str,
    *,
    version: str | None = None,
    app_version: str | None = None,
    environ: Mapping[str, str] = os.environ,
    warn: Callable[[str], None] = ignore,
) -> Path:
    """Pack a chart's folder into ``NAME-VERSION.tgz``.

    Args:
        chart_dir: The folder.
        destination: The folder to write to, which is made if it is missing.
        version: A version for the chart instead of its own.
        app_version: Likewise for appVersion.
        environ: Where SOURCE_DATE_EPOCH is looked for. With it every entry has that
            time, and the same chart gives the same bytes.
        warn: As for :func:`pypkg.chart.loader.load_chart`.

    Returns:
        The archive's path.

    Raises:
        ChartError: It is no chart, or one that Helm would not pack.
        DependencyError: A dependency is missing in ``charts/``.
        VersionError: The version is none.
    """
    if not Path(chart_dir).is_dir():
        raise ChartError(f"{chart_dir} is no folder", hint="a chart's folder is packed")
    chart = load_chart(chart_dir, warn=warn)
    metadata = chart.metadata.replace(
        version=version or chart.version,
        app_version=app_version or chart.metadata.app_version,
    )
    Version.parse(metadata.version)
    check_dependencies(chart)
    data = archive(chart.replace(metadata=metadata), epoch=source_date(environ))
    path = Path(destination) / f"{metadata.name}-{metadata.version}.tgz"
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, data, mode=files.PUBLIC)
    return path


def source_date(environ: Mapping[str, str]) -> int | None:
    """Read SOURCE_DATE_EPOCH: seconds since 1970, or None where it is not set.

    Raises:
        ChartError: It is no such number.
    """
    text = environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ChartError(
            f"invalid SOURCE_DATE_EPOCH: {text!r}",
            hint="it holds seconds since 1970-01-01 00:00 UTC",
        )
    return int(text)


def archive(chart: Chart, *, epoch: int | None = None) -> bytes:
    """Give a chart's archive, in Helm's layout: see the order in the source.

    Args:
        chart: The chart with its subcharts, which are packed as folders.
        epoch: The time of every entry, in seconds since 1970; by default that of
            the chart's files.

    Raises:
        ChartError: values.schema.json is no JSON.
    """
    import tarfile  # noqa: PLC0415 - start-up time

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in _entries(chart, chart.name, epoch):
            entry = _entry(tarfile.TarInfo(file.name), file, epoch)
            tar.addfile(entry, io.BytesIO(file.data))
    return _compressed(buffer.getvalue())


def _entry(entry: tarfile.TarInfo, file: File, epoch: int | None) -> tarfile.TarInfo:
    entry.size = len(file.data)
    entry.mode = 0o644
    nearest = (file.modified_ns + _NANOSECONDS // 2) // _NANOSECONDS
    entry.mtime = nearest if epoch is None else epoch
    return entry


def _entries(chart: Chart, prefix: str, epoch: int | None) -> Iterator[File]:
    metadata = chart.metadata
    if metadata.api_version == "v1":
        # Its dependencies stay in requirements.yaml, one of its files.
        metadata = metadata.replace(dependencies=())
    time = chart.modified_ns
    own = [File(CHART_FILE, yamlio.dump(metadata.to_dict()).encode(), time)]
    if chart.lock is not None and metadata.api_version == "v2":
        wire = chart.lock.to_dict()
        if epoch is not None:
            wire["generated"] = (
                f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"
            )
        own.append(File("Chart.lock", yamlio.dump(wire).encode(), time))
    if chart.values_text is not None:
        own.append(File(VALUES_FILE, chart.values_text, time))
    if chart.schema is not None:
        _check_json(chart)
        own.append(File(SCHEMA_FILE, chart.schema, chart.schema_modified_ns))
    for file in (*own, *chart.templates, *chart.files):
        yield file.replace(name=f"{prefix}/{file.name}")
    for subchart in chart.dependencies:
        yield from _entries(subchart, f"{prefix}/charts/{subchart.name}", epoch)


def _check_json(chart: Chart) -> None:
    try:
        loads(chart.schema or b"")
    except ValueError as error:
        raise ChartError(f"Invalid JSON in {SCHEMA_FILE}: {error}") from error


def _compressed(data: bytes) -> bytes:
    """Compress as gzip, with the header that Python's module cannot write."""
    deflate = zlib.compressobj(
        zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS
    )
    size = len(data) & 0xFFFFFFFF
    return b"".join(
        (
            _GZIP_HEADER,
            len(_EXTRA).to_bytes(2, "little"),
            _EXTRA,
            _COMMENT + b"\0",
            deflate.compress(data),
            deflate.flush(),
            zlib.crc32(data).to_bytes(4, "little"),
            size.to_bytes(4, "little"),
        )
    )
