"""A release under the names of Helm's Go structs, for ``get all --template``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cli.display.go_struct import go_struct
from pypkg.release.records.timestamps import Timestamp
from pypkg.release.storage import record_labels
from pypkg.render.context import as_float64, chart_object
from pypkg.render.functions.dates import ZERO, Moment

if TYPE_CHECKING:
    from datetime import datetime

    from pypkg.chart.chart import Chart, File
    from pypkg.release.records.record import Release
    from pypkg.render.engine import GoObject
    from pypkg.render.hooks import Hook


def fields(release: Release) -> GoObject:
    """Give a release as a template sees it."""
    info = release.info
    return go_struct(
        "*v1.Release",
        Name=release.name,
        Namespace=release.namespace,
        Version=release.revision,
        Info=go_struct(
            "*v1.Info",
            FirstDeployed=_time(info.first_deployed),
            LastDeployed=_time(info.last_deployed),
            Deleted=_time(info.deleted),
            Description=info.description,
            Status=str(info.status),
            RollbackRevision=info.rollback_revision,
            Notes=info.notes,
        ),
        Chart=_chart(release.chart),
        Config=as_float64(release.config),
        Manifest=release.manifest,
        Hooks=[_hook(hook) for hook in release.hooks],
        Labels=record_labels(release),
        ApplyMethod=str(release.apply_method),
    )


def _chart(chart: Chart) -> GoObject:
    about = chart_object(chart, is_root=True)
    del about["IsRoot"]
    return go_struct(
        "*v2.Chart",
        Name=chart.name,
        AppVersion=chart.metadata.app_version,
        Metadata=go_struct("*v2.Metadata", **about),
        Templates=[_file(file) for file in chart.templates],
        Values=as_float64(chart.values),
        Files=[_file(file) for file in chart.files],
    )


def _file(file: File) -> GoObject:
    text = file.data.decode("utf-8", errors="replace")
    return go_struct("*common.File", Name=file.name, Data=text)


def _hook(hook: Hook) -> GoObject:
    run = hook.last_run
    return go_struct(
        "*v1.Hook",
        Name=hook.name,
        Kind=hook.kind,
        Path=hook.path,
        Manifest=hook.manifest,
        Events=list(hook.events),
        Weight=hook.weight,
        DeletePolicies=list(hook.delete_policies),
        OutputLogPolicies=list(hook.output_log_policies),
        LastRun=go_struct(
            "v1.HookExecution",
            StartedAt=_time(run.started_at),
            CompletedAt=_time(run.completed_at),
            Phase=run.phase,
        ),
    )


def _time(moment: datetime | None) -> Moment:
    if moment is None:
        return ZERO
    return Moment(moment.replace(microsecond=0), Timestamp.of(moment).nanosecond)
