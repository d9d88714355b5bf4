"""What Ctrl-C leaves behind, and how to go on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import PypkgError

if TYPE_CHECKING:
    from pypkg.release.events import RevisionRecorded
    from pypkg.release.storage import Storage

# As shells report a program that SIGINT ended.
INTERRUPTED = 130
GONE = "gone"
UNKNOWN = "unknown"
_STATES = {
    GONE: "{name} is uninstalled",
    UNKNOWN: "revision {revision} of {name} may be pending: it cannot be read",
}
_STATE = "revision {revision} of {name} is {status}"
_NEXT = {
    GONE: "nothing is left of it",
    "deployed": "nothing is left to do",
    "failed": "what was changed so far stays: `upgrade {name}` goes on, {back}",
    "uninstalling": "`uninstall {name}` goes on",
}
_PENDING = (
    "nothing runs any more, and the next command takes over: `upgrade {name}` goes on,"
    " {back}"
)
_BACK = "`rollback {name}` goes back"
_REMOVE = "`uninstall {name}` removes it"


class OperationInterruptedError(PypkgError):
    """The user interrupted an operation that had begun.

    Attributes:
        name: The release.
        revision: The revision that the operation worked on.
        status: The revision's state now, ``gone``, or ``unknown`` where that cannot
            be read.
    """

    exit_code = INTERRUPTED

    def __init__(self, name: str, revision: int, status: str) -> None:
        self.name = name
        self.revision = revision
        self.status = status
        state = _STATES.get(status, _STATE)
        back = (_BACK if revision > 1 else _REMOVE).format(name=name)
        super().__init__(
            "interrupted: " + state.format(name=name, revision=revision, status=status),
            hint=_NEXT.get(status, _PENDING).format(name=name, back=back),
        )


def interrupted(storage: Storage, begun: RevisionRecorded) -> OperationInterruptedError:
    """Look what state an interrupted operation left.

    Args:
        storage: Where the release is recorded.
        begun: The revision that was worked on.
    """
    from pypkg.release.history import revisions  # noqa: PLC0415 - rare

    try:
        found = {r.revision: str(r.status) for r in revisions(storage, begun.name)}
    except PypkgError:
        status = UNKNOWN
    else:
        status = found.get(begun.revision, GONE)
    return OperationInterruptedError(begun.name, begun.revision, status)
