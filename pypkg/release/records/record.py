"""What is known of one revision of a release."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pypkg.release.records.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.chart.chart import Chart
    from pypkg.release.records.timestamps import Timestamp
    from pypkg.render.hooks import Hook

__all__ = ["ApplyMethod", "Info", "Release", "Status"]


class ApplyMethod(StrEnum):
    """How a revision's objects were sent to the cluster."""

    SERVER_SIDE = "ssa"
    CLIENT_SIDE = "csa"
    UNRECORDED = ""
    """Helm 3 recorded nothing; it always applied client-side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """A revision's state and times.

    Attributes:
        first_deployed: When revision 1 was made.
        last_deployed: When this revision was made.
        deleted: When it was uninstalled, or None.
        description: What happened last, in Helm's words.
        status: Its state.
        rollback_revision: The revision that a rollback went back to, or 0.
        notes: The rendered NOTES.txt.
        resources: Live objects by ``version/Kind``; filled for ``status`` only.
    """

    first_deployed: Timestamp | None = None
    last_deployed: Timestamp | None = None
    deleted: Timestamp | None = None
    description: str = ""
    status: Status = Status.UNKNOWN
    rollback_revision: int = 0
    notes: str = ""
    resources: Mapping[str, list[dict[str, Any]]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One revision of a release.

    Attributes:
        name: The release's name.
        namespace: The namespace it is recorded in.
        revision: 1 for the first; Helm's field is ``version``.
        info: State and times.
        chart: The chart it was rendered from; a stored one has no subcharts.
        config: The user's values, without the chart's.
        manifest: The rendered objects, without hooks.
        hooks: The rendered hooks, in the order of their kinds.
        labels: The user's labels of the record.
        apply_method: How the objects were applied.
        record_times: ``createdAt`` or ``modifiedAt`` of the record it was read from, in
            seconds since 1970.
    """

    name: str
    namespace: str
    revision: int
    info: Info
    chart: Chart
    config: dict[str, Any] = field(default_factory=dict)
    manifest: str = ""
    hooks: tuple[Hook, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    apply_method: str = ApplyMethod.UNRECORDED
    record_times: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def status(self) -> Status:
        """The state of this revision."""
        return self.info.status

    @property
    def is_client_side(self) -> bool:
        """True where the objects were not sent by server-side apply."""
        return self.apply_method != ApplyMethod.SERVER_SIDE

    def with_info(self, **changes: Any) -> Release:
        """Give the same revision with other state or times."""
        return replace(self, info=replace(self.info, **changes))

    def with_status(self, status: Status, description: str | None = None) -> Release:
        """Give the same revision in another state.

        Args:
            status: The new state.
            description: What happened; None keeps the old words.
        """
        if description is None:
            return self.with_info(status=status)
        return self.with_info(status=status, description=description)
