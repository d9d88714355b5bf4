"""The likeliest causes why objects are not ready, in order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from pypkg.cluster.evidence import CLAIM, LogTail, replica_failure, said
from pypkg.cluster.pods import alike, initializing, is_settled, troubles, unscheduled
from pypkg.cluster.readiness import State
from pypkg.cluster.reference import ObjectRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pypkg.cluster.client import Cluster, Object
    from pypkg.cluster.evidence import Evidence
    from pypkg.cluster.readiness import Readiness

MOST = 3


class Likelihood(IntEnum):
    """Kinds of causes: what blocks a pod before what may pass, or follow from it."""

    CONTAINER = 0
    """An image, a setting or a program that is wrong."""
    REFUSED = 1
    """The pod is not even created: a quota, an admission controller."""
    PROVISIONING = 2
    """A volume cannot be made: the scheduler waits for it."""
    UNSCHEDULED = 3
    VOLUME = 4
    UNREADY = 5
    """It runs, and its readiness probe fails, or its init container does not end."""
    CONDITION = 6
    """What the object's own controller says."""
    EVENT = 7


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an object is not ready.

    Attributes:
        likelihood: How likely it is the cause.
        ref: The object.
        text: What is wrong.
        pod: The pod of it that is concerned, or "".
        container: The pod's container, as people call it, or "".
        tail: The log that tells more, or None.
    """

    likelihood: Likelihood
    ref: ObjectRef
    text: str
    pod: str = ""
    container: str = ""
    tail: LogTail | None = None


def likeliest_causes(
    unfinished: Mapping[ObjectRef, Readiness],
    objects: Mapping[ObjectRef, Object],
    evidence: Evidence,
    cluster: Cluster,
) -> list[str]:
    """Find out why objects are not ready.

    Args:
        unfinished: The objects that are not ready, and what they wait for.
        objects: The live objects, as far as they are there.
        evidence: What is known of their pods.
        cluster: Where logs are read that are not known yet.

    Returns:
        At most three causes, the likeliest first; the last lines of a log follow on
        lines of their own.
    """
    found = [
        cause
        for ref, state in unfinished.items()
        for cause in _causes(ref, state, objects.get(ref), evidence)
    ]
    # The sort is stable: among equals, what is installed first comes first.
    found.sort(key=lambda cause: cause.likelihood)
    groups = _merged(dict.fromkeys(found), evidence)
    return [_told(group, evidence, cluster) for group in groups[:MOST]]


def _causes(
    ref: ObjectRef, state: Readiness, obj: Object | None, evidence: Evidence
) -> list[Cause]:
    found = [
        cause
        for pod in evidence.pods(ref)
        if not is_settled(pod)
        for cause in _pod_causes(ref, pod, evidence)
    ]
    found += _own_causes(ref, obj, evidence)
    return found or list(_conditions(ref, state, obj or {}))


def _pod_causes(ref: ObjectRef, pod: Object, evidence: Evidence) -> list[Cause]:
    """Give the causes that a pod shows: events only where its status is mute."""
    name = pod["metadata"]["name"]
    found = [
        Cause(
            Likelihood.CONTAINER,
            ref,
            str(trouble),
            name,
            trouble.place,
            LogTail.of_crash(pod, trouble) if trouble.crashed else None,
        )
        for trouble in troubles(pod)
    ]
    if reason := unscheduled(pod):
        text = f"not scheduled: {reason}"
        found.append(Cause(Likelihood.UNSCHEDULED, ref, text, name))
        found += _claim_causes(pod, evidence)
    tail = evidence.tail_of(pod)
    if tail is not None and (waited := initializing(pod)):
        text = f"init container {waited} has not ended"
        found.append(Cause(Likelihood.UNREADY, ref, text, name, tail=tail))
    return found or [
        _event_cause(event, ref, name, tail)
        for event in _by_reason(evidence.warnings(pod))
    ]


def _event_cause(
    event: Object, ref: ObjectRef, pod: str, tail: LogTail | None
) -> Cause:
    likelihood = _likelihood(event)
    log = tail if likelihood is Likelihood.UNREADY else None
    return Cause(likelihood, ref, said(event), pod, tail=log)


def _claim_causes(pod: Object, evidence: Evidence) -> Iterator[Cause]:
    """Give what keeps the claims that a pod waits for from being bound."""
    for event in evidence.claim_warnings(pod):
        about = event["involvedObject"]
        ref = ObjectRef("v1", CLAIM, about["name"], about["namespace"])
        yield Cause(_likelihood(event), ref, said(event))


def _own_causes(
    ref: ObjectRef, obj: Object | None, evidence: Evidence
) -> Iterator[Cause]:
    """Give the causes that an object itself shows, apart from its pods."""
    if obj is None:
        return
    if failure := replica_failure(obj):
        yield Cause(Likelihood.REFUSED, ref, failure)
    elif ref.kind != "Pod":
        for event in evidence.warnings(obj)[:1]:
            yield Cause(_likelihood(event), ref, said(event))


def _conditions(ref: ObjectRef, state: Readiness, obj: Object) -> Iterator[Cause]:
    """Give what an object's controller says, such as that of a custom resource."""
    status = obj.get("status") or {}
    unmet = [
        f"{found['type']} is {found['status']} ({found.get('reason') or 'no reason'})"
        for found in status.get("conditions") or ()
        if found.get("status") == _BAD.get(found.get("type"))
    ]
    said_so = state.message
    if state.state == State.NOT_FOUND:
        said_so = "it is not there: someone has deleted it"
    if text := ": ".join([*filter(None, [", ".join(unmet), said_so])]):
        yield Cause(Likelihood.CONDITION, ref, text)


# The conditions by which kstatus judges, and how they are where it is not ready.
_BAD = {"Ready": "False", "Stalled": "True", "Reconciling": "True"}
_LIKELIHOODS = {
    "FailedCreate": Likelihood.REFUSED,
    "FailedScheduling": Likelihood.UNSCHEDULED,
    "FailedMount": Likelihood.VOLUME,
    "FailedAttachVolume": Likelihood.VOLUME,
    "ProvisioningFailed": Likelihood.PROVISIONING,
    "Unhealthy": Likelihood.UNREADY,
}


def _likelihood(event: Object) -> Likelihood:
    return _LIKELIHOODS.get(str(event.get("reason")), Likelihood.EVENT)


def _by_reason(events: Sequence[Object]) -> Iterable[Object]:
    """Give the latest event of each reason, of events of which the latest is first."""
    return {event.get("reason"): event for event in reversed(events)}.values()


def _merged(causes: Iterable[Cause], evidence: Evidence) -> list[list[Cause]]:
    """Put the causes together in which only the object or the pod differs.

    What crashed with another log, or with one that was not read, has crashed for a
    reason of its own.
    """
    groups: dict[tuple[Any, ...], list[Cause]] = {}
    for cause in causes:
        log = evidence.log(cause.tail) if cause.tail else None
        own = cause.ref if cause.tail and not log else None
        text = alike(cause.text, cause.pod)
        groups.setdefault((cause.container, text, log, own), []).append(cause)
    return list(groups.values())


def _told(group: Sequence[Cause], evidence: Evidence, cluster: Cluster) -> str:
    first = group[0]
    about = f"pod {first.pod}" if first.pod else str(first.ref)
    if others := len(group) - 1:
        about += f" and {others} more"
    if first.container:
        about += f", {first.container}"
    lines = [f"{about}: {first.text}"]
    if (tail := first.tail) is not None:
        log = tail.read(cluster) or evidence.log(tail) or ()
        lines += [f"  | {line}" for line in log]
    return "\n".join(lines)
