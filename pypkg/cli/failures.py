"""How a command that fails says so: what happened, and what to do next.

Nothing here shows a traceback, unless ``--debug`` asks for it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pypkg.errors import PypkgError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pypkg.cli.settings import Settings

# As shells report a program that a signal ended.
INTERRUPTED = 130
TERMINATED = 143
BROKEN_PIPE = 141


class Terminated(KeyboardInterrupt):
    """SIGTERM: what runs is brought to an end as with Ctrl-C."""


@contextmanager
def heeding_termination() -> Iterator[None]:
    """Let SIGTERM interrupt what runs, instead of ending it in the middle."""
    import signal  # noqa: PLC0415 - start-up time
    import threading  # noqa: PLC0415 - start-up time

    def stop(*_: object) -> None:
        raise Terminated("terminated by SIGTERM")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def report(error: BaseException, *, debug: bool, color: bool | None) -> int:
    """Print an error to standard error, and give the exit status."""
    message, hint, code = _described(error)
    shown = f"{click.style('Error:', fg='red', bold=True)} {message}"
    if hint:
        shown += f"\n\n{click.style('Hint:', fg='cyan', bold=True)} {hint}"
    if isinstance(error, KeyboardInterrupt) and sys.stderr.isatty():
        shown = f"\n{shown}"  # after the ^C that the terminal echoes
    if debug:
        import traceback  # noqa: PLC0415 - start-up time

        trace = traceback.format_exception(error)
        shown = f"{''.join(trace)}\n{shown}"
    click.echo(shown, err=True, color=color)
    return code


def _described(error: BaseException) -> tuple[str, str | None, int]:
    """Give the message, the hint and the exit status."""
    match error:
        case PypkgError():
            return str(error), error.hint, error.exit_code
        case click.UsageError():
            return error.message, _usage_hint(error), 1
        case click.ClickException():
            return error.format_message(), None, 1
        case KeyboardInterrupt() | click.Abort():
            code = TERMINATED if isinstance(error, Terminated) else INTERRUPTED
            return str(error) or "interrupted", None, code
        case OSError(filename=str() as name):
            return f"{name}: {error.strerror}", None, 1
        case _:
            return (
                f"pypkg failed in a way it did not expect:"
                f" {type(error).__name__}: {error}",
                "this is a fault in pypkg; --debug shows where it happened",
                1,
            )


def _usage_hint(error: click.UsageError) -> str | None:
    """Name what may have been meant, and where to read on."""
    if "Usage:" in error.message:
        return None
    path = error.ctx.command_path if error.ctx else "pypkg"
    advice = f"run '{path} --help' for usage"
    similar: list[str] | None = getattr(error, "possibilities", None)
    return f"did you mean {similar[0]}? Otherwise {advice}" if similar else advice


def guarded(run: Callable[[], None], ctx: click.Context) -> int:
    """Run a command, report its failure, and give the exit status.

    Args:
        run: Reads the command line and calls the command.
        ctx: The root command's context, where the settings are once they are read.
    """
    try:
        run()
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except BrokenPipeError:
        return _silenced()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost frame
        settings: Settings | None = ctx.obj
        debug = settings is not None and settings.debug
        return report(error, debug=debug, color=ctx.color)
    return 0


def _silenced() -> int:
    """End as others do whose reader, such as ``head``, went away."""
    import os  # noqa: PLC0415 - only here

    # Python flushes standard output once more at exit: let that succeed.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE
