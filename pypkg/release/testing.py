"""``test``: run a release's test hooks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pypkg.errors import ClusterError
from pypkg.release import history
from pypkg.release.applying.hooks import HookRun, in_order
from pypkg.release.events import TestLog, Warned
from pypkg.release.lock.exclusion import alone
from pypkg.release.operation import Operation
from pypkg.release.options import WaitOptions, WaitStrategy

if TYPE_CHECKING:
    from pypkg.release.environment import Environment
    from pypkg.release.options import TestOptions
    from pypkg.release.records.record import Release
    from pypkg.render.hooks import Hook


def run_tests(env: Environment, options: TestOptions) -> Release:
    """Run the tests of a release's last revision, one after another.

    Args:
        env: The surroundings.
        options: Which tests; with ``logs``, what they printed is reported before
            their objects are deleted.

    Returns:
        The revision, with how each test went.

    Raises:
        ReleaseNotFoundError: There is no such release.
        HookFailedError: A test failed; it is recorded.
        ClusterError: The cluster cannot be reached, or refuses.
    """
    # Each test is recorded: an upgrade meanwhile would be recorded over.
    with alone(env, options.name, "test", timeout=options.lock_timeout) as held:
        return _run(held, options)


def _run(env: Environment, options: TestOptions) -> Release:
    release = history.last(env.storage, options.name)
    chosen = tuple(hook for hook in release.hooks if _is_chosen(hook, options))
    skipped = tuple(hook for hook in release.hooks if not _is_chosen(hook, options))
    operation = Operation(env, replace(release, hooks=chosen))
    wait = WaitOptions(strategy=WaitStrategy.WATCHER, timeout=options.timeout)
    run = HookRun(operation, "test", wait, server_side=not release.is_client_side)
    try:
        run.run()
    finally:
        ran = operation.release
        # Running changes the order of no hook; those left out come first, as in Helm.
        operation.release = replace(ran, hooks=(*skipped, *ran.hooks))
        operation.note(operation.release)
        if options.logs:
            _report_logs(operation, ran.hooks)
        run.clean_up()
    return operation.release


def _is_chosen(hook: Hook, options: TestOptions) -> bool:
    if hook.name in options.exclude:
        return False
    return not options.include or hook.name in options.include


def _report_logs(operation: Operation, hooks: tuple[Hook, ...]) -> None:
    """Report what every container of every test has printed."""
    cluster = operation.cluster
    namespace = operation.release.namespace
    for hook in in_order(hooks, "test"):
        try:
            pod = cluster.fetch(f"/api/v1/namespaces/{namespace}/pods/{hook.name}")
            spec = pod["spec"]
            for container in (*spec.get("initContainers", ()), *spec["containers"]):
                name = container["name"]
                text = cluster.logs(namespace, hook.name, name)
                operation.env.report(TestLog(namespace, hook.name, name, text))
        except ClusterError as error:
            message = f"unable to get pod logs for {hook.name}: {error}"
            operation.env.report(Warned(message))
