"""How a command that fails says so: what happened, and what to do next.

Nothing here shows a traceback, unless ``--debug`` asks for it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pypkg.cli.output import echo, style
from pypkg.errors import PypkgError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pypkg.cli.grammar import Call

# As shells report a program that a signal ended.
SIGNALLED = 128
INTERRUPTED = 130
BROKEN_PIPE = 141
_SOON = 0.01  # seconds


class Exit(Exception):  # noqa: N818 - it is no error
    """The end of a command that has said all, with a status other than 0."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Terminated(KeyboardInterrupt):
    """A signal: what runs is brought to an end as with Ctrl-C."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(f"terminated by {name}")
        self.number = number
        self.exit_code = SIGNALLED + number


@contextmanager
def heeding_termination() -> Iterator[None]:
    """Let SIGTERM and SIGHUP interrupt what runs, instead of ending it in the middle.

    SIGHUP comes when a terminal is closed, or the connection to it is lost. Where it
    is ignored, as ``nohup`` has it, it stays so. No signal is lost, Ctrl-C's neither.
    """
    import os  # noqa: PLC0415 - only here
    import signal  # noqa: PLC0415 - start-up time
    import threading  # noqa: PLC0415 - start-up time

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    terminals = [fd for fd in (1, 2) if os.isatty(fd)]

    def stop(number: int, _: object) -> None:
        for fd in terminals:
            if not os.isatty(fd):  # it is gone, and to write there would fail
                os.dup2(os.open(os.devnull, os.O_WRONLY), fd)
        raise Terminated(signal.Signals(number).name, number)

    before = {
        number: signal.signal(number, stop)
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) != signal.SIG_IGN
    }
    unraisable, sys.unraisablehook = sys.unraisablehook, _insist
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, handler)


def _insist(lost: sys.UnraisableHookArgs) -> None:
    """Interrupt again where an interrupt was lost.

    Python ignores what is raised while it lets go of an object, or of a module's lock.
    """
    import signal  # noqa: PLC0415 - start-up time
    import threading  # noqa: PLC0415 - start-up time

    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    number = getattr(lost.exc_value, "number", signal.SIGINT)
    # To the main thread, which may wait in the system and is to wake up from that.
    main = threading.main_thread().ident
    again = threading.Timer(_SOON, signal.pthread_kill, [main, number])
    again.daemon = True
    again.start()


def report(error: BaseException, *, debug: bool) -> int:
    """Print an error to standard error, and give the exit status."""
    message, hint, code = _described(error)
    shown = f"{style('Error:', fg='red', bold=True)} {message}"
    if hint:
        shown += f"\n\n{style('Hint:', fg='cyan', bold=True)} {hint}"
    if isinstance(error, KeyboardInterrupt) and sys.stderr.isatty():
        shown = f"\n{shown}"  # after the ^C that the terminal echoes
    if debug:
        import traceback  # noqa: PLC0415 - start-up time

        trace = traceback.format_exception(error)
        shown = f"{''.join(trace)}\n{shown}"
    echo(shown, err=True)
    return code


def _described(error: BaseException) -> tuple[str, str | None, int]:
    """Give the message, the hint and the exit status."""
    match error:
        case PypkgError():
            return str(error), error.hint, error.exit_code
        case KeyboardInterrupt():
            code = error.exit_code if isinstance(error, Terminated) else INTERRUPTED
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


def guarded(run: Callable[[Call], None], call: Call) -> int:
    """Run a command, report its failure, and give the exit status.

    Args:
        run: Reads the command line and calls the command.
        call: What it reads the command line into.
    """
    try:
        run(call)
        sys.stdout.flush()
    except Exit as ended:
        return ended.status
    except BrokenPipeError:
        return _silenced()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost frame
        debug = call.settings is not None and call.settings.debug
        return report(error, debug=debug)
    return 0


def _silenced() -> int:
    """End as others do whose reader, such as ``head``, went away."""
    import os  # noqa: PLC0415 - only here

    # Python flushes standard output once more at exit: let that succeed.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE
