"""New charts to start from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pypkg.errors import ChartError

STARTERS = Path(__file__).parent / "starters"
# Helm's limits, below those of file systems and Kubernetes.
_NAME = re.compile(r"[a-zA-Z0-9._-]+")
_MAX_NAME = 250
_PLACEHOLDER = b"<CHARTNAME>"


def create(
    name: str, folder: Path | str, *, engine: Literal["jinja", "gotemplate"] = "jinja"
) -> Path:
    """Write a new chart: a Deployment with all that usually goes with it.

    Args:
        name: The chart's name, and its folder's.
        folder: Where that folder is made, with the folders above it.
        engine: The language of its templates.

    Returns:
        The chart's folder.

    Raises:
        ChartError: The name cannot be a chart's, a file has it, or the folder holds
            something already, which is left as it is.
    """
    if not _NAME.fullmatch(name) or len(name) > _MAX_NAME or name in (".", ".."):
        raise ChartError(
            f"chart name {name[:_MAX_NAME]!r} is invalid",
            hint="letters, digits, dots, dashes and underscores make a chart's name",
        )
    chart = Path(folder) / name
    if chart.exists() and not (chart.is_dir() and not any(chart.iterdir())):
        raise ChartError(
            f"{chart} exists already, and is not an empty folder",
            hint="choose another name, or remove it first",
        )
    try:
        _copy(STARTERS / engine, chart, name.encode())
        (chart / "charts").mkdir()
    except OSError as error:
        raise ChartError(f"cannot write {error.filename}: {error.strerror}") from error
    return chart


def _copy(starter: Path, chart: Path, name: bytes) -> None:
    for source in sorted(starter.rglob("*")):
        target = chart / source.relative_to(starter)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes().replace(_PLACEHOLDER, name))
