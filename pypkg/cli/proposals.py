"""What a shell may propose for an argument or a flag: releases, namespaces, charts.

Nothing is proposed where a cluster cannot be asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import PypkgError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from pypkg.cli.settings import Settings


def complete_release(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    """Propose the names of releases."""
    from pypkg.cli import connection  # noqa: PLC0415 - start-up time

    if ctx.params.get("arguments"):
        return []
    try:
        with connection.environment(_settings(ctx)) as env:
            found = env.storage.find({})
    except PypkgError:
        return []
    return _beginning(incomplete, {release.name for release in found})


def complete_revision(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem[str]]:
    """Propose the revisions of the release that is named, the newest first."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - start-up time

    from pypkg.cli import connection  # noqa: PLC0415 - start-up time
    from pypkg.release.queries import history  # noqa: PLC0415 - start-up time

    # Where a flag still lacks its value, click has sorted out no arguments.
    name = [*(ctx.params.get("arguments") or ctx.args), ""][0]
    try:
        with connection.environment(_settings(ctx)) as env:
            found = history(env, name)
    except PypkgError:
        return []
    return [
        CompletionItem(str(one.revision), help=f"{one.status}: {one.info.description}")
        for one in reversed(found)
        if str(one.revision).startswith(incomplete)
    ]


def complete_release_then_revision(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem[str]] | list[str]:
    """Propose releases for the first argument, and its revisions for the second."""
    match ctx.params.get("arguments") or ():
        case ():
            return complete_release(ctx, param, incomplete)
        case (_,):
            return complete_revision(ctx, param, incomplete)
    return []


def complete_namespace(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    """Propose the cluster's namespaces."""
    from pypkg.cli import connection  # noqa: PLC0415 - start-up time
    from pypkg.cluster.client import METADATA_ONLY  # noqa: PLC0415 - start-up time

    try:
        cluster = connection.connect(_settings(ctx))
        found, _version = cluster.list_at("/api/v1/namespaces", accept=METADATA_ONLY)
    except PypkgError:
        return []
    return _beginning(incomplete, {one["metadata"]["name"] for one in found})


def complete_context(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    """Propose the contexts of the kubeconfig."""
    import os  # noqa: PLC0415 - start-up time

    from pypkg.cluster.kubeconfig import (  # noqa: PLC0415 - start-up time
        kubeconfig_paths,
        load_kubeconfig,
    )

    try:
        paths = kubeconfig_paths(_settings(ctx).kubeconfig, os.environ)
        found = load_kubeconfig(paths)
    except PypkgError:
        return []
    return _beginning(incomplete, found.contexts)


def complete_post_renderer(
    _: click.Context, __: click.Parameter, incomplete: str
) -> list[str]:
    """Propose plugins that are post-renderers."""
    from pypkg.cli.plugins import installed  # noqa: PLC0415 - start-up time
    from pypkg.cli.plugins.definition import POST_RENDERER  # noqa: PLC0415 - as above

    found = [p.name for p in installed.load() if p.type == POST_RENDERER]
    return _beginning(incomplete, found)


def complete_plugin(
    _: click.Context, __: click.Parameter, incomplete: str
) -> list[str]:
    """Propose plugins."""
    from pypkg.cli.plugins import installed  # noqa: PLC0415 - start-up time

    return _beginning(incomplete, (plugin.name for plugin in installed.load()))


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))


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

    given = ctx.params.get("arguments") or ()
    try:
        found = repositories.repository_file(_settings(ctx)).load()
    except PypkgError:
        return []
    return _beginning(incomplete, {one.name for one in found}.difference(given))


def complete_charts(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem[str]]:
    """Propose the charts of the repositories, and files."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - start-up time

    from pypkg.cli import repositories  # noqa: PLC0415 - start-up time

    files = [CompletionItem(incomplete, type="file")]
    settings = _settings(ctx)
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


def _settings(ctx: click.Context) -> Settings:
    """Read the global flags of a line that a shell completes, wherever they stand."""
    from pypkg.cli.settings import Settings  # noqa: PLC0415 - start-up time

    given: dict[str, list[str]] = {}
    at: click.Context | None = ctx
    while at is not None:
        for name, value in at.params.items():
            if value:
                texts = [value] if isinstance(value, str) else [*value]
                given.setdefault(name, texts)
        at = at.parent
    return Settings(
        **{
            one.name: one.read(given[one.name])
            for one in Settings.declared()
            if one.name in given
        }
    )
