"""What the machine gives to rendering: a cache, and another program to pass through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg import paths
from pypkg.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pypkg.render.cache import CodeCache


def code_cache() -> CodeCache:
    """Give the folder in which compiled templates are kept."""
    from pypkg.render.cache import CodeCache  # noqa: PLC0415 - start-up time

    return CodeCache(paths.cache_folder("templates"))


def post_renderer(
    program: str, arguments: Sequence[str]
) -> Callable[[str], str] | None:
    """Make what passes manifests through a program; None for no program."""
    if not program:
        return None
    import subprocess  # noqa: PLC0415 - start-up time

    def run(manifests: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the user named it
                [program, *arguments],
                input=manifests,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
        except OSError as error:
            raise RenderError(
                f"the post-renderer {program} cannot be run: {error.strerror}",
                hint="--post-renderer takes a program's path, or its name on the PATH",
            ) from error
        if done.returncode:
            raise RenderError(
                f"the post-renderer {program} ended with {done.returncode}:"
                f" {done.stderr.strip() or 'it says nothing'}"
            )
        return done.stdout

    return run
