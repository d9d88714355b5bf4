"""Regular expressions as Go reads them, through the RE2 library."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

# RE2's words for what is wrong with an expression, and Go's.
_FAULTS = {
    "missing ]": "missing closing ]",
    "missing )": "missing closing )",
    "trailing \\": "trailing backslash at end of expression",
    "no argument for repetition operator": "missing argument to repetition operator",
    "invalid repetition size": "invalid repeat count",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "invalid named capture group": "invalid named capture",
    "pattern too large": "expression too large",
}


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """Read an expression; matching it takes linear time.

    Returns:
        What ``re.compile`` gives, too.

    Raises:
        ValueError: It does not parse; the message is Go's.
    """
    import re2  # noqa: PLC0415 - start-up time

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        message = error.args[0]
        if isinstance(message, bytes):
            message = message.decode("utf-8", "replace")
        fault, _, culprit = str(message).partition(": ")
        raise ValueError(
            f"error parsing regexp: {_FAULTS.get(fault, fault)}: `{culprit}`"
        ) from None
