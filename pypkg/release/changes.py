"""Changing the cluster: create, update and delete a release's objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pypkg.errors import ApiError, NotFoundError, PatchError, ReleaseError
from pypkg.release.events import Event, ObjectChanged, Outcome
from pypkg.release.ownership import KEEP, POLICY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.cluster.apply import Applier
    from pypkg.cluster.client import Cluster, Object
    from pypkg.release.options import Cascade
    from pypkg.release.resources import ReleaseObject

Report = Callable[[Event], None]


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
    """Create objects, one after another.

    Raises:
        ReleaseError: Some could not be created; the others are.
    """
    errors: list[Exception] = []
    for target in targets:
        try:
            applier.create(target.object)
        except ApiError as error:
            errors.append(error)
        else:
            report(ObjectChanged(target.ref, Outcome.CREATED))
    _raise(errors, "\n")


def update(
    applier: Applier,
    current: list[ReleaseObject],
    targets: list[ReleaseObject],
    report: Report,
    changes: Changes,
) -> None:
    """Bring the objects of one revision to those of another.

    Objects are created or updated, then those that the new revision lacks are
    deleted, unless they ask to be kept. When updates fail, nothing is deleted.

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
    before = {obj.key: obj for obj in current}
    errors: list[Exception] = []
    for target in targets:
        live = _find(applier.cluster, target)
        if live is None:
            changes.created.append(target)
            _create_missing(applier, target)
            report(ObjectChanged(target.ref, Outcome.CREATED))
            continue
        original = before.get(target.key)
        if original is None:
            raise ReleaseError(
                f"original object {target.ref.kind} with the name"
                f' "{target.ref.name}" not found'
            )
        try:
            done = applier.update(original.object, target.object, live)
        except (ApiError, PatchError) as error:
            errors.append(error)
        else:
            same = _version(done) == _version(live)
            outcome = Outcome.UNCHANGED if same else Outcome.CONFIGURED
            report(ObjectChanged(target.ref, outcome))
    _raise(errors, " && ")
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
) -> list[Exception]:
    """Delete objects; one that is gone already is no error.

    Returns:
        What went wrong; the other objects are deleted all the same.
    """
    errors: list[Exception] = []
    propagation = str(cascade or "background").capitalize()
    for obj in objects:
        try:
            cluster.delete(obj.ref, propagation=propagation)
        except NotFoundError:
            report(ObjectChanged(obj.ref, Outcome.MISSING))
        except ApiError as error:
            errors.append(error)
        else:
            report(ObjectChanged(obj.ref, Outcome.DELETED))
    return errors


def _find(cluster: Cluster, target: ReleaseObject) -> Object | None:
    try:
        return cluster.find(target.ref)
    except ApiError as error:
        raise ReleaseError(
            f"could not get information about the resource: {error}", hint=error.hint
        ) from error


def _create_missing(applier: Applier, target: ReleaseObject) -> None:
    try:
        applier.create(target.object)
    except ApiError as error:
        raise ReleaseError(
            f"failed to create resource: {error}", hint=error.hint
        ) from error


def _version(live: Object) -> str:
    return str(live["metadata"]["resourceVersion"])


def _delete_surplus(
    cluster: Cluster, surplus: Iterable[ReleaseObject], report: Report
) -> list[Exception]:
    errors: list[Exception] = []
    for obj in surplus:
        live = cluster.find(obj.ref)
        if live is None:
            report(ObjectChanged(obj.ref, Outcome.MISSING))
        elif (live["metadata"].get("annotations") or {}).get(POLICY) == KEEP:
            report(ObjectChanged(obj.ref, Outcome.KEPT))
        else:
            errors += [
                ReleaseError(f"failed to delete resource {obj.ref.name}: {error}")
                for error in delete(cluster, [obj], report)
            ]
    return errors


def _raise(errors: list[Exception], separator: str) -> None:
    """Raise what went wrong: one error as it is, several as one."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ReleaseError(separator.join(map(str, errors)))


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
