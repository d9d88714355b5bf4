"""The status of a Deployment: counts, and the conditions that tools wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers import rollout
from pypkg.sandbox.controllers.conditions import condition, new_condition
from pypkg.sandbox.controllers.times import rfc3339, seconds_since

if TYPE_CHECKING:
    from datetime import datetime

    from pypkg.sandbox.controllers.objects import Object

_PROGRESSING = "Progressing"
_AVAILABLE = "Available"
_FAILURE = "ReplicaFailure"
_COMPLETE = "NewReplicaSetAvailable"
_LATE = "ProgressDeadlineExceeded"
_UNLIMITED = 2147483647


def deployment_status(
    deployment: Object, new: Object | None, old: list[Object], now: datetime
) -> tuple[Object, float | None]:
    """Work out a Deployment's status from its ReplicaSets.

    Args:
        deployment: The Deployment.
        new: The set of the present template; None where there is none yet.
        old: Its other sets.
        now: The time.

    Returns:
        The status, and the seconds after which the rollout is late, or None.
    """
    return _Report(deployment, new, old, now).status()


class _Report:
    def __init__(
        self, deployment: Object, new: Object | None, old: list[Object], now: datetime
    ) -> None:
        self.deployment = deployment
        self.spec = deployment["spec"]
        self.new = new
        self.sets = [*([new] if new else []), *old]
        self.now = now
        self.old_status: Object = deployment.get("status", {})
        self.conditions: list[Object] = list(self.old_status.get("conditions") or ())

    def status(self) -> tuple[Object, float | None]:
        counts = self._counts()
        self._set_available(counts)
        self._set_progressing(counts)
        self._set_failure()
        status = {key: count for key, count in counts.items() if count}
        status["observedGeneration"] = self.deployment["metadata"]["generation"]
        if "collisionCount" in self.old_status:
            status["collisionCount"] = self.old_status["collisionCount"]
        return status | {"conditions": self.conditions}, self._deadline(counts)

    def _counts(self) -> Object:
        available = rollout.counted(self.sets, "availableReplicas")
        return {
            "replicas": rollout.counted(self.sets),
            "updatedReplicas": rollout.counted([self.new] if self.new else []),
            "readyReplicas": rollout.counted(self.sets, "readyReplicas"),
            "availableReplicas": available,
            "unavailableReplicas": max(rollout.wanted(self.sets) - available, 0),
        }

    def _set_available(self, counts: Object) -> None:
        _, missing = rollout.surge_and_unavailable(self.deployment)
        minimum = rollout.desired(self.deployment) - missing
        if counts["availableReplicas"] >= minimum:
            reason = "MinimumReplicasAvailable"
            message = "Deployment has minimum availability."
            self._set(_AVAILABLE, "True", reason, message)
        else:
            reason = "MinimumReplicasUnavailable"
            message = "Deployment does not have minimum availability."
            self._set(_AVAILABLE, "False", reason, message)

    def _set_progressing(self, counts: Object) -> None:
        found = condition(self.deployment, _PROGRESSING)
        if self.spec.get("paused"):
            self._set(
                _PROGRESSING, "Unknown", "DeploymentPaused", "Deployment is paused"
            )
            return
        if found is not None and found["reason"] == "DeploymentPaused":
            message = "Deployment is resumed"
            self._set(_PROGRESSING, "Unknown", "DeploymentResumed", message)
        settled = found is not None and found["reason"] == _COMPLETE
        if self._limit() is None:
            self.conditions = [c for c in self.conditions if c["type"] != _PROGRESSING]
            return
        if settled and counts["replicas"] == counts["updatedReplicas"]:
            return
        subject = (
            f'ReplicaSet "{self.new["metadata"]["name"]}"'
            if self.new
            else f'Deployment "{self.deployment["metadata"]["name"]}"'
        )
        if rollout.is_complete(self.deployment, counts):
            message = f"{subject} has successfully progressed."
            self._set(_PROGRESSING, "True", _COMPLETE, message)
        elif rollout.has_progressed(self.old_status, counts):
            message = f"{subject} is progressing."
            self._set(_PROGRESSING, "True", "ReplicaSetUpdated", message, moved=True)
        elif self.new is not None and not self._tells_of(found, self.new):
            message = f'Created new replica set "{self.new["metadata"]["name"]}"'
            self._set(_PROGRESSING, "True", "NewReplicaSetCreated", message)
        elif self._is_late():
            message = f"{subject} has timed out progressing."
            self._set(_PROGRESSING, "False", _LATE, message)

    def _tells_of(self, found: Object | None, new: Object) -> bool:
        """Whether a condition is about the present set, not about one before it."""
        name = f'"{new["metadata"]["name"]}"'
        return found is not None and name in found.get("message", "")

    def _set_failure(self) -> None:
        failures = [condition(found, _FAILURE) for found in self.sets]
        failure = next((found for found in failures if found), None)
        if failure is None:
            self.conditions = [c for c in self.conditions if c["type"] != _FAILURE]
        else:
            self._set(_FAILURE, "True", failure["reason"], failure["message"])

    def _set(
        self, kind: str, status: str, reason: str, message: str, *, moved: bool = False
    ) -> None:
        """Set a condition; its update time stays unless status or reason change."""
        new = new_condition(kind, status, self.now, reason, message)
        new["lastUpdateTime"] = rfc3339(self.now)
        for place, old in enumerate(self.conditions):
            if old["type"] != kind:
                continue
            if (old["status"], old["reason"]) == (status, reason) and not moved:
                return
            if old["status"] == status:
                new["lastTransitionTime"] = old["lastTransitionTime"]
            self.conditions[place] = new
            return
        self.conditions.append(new)

    # The progress deadline

    def _limit(self) -> int | None:
        limit = self.spec.get("progressDeadlineSeconds", 600)
        return None if limit == _UNLIMITED else int(limit)

    def _is_late(self) -> bool:
        found = self._progressing()
        limit = self._limit()
        if found is None or limit is None or found["reason"] == _COMPLETE:
            return False
        if found["reason"] == _LATE:
            return True
        return seconds_since(found["lastUpdateTime"], self.now) >= limit

    def _deadline(self, counts: Object) -> float | None:
        found, limit = self._progressing(), self._limit()
        if found is None or limit is None or self.spec.get("paused"):
            return None
        if found["reason"] in {_COMPLETE, _LATE}:
            return None
        if rollout.is_complete(self.deployment, counts):
            return None
        return max(limit - seconds_since(found["lastUpdateTime"], self.now), 0.0)

    def _progressing(self) -> Object | None:
        return next((c for c in self.conditions if c["type"] == _PROGRESSING), None)
