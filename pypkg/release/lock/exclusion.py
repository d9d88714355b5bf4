"""One operation at a time on a release; who comes next tidies up after who died."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pypkg.release import history
from pypkg.release.events import RecordRepaired
from pypkg.release.lock.lease import Lease
from pypkg.release.lock.lease_state import find_lease, in_progress
from pypkg.release.lock.repairs import repairs
from pypkg.release.operation import require_cluster
from pypkg.release.records.names import check_name
from pypkg.release.records.record import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.release.environment import Environment
    from pypkg.release.records.record import Release

Verb = Literal["install", "upgrade", "rollback", "uninstall", "test", "recovery"]


@contextmanager
def alone(
    env: Environment,
    name: str,
    verb: Verb,
    *,
    timeout: float,
    recover: bool = False,
    dry_run: bool = False,
) -> Iterator[Environment]:
    """Hold a release's lease, with its records in order.

    An operation that is a part of another works under the other's lease.

    Args:
        env: The surroundings.
        name: The release.
        verb: What is going to be done.
        timeout: Seconds to wait for another operation.
        recover: Give up whatever is pending, whoever began it.
        dry_run: Nothing is going to be changed: do without a lease.

    Yields:
        The surroundings, with the lease.

    Raises:
        OperationInProgressError: Another operation has the release.
        ReleaseNameError: The name is not valid.
        ClusterError: The cluster cannot be reached.
    """
    check_name(name)
    if dry_run or env.lease is not None:
        yield env
        return
    cluster = require_cluster(env)
    cluster.version()
    lease = Lease(
        cluster,
        env.namespace,
        name,
        operation=verb,
        clock=env.clock,
        report=env.report,
    )
    try:
        lease.acquire(timeout)
        held = replace(env, lease=lease)
        if lease.inherited is not None or recover:
            settle(held, lease, name, verb, everything=recover)
        yield held
    finally:
        lease.release()


def as_taken_over(env: Environment, last: Release) -> Release:
    """Give the last revision as an upgrade makes it that takes it over.

    Without the lease, as in a dry run, nothing has been brought in order yet.

    Raises:
        OperationInProgressError: An operation works on the revision.
    """
    idle = not last.status.is_pending and last.status != Status.UNINSTALLING
    if idle or env.lease is not None:
        return last
    held = find_lease(require_cluster(env), env.namespace, last.name)
    if held is None or held.journal is None or not held.journal.is_about(last):
        return last
    if not held.is_free:
        raise in_progress(held)
    [repair] = repairs(
        [last],
        is_abandoned=lambda _: True,
        reason=f"interrupted: {held}",
        undo_uninstall=True,
    )
    return repair.becomes


def how_to_give_up(last: Release, *, flag: str = "") -> str:
    """Say what to do about a revision that is worked on, but not by pypkg.

    Args:
        last: The revision: pending, or uninstalling.
        flag: The flag of the command that is run which gives it up, or "".
    """
    recover = f"`pypkg release recover {last.name}`"
    if last.status == Status.UNINSTALLING:
        remedy = f"{recover} finishes the uninstall"
        remedy += f", and this command with {flag} undoes it" if flag else ""
    else:
        this = f", or this command with {flag}," if flag else ""
        remedy = f"{recover}{this} gives the revision up"
    return (
        f"{last.name} is {last.status}, and pypkg knows of no operation that works on"
        " it: helm does, or whatever did has died. If nothing runs any more, " + remedy
    )


def settle(
    env: Environment, lease: Lease, name: str, verb: Verb, *, everything: bool
) -> None:
    """Bring the records in order that the holder before left behind.

    Args:
        env: The surroundings.
        lease: The release's lease, which is held.
        name: The release.
        verb: What is going to be done.
        everything: Not only what the journal is about.
    """

    def is_abandoned(release: Release) -> bool:
        journal = lease.inherited
        return everything or (journal is not None and journal.is_about(release))

    undo = verb in {"upgrade", "rollback"}
    who = lease.predecessor
    revisions = history.revisions(env.storage, name)
    found = repairs(
        revisions,
        is_abandoned=is_abandoned,
        reason=f"interrupted: {who}" if who else "given up: nobody worked on it",
        undo_uninstall=undo,
    )
    for repair in found:
        env.storage.update(repair.becomes)
        env.report(RecordRepaired(f"{repair}{f' ({who})' if who else ''}"))
    env.storage.tidy(name)
    # An uninstall that is to be finished stays in the journal until it is.
    if undo or all(r.status != Status.UNINSTALLING for r in revisions):
        lease.settle()
