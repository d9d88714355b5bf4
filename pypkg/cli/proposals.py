"""What a shell may propose for an argument: releases, repositories."""

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
    """Propose releases for the first argument, and charts after it."""
    if ctx.params.get("arguments"):
        return complete_charts(ctx, param, incomplete)
    return complete_release(ctx, param, incomplete)


def complete_repositories(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    """Propose the names of repositories that are not yet on the line."""
    from pypkg.cli import repositories  # noqa: PLC0415 - start-up time
    from pypkg.cli.grammar import settings_of  # noqa: PLC0415 - start-up time

    given = ctx.params.get("arguments") or ()
    try:
        found = repositories.repository_file(settings_of(ctx)).load()
    except PypkgError:
        return []
    names = (one.name for one in found)
    return sorted(n for n in names if n.startswith(incomplete) and n not in given)


def complete_charts(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem[str]]:
    """Propose the charts of the repositories, and files."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - start-up time

    from pypkg.cli import repositories  # noqa: PLC0415 - start-up time
    from pypkg.cli.grammar import settings_of  # noqa: PLC0415 - start-up time

    files = [CompletionItem(incomplete, type="file")]
    settings = settings_of(ctx)
    name, slash, _chart = incomplete.partition("/")
    try:
        if not slash:
            added = repositories.repository_file(settings).load()
            found = [f"{one.name}/" for one in added if one.name.startswith(name)]
        else:
            with repositories.index_cache(settings).open(name) as index:
                found = [f"{name}/{c}" for c in (index.charts() if index else ())]
    except PypkgError:
        return files
    return [CompletionItem(c) for c in found if c.startswith(incomplete)] or files
