"""Records as Helm stores them: JSON, compressed, as base64 text.

The fields, their names and what is left out when empty are those of Helm's
``release/v1`` package; either program reads what the other writes.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pypkg import jsonio
from pypkg.chart.chart import Chart, File
from pypkg.chart.lock import Lock
from pypkg.chart.metadata import Metadata
from pypkg.errors import PypkgError, ReleaseError
from pypkg.release.records.record import Info, Release, Status
from pypkg.release.records.summaries import beginning
from pypkg.release.records.timestamps import ZERO, Timestamp
from pypkg.render.hooks import Hook, HookExecution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

_GZIP_MAGIC = b"\x1f\x8b\x08"
# Level 9, Go's gzip.BestCompression, which Helm takes, needs twice the time to save a
# thirtieth.
_LEVEL = 6
_SMALLEST = 9


def encode(release: Release, *, smallest: bool = False) -> str:
    """Write a record; its labels are not part of it.

    Args:
        release: The revision.
        smallest: Take the time to make it as small as Helm does.
    """
    text = jsonio.dumps(to_dict(release), sort_keys=False)
    packed = gzip.compress(text.encode(), _SMALLEST if smallest else _LEVEL, mtime=0)
    return base64.b64encode(packed).decode("ascii")


def decode(text: str | bytes) -> Release:
    """Read a record, compressed or, as the first Helm 2 wrote it, plain.

    Raises:
        ReleaseError: It is no record.
    """
    with _explained():
        packed = base64.b64decode(text, validate=True)
        plain = gzip.decompress(packed) if packed[:3] == _GZIP_MAGIC else packed
        return from_dict(json.loads(plain))


def outline(text: str) -> tuple[Info, Metadata]:
    """Read what comes first in a record: its state, and the chart's metadata.

    Raises:
        ReleaseError: It is no record.
    """
    with _explained():
        info, metadata = beginning(base64.b64decode(text, validate=True))
        return _info_from_dict(info), Metadata.from_dict(metadata)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (binascii.Error, EOFError, OSError, zlib.error) as error:
        raise ReleaseError(f"the record is damaged: {error}") from error
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        PypkgError,
    ) as error:
        raise ReleaseError(f"the record is no release of Helm: {error}") from error


def to_dict(release: Release) -> dict[str, Any]:
    """Give a release in Helm's wire form, which ``status -o json`` prints too."""
    wire: dict[str, Any] = {
        "name": release.name,
        "info": _info_to_dict(release.info),
        "chart": _chart_to_dict(release.chart),
        "config": release.config,
        "manifest": release.manifest,
        "hooks": [_hook_to_dict(hook) for hook in release.hooks],
        "version": release.revision,
        "namespace": release.namespace,
        "apply_method": str(release.apply_method),
    }
    return _without_empty(wire)


def from_dict(wire: Mapping[str, Any]) -> Release:
    """Read the wire form.

    Raises:
        KeyError: A field that every record has is missing.
        TypeError: A field has another type.
        ValueError: A time or a state is none.
    """
    return Release(
        name=wire["name"],
        namespace=wire.get("namespace") or "",
        revision=wire.get("version") or 0,
        info=_info_from_dict(wire.get("info") or {}),
        chart=_chart_from_dict(wire.get("chart") or {}),
        config=wire.get("config") or {},
        manifest=wire.get("manifest") or "",
        hooks=tuple(_hook_from_dict(hook) for hook in wire.get("hooks") or ()),
        apply_method=wire.get("apply_method") or "",
    )


def _info_to_dict(info: Info) -> dict[str, Any]:
    wire = {
        "first_deployed": _time(info.first_deployed),
        "last_deployed": _time(info.last_deployed),
        "deleted": _time(info.deleted),
        "description": info.description,
        "status": str(info.status),
        "rollback_revision": info.rollback_revision,
        "notes": info.notes,
        "resources": info.resources,
    }
    return _without_empty(wire)


def _info_from_dict(wire: Mapping[str, Any]) -> Info:
    return Info(
        first_deployed=Timestamp.parse(wire.get("first_deployed") or ""),
        last_deployed=Timestamp.parse(wire.get("last_deployed") or ""),
        deleted=Timestamp.parse(wire.get("deleted") or ""),
        description=wire.get("description") or "",
        status=Status(wire.get("status") or "unknown"),
        rollback_revision=wire.get("rollback_revision") or 0,
        notes=wire.get("notes") or "",
    )


