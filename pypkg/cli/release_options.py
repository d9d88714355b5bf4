"""The groups of flags of the commands that change releases."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.cli.flag_types import Duration, OneOf, Pairs
from pypkg.cli.flags import Flags, flag
from pypkg.cli.options import OutputFlags, RenderFlags
from pypkg.cli.output import echo
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from pypkg.release.options import ApplyOptions, DryRun, WaitOptions, WaitStrategy


class TimeoutFlags(Flags):
    """``--timeout``."""

    title: ClassVar = "Waiting"

    timeout: float = flag(
        "--timeout",
        help="how long to wait for any one thing, such as a hook's Job",
        metavar="DURATION",
        default=300.0,
        kind=Duration(),
    )


class ProgressFlags(Flags):
    """``--progress``."""

    title: ClassVar = "Output"

    output: str = "table"  # a flag where the command has one
    progress: str = flag(
        "--progress",
        help="how to tell what happens meanwhile, on standard error: live, plain"
        " lines, or json events; auto is live on a terminal, and json with -o json",
        metavar="auto|live|plain|json|none",
        default="auto",
        envvar="PROGRESS",
        kind=OneOf("auto", "live", "plain", "json", "none"),
    )

    def telling(self) -> str:
        """Choose how progress is told."""
        from pypkg.cli.display.progress import form_of  # noqa: PLC0415 - start-up time

        return form_of(self.progress, self.output)


class LockFlags(Flags):
    """``--lock-timeout``."""

    title: ClassVar = "Waiting"

    lock_timeout: float = flag(
        "--lock-timeout",
        help="how long to wait for another operation on the release to end",
        metavar="DURATION",
        default=300.0,
        kind=Duration(),
        envvar="LOCK_TIMEOUT",
    )


class WaitFlags(LockFlags, TimeoutFlags):
    """``--wait`` and ``--timeout``."""

    wait: str = flag(
        "--wait",
        help="wait for all objects: watcher (--wait alone), legacy as Helm 3 did,"
        " or hookOnly for hooks alone",
        metavar="watcher|legacy|hookOnly",
        bare="watcher",
        default="hookOnly",
        kind=OneOf("watcher", "hookOnly", "legacy", "true", "false"),
    )

    @cached_property
    def strategy(self) -> WaitStrategy:
        """What to wait for; ``true`` and ``false`` are Helm 3's words."""
        from pypkg.release.options import WaitStrategy  # noqa: PLC0415 - start-up time

        old = {"true": WaitStrategy.WATCHER, "false": WaitStrategy.HOOK_ONLY}
        if self.wait not in old:
            return WaitStrategy(self.wait)
        now = old[self.wait]
        echo(f"--wait={self.wait} is deprecated, use --wait={now}", err=True)
        return now

    def wait_options(self) -> WaitOptions:
        """Give them in the form that operations take."""
        from pypkg.release.options import WaitOptions  # noqa: PLC0415 - start-up time

        return WaitOptions(
            strategy=self.strategy, timeout=self.timeout, lock_timeout=self.lock_timeout
        )


class WaitForJobsFlags(WaitFlags):
    """``--wait``, ``--wait-for-jobs`` and ``--timeout``."""

    wait_for_jobs: bool = flag(
        "--wait-for-jobs", help="with --wait: for Jobs to complete, too", default=False
    )

    def wait_options(self) -> WaitOptions:
        """Give them in the form that operations take."""
        from pypkg.release.options import WaitOptions  # noqa: PLC0415 - start-up time

        return WaitOptions(
            strategy=self.strategy,
            jobs=self.wait_for_jobs,
            timeout=self.timeout,
            lock_timeout=self.lock_timeout,
        )


class HookFlags(Flags):
    """``--no-hooks``."""

    no_hooks: bool = flag("--no-hooks", help="leave hooks out", default=False)


class ApplyFlags(HookFlags):
    """How objects are sent to the cluster."""

    title: ClassVar = "Applying"

    server_side: str | bool = "auto"  # a flag in the classes below
    force_conflicts: bool = flag(
        "--force-conflicts",
        help="take fields that others own (server-side)",
        default=False,
    )
    force_replace: bool = flag(
        "--force-replace",
        help="replace objects as a whole (client-side)",
        default=False,
        old_names=["--force"],
    )

    field_policy: tuple[str, ...] = flag(
        "--field-policy",
        help="what becomes of a field that others own: keep theirs, take it, or fail,"
        " such as Deployment/web:.spec.replicas=keep (can be repeated)",
        metavar="[KIND[/NAME]:]PATH=POLICY",
        many=True,
    )

    def apply_options(self, **more: bool) -> ApplyOptions:
        """Give them in the form that operations take.

        Args:
            **more: Further options of :class:`ApplyOptions`.

        Raises:
            UsageError: They contradict each other.
        """
        from pypkg.release.applying.field_policy import (  # noqa: PLC0415 - start-up time
            parse_rules,
        )
        from pypkg.release.options import ApplyOptions  # noqa: PLC0415 - start-up time

        if self.force_replace and self.field_policy:
            raise UsageError("--force-replace and --field-policy exclude each other")
        if self.force_replace and self.force_conflicts:
            raise UsageError("--force-replace and --force-conflicts exclude each other")
        # An install, whose --server-side is a switch, only creates; what it should
        # adopt is refused when that is found.
        if self.force_replace and self.server_side == "true":
            raise UsageError(
                "--force-replace cannot be used with server-side apply",
                hint="add --server-side=false",
            )
        return ApplyOptions(
            server_side=str(self.server_side).lower(),  # type: ignore[arg-type] # OneOf checked it
            force_conflicts=self.force_conflicts,
            force_replace=self.force_replace,
            field_rules=parse_rules(self.field_policy),
            **more,
        )


