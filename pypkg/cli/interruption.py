"""What Ctrl-C leaves behind, and how to go on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import PypkgError

if TYPE_CHECKING:
    from pypkg.release.events import RevisionRecorded
    from pypkg.release.storage import Storage

# As shells report a program that SIGINT ended.
INTERRUPTED = 130
_NEXT = {
    "deployed": "nothing is left to do",
    "failed": "what was changed so far stays: `upgrade {name}` goes on, {back}",
    "uninstalling": "`uninstall {name}` goes on",
}
_PENDING = "nothing runs any more: {back}"
_BACK = "`rollback {name}` goes back"
_REMOVE = "`uninstall {name}` removes it"


class OperationInterruptedError(PypkgError):
    """The user interrupted an operation that had begun.

    Attributes:
        name: The release.
        revision: The revision that the operation worked on.
        status: The revision's state now, or "" where that cannot be read.
    """

    exit_code = INTERRUPTED

    def __init__(self, name: str, revision: int, status: str) -> None:
        self.name = name
        self.revision = revision
        self.status = status
        state = f"is {status}" if status else "may be pending: it cannot be read"
        back = (_BACK if revision > 1 else _REMOVE).format(name=name)
        super().__init__(
            f"interrupted: revision {revision} of {name} {state}",
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
        found = {}
    status = found.get(begun.revision, "")
    return OperationInterruptedError(begun.name, begun.revision, status)
