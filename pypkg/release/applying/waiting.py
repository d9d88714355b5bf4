"""Waiting for a release's objects, by the strategy that was asked for."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pypkg.cluster.legacy_readiness import legacy_readiness, legacy_readiness_with_jobs
from pypkg.cluster.readiness import (
    hook_completion,
    readiness,
    readiness_with_jobs,
)
from pypkg.errors import NotReadyError
from pypkg.release.events import Goal, WaitFailed, WaitFinished, WaitStarted
from pypkg.release.options import WaitStrategy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pypkg.cluster.reference import ObjectRef
    from pypkg.cluster.wait import Judge
    from pypkg.release.applying.resources import ReleaseObject
    from pypkg.release.operation import Operation
    from pypkg.release.options import WaitOptions


def wait_ready(
    operation: Operation, targets: Iterable[ReleaseObject], wait: WaitOptions
) -> None:
    """Wait until objects are ready, if that is asked for.

    Raises:
        NotReadyError: An object has failed, or the time is over.
    """
    if wait.strategy == WaitStrategy.HOOK_ONLY:
        return
    refs = tuple(target.ref for target in targets if not _is_paused(target))
    _wait(operation, refs, _judge(wait), wait.timeout)


def wait_established(
    operation: Operation, refs: Iterable[ObjectRef], timeout: float
) -> None:
    """Wait until definitions are established, whatever the strategy.

    Raises:
        NotReadyError: A definition is refused, or the time is over.
    """
    _wait(operation, tuple(refs), readiness, timeout)


def wait_gone(
    operation: Operation, objects: Iterable[ReleaseObject], wait: WaitOptions
) -> None:
    """Wait until objects are gone, if that is asked for.

    Raises:
        WaitTimeoutError: The time is over.
    """
    refs = tuple(obj.ref for obj in objects)
    if wait.strategy != WaitStrategy.HOOK_ONLY:
        wait_deleted(operation, refs, wait.timeout)


def wait_deleted(
    operation: Operation, refs: tuple[ObjectRef, ...], timeout: float
) -> None:
    """Wait until objects are gone, whatever the strategy.

    Raises:
        WaitTimeoutError: The time is over.
    """
    if not refs:
        return
    with _told(operation, WaitStarted(refs, timeout, Goal.GONE)):
        operation.tracker.wait_gone(refs, timeout)


def wait_hook(
    operation: Operation, refs: tuple[ObjectRef, ...], timeout: float
) -> None:
    """Wait until the objects of a hook have done their work.

    Raises:
        NotReadyError: The hook has failed, or the time is over.
    """
    with _told(operation, WaitStarted(refs, timeout, Goal.FINISHED)):
        operation.tracker.wait_ready(refs, hook_completion, timeout)


def _wait(
    operation: Operation, refs: tuple[ObjectRef, ...], judge: Judge, timeout: float
) -> None:
    if not refs:
        return
    with _told(operation, WaitStarted(refs, timeout)):
        operation.tracker.wait_ready(refs, judge, timeout)


@contextmanager
def _told(operation: Operation, started: WaitStarted) -> Iterator[None]:
    """Report when a wait begins, and how it ends."""
    report = operation.env.report
    report(started)
    start = time.monotonic()
    try:
        yield
    except BaseException as error:
        causes = error.causes if isinstance(error, NotReadyError) else ()
        report(WaitFailed(time.monotonic() - start, causes))
        raise
    report(WaitFinished(time.monotonic() - start, started.goal))


def _judge(wait: WaitOptions) -> Judge:
    if wait.strategy == WaitStrategy.LEGACY:
        return legacy_readiness_with_jobs if wait.jobs else legacy_readiness
    return readiness_with_jobs if wait.jobs else readiness


def _is_paused(target: ReleaseObject) -> bool:
    spec = target.object.get("spec") or {}
    return target.ref.kind == "Deployment" and bool(spec.get("paused"))
