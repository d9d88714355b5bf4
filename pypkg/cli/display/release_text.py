"""A release as Helm prints it: its state, its parts, its hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.cli import output
from pypkg.cli.output import echo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pypkg.release.records.record import Release
    from pypkg.render.hooks import Hook

DRY_RUN = "dry run complete"


def show(
    release: Release,
    *,
    form: str,
    notes: bool = True,
    debug: bool = False,
    resources: str = "",
    stored: bool = False,
) -> None:
    """Print a release.

    Args:
        release: The revision.
        form: ``table``, ``json`` or ``yaml``.
        notes: Whether to print its notes, in a table.
        debug: Whether to print its values and manifest too.
        resources: Tables of its live objects, or "".
        stored: Whether it was read back; JSON and YAML hold the chart of others.
    """
    if form != "table":
        data = record(release, chart=not stored)
        output.write(output.structured(form, data, sort_keys=False))
        return
    values = None
    if debug:
        from pypkg.release.queries import computed_values  # noqa: PLC0415 - rare

        values = computed_values(release)
    echo(
        summary(
            release, resources=resources, notes=notes, values=values, stored=stored
        ),
        nl=False,
    )


def summary(
    release: Release,
    *,
    resources: str = "",
    notes: bool = True,
    chart: bool = False,
    values: Mapping[str, Any] | None = None,
    stored: bool = False,
) -> str:
    """Give what ``status``, ``install``, ``upgrade`` and ``get all`` print.

    Args:
        release: The revision.
        resources: Tables of its live objects, or "".
        notes: Whether to print its notes.
        chart: Whether to name its chart.
        values: Its computed values: everything is printed with them.
        stored: Whether it was read back. A record leaves out empty values: to Helm
            there are none then.
    """
    info = release.info
    lines = [f"NAME: {release.name}"]
    if info.last_deployed is not None:
        lines.append(f"LAST DEPLOYED: {output.ansic(info.last_deployed)}")
    lines += [
        f"NAMESPACE: {release.namespace}",
        f"STATUS: {output.status(info.status)}",
        f"REVISION: {release.revision}",
    ]
    if chart:
        about = release.chart.metadata
        lines += [
            f"CHART: {about.name}",
            f"VERSION: {about.version}",
            f"APP_VERSION: {about.app_version}",
        ]
    lines.append(f"DESCRIPTION: {info.description}")
    if resources:
        lines.append(f"RESOURCES:\n{resources}")
    lines += _tests(release.hooks)
    if values is not None:
        config = (release.config or None) if stored else release.config
        given = output.structured("yaml", config)
        lines += [
            f"USER-SUPPLIED VALUES:\n{given}",
            f"COMPUTED VALUES:\n{output.structured('yaml', values)}",
        ]
    text = "".join(f"{line}\n" for line in lines)
    if values is not None or info.description.lower() == DRY_RUN:
        text += f"HOOKS:\n{hooks(release.hooks)}MANIFEST:\n{release.manifest}\n"
    if notes and info.notes:
        text += f"NOTES:\n{info.notes.strip()}\n"
    return text


def hooks(found: Iterable[Hook]) -> str:
    """Give the documents of hooks."""
    return "".join(hook.text for hook in found)


def _tests(found: Iterable[Hook]) -> list[str]:
    """Say when each test last ran, and how that went."""
    tests = [hook for hook in found if hook.is_test]
    if not tests:
        return ["TEST SUITE: None"]
    lines = []
    for hook in tests:
        run = hook.last_run
        if run.started_at is not None:
            lines += [
                f"TEST SUITE:     {hook.name}",
                f"Last Started:   {output.ansic(run.started_at)}",
                f"Last Completed: {output.ansic(run.completed_at)}",
                f"Phase:          {run.phase}",
            ]
    return lines


def metadata(release: Release) -> dict[str, Any]:
    """Give what ``get metadata`` prints, without what is empty."""
    from pypkg.release.storage import record_labels  # noqa: PLC0415 - start-up time

    about, deployed = release.chart.metadata, release.info.last_deployed
    fields = {
        "name": release.name,
        "chart": about.name,
        "version": about.version,
        "appVersion": about.app_version,
        "annotations": dict(sorted((about.annotations or {}).items())),
        "labels": dict(sorted(record_labels(release).items())),
        "dependencies": [needed.to_dict() for needed in about.dependencies],
        "namespace": release.namespace,
        "revision": release.revision,
        "status": str(release.status),
        "deployedAt": _seconds(deployed) if deployed else "",
        "applyMethod": str(release.apply_method),
    }
    always = {"name", "chart", "version", "appVersion", "namespace", "revision"}
    return {key: value for key, value in fields.items() if value or key in always}


def _seconds(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def metadata_lines(fields: Mapping[str, Any]) -> str:
    """Give the same as lines to read."""
    methods = {"ssa": "server-side apply", "csa": "client-side apply"}
    shown = {
        "NAME": fields["name"],
        "CHART": fields["chart"],
        "VERSION": fields["version"],
        "APP_VERSION": fields["appVersion"],
        "ANNOTATIONS": _pairs(fields.get("annotations", {})),
        "LABELS": _pairs(fields.get("labels", {})),
        "DEPENDENCIES": ",".join(d["name"] for d in fields.get("dependencies", [])),
        "NAMESPACE": fields["namespace"],
        "REVISION": fields["revision"],
        "STATUS": fields.get("status", ""),
        "DEPLOYED_AT": fields.get("deployedAt", ""),
        "APPLY_METHOD": methods.get(
            fields.get("applyMethod", ""), "client-side apply (defaulted)"
        ),
    }
    return "".join(f"{name}: {value}\n" for name, value in shown.items())


def _pairs(found: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in found.items())


def record(release: Release, *, chart: bool = True) -> dict[str, Any]:
    """Give the record for ``-o json``: fields in Helm's order, maps sorted.

    Args:
        release: The revision.
        chart: Whether to hold the chart too.
    """
    from pypkg.release.records import codec  # noqa: PLC0415 - start-up time

    wire = codec.to_dict(release)
    if chart:
        wire["chart"]["values"] = _sorted(wire["chart"]["values"])
    else:
        del wire["chart"]
    if "config" in wire:
        wire["config"] = _sorted(wire["config"])
    if "resources" in wire["info"]:
        wire["info"]["resources"] = _sorted(wire["info"]["resources"])
    return wire


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
