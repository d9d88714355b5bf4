"""Changing the cluster: create, update and delete a release's objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import groupby
from operator import and_
from typing import TYPE_CHECKING

from pypkg.cluster.parallel import find_all, find_metadata, in_parallel
from pypkg.errors import (
    ApiError,
    ClusterError,
    ConflictError,
    ConnectionFailedError,
    NotFoundError,
    PatchError,
    PypkgError,
    ReleaseError,
)
from pypkg.release.applying.ownership import KEEP, POLICY, RELEASE_NAME
from pypkg.release.applying.resources import ReleaseObject
from pypkg.release.events import Event, ObjectChanged, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pypkg.cluster.apply import Applier
    from pypkg.cluster.client import Cluster, Object
    from pypkg.cluster.reference import ObjectRef
    from pypkg.release.options import Cascade

Report = Callable[[Event], None]
Failures = list[tuple[ReleaseObject, PypkgError]]


@dataclass(slots=True)
class Changes:
    """What an update has done so far; also when it then failed.

    Attributes:
        created: The objects that were not there before.
        failed: Whether the objects are now partly of one revision, partly of another.
    """

    created: list[ReleaseObject] = field(default_factory=list)
    failed: bool = False


def create(applier: Applier, targets: Iterable[ReleaseObject], report: Report) -> None:
    """Create objects: those of a kind at once, kind after kind.

    Raises:
        ReleaseError: Some could not be created; the others are.
    """

    def attempt(target: ReleaseObject) -> Outcome | PypkgError:
        try:
            applier.create(target.object)
        except ClusterError as error:
            return error
        return Outcome.CREATED

    failures: Failures = []
    for tier in _tiers(targets):
        attempts = in_parallel(attempt, tier, width=applier.cluster.parallel)
        _sort_out(zip(tier, attempts, strict=True), report, failures)
        if _is_cut_off(failures):
            break
    _raise(failures, "\n")


def update(
    applier: Applier,
    current: list[ReleaseObject],
    targets: list[ReleaseObject],
    report: Report,
    changes: Changes,
) -> None:
    """Bring the objects of one revision to those of another.

    Objects are created or updated, those of a kind at once and kind after kind; then
    those that the new revision lacks are deleted, unless they ask to be kept. When
    updates fail, nothing is deleted; when a creation fails, no further kind follows.

    Args:
        applier: Sends objects.
        current: The objects of the revision that is deployed.
        targets: The objects that are wanted.
        report: Takes what happens to each.
        changes: Is filled on the way, for a clean-up after a failure.

    Raises:
        ReleaseError: Objects could not be created, updated or deleted.
    """
    changes.failed = True
    before = {obj.key: obj.object for obj in current}
    failures: Failures = []
    for tier in _tiers(targets):
        lives = _live(applier.cluster, tier)
        changes.created += [target for target in tier if target.ref not in lives]

        def attempt(
            target: ReleaseObject, lives: Mapping[ObjectRef, Object] = lives
        ) -> Outcome | PypkgError:
            try:
                live = lives.get(target.ref)
                return _bring(applier, before.get(target.key), target, live)
            except (ClusterError, PatchError, ReleaseError) as error:
                return error

        attempts = in_parallel(attempt, tier, width=applier.cluster.parallel)
        _sort_out(zip(tier, attempts, strict=True), report, failures)
        if _is_cut_off(failures) or any(
            isinstance(f, ReleaseError) for _, f in failures
        ):
            break
    _raise(failures, " && ")
    wanted = {target.key for target in targets}
    surplus = [obj for obj in current if obj.key not in wanted]
    _raise(_delete_surplus(applier.cluster, surplus, report), " && ")
    changes.failed = False


def delete(
    cluster: Cluster,
    objects: Iterable[ReleaseObject],
    report: Report,
    *,
    cascade: Cascade | None = None,
    live: Mapping[ObjectRef, Object] | None = None,
) -> list[PypkgError]:
    """Delete objects: those of a kind at once, kind after kind.

    One that is gone already is no error.

    Args:
        cluster: Where.
        objects: Which, in the order of their kinds.
        report: Takes what happens to each.
        cascade: What becomes of their dependents; None is ``background``.
        live: The objects as they were seen; only these are deleted. One of the same
            name that has come since is left alone, and reported as foreign.

    Returns:
        What went wrong; the other objects are deleted all the same.
    """
    failures = _delete(
        cluster, objects, report, str(cascade or "background"), live or {}
    )
    return [failure for _, failure in failures]


def _delete(
    cluster: Cluster,
    objects: Iterable[ReleaseObject],
    report: Report,
    cascade: str,
    seen: Mapping[ObjectRef, Object],
) -> Failures:
    def attempt(obj: ReleaseObject) -> Outcome | PypkgError:
        uid = seen[obj.ref]["metadata"]["uid"] if obj.ref in seen else ""
        try:
            cluster.delete(obj.ref, propagation=cascade.capitalize(), uid=uid)
        except NotFoundError:
            return Outcome.MISSING
        except ConflictError as error:
            return _after_conflict(cluster, obj.ref, uid) or error
        except ClusterError as error:
            return error
        return Outcome.DELETED

    failures: Failures = []
    for tier in _tiers(objects):
        attempts = in_parallel(attempt, tier, width=cluster.parallel)
        _sort_out(zip(tier, attempts, strict=True), report, failures)
        if _is_cut_off(failures):
            break
    return failures


def _after_conflict(cluster: Cluster, ref: ObjectRef, uid: str) -> Outcome | None:
    """Tell what has come of an object whose name was not to be deleted.

    Returns:
        None if it is still there, so that something else stood against it.
    """
    try:
        live = find_metadata(cluster, [ref]).get(ref)
    except ClusterError:
        return None
    if live is None:
        return Outcome.MISSING
    return Outcome.FOREIGN if uid and live["metadata"]["uid"] != uid else None


def _sort_out(
    attempts: Iterable[tuple[ReleaseObject, Outcome | PypkgError]],
    report: Report,
    failures: Failures,
) -> None:
    """Report what has happened to each object, and keep what went wrong."""
    for obj, outcome in attempts:
        if isinstance(outcome, Outcome):
            report(ObjectChanged(obj.ref, outcome))
        else:
            failures.append((obj, outcome))


def _tiers(objects: Iterable[ReleaseObject]) -> Iterator[list[ReleaseObject]]:
    """Part objects, which are in the order of their kinds, by kind.

    Objects of one kind do not depend on each other, so they can go at once.
    """
    for _, tier in groupby(objects, key=lambda obj: (obj.ref.group, obj.ref.kind)):
        yield list(tier)


def _live(
    cluster: Cluster, tier: Sequence[ReleaseObject]
) -> Mapping[ObjectRef, Object]:
    labels = [(obj.object["metadata"].get("labels") or {}).items() for obj in tier]
    common = dict(reduce(and_, labels))
    try:
        return find_all(cluster, (obj.ref for obj in tier), labels=common)
    except ApiError as error:
        raise ReleaseError(
            f"could not get information about the resource: {error}", hint=error.hint
        ) from error


def _bring(
    applier: Applier,
    original: Object | None,
    target: ReleaseObject,
    live: Object | None,
) -> Outcome:
    """Create or update one object.

    Raises:
        ReleaseError: It cannot be created, or is there without having been expected.
        ClusterError: It cannot be updated.
        PatchError: The difference cannot be expressed.
    """
    if live is None:
        try:
            applier.create(target.object)
        except ApiError as error:
            raise ReleaseError(
                f"failed to create resource: {error}", hint=error.hint
            ) from error
        return Outcome.CREATED
    if original is None:
        _check_not_foreign(target, live)
        # What a failed upgrade left is the baseline that a rollback starts from.
        original = live
    if target.force_conflicts:
        applier = replace(applier, force_conflicts=True)
    done = applier.update(original, target.object, live)
    return Outcome.UNCHANGED if _version(done) == _version(live) else Outcome.CONFIGURED


def _check_not_foreign(target: ReleaseObject, live: Object) -> None:
    """Refuse an object that turned up and belongs to another release."""
    wanted = _annotations(target.object).get(RELEASE_NAME)
    if _annotations(live).get(RELEASE_NAME, wanted) != wanted:
        raise ReleaseError(
            f"original object {target.ref.kind} with the name"
            f' "{target.ref.name}" not found'
        )


def _version(live: Object) -> str:
    return str(live["metadata"]["resourceVersion"])


def _delete_surplus(
    cluster: Cluster, surplus: list[ReleaseObject], report: Report
) -> Failures:
    live = find_metadata(cluster, (obj.ref for obj in surplus))
    doomed = []
    for obj in surplus:
        if obj.ref not in live:
            report(ObjectChanged(obj.ref, Outcome.MISSING))
        elif _annotations(live[obj.ref]).get(POLICY) == KEEP:
            report(ObjectChanged(obj.ref, Outcome.KEPT))
        else:
            doomed.append(obj)
    failures = _delete(cluster, doomed, report, "background", live)
    return [
        (obj, ReleaseError(f"failed to delete resource {obj.ref.name}: {failure}"))
        for obj, failure in failures
    ]


def _annotations(live: Object) -> Mapping[str, str]:
    return live["metadata"].get("annotations") or {}


def _is_cut_off(failures: Failures) -> bool:
    """Tell whether the server is out of reach, so that going on makes no sense."""
    return any(isinstance(f, ConnectionFailedError) for _, f in failures)


def _raise(failures: Failures, separator: str) -> None:
    """Raise what went wrong: one error as it is, several as one that names all."""
    if len(failures) == 1:
        raise failures[0][1]
    if failures:
        raise ReleaseError(
            separator.join(
                f"{obj.ref}: {failure}"
                if isinstance(failure, ConnectionFailedError)
                else str(failure)
                for obj, failure in failures
            ),
            hint=next((f.hint for _, f in failures if f.hint), None),
        )


def clean_up(
    cluster: Cluster, done: Changes, report: Report, error: BaseException, what: str
) -> None:
    """Delete what a failed operation has created.

    Args:
        cluster: Where.
        done: What the operation did.
        report: Takes what happens to each object.
        error: Why it failed.
        what: What it was: "upgrade" or "rollback".

    Raises:
        ReleaseError: An object cannot be deleted.
    """
    errors = delete(cluster, done.created, report)
    if errors:
        raise ReleaseError(
            f"an error occurred while cleaning up resources. original {what} error:"
            f" {error}: unable to cleanup resources: {', '.join(map(str, errors))}"
        ) from error
