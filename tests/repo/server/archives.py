"""Chart archives for tests, good and bad."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def archive(
    name: str = "web",
    version: str = "1.0.0",
    *,
    files: Mapping[str, bytes] | None = None,
    chart: str = "",
) -> bytes:
    """Make a chart's archive; ``chart`` adds lines to its Chart.yaml."""
    text = f"apiVersion: v2\nname: {name}\nversion: {version}\n{chart}"
    content = {"Chart.yaml": text.encode(), **(files or {})}
    members = ((f"{name}/{path}", data) for path, data in content.items())
    return packed(_file(path, data) for path, data in members)


def packed(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Make a .tgz of members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), 6, mtime=0)


def _file(path: str, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(path)
    info.size = len(data)
    return info, data


def provenance(
    data: bytes, name: str = "web", version: str = "1.0.0", *, digest: str = ""
) -> bytes:
    """Make a provenance file; nobody has really signed it."""
    digest = digest or hashlib.sha256(data).hexdigest()
    return (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
        f"apiVersion: v2\nname: {name}\nversion: {version}\n\n...\n"
        f"files:\n  {name}-{version}.tgz: sha256:{digest}\n"
        "-----BEGIN PGP SIGNATURE-----\n\nwsBc\n-----END PGP SIGNATURE-----\n"
    ).encode()
