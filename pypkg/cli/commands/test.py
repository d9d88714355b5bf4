"""``pypkg test``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection
from pypkg.cli.display import release_text
from pypkg.cli.flag_types import Commas
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.output import write
from pypkg.cli.proposals import complete_release
from pypkg.cli.release_options import LockFlags, ProgressFlags, TimeoutFlags
from pypkg.cli.settings import Settings
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from pypkg.release.environment import Environment
    from pypkg.release.events import Event, TestLog
    from pypkg.release.options import TestOptions


class TestFlags(LockFlags, TimeoutFlags, ProgressFlags):
    """The flags of test."""

    title: ClassVar = "Flags"

    __test__ = False  # no test class for pytest, in spite of its name

    filter: tuple[str, ...] = flag(
        "--filter",
        help="only tests with this name, or, with !name=, without it (can be repeated)",
        metavar="name=TEST,...",
        kind=Commas(),
        many=True,
    )
    logs: bool = flag("--logs", help="print the logs of the tests", default=False)

    def test_options(self, name: str) -> TestOptions:
        """Give them in the form that the operation takes.

        Raises:
            UsageError: A filter is not by name.
        """
        from pypkg.release.options import TestOptions  # noqa: PLC0415 - start-up time

        names: dict[str, list[str]] = {"name": [], "!name": []}
        for text in self.filter:
            key, _, wanted = text.partition("=")
            if key not in names:
                raise UsageError(
                    f"tests cannot be filtered by {text!r}",
                    hint="use --filter name=TEST or --filter '!name=TEST'",
                )
            names[key].append(wanted)
        return TestOptions(
            name=name,
            include=tuple(names["name"]),
            exclude=tuple(names["!name"]),
            timeout=self.timeout,
            lock_timeout=self.lock_timeout,
            logs=self.logs,
        )


@command(usage="RELEASE", name="test", complete=complete_release)
def main(arguments: Arguments, settings: Settings, flags: TestFlags) -> None:
    """Run the tests of a release, which its chart brought along."""
    from pypkg.release.queries import get_release  # noqa: PLC0415 - start-up time
    from pypkg.release.testing import run_tests  # noqa: PLC0415 - start-up time

    name = arguments[0]
    logs: list[TestLog] = []
    with connection.environment(settings, telling=flags.telling()) as env:
        try:
            run_tests(_collecting(env, logs), flags.test_options(name))
        finally:
            release_text.show(
                get_release(env, name),
                form="table",
                notes=False,
                debug=settings.debug,
                stored=True,
            )
            for log in logs:
                write(f"\nPOD LOGS: {log.pod} ({log.container})\n{log.text}\n")


def _collecting(env: Environment, logs: list[TestLog]) -> Environment:
    """Keep the logs of tests back, to print them after the results."""
    from pypkg.release.events import TestLog  # noqa: PLC0415 - start-up time

    def report(event: Event) -> None:
        if isinstance(event, TestLog):
            logs.append(event)
        else:
            env.report(event)

    return replace(env, report=report)
