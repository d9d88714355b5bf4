"""The part of an install, upgrade or rollback that changes the cluster."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pypkg.release.applying import changes
from pypkg.release.applying.conflicts import settle_all
from pypkg.release.applying.hooks import run_hooks
from pypkg.release.applying.waiting import wait_ready

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypkg.cluster.apply import Applier
    from pypkg.release.applying.field_policy import FieldRule
    from pypkg.release.applying.resources import ReleaseObject
    from pypkg.release.operation import Operation
    from pypkg.release.options import WaitOptions

Verb = Literal["install", "upgrade", "rollback"]
# What Helm puts before the message of a failed hook.
_FAILING: dict[Verb, str] = {
    "install": "failed {event}",
    "upgrade": "{event} hooks failed",
    "rollback": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Brings the cluster from one revision to another.

    Attributes:
        verb: What is done; it gives the hooks' events their names.
        operation: The new revision.
        applier: Sends objects.
        before: The objects that there are already.
        targets: The objects that are wanted.
        wait: What is waited for.
        disable_hooks: Run no hooks.
        done: What has been done so far.
    """

    verb: Verb
    operation: Operation
    applier: Applier
    before: list[ReleaseObject]
    targets: list[ReleaseObject]
    wait: WaitOptions
    disable_hooks: bool
    done: changes.Changes = field(default_factory=changes.Changes)

    def settled(self, rules: Sequence[FieldRule]) -> Rollout:
        """Decide on fields that others own, before anything is changed.

        Args:
            rules: The user's policies.

        Raises:
            FieldConflictError: Of some of them nothing is decided.
        """
        before, targets = settle_all(self.applier, self.before, self.targets, rules)
        return replace(self, before=before, targets=targets)

    def run(self) -> None:
        """Run hooks, change objects, wait for them, run hooks.

        Raises:
            HookFailedError: A hook failed.
            ReleaseError: Objects could not be created, updated or deleted.
            NotReadyError: Objects have failed, or are not ready in time.
            ClusterError: The cluster cannot be reached, or refuses.
        """
        self._run_hooks(f"pre-{self.verb}")
        report = self.operation.env.report
        if self.verb == "install" and not self.before:
            changes.create(self.applier, self.targets, report)
        else:
            changes.update(self.applier, self.before, self.targets, report, self.done)
        wait_ready(self.operation, self.targets, self.wait)
        self._run_hooks(f"post-{self.verb}")

    def clean_up(self, error: BaseException) -> None:
        """Delete what was created before it failed.

        Args:
            error: The failure.

        Raises:
            ReleaseError: An object cannot be deleted.
        """
        changes.clean_up(
            self.operation.cluster,
            self.done,
            self.operation.env.report,
            error,
            self.verb,
        )

    def _run_hooks(self, event: str) -> None:
        if self.disable_hooks:
            return
        run_hooks(
            self.operation,
            event,
            self.wait,
            server_side=self.applier.server_side,
            failing=_FAILING[self.verb].format(event=event),
        )
