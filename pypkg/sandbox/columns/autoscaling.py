"""How an autoscaler's targets are summed up in one cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.columns.column import at

if TYPE_CHECKING:
    from datetime import datetime

Object = dict[str, Any]

_SHOWN = 2


def targets(autoscaler: Object, _: datetime) -> str:
    """What an autoscaler aims at, with what it finds: ``cpu: <unknown>/80%``."""
    metrics = at(autoscaler, "spec.metrics") or ()
    current = at(autoscaler, "status.currentMetrics") or ()
    if (plain := at(autoscaler, "spec.targetCPUUtilizationPercentage")) is not None:
        return f"cpu: <unknown>/{plain}%"
    if not metrics:
        return "<none>"
    shown = [
        _target(metric, current[index] if index < len(current) else {})
        for index, metric in enumerate(metrics)
    ]
    text = ", ".join(shown[:_SHOWN])
    more = len(shown) - _SHOWN
    return f"{text} + {more} more..." if more > 0 else text


def _target(metric: Object, current: Object) -> str:
    kind = metric.get("type", "")
    key = kind[:1].lower() + kind[1:]
    source, found = metric.get(key) or {}, current.get(key) or {}
    target, value = source.get("target") or {}, found.get("current") or {}
    name = source.get("name")
    prefix = f"{name}: " if name else ""
    if (percent := target.get("averageUtilization")) is not None:
        seen = value.get("averageUtilization")
        shown = "<unknown>" if seen is None else f"{seen}%"
        return f"{prefix}{shown}/{percent}%"
    for field, suffix in (("averageValue", " (avg)"), ("value", "")):
        if field in target:
            seen = value.get(field, "<unknown>")
            return (
                f"{prefix}{seen}/{target[field]}{suffix if kind != 'Resource' else ''}"
            )
    return "<unknown>"
