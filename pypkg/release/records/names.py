"""Which names a release may have."""

from __future__ import annotations

import re

from pypkg.errors import ReleaseNameError

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LONGEST = 53


def check_name(name: str) -> None:
    """Check a release's name by Helm's rule: a DNS name, of 53 characters at most.

    Raises:
        ReleaseNameError: Kubernetes would refuse it; the words are Helm's.
    """
    if not name:
        raise ReleaseNameError("no name provided")
    if len(name) > LONGEST:
        raise ReleaseNameError(
            f"invalid release name, must match regex ^{_NAME.pattern}$ and the length"
            f" must not be longer than {LONGEST}: it has {len(name)} characters"
        )
    if not _NAME.fullmatch(name):
        raise ReleaseNameError(
            f"invalid release name {name!r}: use lower case letters, digits, - and .,"
            " and begin and end with a letter or digit"
        )
