"""``python -m pypkg``: the command line."""

import atexit
import gc
import os
import sys

TYPE_CHECKING = False  # typing is imported after the collector is told, below
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> "NoReturn":
    """Run the command line and exit with its status."""
    # A command is short: it ends before most of its garbage is worth collecting.
    gc.set_threshold(100_000, 50, 50)
    from pypkg.cli.main import run  # noqa: PLC0415 - after the line above

    status = run(sys.argv[1:])
    # Taking the interpreter down object by object would be a tenth of the time that
    # a small chart takes to render, and nothing is left that needs it.
    atexit._run_exitfuncs()  # noqa: SLF001 - what Python itself calls here
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed by the shell: >&-
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
