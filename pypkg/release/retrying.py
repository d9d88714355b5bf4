"""Doing again what may be done twice, while the server is out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pypkg.errors import ApiError, ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
ATTEMPTS = 5
_FIRST_SERVER_ERROR = 500


def retried(call: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """Call until the server has answered, a few times at most.

    Args:
        call: Sends a request, which does no harm when it was carried out already.
        sleep: Waits that many seconds before the next attempt.

    Raises:
        ClusterError: There is still no answer, or a refusal.
    """
    for attempt in range(ATTEMPTS - 1):
        try:
            return call()
        except ConnectionFailedError:
            pass
        except ApiError as error:
            if error.code < _FIRST_SERVER_ERROR:
                raise
        sleep(0.1 * 2.0**attempt)
    return call()
