"""What a release's lease says: who holds it, and what was about to be done."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg.cluster.discovery import Resource
from pypkg.errors import ApiError, OperationInProgressError
from pypkg.release.lock.holder import Holder
from pypkg.release.lock.journal import Journal
from pypkg.release.records.timestamps import Timestamp

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster, Object

LEASES = Resource("coordination.k8s.io/v1", "Lease", "leases", namespaced=True)
PREFIX = "pypkg."
MANAGED = {"app.kubernetes.io/managed-by": "pypkg"}
OPERATION = "pypkg.dev/operation"
PROCESS = "pypkg.dev/process"
JOURNAL = "pypkg.dev/journal"
SECONDS = 30
"""How long a lease lasts that nobody renews."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a Lease object says.

    Attributes:
        name: The release.
        holder: Who holds it; with an empty identity, nobody.
        operation: What the holder does, such as ``upgrade``.
        since: When the holder took it, by the holder's clock.
        journal: What the holder, or the one before, was about to do.
        version: The object's resourceVersion.
        seconds: How long it lasts if it is not renewed.
    """

    name: str
    holder: Holder
    operation: str
    since: Timestamp | None
    journal: Journal | None
    version: str
    seconds: int

    @classmethod
    def read(cls, obj: Object) -> Held:
        """Read a Lease object."""
        metadata, spec = obj["metadata"], obj.get("spec") or {}
        notes = metadata.get("annotations") or {}
        since = None
        with suppress(ValueError):
            since = Timestamp.parse(spec.get("acquireTime") or "")
        return cls(
            name=metadata["name"].removeprefix(PREFIX),
            holder=Holder(spec.get("holderIdentity") or "", notes.get(PROCESS) or ""),
            operation=notes.get(OPERATION) or "operation",
            since=since,
            journal=Journal.parse(notes.get(JOURNAL) or "null"),
            version=metadata["resourceVersion"],
            seconds=spec.get("leaseDurationSeconds") or SECONDS,
        )

    @property
    def is_free(self) -> bool:
        """Whether nobody holds it, as far as can be told at once."""
        return not self.holder.identity or self.holder.is_dead()

    def __str__(self) -> str:
        """Say who does what, and since when."""
        since = f" since {self.since:%Y-%m-%d %H:%M:%S %Z}" if self.since else ""
        return f"{self.operation} of {self.name} by {self.holder.shown}{since}"


def find_lease(cluster: Cluster, namespace: str, name: str) -> Held | None:
    """Look at the lease of a release; None where there is none to be seen."""
    with suppress(ApiError):
        return Held.read(cluster.fetch(LEASES.path(namespace, PREFIX + name)))
    return None


def find_leases(cluster: Cluster, namespace: str) -> list[Held]:
    """Look at the leases of all releases of a namespace; [] where they are hidden."""
    selector = ",".join(f"{key}={value}" for key, value in MANAGED.items())
    with suppress(ApiError):
        found = cluster.list(LEASES, namespace, label_selector=selector)
        return [Held.read(obj) for obj in found]
    return []


def in_progress(held: Held) -> OperationInProgressError:
    """Say who works on a release; the first words are Helm's."""
    return OperationInProgressError(
        f"another operation (install/upgrade/rollback) is in progress: {held}",
        hint="--lock-timeout 10m waits longer for it to end; if it has died on another"
        f" machine, that is noticed after {held.seconds} s",
    )
