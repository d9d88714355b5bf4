"""New charts to start from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pypkg import yamlio
from pypkg.chart.archive import Budget, expand, read_archive
from pypkg.chart.folder import read_folder
from pypkg.chart.loader import CHART_FILE, VALUES_FILE, load_chart
from pypkg.chart.metadata import Metadata
from pypkg.chart.warning import ignore
from pypkg.errors import ChartError

STARTERS = Path(__file__).parent / "starters"
# Helm's limits, below those of file systems and Kubernetes.
_NAME = re.compile(r"[a-zA-Z0-9._-]+")
_MAX_NAME = 250
_PLACEHOLDER = b"<CHARTNAME>"
_LEFT_OUT = {CHART_FILE, "Chart.lock", "requirements.yaml", "requirements.lock"}


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
    chart = _new_folder(name, folder)
    try:
        _copy(STARTERS / engine, chart, name.encode())
        (chart / "charts").mkdir()
    except OSError as error:
        raise _cannot_write(error) from error
    return chart


def create_from(starter: Path, name: str, folder: Path | str) -> Path:
    """Write a new chart after another, as ``helm create --starter`` does.

    In its templates and values.yaml, ``<CHARTNAME>`` becomes the new name; its
    Chart.yaml is not taken over, and with it no dependencies.

    Args:
        starter: A chart's folder, or its .tgz archive.
        name: As for :func:`create`.
        folder: As for :func:`create`.

    Returns:
        The chart's folder.

    Raises:
        ChartError: As :func:`create`; or the starter is no chart.
    """
    load_chart(starter)
    if starter.is_dir():
        files = read_folder(str(starter), budget=Budget(), warn=ignore)
    else:
        files = read_archive(starter.read_bytes(), name=str(starter))
    chart = _new_folder(name, folder)
    metadata = Metadata(
        name=name,
        description="A Helm chart for Kubernetes",
        version="0.1.0",
        api_version="v2",
        app_version="0.1.0",
        type="application",
    )
    written = [
        file.replace(data=file.data.replace(_PLACEHOLDER, name.encode()))
        if file.name.startswith("templates/") or file.name == VALUES_FILE
        else file
        for file in files
        if file.name not in _LEFT_OUT
    ]
    try:
        expand(written, chart)
        (chart / CHART_FILE).write_text(yamlio.dump(metadata.to_dict()))
    except OSError as error:
        raise _cannot_write(error) from error
    return chart


def _new_folder(name: str, folder: Path | str) -> Path:
    """Give the folder of a new chart, which is not there or empty.

    Raises:
        ChartError: The name cannot be a chart's, or something is there.
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
    return chart


def _cannot_write(error: OSError) -> ChartError:
    return ChartError(f"cannot write {error.filename}: {error.strerror}")


def _copy(starter: Path, chart: Path, name: bytes) -> None:
    for source in sorted(starter.rglob("*")):
        target = chart / source.relative_to(starter)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes().replace(_PLACEHOLDER, name))
