"""The options of every operation, with Helm's defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pypkg.release.applying.field_policy import FieldRule


class DryRun(StrEnum):
    """How much of an operation is done."""

    NONE = "none"
    CLIENT = "client"
    """Nothing is written; ``lookup`` answers nothing."""
    SERVER = "server"
    """Nothing is written; ``lookup`` reads the cluster."""


class WaitStrategy(StrEnum):
    """What is waited for after objects are applied."""

    WATCHER = "watcher"
    """Every object, by watches and kstatus rules."""
    LEGACY = "legacy"
    """The kinds that Helm 3 knew, by polling, with its rules."""
    HOOK_ONLY = "hookOnly"
    """Only hooks."""


class Cascade(StrEnum):
    """How dependents of a deleted object are treated; Kubernetes' words."""

    BACKGROUND = "background"
    FOREGROUND = "foreground"
    ORPHAN = "orphan"


ServerSide = Literal["true", "false", "auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitOptions:
    """Helm's ``--wait``, ``--wait-for-jobs`` and ``--timeout``.

    Attributes:
        strategy: What is waited for.
        jobs: Whether Jobs must complete too.
        timeout: Seconds, for each wait and each hook.
        lock_timeout: Seconds to wait for another operation on the release.
    """

    strategy: WaitStrategy = WaitStrategy.HOOK_ONLY
    jobs: bool = False
    timeout: float = 300.0
    lock_timeout: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """How objects are sent to the cluster.

    Attributes:
        server_side: ``auto`` does as the last revision did. An install knows
            only ``true`` and ``false``; ``auto`` is ``true`` there.
        force_conflicts: Take fields that other managers own (server-side only).
        force_replace: Replace objects with PUT (client-side only).
        take_ownership: Adopt objects that belong to someone else.
        disable_openapi_validation: Accept unknown and duplicate fields.
        field_rules: What becomes of fields that other managers own.
    """

    server_side: ServerSide = "auto"
    force_conflicts: bool = False
    force_replace: bool = False
    take_ownership: bool = False
    disable_openapi_validation: bool = False
    field_rules: tuple[FieldRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """How a chart is rendered.

    Attributes:
        skip_schema_validation: Do not check values.schema.json.
        subchart_notes: Append the subcharts' notes.
        enable_dns: Let ``getHostByName`` ask.
        hide_secret: Leave Secrets out of a dry run's manifest.
        kube_version: The version to render for, in a client dry run of an
            install or ``template``; "" for the default.
        api_versions: Further API versions, likewise.
        include_crds: Put crds/ at the manifest's head (``template``).
        is_upgrade: Render an install as if it were an upgrade (``template``).
        post_renderer: Gets a stream of all manifests, hooks included, and gives
            another.
    """

    skip_schema_validation: bool = False
    subchart_notes: bool = False
    enable_dns: bool = False
    hide_secret: bool = False
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    include_crds: bool = False
    is_upgrade: bool = False
    post_renderer: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallOptions:
    """Options of ``install``.

    Attributes:
        name: The release's name.
        labels: Labels of the release's record.
        description: Instead of "Install complete".
        create_namespace: Create the namespace if it is missing.
        replace: Reuse the name of an uninstalled or failed release.
        skip_crds: Do not create what crds/ holds.
        disable_hooks: Run no hooks.
        rollback_on_failure: Uninstall what failed; waits with watches if no
            other waiting is asked for.
        dry_run: How much is done.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    create_namespace: bool = False
    replace: bool = False
    skip_crds: bool = False
    disable_hooks: bool = False
    rollback_on_failure: bool = False
    dry_run: DryRun = DryRun.NONE
    wait: WaitOptions = field(default_factory=WaitOptions)
    apply: ApplyOptions = field(default_factory=ApplyOptions)
    render: RenderOptions = field(default_factory=RenderOptions)

    @property
    def effective_wait(self) -> WaitOptions:
        """What is waited for: a failure can only be undone if it is noticed."""
        return _noticing(self.wait) if self.rollback_on_failure else self.wait


class ReuseValues(StrEnum):
    """Which values an upgrade starts from."""

    DEFAULT = "default"
    """The last revision's, but only if the user gives none."""
    RESET = "reset-values"
    """The chart's."""
    REUSE = "reuse-values"
    """The last revision's, its chart's defaults included."""
    RESET_THEN_REUSE = "reset-then-reuse-values"
    """The new chart's, then the user's of the last revision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeOptions:
    """Options of ``upgrade``; ``upgrade --install`` is decided by the caller.

    Attributes:
        name: The release's name.
        labels: Changes of the record's labels; "null" removes one.
        description: Instead of "Upgrade complete".
        reuse: Which values it starts from.
        history_max: Revisions to keep; 0 keeps all.
        cleanup_on_fail: Delete what a failed upgrade created.
        disable_hooks: Run no hooks.
        rollback_on_failure: Roll back to the last good revision.
        dry_run: How much is done.
        recover: Give up a revision that is pending, whoever began it.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    reuse: ReuseValues = ReuseValues.DEFAULT
    history_max: int = 10
    cleanup_on_fail: bool = False
    disable_hooks: bool = False
    rollback_on_failure: bool = False
    dry_run: DryRun = DryRun.NONE
    recover: bool = False
    wait: WaitOptions = field(default_factory=WaitOptions)
    apply: ApplyOptions = field(default_factory=ApplyOptions)
    render: RenderOptions = field(default_factory=RenderOptions)

    @property
    def effective_wait(self) -> WaitOptions:
        """What is waited for: a failure can only be undone if it is noticed."""
        return _noticing(self.wait) if self.rollback_on_failure else self.wait


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackOptions:
    """Options of ``rollback``.

    Attributes:
        name: The release's name.
        revision: Where to go back to; 0 is the revision before the current one.
        description: Instead of "Rollback to N".
        history_max: Revisions to keep; 0 keeps all.
        cleanup_on_fail: Delete what a failed rollback created.
        disable_hooks: Run no hooks.
        dry_run: How much is done.
    """

    name: str
    revision: int = 0
    description: str = ""
    history_max: int = 10
    cleanup_on_fail: bool = False
    disable_hooks: bool = False
    dry_run: DryRun = DryRun.NONE
    wait: WaitOptions = field(default_factory=WaitOptions)
    apply: ApplyOptions = field(default_factory=ApplyOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class UninstallOptions:
    """Options of ``uninstall``.

    Attributes:
        name: The release's name.
        description: Instead of "Uninstallation complete".
        keep_history: Keep the record, in state uninstalled.
        ignore_not_found: A release that is not there is no error.
        cascade: What happens to dependents of deleted objects.
        disable_hooks: Run no hooks.
        dry_run: Delete nothing.
    """

    name: str
    description: str = ""
    keep_history: bool = False
    ignore_not_found: bool = False
    cascade: Cascade = Cascade.BACKGROUND
    disable_hooks: bool = False
    dry_run: bool = False
    wait: WaitOptions = field(default_factory=WaitOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOptions:
    """Options of ``test``.

    Attributes:
        name: The release's name.
        include: Run only the tests with these names; empty runs all.
        exclude: Do not run these.
        logs: Report what the tests' containers have printed.
        timeout: Seconds for each test.
        lock_timeout: Seconds to wait for another operation on the release.
    """

    # Not a test class for pytest, in spite of its name.
    __test__ = False

    name: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    logs: bool = False
    timeout: float = 300.0
    lock_timeout: float = 300.0


def _noticing(wait: WaitOptions) -> WaitOptions:
    if wait.strategy == WaitStrategy.HOOK_ONLY:
        return replace(wait, strategy=WaitStrategy.WATCHER)
    return wait
