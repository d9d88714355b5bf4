"""Is it an address? As govalidator, which Helm asks, sees it."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_](?:[\w-]{0,61}[^\W_])?\.?"
_URL = re.compile(
    rf"(?:(?:ftp|tcp|udp|wss?|https?)://)?(?:\S+(?::\S*)?@)?"
    rf"(?:\[[0-9a-fA-F:.]+\]|{_HOST})(?::\d{{1,5}})?(?:[/?#]\S*)?"
)
_EMAIL = re.compile(
    r"(?:[^\s@()<>\[\]:;,\\\".]+(?:\.[^\s@()<>\[\]:;,\\\".]+)*|\"[^\"\r\n]+\")"
    r"@(?:[^\W_](?:[\w.~-]*[^\W_])?\.)+[^\W\d_](?:[\w~-]*[^\W_])?\.?"
)
_MAX_URL = 2083


def is_request_url(text: str) -> bool:
    """Tell whether it is a URL with a scheme: ``https://example.com/icon.png``."""
    scheme = _SCHEME.match(text)
    if scheme is None or _CONTROL.search(text):
        return False
    rest = text[scheme.end() :]
    host = re.split(r"[/?#]", rest[2:], maxsplit=1)[0] if rest[:2] == "//" else ""
    return " " not in host and not _BROKEN_ESCAPE.search(rest)


def is_url(text: str) -> bool:
    """Tell whether it is a web address, with or without a scheme: ``example.com``."""
    return 3 < len(text) < _MAX_URL and _URL.fullmatch(text) is not None  # noqa: PLR2004 - govalidator's


def is_email(text: str) -> bool:
    """Tell whether it is an email address with a domain: ``me@example.com``."""
    return _EMAIL.fullmatch(text) is not None
