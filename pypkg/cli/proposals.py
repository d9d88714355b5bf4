"""What a shell may propose for an argument: releases, by asking the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import PypkgError

if TYPE_CHECKING:
    import click


def complete_release(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    """Propose the names of releases; none where the cluster cannot be asked."""
    from pypkg.cli import connection  # noqa: PLC0415 - start-up time
    from pypkg.cli.grammar import settings_of  # noqa: PLC0415 - start-up time

    if ctx.params.get("arguments"):
        return []
    try:
        with connection.environment(settings_of(ctx)) as env:
            found = env.storage.find({})
    except PypkgError:
        return []
    return sorted({r.name for r in found if r.name.startswith(incomplete)})


def complete_release_then_chart(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem[str]] | list[str]:
    """Propose releases for the first argument, and files after it."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - start-up time

    if ctx.params.get("arguments"):
        return [CompletionItem(incomplete, type="file")]
    return complete_release(ctx, param, incomplete)
