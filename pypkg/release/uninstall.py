"""``uninstall``: delete what a release made, then its records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pypkg.cluster.parallel import try_metadata
from pypkg.errors import ApiError, ClusterError, PypkgError, ReleaseError
from pypkg.objects.kinds import uninstall_sorted
from pypkg.release import history
from pypkg.release.applying import changes
from pypkg.release.applying.hooks import run_hooks
from pypkg.release.applying.leftovers import leftovers
from pypkg.release.applying.ownership import is_kept, ownership_fault
from pypkg.release.applying.resources import ReleaseObject, build_deployed
from pypkg.release.applying.waiting import wait_gone
from pypkg.release.events import ObjectChanged, Outcome, Warned
from pypkg.release.lock.exclusion import alone
from pypkg.release.lock.journal import Journal
from pypkg.release.operation import Operation, describe, require_cluster
from pypkg.release.records.record import Release, Status
from pypkg.release.storage import not_found

if TYPE_CHECKING:
    from collections.abc import Container

    from pypkg.cluster.client import Object
    from pypkg.cluster.reference import ObjectRef
    from pypkg.release.environment import Environment
    from pypkg.release.events import Event
    from pypkg.release.options import UninstallOptions


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """What an uninstall did, or with a dry run would do.

    Attributes:
        release: The last revision.
        info: What was left in the cluster and why, in Helm's words, or "".
    """

    release: Release
    info: str = ""


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A release's objects: what to delete, and what to leave, for which reason.

    Attributes:
        lives: The objects as they were seen; only their ``metadata``.
    """

    lives: dict[ObjectRef, Object] = field(default_factory=dict)
    owned: list[ReleaseObject] = field(default_factory=list)
    kept: list[ReleaseObject] = field(default_factory=list)
    foreign: list[ReleaseObject] = field(default_factory=list)
    unreadable: list[tuple[ReleaseObject, ApiError]] = field(default_factory=list)

    def leave(self, refs: Container[ObjectRef]) -> None:
        """Leave objects to those who have made them again meanwhile."""
        left = [obj for obj in self.owned if obj.ref in refs]
        self.foreign.extend(left)
        self.owned[:] = [obj for obj in self.owned if obj.ref not in refs]

    def info(self) -> str:
        parts = []
        if self.kept:
            parts.append(
                "These resources were kept due to the resource policy:\n"
                + _listed(self.kept)
            )
        if self.foreign:
            parts.append(
                f"{len(self.foreign)} resource(s) were not deleted because they are not"
                " owned by this release:\n" + _listed(self.foreign)
            )
        if self.unreadable:
            parts.append(
                f"{len(self.unreadable)} resource(s) were not deleted because their"
                " ownership could not be verified:\n"
                + "".join(
                    f"[{obj.ref.kind}] {obj.ref.name}: {error}\n"
                    for obj, error in self.unreadable
                )
            )
        return "\n".join(parts)


def uninstall(env: Environment, options: UninstallOptions) -> Uninstalled | None:
    """Uninstall a release.

    Objects that ask to be kept, and objects that no longer belong to the release,
    stay.

    Args:
        env: The surroundings.
        options: How.

    Returns:
        What was done; None where the release is not there, and that is no error.

    Raises:
        ReleaseNotFoundError: There is no such release.
        HookFailedError: A pre-delete hook failed; nothing was deleted.
        ReleaseError: Objects could not be deleted, or are not gone in time.
        ClusterError: The cluster cannot be reached, or refuses.
    """
    if options.dry_run:
        require_cluster(env).version()
    with alone(
        env,
        options.name,
        "uninstall",
        timeout=options.wait.lock_timeout,
        dry_run=options.dry_run,
    ) as held:
        return _uninstall(held, options)


