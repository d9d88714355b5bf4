"""Running hooks: one at a time, each waited for, with its traces removed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pypkg.cluster.apply import Applier
from pypkg.cluster.discovery import Resource
from pypkg.cluster.tracker import duration
from pypkg.errors import (
    ClusterError,
    HookFailedError,
    NotReadyError,
    PypkgError,
    WaitTimeoutError,
)
from pypkg.objects.manifest import Manifest
from pypkg.release.applying import changes, resources
from pypkg.release.applying.waiting import wait_deleted, wait_hook
from pypkg.release.events import (
    Event,
    HookFinished,
    HookLog,
    HookStarted,
    ObjectChanged,
    Outcome,
    Warned,
)
from pypkg.release.operation import describe
from pypkg.release.options import WaitStrategy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.release.applying.resources import ReleaseObject
    from pypkg.release.operation import Operation
    from pypkg.release.options import WaitOptions
    from pypkg.render.hooks import Hook

PODS = Resource("v1", "Pod", "pods", namespaced=True)
BEFORE_CREATION = "before-hook-creation"
SUCCEEDED = "hook-succeeded"
FAILED = "hook-failed"


class HookRun:
    """The hooks of one event of an operation.

    Args:
        operation: Whose release has the hooks; each run is recorded in it.
        event: The event, such as ``pre-install``.
        wait: How long each hook may take.
        server_side: Create them by server-side apply.
        failing: What goes before the message of a failure.
    """

    def __init__(
        self,
        operation: Operation,
        event: str,
        wait: WaitOptions,
        *,
        server_side: bool,
        failing: str = "",
    ) -> None:
        self._operation = operation
        self._event = event
        self._wait = wait
        self._server_side = server_side
        self._failing = f"{failing}: " if failing else ""
        self._finished: list[Hook] = []
        self._failed: Hook | None = None

    def run(self) -> None:
        """Run every hook of the event, by weight and name.

        The objects of hooks that succeeded stay until :meth:`clean_up`, so that
        what they printed can be read.

        Raises:
            HookFailedError: A hook failed; those after it do not run.
            ClusterError: A hook cannot be created.
        """
        for hook in in_order(self._operation.release.hooks, self._event):
            self._run_one(hook)

    def clean_up(self) -> None:
        """Delete what the hooks' policies ask to delete, and print their logs.

        Raises:
            ClusterError: A hook's object cannot be deleted.
        """
        if self._failed is not None:
            self._delete_failed(self._failed)
            for hook in self._finished:
                self._delete_by(hook, SUCCEEDED)
            return
        for hook in reversed(self._finished):
            self._print_logs(hook, SUCCEEDED)
            self._delete_by(hook, SUCCEEDED)

    def _run_one(self, hook: Hook) -> None:
        if not hook.delete_policies:
            hook = self._note(hook, hook.replace(delete_policies=(BEFORE_CREATION,)))
        self._delete_by(hook, BEFORE_CREATION)
        objects = self._objects(hook)
        started = self._operation.env.now()
        run = hook.last_run.replace(
            started_at=started, completed_at=None, phase="Running"
        )
        hook = self._note(hook, hook.replace(last_run=run))
        self._operation.note(self._operation.release)
        for obj in objects:
            self._operation.env.report(HookStarted(self._event, obj.ref))
        try:
            self._create(hook, objects)
            refs = tuple(obj.ref for obj in objects)
            wait_hook(self._operation, refs, self._wait.timeout)
        except BaseException as error:
            hook = self._finish(hook, objects, "Failed")
            self._failed = hook
            if not isinstance(error, NotReadyError):
                raise
            self._print_logs(hook, FAILED)
            fate = "failed"
            if isinstance(error, WaitTimeoutError):
                fate = f"has not finished after {duration(self._wait.timeout)}"
            raise HookFailedError(
                f"{self._failing}hook {hook.kind}/{hook.name} of {hook.path} {fate}",
                summary=f"{self._failing}{describe(error)}",
                causes=error.causes,
                hint=_where_to_look(hook, objects),
            ) from error
        self._finished.append(self._finish(hook, objects, "Succeeded"))

    def _create(self, hook: Hook, objects: list[ReleaseObject]) -> None:
        applier = Applier(
            cluster=self._operation.cluster,
            manager=self._operation.env.field_manager,
            server_side=self._server_side,
        )
        for obj in objects:
            try:
                applier.create(obj.object)
            except ClusterError as error:
                raise HookFailedError(
                    f"{self._failing}warning: Hook {self._event}"
                    f" {hook.path} failed: {error}",
                    hint=error.hint,
                ) from error

    def _finish(self, hook: Hook, objects: Iterable[ReleaseObject], phase: str) -> Hook:
        run = hook.last_run.replace(completed_at=self._operation.env.now(), phase=phase)
        for obj in objects:
            self._operation.env.report(HookFinished(self._event, obj.ref, phase))
        return self._note(hook, hook.replace(last_run=run))

    def _note(self, old: Hook, new: Hook) -> Hook:
        """Put the hook as it is now into the release."""
        release = self._operation.release
        hooks = tuple(new if hook is old else hook for hook in release.hooks)
        self._operation.release = replace(release, hooks=hooks)
        return new

    def _objects(self, hook: Hook) -> list[ReleaseObject]:
        return resources.build(
            self._operation.cluster,
            [Manifest.parse(hook.path, hook.manifest)],
            self._operation.release.namespace,
        )

    def _delete_by(self, hook: Hook, policy: str) -> None:
        # Deleting a definition would delete all that was made from it.
        if policy not in hook.delete_policies or (
            hook.kind == "CustomResourceDefinition"
        ):
            return
        told: list[Event] = []
        objects = self._objects(hook)
        errors = changes.delete(self._operation.cluster, objects, told.append)
        if errors:
            raise HookFailedError("; ".join(map(str, errors)))
        deleted = tuple(
            event.ref
            for event in told
            if isinstance(event, ObjectChanged) and event.outcome == Outcome.DELETED
        )
        # Helm does not wait here unless told to wait for everything, and may then
        # create the new object before the old one is gone.
        if policy == BEFORE_CREATION or self._wait.strategy != WaitStrategy.HOOK_ONLY:
            wait_deleted(self._operation, deleted, self._wait.timeout)

    def _delete_failed(self, hook: Hook) -> None:
        try:
            self._delete_by(hook, FAILED)
        except PypkgError as error:
            # The hook's own failure is what matters.
            self._warn(f"error deleting the hook resource on hook failure: {error}")

    def _print_logs(self, hook: Hook, policy: str) -> None:
        if policy not in hook.output_log_policies:
            return
        try:
            for log in pod_logs(self._operation, hook):
                self._operation.env.report(log)
        except ClusterError as error:
            self._warn(f"error outputting logs for hook failure: {error}")

    def _warn(self, message: str) -> None:
        self._operation.env.report(Warned(message))


def _where_to_look(hook: Hook, objects: Iterable[ReleaseObject]) -> str | None:
    """Say how to see more of a hook that has failed, unless that is deleted."""
    if FAILED in hook.delete_policies:
        return None
    return "look at it: " + "; ".join(
        f"kubectl describe {obj.ref.kind.lower()} {obj.ref.name}"
        + (f" -n {obj.ref.namespace}" if obj.ref.namespace else "")
        for obj in objects
    )


def run_hooks(
    operation: Operation,
    event: str,
    wait: WaitOptions,
    *,
    server_side: bool,
    failing: str = "",
) -> None:
    """Run the hooks of an event, and delete what their policies ask to delete.

    Args:
        operation: Whose release has the hooks.
        event: The event, such as ``pre-install``.
        wait: How long each hook may take.
        server_side: Create them by server-side apply.
        failing: What goes before the message of a failure, such as
            "failed pre-install".

    Raises:
        HookFailedError: A hook failed.
        ClusterError: A hook's object cannot be deleted.
    """
    run = HookRun(operation, event, wait, server_side=server_side, failing=failing)
    try:
        run.run()
    finally:
        run.clean_up()


def in_order(hooks: Iterable[Hook], event: str) -> list[Hook]:
    """Give the hooks of an event in the order in which they run."""
    wanted = [hook for hook in hooks if event in hook.events]
    return sorted(wanted, key=lambda hook: (hook.weight, hook.name))


def pod_logs(operation: Operation, hook: Hook) -> list[HookLog]:
    """Read what the containers of a hook's pods have printed.

    Raises:
        ClusterError: A log cannot be read.
    """
    cluster = operation.cluster
    manifest = Manifest.parse(hook.path, hook.manifest)
    namespace = manifest.namespace or operation.release.namespace
    if hook.kind == "Job":
        selector = {"label_selector": f"job-name={hook.name}"}
    elif hook.kind == "Pod":
        selector = {"field_selector": f"metadata.name={hook.name}"}
    else:
        return []
    return [
        HookLog(
            namespace,
            pod["metadata"]["name"],
            container["name"],
            cluster.logs(namespace, pod["metadata"]["name"], container["name"]),
        )
        for pod in cluster.list(PODS, namespace, **selector)
        for container in pod["spec"]["containers"]
    ]
