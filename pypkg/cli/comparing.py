"""The flags that say how a comparison is shown, and the showing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from pypkg.cli.failures import Exit
from pypkg.cli.flag_types import Commas, OneOf
from pypkg.cli.flags import flag
from pypkg.cli.output import echo
from pypkg.cli.release_options import HookFlags

if TYPE_CHECKING:
    from pypkg.release.diffs.comparison import Comparison
    from pypkg.release.diffs.rendered_diff import DiffOptions

CHANGED = 2  # the exit status, as helm-diff's


class ViewFlags(HookFlags):
    """What is compared, and how much of it is shown."""

    title: ClassVar = "Comparing"

    context: int = flag(
        "-C",
        "--context",
        help="how many unchanged lines to show around a change; -1 is all",
        metavar="N",
        default=3,
    )
    detailed_exitcode: bool = flag(
        "--detailed-exitcode",
        "--exit-code",
        help="end with 2 if there are changes, with 0 if there are none",
        default=False,
    )
    show_secrets: bool = flag(
        "--show-secrets", help="do not mask the contents of Secrets", default=False
    )
    suppress: tuple[str, ...] = flag(
        "--suppress",
        help="do not show objects of this kind (can be repeated)",
        metavar="KIND,...",
        kind=Commas(),
        many=True,
    )
    include_tests: bool = flag(
        "--include-tests", help="compare tests too", default=False
    )

    def diff_options(self) -> DiffOptions:
        """Give them in the form that the comparison takes."""
        from pypkg.release.diffs.rendered_diff import (  # noqa: PLC0415 - start-up time
            DiffOptions,
        )

        return DiffOptions(
            hooks=not self.no_hooks,
            tests=self.include_tests,
            show_secrets=self.show_secrets,
        )

    def print(self, comparison: Comparison, form: str = "diff") -> None:
        """Print a comparison.

        Args:
            comparison: What to print.
            form: ``diff``, ``simple`` or ``json``.
        """
        hidden = {kind.lower() for kind in self.suppress}
        shown = [o for o in comparison.objects if o.ref.kind.lower() not in hidden]
        comparison = replace(comparison, objects=tuple(shown))
        print_comparison(comparison, form=form, context=self.context)

    def end(self, comparison: Comparison) -> None:
        """End the command as the flags say.

        Raises:
            Exit: There are changes, and the status is to say so.
        """
        if self.detailed_exitcode and comparison.changes:
            raise Exit(CHANGED)


class ComparisonFlags(ViewFlags):
    """The same, and in which form."""

    output: str = flag(
        "-o",
        "--output",
        help="the form: diff, simple for a line an object, or json",
        default="diff",
        kind=OneOf("diff", "simple", "json"),
    )

    def show(self, comparison: Comparison) -> None:
        """Print a comparison, and end the command.

        Raises:
            Exit: There are changes, and the status is to say so.
        """
        self.print(comparison, self.output)
        self.end(comparison)


def print_comparison(comparison: Comparison, *, form: str, context: int) -> None:
    """Print a comparison.

    Args:
        comparison: What to print.
        form: ``diff``, ``simple`` or ``json``.
        context: How many unchanged lines to show around a change; less than 0 is all.
    """
    if form == "json":
        from pypkg.cli.output import structured, write  # noqa: PLC0415 - start-up time

        write(structured("json", comparison.to_dict(), sort_keys=False))
        return
    from datetime import UTC, datetime  # noqa: PLC0415 - start-up time

    from pypkg.cli.display import diff_text  # noqa: PLC0415 - start-up time

    lines = (
        diff_text.simple(comparison)
        if form == "simple"
        else diff_text.text(comparison, context=context, now=datetime.now(UTC))
    )
    for line in lines:
        echo(line)
