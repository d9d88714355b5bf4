"""``pypkg lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli import connection, inputs
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, command
from pypkg.cli.options import ValueFlags
from pypkg.cli.output import echo, style
from pypkg.cli.rendering import code_cache
from pypkg.cli.settings import Settings
from pypkg.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.lint.findings import LintResult

SEVERITY_COLORS = {"ERROR": "red", "WARNING": "yellow", "INFO": "cyan"}


class LintFlags(ValueFlags):
    """The flags of lint."""

    title: ClassVar = "Flags"

    strict: bool = flag("--strict", help="fail on warnings too", default=False)
    quiet: bool = flag("--quiet", help="print warnings and errors only", default=False)
    with_subcharts: bool = flag(
        "--with-subcharts", help="look at the charts in charts/ too", default=False
    )
    kube_version: str = flag(
        "--kube-version",
        help="the version of Kubernetes to look for removed APIs in",
        metavar="VERSION",
    )
    skip_schema_validation: bool = flag(
        "--skip-schema-validation",
        help="do not check the values against values.schema.json",
        default=False,
    )


@command(
    usage="PATH...",
    name="lint",
    examples="pypkg lint ./web --strict\npypkg lint ./web -f prod.yaml",
)
def main(arguments: Arguments, settings: Settings, flags: LintFlags) -> None:
    """Look for mistakes in charts.

    PATH is a chart's folder or its .tgz archive. Errors are what keeps a chart from
    being installed; warnings are what is likely wrong.
    """
    from pypkg.lint.linter import charts_below, lint  # noqa: PLC0415 - start-up time

    values = flags.sources().load(inputs.reader(settings))
    paths: list[str | Path] = [*arguments]
    if flags.with_subcharts:
        paths += [below for path in arguments for below in charts_below(path)]
    results = [
        lint(
            path,
            values,
            namespace=connection.namespace(settings),
            kube_version=flags.kube_version or None,
            strict=flags.strict,
            skip_schema=flags.skip_schema_validation,
            cache=code_cache(),
        )
        for path in paths
    ]
    told = [r for r in results if r.deserves_attention or not flags.quiet]
    for result in told:
        echo("\n".join([*_lines(result, quiet=flags.quiet), ""]))
    failed = sum(result.failed for result in results)
    summary = f"{len(results)} chart(s) linted, {failed} chart(s) failed"
    if failed:
        raise ChartError(summary)
    if told:
        echo(summary)


def _lines(result: LintResult, *, quiet: bool) -> Iterator[str]:
    yield f"==> Linting {result.path}"
    if result.failure is not None:
        yield f"{style('Error', fg='red')} {result.failure}"
    for finding in result.findings:
        name = finding.severity.name
        if name != "INFO" or not quiet:
            severity = style(f"[{name}]", fg=SEVERITY_COLORS[name])
            yield f"{severity} {finding.path}: {finding.message}"
