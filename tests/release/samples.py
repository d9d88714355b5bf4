"""Records of releases for tests."""

from __future__ import annotations

from typing import Any

from pypkg.chart.chart import Chart
from pypkg.chart.metadata import Metadata
from pypkg.release.records.record import Info, Release, Status
from pypkg.release.records.timestamps import Timestamp

MOMENT = Timestamp.parse("2026-01-02T03:04:05.678901234Z")


def make_chart(**fields: Any) -> Chart:
    metadata = Metadata(name="web", version="1.0.0")
    return Chart(metadata, **{"values": {}, **fields})


def make_release(
    name: str = "rel",
    revision: int = 1,
    status: Status = Status.DEPLOYED,
    **fields: Any,
) -> Release:
    info = Info(first_deployed=MOMENT, last_deployed=MOMENT, status=status)
    made: dict[str, Any] = {
        "namespace": "default",
        "chart": make_chart(),
        "apply_method": "ssa",
        **fields,
    }
    return Release(name=name, revision=revision, info=info, **made)
