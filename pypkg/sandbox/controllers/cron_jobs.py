"""CronJobs: create Jobs when the clock says so."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.conditions import is_true
from pypkg.sandbox.controllers.cron import Schedule
from pypkg.sandbox.controllers.jobs import is_finished
from pypkg.sandbox.controllers.objects import CONTROLLER_MANAGER, CRON_JOB, JOB, Name
from pypkg.sandbox.controllers.ownership import (
    controlled,
    controller_name,
    reference_to,
)
from pypkg.sandbox.controllers.times import parse_time, rfc3339
from pypkg.sandbox.statuses import StatusError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

_SOURCE = "cronjob-controller"
_SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_CONFLICT = 409
_MINUTE = 60


class CronJobs:
    """Starts the Jobs of CronJobs."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The CronJob, or the one that controls the Job."""
        if change.kind == CRON_JOB:
            return [Name.of(change.object)]
        if change.kind == JOB:
            owner = controller_name(change.object, CRON_JOB)
            if owner is not None:
                return [Name(change.object["metadata"]["namespace"], owner)]
        return ()

    def reconcile(self, name: Name) -> float | None:
        """Start a Job that is due, clean up, report."""
        owner = self._context.objects.get(CRON_JOB, *name)
        if owner is None or "deletionTimestamp" in owner["metadata"]:
            return None
        jobs = controlled(self._context.objects, JOB, owner)
        self._clean(owner, jobs)
        status = dict(owner.get("status", {}))
        wake = None
        if not owner["spec"].get("suspend"):
            wake = self._schedule(owner, jobs, status)
        jobs = controlled(self._context.objects, JOB, owner)
        self._report(owner, jobs, status)
        return wake

    def _schedule(
        self, owner: Object, jobs: list[Object], status: Object
    ) -> float | None:
        try:
            schedule = Schedule.parse(
                owner["spec"]["schedule"], owner["spec"].get("timeZone", "")
            )
        except ValueError as error:
            message = f"unparseable schedule: {error}"
            self._context.events.warning(
                owner, "UnparseableSchedule", message, source=_SOURCE
            )
            return None
        now = self._context.clock()
        due = self._due(owner, schedule, now)
        if due is not None and self._may_start(owner, jobs, due, now):
            self._start(owner, due)
            status["lastScheduleTime"] = rfc3339(due)
        following = schedule.after(now)
        if following is None:
            return None
        return max((following - now).total_seconds(), 0.0)

    def _due(self, owner: Object, schedule: Schedule, now: datetime) -> datetime | None:
        """The latest time that has passed since the last one that was kept."""
        since = owner.get("status", {}).get("lastScheduleTime")
        since = since or owner["metadata"]["creationTimestamp"]
        # Only the last of several missed times counts; a day is looked back at most.
        begin = max(parse_time(since), now - timedelta(days=1))
        due, found = None, schedule.after(begin)
        while found is not None and found <= now:
            due, found = found, schedule.after(found)
        return due

    def _may_start(
        self, owner: Object, jobs: list[Object], due: datetime, now: datetime
    ) -> bool:
        deadline = owner["spec"].get("startingDeadlineSeconds")
        if deadline is not None and (now - due).total_seconds() > deadline:
            message = f"Missed scheduled time to start a job: {rfc3339(due)}"
            self._context.events.warning(owner, "MissSchedule", message, source=_SOURCE)
            return False
        active = [job for job in jobs if not is_finished(job)]
        policy = owner["spec"].get("concurrencyPolicy", "Allow")
        if active and policy == "Forbid":
            message = "Not starting job because prior execution is running and"
            message += " concurrency policy is Forbid"
            self._context.events.normal(
                owner, "JobAlreadyActive", message, source=_SOURCE
            )
            return False
        for job in active if policy == "Replace" else ():
            self._context.objects.delete(job)
        return True

    def _start(self, owner: Object, due: datetime) -> None:
        template = owner["spec"]["jobTemplate"]
        metadata = deepcopy(template.get("metadata") or {})
        minutes = int(due.astimezone(UTC).timestamp()) // _MINUTE
        annotations = metadata.get("annotations", {}) | {_SCHEDULED: rfc3339(due)}
        metadata |= {
            "name": f"{owner['metadata']['name']}-{minutes}",
            "namespace": owner["metadata"]["namespace"],
            "annotations": annotations,
            "ownerReferences": [reference_to(owner)],
        }
        job = {
            "apiVersion": JOB.api_version,
            "kind": JOB.kind,
            "metadata": metadata,
            "spec": deepcopy(template["spec"]),
        }
        try:
            self._context.objects.create(job, manager=CONTROLLER_MANAGER)
        except StatusError as error:
            if error.code == _CONFLICT:
                return
            message = f"Error creating job: {error.message}"
            self._context.events.warning(owner, "FailedCreate", message, source=_SOURCE)
            return
        message = f"Created job {metadata['name']}"
        self._context.events.normal(owner, "SuccessfulCreate", message, source=_SOURCE)

    def _clean(self, owner: Object, jobs: list[Object]) -> None:
        for condition, field, default in (
            ("Complete", "successfulJobsHistoryLimit", 3),
            ("Failed", "failedJobsHistoryLimit", 1),
        ):
            done = [job for job in jobs if is_true(job, condition)]
            done.sort(key=lambda job: str(job["status"].get("startTime", "")))
            limit = owner["spec"].get(field, default)
            for job in done[: max(len(done) - limit, 0)]:
                self._context.objects.delete(job)

    def _report(self, owner: Object, jobs: list[Object], status: Object) -> None:
        ends = [
            job["status"]["completionTime"] for job in jobs if is_true(job, "Complete")
        ]
        if ends:
            status["lastSuccessfulTime"] = max(ends)
        active = [_reference(job) for job in jobs if not is_finished(job)]
        status.pop("active", None)
        if active:
            status["active"] = active
        if status != owner.get("status", {}):
            self._context.objects.update(
                owner | {"status": status},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )


def _reference(job: Object) -> Object:
    metadata = job["metadata"]
    return {
        "apiVersion": JOB.api_version,
        "kind": JOB.kind,
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
    }