def _uninstall(env: Environment, options: UninstallOptions) -> Uninstalled | None:
    release = history.newest(env.storage, options.name)
    if release is None:
        if env.lease is not None:
            env.storage.tidy(options.name)  # helm removes only what it knows
        if options.ignore_not_found:
            return None
        raise not_found(
            options.name, prefix=f"uninstall: Release not loaded: {options.name}: "
        )
    if options.dry_run:
        return Uninstalled(
            release, _sorted_out(Operation(env, release), release).info()
        )
    if release.status == Status.UNINSTALLED:
        return _forget_uninstalled(env, release, options)
    heads = env.storage.heads(options.name)
    operation = Operation(env, release)
    operation.take_up(
        release.with_info(
            status=Status.UNINSTALLING,
            deleted=env.now(),
            description="Deletion in progress (or silently failed)",
        ),
        Journal.of_uninstall(release, options),
    )
    try:
        found, errors = _remove(operation, release, options)
    except BaseException as error:
        operation.release = operation.release.with_info(deleted=None)
        operation.fail(f'Uninstall "{options.name}" failed: {describe(error)}')
        raise
    description = options.description or "Uninstallation complete"
    operation.release = operation.release.with_status(Status.UNINSTALLED, description)
    if options.keep_history:
        operation.save()
        _supersede_deployed(env, options.name)
    else:
        # The oldest first: the last record tells that there is more to do.
        history.forget(env.storage, heads)
    operation.settle()
    if errors:
        raise ReleaseError(
            f"uninstallation completed with {len(errors)} error(s): "
            + "; ".join(map(str, errors)),
            hint=next((e.hint for e in errors if e.hint), None),
        )
    return Uninstalled(operation.release, found.info())


def _remove(
    operation: Operation, last: Release, options: UninstallOptions
) -> tuple[_Sorted, list[PypkgError]]:
    """Run hooks, delete the objects, wait for them, run hooks.

    Returns:
        The objects, and what went wrong once they were deleted.
    """
    if not options.disable_hooks:
        run_hooks(operation, "pre-delete", options.wait, server_side=True)
    operation.note(operation.release)
    found = _sorted_out(operation, last)
    _delete(operation, found, options)
    return found, _finish(operation, found, options)


def _sorted_out(operation: Operation, last: Release) -> _Sorted:
    objects = build_deployed(operation, operation.release)
    objects += leftovers(operation, last, objects)
    doomed = [obj for obj in objects if not is_kept(obj.object)]
    seen = try_metadata(operation.cluster, (obj.ref for obj in doomed))
    found = _Sorted()
    for obj in uninstall_sorted(objects, lambda obj: obj.ref.kind):
        match seen.get(obj.ref):
            case _ if is_kept(obj.object):
                found.kept.append(obj)
            case None:
                operation.env.report(ObjectChanged(obj.ref, Outcome.MISSING))
            case ApiError() as error:
                found.unreadable.append((obj, error))
            case live if ownership_fault(live, operation.release):
                found.foreign.append(obj)
            case live:
                found.owned.append(obj)
                found.lives[obj.ref] = live
    return found


def _delete(operation: Operation, found: _Sorted, options: UninstallOptions) -> None:
    report = operation.env.report
    for obj in found.kept:
        report(ObjectChanged(obj.ref, Outcome.KEPT))
    for obj in found.foreign:
        report(ObjectChanged(obj.ref, Outcome.FOREIGN))
    for obj, error in found.unreadable:
        report(Warned(f"{obj.ref} is not deleted: {error}"))
    replaced: set[ObjectRef] = set()

    def note(event: Event) -> None:
        if isinstance(event, ObjectChanged) and event.outcome == Outcome.FOREIGN:
            replaced.add(event.ref)
        report(event)

    errors = changes.delete(
        operation.cluster, found.owned, note, cascade=options.cascade, live=found.lives
    )
    found.leave(replaced)
    if errors:
        raise ReleaseError(
            f"failed to delete release: {options.name}: " + "; ".join(map(str, errors)),
            hint="the release stays recorded: uninstall it again",
        )


def _finish(
    operation: Operation, found: _Sorted, options: UninstallOptions
) -> list[PypkgError]:
    """Wait and run hooks; what fails now does not keep the release alive."""
    errors: list[PypkgError] = []
    try:
        wait_gone(operation, found.owned, options.wait)
    except ClusterError as error:
        errors.append(error)
    if not options.disable_hooks:
        try:
            run_hooks(operation, "post-delete", options.wait, server_side=True)
        except PypkgError as error:
            errors.append(error)
    return errors


def _forget_uninstalled(
    env: Environment, last: Release, options: UninstallOptions
) -> Uninstalled:
    if options.keep_history:
        raise ReleaseError(f'the release named "{options.name}" is already deleted')
    history.forget(env.storage, env.storage.heads(options.name))
    return Uninstalled(last)


def _supersede_deployed(env: Environment, name: str) -> None:
    for release in history.all_deployed(env.storage, name):
        env.storage.update(release.with_status(Status.SUPERSEDED))


def _listed(objects: list[ReleaseObject]) -> str:
    return "".join(f"[{obj.ref.kind}] {obj.ref.name}\n" for obj in objects)