class InstallApplyFlags(ApplyFlags):
    """How an install sends objects."""

    server_side: bool = flag(
        "--server-side", help="let the server merge fields", default=True
    )


class UpgradeApplyFlags(ApplyFlags):
    """How an upgrade or rollback sends objects."""

    server_side: str = flag(
        "--server-side",
        help="let the server merge fields; auto does as the last revision did",
        default="auto",
        kind=OneOf("true", "false", "auto"),
    )


class DryRunFlags(Flags):
    """``--dry-run``."""

    dry_run: str = flag(
        "--dry-run",
        help="change nothing, and print what would be: client (--dry-run alone) asks"
        " no cluster, server does",
        metavar="client|server|none",
        bare="client",
        default="none",
        kind=OneOf("none", "client", "server", "true", "false"),
    )

    @cached_property
    def dry_run_mode(self) -> DryRun:
        """Say how much is done; ``true`` and ``false`` are Helm 3's words."""
        from pypkg.release.options import DryRun  # noqa: PLC0415 - start-up time

        old = {"true": DryRun.CLIENT, "false": DryRun.NONE}
        if self.dry_run not in old:
            return DryRun(self.dry_run)
        now = old[self.dry_run]
        echo(f"--dry-run={self.dry_run} is deprecated, use --dry-run={now}", err=True)
        return now


class DeployFlags(Flags):
    """What install and upgrade do beside rendering and applying."""

    create_namespace: bool = flag(
        "--create-namespace",
        help="create the release's namespace if it is missing",
        default=False,
    )
    description: str = flag(
        "--description", help="what the history says", metavar="TEXT"
    )
    labels: dict[str, str] = flag(
        "-l",
        "--labels",
        help="labels of the release's record (can be repeated)",
        metavar="KEY=VALUE,...",
        kind=Pairs(),
        many=True,
    )
    rollback_on_failure: bool = flag(
        "--rollback-on-failure",
        help="undo what failed; waits with watches unless told otherwise",
        default=False,
        old_names=["--atomic"],
    )
    skip_crds: bool = flag(
        "--skip-crds", help="do not create what crds/ holds", default=False
    )
    take_ownership: bool = flag(
        "--take-ownership",
        help="adopt objects that exist and belong to no release, or to another",
        default=False,
    )
    disable_openapi_validation: bool = flag(
        "--disable-openapi-validation",
        help="let the server accept unknown and duplicate fields",
        default=False,
    )


class ShowFlags(OutputFlags, ProgressFlags):
    """What install and upgrade print."""

    hide_notes: bool = flag(
        "--hide-notes", help="do not print the chart's notes", default=False
    )
    hide_secret: bool = flag(
        "--hide-secret", help="do not print Secrets in a dry run", default=False
    )


class ChangeFlags(
    DryRunFlags, WaitForJobsFlags, ApplyFlags, RenderFlags, DeployFlags, ShowFlags
):
    """What install and upgrade have in common."""

    def shared_options(self) -> dict[str, Any]:
        """Give what the options of an install and of an upgrade both have."""
        return {
            "labels": self.labels,
            "description": self.description,
            "disable_hooks": self.no_hooks,
            "rollback_on_failure": self.rollback_on_failure,
            "dry_run": self.dry_run_mode,
            "wait": self.wait_options(),
            "apply": self.apply_options(
                take_ownership=self.take_ownership,
                disable_openapi_validation=self.disable_openapi_validation,
            ),
            "render": self.render_options(hide_secret=self.hide_secret),
        }


class HistoryMaxFlags(Flags):
    """``--history-max`` and ``--cleanup-on-fail``."""

    history_max: int = flag(
        "--history-max",
        help="how many revisions to keep; 0 keeps all",
        metavar="N",
        default=10,
        envvar="MAX_HISTORY",
    )
    cleanup_on_fail: bool = flag(
        "--cleanup-on-fail",
        help="delete what this created if it fails",
        default=False,
    )
