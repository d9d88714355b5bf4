"""What the machine gives to rendering: a cache, and another program to pass through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg import paths
from pypkg.cli.output import warn
from pypkg.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.cli.options import RenderFlags
    from pypkg.render.renderer import Settings


def settings(flags: RenderFlags) -> Settings:
    """Say how to render, by the flags."""
    from pypkg.render.cache import CodeCache  # noqa: PLC0415 - start-up time
    from pypkg.render.functions.host import Host  # noqa: PLC0415 - start-up time
    from pypkg.render.renderer import Settings  # noqa: PLC0415 - start-up time

    return Settings(
        host=Host(enable_dns=flags.enable_dns),
        cache=CodeCache(str(paths.cache_home() / "templates")),
        post_renderer=_post_renderer(flags),
        subchart_notes=flags.render_subchart_notes,
        validate_schema=not flags.skip_schema_validation,
        warn=warn,
    )


def _post_renderer(flags: RenderFlags) -> Callable[[str], str] | None:
    if not flags.post_renderer:
        return None
    import subprocess  # noqa: PLC0415 - start-up time

    command = [flags.post_renderer, *flags.post_renderer_args]

    def run(manifests: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the user named it
                command, input=manifests, capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise RenderError(
                f"the post-renderer {command[0]} cannot be run: {error.strerror}",
                hint="--post-renderer takes a program's path, or its name on the PATH",
            ) from error
        if done.returncode:
            raise RenderError(
                f"the post-renderer {command[0]} ended with {done.returncode}:"
                f" {done.stderr.strip() or 'it says nothing'}"
            )
        return done.stdout

    return run
