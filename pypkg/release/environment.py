"""What every operation works with: the cluster, the records, the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pypkg.release.records.timestamps import Timestamp, local_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pypkg.cluster.client import Cluster
    from pypkg.release.events import Event
    from pypkg.release.lock.lease import Lease
    from pypkg.release.storage import Storage
    from pypkg.render.renderer import Settings


def _ignore(event: Event) -> None:
    del event


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The surroundings of an operation on a release.

    Attributes:
        cluster: The cluster, or None for a client-side dry run of an install.
        storage: The records of releases.
        namespace: The namespace of the release.
        clock: Gives the time, with its zone.
        report: Takes the events of an operation as they happen.
        rendering: How charts are rendered, where the options do not say; None is
            the defaults.
        field_manager: The name under which fields are applied. Helm's, so that
            a release can pass between Helm and pypkg without conflicts.
        lease: The lease that the operation under way holds, or None.
    """

    cluster: Cluster | None
    storage: Storage
    namespace: str = "default"
    clock: Callable[[], datetime] = field(default=local_now)
    report: Callable[[Event], None] = field(default=_ignore)
    rendering: Settings | None = None
    field_manager: str = "helm"
    lease: Lease | None = None

    def now(self) -> Timestamp:
        """The time, as a record holds it."""
        return Timestamp.of(self.clock())
