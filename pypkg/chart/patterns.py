"""Regular expressions of schemas, matched as Go does."""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern matches anywhere in a text, without backtracking.

    Raises:
        ValueError: RE2 does not know the pattern, which may be fine elsewhere.
    """
    import re2  # noqa: PLC0415 - start-up time

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options).search(text) is not None
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise ValueError(
            reason.decode() if isinstance(reason, bytes) else str(reason)
        ) from error
