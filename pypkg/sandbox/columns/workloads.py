"""The columns of what runs pods: Deployments, Jobs and their relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.columns.column import (
    AGE,
    NAME,
    Column,
    age_of,
    at,
    field,
    human_duration,
    parse_time,
)
from pypkg.sandbox.label_selector import format_selector

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Object = dict[str, Any]


def _containers(template: str, key: str) -> Any:
    def cell(obj: Object, _: datetime) -> str:
        containers = at(obj, f"{template}.containers") or ()
        return ",".join(container.get(key, "") for container in containers)

    return cell


def _template(path: str = "spec.template.spec") -> tuple[Column, ...]:
    return (
        Column("Containers", _containers(path, "name"), priority=1),
        Column("Images", _containers(path, "image"), priority=1),
    )


def _selector(path: str) -> Column:
    def cell(obj: Object, _: datetime) -> str:
        selector = at(obj, path)
        return format_selector(selector) if selector else "<none>"

    return Column("Selector", cell, priority=1)


def _label_map(path: str) -> Any:
    def cell(obj: Object, _: datetime) -> str:
        labels = at(obj, path) or {}
        return ",".join(f"{k}={v}" for k, v in sorted(labels.items())) or "<none>"

    return cell


def _number(name: str, path: str) -> Column:
    return Column(name, field(path, 0), type="integer")


def _of_wanted(done: str, wanted: str) -> Any:
    def cell(obj: Object, _: datetime) -> str:
        return f"{at(obj, done) or 0}/{at(obj, wanted) or 0}"

    return cell


def _job_status(job: Object, _: datetime) -> str:
    true = {
        condition["type"]
        for condition in at(job, "status.conditions") or ()
        if condition.get("status") == "True"
    }
    if "Complete" in true:
        return "Complete"
    if "Failed" in true:
        return "Failed"
    if "deletionTimestamp" in job["metadata"]:
        return "Terminating"
    for name in ("Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if name in true:
            return name
    return "Running"


def _completions(job: Object, _: datetime) -> str:
    succeeded = at(job, "status.succeeded") or 0
    if (wanted := at(job, "spec.completions")) is not None:
        return f"{succeeded}/{wanted}"
    parallel = at(job, "spec.parallelism") or 0
    return f"{succeeded}/1 of {parallel}" if parallel > 1 else f"{succeeded}/1"


def _duration(job: Object, now: datetime) -> str:
    started, ended = at(job, "status.startTime"), at(job, "status.completionTime")
    if not started:
        return ""
    end = parse_time(ended) if ended else now
    return human_duration((end - parse_time(started)).total_seconds())


def _replicas(selector: str) -> tuple[Column, ...]:
    return (
        NAME,
        _number("Desired", "spec.replicas"),
        _number("Current", "status.replicas"),
        _number("Ready", "status.readyReplicas"),
        AGE,
        *_template(),
        _selector("spec.selector")
        if selector == "labels"
        else Column("Selector", _label_map("spec.selector"), priority=1),
    )


WORKLOAD_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "deployments.apps": (
        NAME,
        Column("Ready", _of_wanted("status.readyReplicas", "spec.replicas")),
        _number("Up-to-date", "status.updatedReplicas"),
        _number("Available", "status.availableReplicas"),
        AGE,
        *_template(),
        _selector("spec.selector"),
    ),
    "daemonsets.apps": (
        NAME,
        _number("Desired", "status.desiredNumberScheduled"),
        _number("Current", "status.currentNumberScheduled"),
        _number("Ready", "status.numberReady"),
        _number("Up-to-date", "status.updatedNumberScheduled"),
        _number("Available", "status.numberAvailable"),
        Column("Node Selector", _label_map("spec.template.spec.nodeSelector")),
        AGE,
        *_template(),
        _selector("spec.selector"),
    ),
    "statefulsets.apps": (
        NAME,
        Column("Ready", _of_wanted("status.readyReplicas", "spec.replicas")),
        AGE,
        *_template(),
    ),
    "replicasets.apps": _replicas("labels"),
    "replicationcontrollers": _replicas("map"),
    "jobs.batch": (
        NAME,
        Column("Status", _job_status),
        Column("Completions", _completions),
        Column("Duration", _duration),
        AGE,
        *_template(),
        _selector("spec.selector"),
    ),
    "cronjobs.batch": (
        NAME,
        Column("Schedule", field("spec.schedule")),
        Column("Timezone", field("spec.timeZone", "<none>")),
        Column(
            "Suspend", lambda o, _: str(bool(at(o, "spec.suspend"))), type="boolean"
        ),
        Column(
            "Active", lambda o, _: len(at(o, "status.active") or ()), type="integer"
        ),
        Column("Last Schedule", age_of("status.lastScheduleTime")),
        AGE,
        *_template("spec.jobTemplate.spec.template.spec"),
        _selector("spec.jobTemplate.spec.selector"),
    ),
    "controllerrevisions.apps": (
        NAME,
        Column("Controller", lambda o, _: _controller(o)),
        _number("Revision", "revision"),
        AGE,
    ),
    "podtemplates": (
        NAME,
        Column("Containers", _containers("template.spec", "name")),
        Column("Images", _containers("template.spec", "image")),
        Column("Pod Labels", _label_map("template.metadata.labels")),
    ),
}


def _controller(obj: Object) -> str:
    """The controlling owner: ``daemonset.apps/agent``."""
    for owner in obj["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            group = owner["apiVersion"].rpartition("/")[0]
            kind = owner["kind"].lower()
            return f"{kind}.{group}/{owner['name']}" if group else kind
    return "<none>"