def _hook_to_dict(hook: Hook) -> dict[str, Any]:
    run = hook.last_run
    last_run = {
        "started_at": _time(run.started_at),
        "completed_at": _time(run.completed_at),
    }
    wire = {
        "name": hook.name,
        "kind": hook.kind,
        "path": hook.path,
        "manifest": hook.manifest,
        "events": list(hook.events),
        "last_run": {**_without_empty(last_run), "phase": run.phase},
        "weight": hook.weight,
        "delete_policies": list(hook.delete_policies),
        "output_log_policies": list(hook.output_log_policies),
    }
    return _without_empty(wire)


def _hook_from_dict(wire: Mapping[str, Any]) -> Hook:
    run = wire.get("last_run") or {}
    return Hook(
        name=wire.get("name") or "",
        kind=wire.get("kind") or "",
        path=wire.get("path") or "",
        manifest=wire.get("manifest") or "",
        events=tuple(wire.get("events") or ()),
        weight=wire.get("weight") or 0,
        delete_policies=tuple(wire.get("delete_policies") or ()),
        output_log_policies=tuple(wire.get("output_log_policies") or ()),
        last_run=HookExecution(
            started_at=Timestamp.parse(run.get("started_at") or ""),
            completed_at=Timestamp.parse(run.get("completed_at") or ""),
            phase=run.get("phase") or "",
        ),
    )


def _chart_to_dict(chart: Chart) -> dict[str, Any]:
    """Give a chart as Helm stores it: without subcharts, empty parts as null."""
    return {
        "metadata": chart.metadata.to_dict(),
        "lock": chart.lock.to_dict() if chart.lock else None,
        "templates": _files_to_list(chart.templates),
        "values": None if _has_no_values(chart) else chart.values,
        "schema": _base64(chart.schema) if chart.schema else None,
        "schemamodtime": _epoch_time(chart.schema_modified_ns),
        "files": _files_to_list(chart.files),
        "modtime": _epoch_time(chart.modified_ns),
    }


def _has_no_values(chart: Chart) -> bool:
    """Tell a chart without values.yaml from one whose values.yaml holds nothing."""
    return not chart.values and chart.values_text is None


def _chart_from_dict(wire: Mapping[str, Any]) -> Chart:
    schema = wire.get("schema")
    lock = wire.get("lock")
    return Chart(
        metadata=Metadata.from_dict(wire.get("metadata") or {}),
        values=wire.get("values") or {},
        values_text=b"" if wire.get("values") == {} else None,
        templates=_files_from_list(wire.get("templates")),
        files=_files_from_list(wire.get("files")),
        schema=base64.b64decode(schema) if schema else None,
        lock=Lock.from_dict(lock) if lock else None,
        modified_ns=_epoch(wire.get("modtime")),
        schema_modified_ns=_epoch(wire.get("schemamodtime")),
    )


def _files_to_list(files: Iterable[File]) -> list[dict[str, Any]] | None:
    return [
        {
            "name": file.name,
            "data": _base64(file.data),
            "modtime": _epoch_time(file.modified_ns),
        }
        for file in files
    ] or None


def _files_from_list(wire: Iterable[Mapping[str, Any]] | None) -> tuple[File, ...]:
    return tuple(
        File(
            name=file["name"],
            data=base64.b64decode(file.get("data") or ""),
            modified_ns=_epoch(file.get("modtime")),
        )
        for file in wire or ()
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _time(moment: datetime | None) -> str:
    return Timestamp.of(moment).rfc3339() if moment is not None else ""


def _epoch_time(nanoseconds: int) -> str:
    moment = Timestamp.of_epoch(nanoseconds)
    return ZERO if moment is None else moment.rfc3339()


def _epoch(text: str | None) -> int:
    moment = Timestamp.parse(text or "")
    return 0 if moment is None else moment.epoch()


def _without_empty(wire: dict[str, Any]) -> dict[str, Any]:
    """Drop what Go's ``omitempty`` and ``omitzero`` drop."""
    return {name: value for name, value in wire.items() if value}
