"""``release recover``: bring a release in order whose operation never ended."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pypkg.errors import OperationInProgressError
from pypkg.release import history
from pypkg.release.events import RecordRepaired
from pypkg.release.lock.exclusion import alone, how_to_give_up
from pypkg.release.lock.journal import Journal
from pypkg.release.lock.lease_state import find_lease, find_leases, in_progress
from pypkg.release.lock.repairs import repairs
from pypkg.release.operation import require_cluster
from pypkg.release.records.names import check_name
from pypkg.release.records.record import Status
from pypkg.release.records.timestamps import rough
from pypkg.release.storage import not_found
from pypkg.release.uninstall import uninstall

if TYPE_CHECKING:
    from pypkg.release.environment import Environment
    from pypkg.release.events import Event
    from pypkg.release.lock.lease_state import Held
    from pypkg.release.records.record import Release


@dataclass(frozen=True, slots=True)
class Finding:
    """A record that is out of order.

    Attributes:
        name: The release.
        revision: Which.
        status: Its state.
        left_by: The operation that left it, and how long ago that was.
        remedy: What its state becomes.
    """

    name: str
    revision: int
    status: Status
    left_by: str
    remedy: Status


@dataclass(frozen=True, slots=True)
class Survey:
    """What is unfinished in a namespace.

    Attributes:
        dead: The releases whose operation is known to have died.
        unsure: Of each other: what is unfinished, and what to do if it has died.
    """

    dead: list[str]
    unsure: list[str]


def survey(env: Environment) -> Survey:
    """Look for releases of the namespace that an operation has left behind."""
    leases = find_leases(require_cluster(env), env.namespace)
    unfinished = {
        release.name: release
        for release in env.storage.find({}, latest=True)
        if release.status.is_pending or release.status == Status.UNINSTALLING
    }
    dead, busy = [], []
    for held in leases:
        last = unfinished.get(held.name)
        if not held.is_free:
            busy.append(held)
        elif held.journal and (last is None or held.journal.is_about(last)):
            dead.append(held.name)
    known = {*dead, *(held.name for held in busy)}
    unsure = [
        f"{held}; if that has died, `pypkg release recover {held.name}` notices it"
        f" after {held.seconds} s"
        for held in busy
    ]
    unsure += [how_to_give_up(r) for name, r in unfinished.items() if name not in known]
    return Survey(sorted(dead), unsure)


def diagnose(env: Environment, name: str) -> list[Finding]:
    """Say what is out of order with a release; nothing is changed.

    Raises:
        OperationInProgressError: An operation works on it.
        ReleaseNotFoundError: There is no such release.
    """
    check_name(name)
    held = find_lease(require_cluster(env), env.namespace, name)
    if held is not None and not held.is_free:
        raise in_progress(held)
    revisions = history.revisions(env.storage, name)
    if not revisions and held is None:
        raise not_found(name)
    wrong = repairs(
        revisions, is_abandoned=lambda _: True, reason="", undo_uninstall=False
    )
    found = [(repair.found, repair.becomes.status) for repair in wrong]
    last = revisions[-1] if revisions else None
    if last is not None and last.status == Status.UNINSTALLING:
        found.append((last, Status.UNINSTALLED))
    return [
        Finding(name, release.revision, release.status, _left(env, release, held), then)
        for release, then in found
    ]


def recover(env: Environment, name: str, *, timeout: float) -> list[Finding]:
    """Bring a release in order.

    A pending revision is recorded as failed, whoever began it; an uninstall is
    finished; of several deployed revisions the newest stays.

    Args:
        env: The surroundings.
        name: The release.
        timeout: Seconds to wait for the end of an operation that has it still.

    Returns:
        What was out of order.

    Raises:
        OperationInProgressError: An operation works on it.
        ReleaseNotFoundError: There is no such release.
        ReleaseError: The uninstall cannot be finished.
    """
    found: list[Finding] = []
    with suppress(OperationInProgressError):  # it may end meanwhile, or prove dead
        found = diagnose(env, name)

    def report(event: Event) -> None:
        if not isinstance(event, RecordRepaired):
            env.report(event)

    quiet = replace(env, report=report)
    with alone(quiet, name, "recovery", timeout=timeout, recover=True) as held:
        revisions = history.revisions(held.storage, name)
        if revisions and revisions[-1].status == Status.UNINSTALLING:
            journal = held.lease.inherited if held.lease is not None else None
            if journal is None or journal.status != Status.UNINSTALLING:
                journal = Journal.of(revisions[-1])
            uninstall(held, journal.uninstall_options(name))
    return found


def _left(env: Environment, release: Release, held: Held | None) -> str:
    if held is not None and held.journal is not None and held.journal.is_about(release):
        return str(held)
    made = release.info.last_deployed
    return f"unknown, {rough(env.now() - made)} ago" if made is not None else "unknown"
