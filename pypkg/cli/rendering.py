"""What the machine gives to rendering: a cache, and another program to pass through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg import paths
from pypkg.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pypkg.render.cache import CodeCache


def code_cache() -> CodeCache:
    """Give the folder in which compiled templates are kept."""
    from pypkg.render.cache import CodeCache  # noqa: PLC0415 - start-up time

    return CodeCache(paths.cache_folder("templates"))


def post_renderer(named: str, arguments: Sequence[str]) -> Callable[[str], str] | None:
    """Make what passes manifests through another program.

    Args:
        named: A plugin of Helm's, as in Helm 4, or a program, as in Helm 3; "" gives
            None.
        arguments: What the program is given on its command line.

    Raises:
        PluginError: The plugin cannot be used on this machine.
    """
    if not named:
        return None
    import os  # noqa: PLC0415 - start-up time

    from pypkg.cli.plugins import installed  # noqa: PLC0415 - start-up time
    from pypkg.cli.plugins.definition import POST_RENDERER  # noqa: PLC0415 - as above

    words, environ = [named], {**os.environ}
    if plugin := installed.find(named, POST_RENDERER):
        environ = plugin.environ(environ)
        words = plugin.command(environ)
    return lambda manifests: _piped(named, [*words, *arguments], environ, manifests)


def _piped(
    named: str, words: Sequence[str], environ: Mapping[str, str], manifests: str
) -> str:
    """Give what a post-renderer makes of manifests."""
    import subprocess  # noqa: PLC0415 - start-up time

    try:
        done = subprocess.run(  # noqa: S603 - the user named it
            words,
            env=environ,
            input=manifests,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except OSError as error:
        raise RenderError(
            f"the post-renderer {named} cannot be run: {error.strerror}: {words[0]}",
            hint="--post-renderer takes a plugin's name, see `pypkg plugin list`, or a"
            " program",
        ) from error
    if done.returncode:
        raise RenderError(
            f"the post-renderer {named} ended with {done.returncode}:"
            f" {done.stderr.strip() or 'it says nothing'}"
        )
    return done.stdout
