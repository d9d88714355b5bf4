"""A release under the names of Helm's Go structs, for ``get all --template``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.cli.output import go_time
from pypkg.release.storage import record_labels
from pypkg.render.context import as_float64, chart_object

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart, File
    from pypkg.release.record import Release
    from pypkg.render.hooks import Hook


def fields(release: Release) -> dict[str, Any]:
    """Give a release as a template sees it; times are text, as Go prints them."""
    info = release.info
    return {
        "Name": release.name,
        "Namespace": release.namespace,
        "Version": release.revision,
        "Info": {
            "FirstDeployed": go_time(info.first_deployed, ""),
            "LastDeployed": go_time(info.last_deployed, ""),
            "Deleted": go_time(info.deleted, ""),
            "Description": info.description,
            "Status": str(info.status),
            "RollbackRevision": info.rollback_revision,
            "Notes": info.notes,
        },
        "Chart": _chart(release.chart),
        "Config": as_float64(release.config),
        "Manifest": release.manifest,
        "Hooks": [_hook(hook) for hook in release.hooks],
        "Labels": record_labels(release),
        "ApplyMethod": str(release.apply_method),
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "Metadata": chart_object(chart, is_root=True),
        "Templates": [_file(file) for file in chart.templates],
        "Values": as_float64(chart.values),
        "Files": [_file(file) for file in chart.files],
    }


def _file(file: File) -> dict[str, str]:
    return {"Name": file.name, "Data": file.data.decode("utf-8", errors="replace")}


def _hook(hook: Hook) -> dict[str, Any]:
    return {
        "Name": hook.name,
        "Kind": hook.kind,
        "Path": hook.path,
        "Manifest": hook.manifest,
        "Events": list(hook.events),
        "Weight": hook.weight,
        "DeletePolicies": list(hook.delete_policies),
        "OutputLogPolicies": list(hook.output_log_policies),
        "LastRun": {
            "StartedAt": go_time(hook.last_run.started_at, ""),
            "CompletedAt": go_time(hook.last_run.completed_at, ""),
            "Phase": hook.last_run.phase,
        },
    }
