"""Jobs: run pods until enough of them have succeeded, or too many have failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.conditions import (
    condition,
    is_true,
    new_condition,
    with_condition,
)
from pypkg.sandbox.controllers.objects import CONTROLLER_MANAGER, JOB, POD, Name
from pypkg.sandbox.controllers.ownership import controlled, controller_name
from pypkg.sandbox.controllers.pods import is_active, is_ready
from pypkg.sandbox.controllers.templates import pod_from
from pypkg.sandbox.controllers.times import rfc3339, seconds_since
from pypkg.sandbox.statuses import StatusError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

_SOURCE = "job-controller"
_INDEX = "batch.kubernetes.io/job-completion-index"
_BACKOFF_LIMIT = 6


class Jobs:
    """Runs Jobs.

    A failed pod is replaced at once: the pause that a real controller makes before
    it tries again would only be waited for.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The Job, or the one that controls the pod."""
        if change.kind == JOB:
            return [Name.of(change.object)]
        if change.kind == POD:
            owner = controller_name(change.object, JOB)
            if owner is not None:
                return [Name(change.object["metadata"]["namespace"], owner)]
        return ()

    def reconcile(self, name: Name) -> float | None:
        """Create or delete pods, then report."""
        job = self._context.objects.get(JOB, *name)
        if job is None or "deletionTimestamp" in job["metadata"]:
            return None
        if is_finished(job):
            return self._expire(job)
        return _Run(self._context, job).step()

    def _expire(self, job: Object) -> float | None:
        seconds = job["spec"].get("ttlSecondsAfterFinished")
        if seconds is None:
            return None
        ended = condition(job, "Complete") or condition(job, "Failed") or {}
        left = seconds - seconds_since(
            ended["lastTransitionTime"], self._context.clock()
        )
        if left > 0:
            return float(left)
        self._context.objects.delete(job)
        return None


def is_finished(job: Object) -> bool:
    """Whether a Job has completed or failed."""
    return is_true(job, "Complete") or is_true(job, "Failed")


class _Run:
    """One look at a Job."""

    def __init__(self, context: Context, job: Object) -> None:
        self.context = context
        self.job = job
        self.spec = job["spec"]
        self.now = context.clock()
        self.pods = controlled(context.objects, POD, job)
        self.active = [pod for pod in self.pods if is_active(pod)]
        self.status: Object = dict(job.get("status", {}))
        self.indexed = self.spec.get("completionMode") == "Indexed"

    def step(self) -> float | None:
        if self.spec.get("suspend"):
            self._suspend()
            self._write()
            return None
        self._resume()
        self.status.setdefault("startTime", rfc3339(self.now))
        failure = self._failure()
        if failure is not None:
            self._fail(*failure)
        elif self._is_done():
            self._complete()
        else:
            self._run()
        self._write()
        return self._deadline()

    # What the pods say

    def _succeeded(self) -> list[Object]:
        found = [p for p in self.pods if p["status"].get("phase") == "Succeeded"]
        if not self.indexed:
            return found
        return list({_index(pod): pod for pod in found}.values())

    def _failed(self) -> list[Object]:
        return [p for p in self.pods if p["status"].get("phase") == "Failed"]

    def _restarts(self) -> int:
        if self.spec["template"]["spec"].get("restartPolicy") != "OnFailure":
            return 0
        return sum(
            status.get("restartCount", 0)
            for pod in self.active
            for status in pod.get("status", {}).get("containerStatuses", ())
        )

    def _is_done(self) -> bool:
        completions = self.spec.get("completions")
        succeeded = len(self._succeeded())
        if completions is None:
            # A work queue: one success means that there is no work left.
            return succeeded > 0 and not self.active
        return succeeded >= int(completions)

    def _failure(self) -> tuple[str, str] | None:
        limit = self.spec.get("backoffLimit", _BACKOFF_LIMIT)
        seconds = self.spec.get("activeDeadlineSeconds")
        started = self.status["startTime"]
        if len(self._failed()) > limit or self._restarts() > limit:
            return (
                "BackoffLimitExceeded",
                "Job has reached the specified backoff limit",
            )
        if seconds is not None and seconds_since(started, self.now) >= seconds:
            return "DeadlineExceeded", "Job was active longer than specified deadline"
        return None

    def _deadline(self) -> float | None:
        seconds = self.spec.get("activeDeadlineSeconds")
        if seconds is None or is_finished({"status": self.status}):
            return None
        left = seconds - seconds_since(self.status["startTime"], self.now)
        return max(float(left), 0.0)

    # What to do

    def _run(self) -> None:
        wanted = int(self.spec.get("parallelism", 1))
        completions = self.spec.get("completions")
        if completions is not None:
            wanted = min(wanted, int(completions) - len(self._succeeded()))
        elif self._succeeded():
            wanted = len(self.active)
        for _ in range(wanted - len(self.active)):
            if not self._create():
                break
        for pod in self.active[max(wanted, 0) :]:
            self._delete(pod)
            self.active.remove(pod)

    def _create(self) -> bool:
        pod = pod_from(self.job, self.spec["template"])
        if self.indexed:
            taken = {_index(p) for p in (*self.active, *self._succeeded())}
            index = next(
                n for n in range(self.spec["completions"]) if str(n) not in taken
            )
            metadata = pod["metadata"]
            metadata["generateName"] = f"{self.job['metadata']['name']}-{index}-"
            metadata["annotations"] = metadata.get("annotations", {}) | {
                _INDEX: str(index)
            }
            metadata["labels"] = metadata.get("labels", {}) | {_INDEX: str(index)}
            pod["spec"]["hostname"] = f"{self.job['metadata']['name']}-{index}"
        try:
            created = self.context.objects.create(pod, manager=CONTROLLER_MANAGER)
        except StatusError as error:
            message = f"Error creating: {error.message}"
            self.context.events.warning(
                self.job, "FailedCreate", message, source=_SOURCE
            )
            return False
        self.active.append(created)
        message = f"Created pod: {created['metadata']['name']}"
        self.context.events.normal(
            self.job, "SuccessfulCreate", message, source=_SOURCE
        )
        return True

    def _delete(self, pod: Object) -> None:
        self.context.objects.delete(pod)
        message = f"Deleted pod: {pod['metadata']['name']}"
        self.context.events.normal(
            self.job, "SuccessfulDelete", message, source=_SOURCE
        )

    def _stop(self) -> None:
        for pod in self.active:
            self._delete(pod)
        self.active = []

    def _complete(self) -> None:
        self._stop()
        message = "Reached expected number of succeeded pods"
        self._set("SuccessCriteriaMet", "True", "CompletionsReached", message)
        self._set("Complete", "True", "CompletionsReached", message)
        self.status["completionTime"] = rfc3339(self.now)
        self.context.events.normal(
            self.job, "Completed", "Job completed", source=_SOURCE
        )

    def _fail(self, reason: str, message: str) -> None:
        self._stop()
        self._set("FailureTarget", "True", reason, message)
        self._set("Failed", "True", reason, message)
        self.context.events.warning(self.job, reason, message, source=_SOURCE)

    def _suspend(self) -> None:
        self._stop()
        self.status.pop("startTime", None)
        if not is_true(self.job, "Suspended"):
            self._set("Suspended", "True", "JobSuspended", "Job suspended")
            self.context.events.normal(
                self.job, "Suspended", "Job suspended", source=_SOURCE
            )

    def _resume(self) -> None:
        if is_true(self.job, "Suspended"):
            self._set("Suspended", "False", "JobResumed", "Job resumed")
            self.context.events.normal(
                self.job, "Resumed", "Job resumed", source=_SOURCE
            )

    def _set(self, kind: str, status: str, reason: str, message: str) -> None:
        new = new_condition(kind, status, self.now, reason, message)
        new["lastProbeTime"] = rfc3339(self.now)
        conditions = self.status.get("conditions")
        self.status["conditions"] = with_condition(conditions, new)

    def _write(self) -> None:
        counts = {
            "active": len(self.active),
            "succeeded": len(self._succeeded()),
            "failed": len(self._failed()),
        }
        for key, count in counts.items():
            self.status.pop(key, None)
            if count:
                self.status[key] = count
        self.status["ready"] = sum(map(is_ready, self.active))
        self.status["terminating"] = 0
        self.status["uncountedTerminatedPods"] = {}
        if self.indexed and self._succeeded():
            self.status["completedIndexes"] = _ranges(
                sorted(int(_index(pod)) for pod in self._succeeded())
            )
        if self.status != self.job.get("status", {}):
            self.context.objects.update(
                self.job | {"status": self.status},
                manager=CONTROLLER_MANAGER,
                subresource="status",
            )


def _index(pod: Object) -> str:
    return str(pod["metadata"].get("annotations", {}).get(_INDEX, ""))


def _ranges(numbers: list[int]) -> str:
    """Write numbers as ``0-2,4``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(
        str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs
    )
