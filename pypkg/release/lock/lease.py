"""The lease of a release: one operation at a time works on it, anywhere.

It is a ``coordination.k8s.io`` Lease beside the records, ``pypkg.NAME``. Who holds it
renews it; it ends when the holder gives it back, when the holder's process is known
to be dead, or when nobody has renewed it for as long as it says. That is judged as
client-go's leader election does, by what was seen to change: clocks of different
machines are never compared.

The holder's journal is an annotation of the lease, so that the next holder finds it.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from pypkg.errors import (
    ApiError,
    ClusterError,
    ConflictError,
    LeaseLostError,
    NotFoundError,
)
from pypkg.release.events import LeaseAwaited, Warned
from pypkg.release.lock.holder import Holder
from pypkg.release.lock.lease_state import (
    JOURNAL,
    LEASES,
    MANAGED,
    OPERATION,
    PREFIX,
    PROCESS,
    SECONDS,
    Held,
    in_progress,
)
from pypkg.release.retrying import ATTEMPTS, retried

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pypkg.cluster.client import Cluster, Object
    from pypkg.release.events import Event
    from pypkg.release.lock.journal import Journal

PAUSE = 0.5
"""Seconds between two looks at a lease that someone else holds."""
# A request that takes longer helps nobody: the lease would be over.
_REQUEST_SECONDS = 10.0
_FORBIDDEN = 403
_TERMINATING = "NamespaceTerminating"


@dataclass(slots=True)
class Timing:
    """The passing of time, for this process alone.

    Attributes:
        monotonic: Gives seconds that only ever grow.
        sleep: Lets that many seconds pass.
    """

    monotonic: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)


class Lease:
    """Holds a release for one operation; it is renewed by a thread of its own.

    Args:
        cluster: Where the release is.
        namespace: The namespace of its records.
        name: The release.
        operation: What is to be done, such as ``upgrade``.
        clock: Gives the time that others are shown.
        report: Is told when someone else is waited for.
        timing: The passing of time.

    Attributes:
        inherited: What the holder before was about to do, who did not finish it.
        predecessor: That holder, in words, or "".
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        name: str,
        *,
        operation: str,
        clock: Callable[[], datetime],
        report: Callable[[Event], None] = lambda _: None,
        timing: Timing | None = None,
    ) -> None:
        self.inherited: Journal | None = None
        self.predecessor = ""
        self._cluster = cluster
        self._collection = LEASES.path(namespace)
        self._path = LEASES.path(namespace, PREFIX + name)
        self._name = name
        self._operation = operation
        self._clock = clock
        self._report = report
        self._timing = timing or Timing()
        self._holder = Holder.this_process()
        self._journal: Journal | None = None
        self._object: Object | None = None
        self._lost: Held | None = None
        self._renewed = 0.0
        self._guard = threading.Lock()
        self._over = threading.Event()

    def acquire(self, timeout: float) -> None:
        """Take the lease, or wait for it.

        Where leases may not be written, or the namespace does not exist yet or is about
        to go, the operation goes on without, as Helm does; a second call tries again.

        Args:
            timeout: Seconds to wait for another holder.

        Raises:
            OperationInProgressError: Another one holds it still.
            ClusterError: The cluster cannot be reached.
        """
        if self._object is not None:
            return
        try:
            self._acquire(timeout)
        except NotFoundError:
            return
        except ApiError as error:
            if error.code != _FORBIDDEN:
                raise
            if any(cause.get("reason") == _TERMINATING for cause in error.causes):
                return
            self._report(
                Warned(
                    f"nothing keeps others from working on {self._name} meanwhile:"
                    f" {error}"
                )
            )
        else:
            threading.Thread(target=self._keep, daemon=True).start()

    def check(self) -> None:
        """Check that nobody can have taken the lease away.

        One that was not renewed in time, because the server was away or the machine
        was asleep, is renewed now: that succeeds only if nobody has taken it.

        Raises:
            LeaseLostError: It cannot be renewed, or someone has taken it.
        """
        if self._object is not None and self._age() > SECONDS:
            with self._guard, suppress(ClusterError):
                self._write()
        if self._lost is not None:
            raise LeaseLostError(
                f"{self._name} was taken over by another operation: {self._lost}",
                hint=f"look at what it did: pypkg history {self._name}",
            )
        if self._object is not None and self._age() > SECONDS:
            raise LeaseLostError(
                f"the lease of {self._name} could not be renewed for"
                f" {self._age():.0f} s: another operation may work on it now"
            )

    def intend(self, journal: Journal) -> None:
        """Write down what is about to be done, before it is.

        Raises:
            ClusterError: It cannot be written.
        """
        self.check()
        self._journal = journal
        with self._guard:
            self._write()

    def settle(self) -> None:
        """Note that what was intended is done, or undone."""
        self._journal = None

    def release(self) -> None:
        """Give the lease back.

        Where the operation could not be brought to an end, its journal stays for
        the next one. That the lease cannot be given back is no failure: it ends.
        """
        self._over.set()
        with self._guard, suppress(ClusterError):
            if self._journal is None:
                try:
                    self._change(self._delete)
                except ApiError as error:
                    if error.code != _FORBIDDEN:
                        raise
                    self._write(holder="")
            else:
                self._write(holder="")
        self._object = None

    def _acquire(self, timeout: float) -> None:
        deadline = self._timing.monotonic() + timeout
        seen: tuple[str, float] = ("", 0.0)
        told = ""
        while (held := self._try(seen)) is not None:
            now = self._timing.monotonic()
            if held.version != seen[0]:
                seen = held.version, now
            if now >= deadline:
                raise in_progress(held)
            if held.holder.identity != told:
                self._report(LeaseAwaited(held.name, str(held), timeout))
                told = held.holder.identity
            self._timing.sleep(PAUSE)

    def _try(self, seen: tuple[str, float]) -> Held | None:
        """Take the lease if that is possible now; else say who holds it.

        Args:
            seen: The version last seen, and when it was new.
        """
        while True:
            with suppress(ConflictError):
                self._take("POST", self._collection, None)
                return None
            try:
                found = self._send("GET", self._path)
            except NotFoundError:
                continue  # given back meanwhile
            held = Held.read(found)
            expired = held.version == seen[0] and (
                self._timing.monotonic() - seen[1] > held.seconds
            )
            if held.holder == self._holder:  # only the answer was lost
                self._object = found
                self._renewed = self._timing.monotonic()
                return None
            if not (expired or held.is_free):
                return held
            self._journal = self.inherited = held.journal
            self.predecessor = str(held)
            with suppress(ConflictError):
                self._take("PUT", self._path, found)
                return None

    def _take(self, method: str, path: str, found: Object | None) -> None:
        spec = (found or {}).get("spec") or {}
        transitions = spec.get("leaseTransitions") or 0
        self._object = self._send(
            method,
            path,
            self._body(
                metadata=found["metadata"] if found else {},
                acquired=_micro_time(self._clock()),
                transitions=transitions + 1 if found else 0,
            ),
        )
        self._renewed = self._timing.monotonic()

    def _body(
        self,
        *,
        metadata: Object,
        acquired: str,
        transitions: int,
        holder: str | None = None,
    ) -> Object:
        notes = {OPERATION: self._operation, PROCESS: self._holder.process}
        if self._journal is not None:
            notes[JOURNAL] = self._journal.text()
        identity = self._holder.identity if holder is None else holder
        kept = {k: metadata[k] for k in ("uid", "resourceVersion") if k in metadata}
        return {
            "apiVersion": LEASES.api_version,
            "kind": LEASES.kind,
            "metadata": {
                "name": PREFIX + self._name,
                "labels": MANAGED,
                "annotations": notes,
                **kept,
            },
            "spec": {
                "holderIdentity": identity,
                "leaseDurationSeconds": SECONDS,
                "acquireTime": acquired,
                "renewTime": _micro_time(self._clock()),
                "leaseTransitions": transitions,
            },
        }

    def _keep(self) -> None:
        """Renew the lease until it is given back."""
        while not self._over.wait(SECONDS / 3):
            with self._guard, suppress(ClusterError):
                self._write()

    def _write(self, holder: str | None = None) -> None:
        def put(obj: Object) -> None:
            start = self._timing.monotonic()
            spec = obj["spec"]
            body = self._body(
                metadata=obj["metadata"],
                acquired=spec["acquireTime"],
                transitions=spec["leaseTransitions"],
                holder=holder,
            )
            self._object = self._send("PUT", self._path, body)
            self._renewed = start

        self._change(put)

    def _delete(self, obj: Object) -> None:
        metadata = obj["metadata"]
        wanted = {k: metadata[k] for k in ("uid", "resourceVersion")}
        with suppress(NotFoundError):
            self._send("DELETE", self._path, {"preconditions": wanted})

    def _change(self, act: Callable[[Object], None]) -> None:
        """Change the lease, if it is still held.

        An answer that was lost looks as if someone else had changed it: the lease
        is read again, and lost only if it says so.
        """
        for _ in range(ATTEMPTS):
            if self._object is None or self._lost is not None:
                return
            try:
                act(self._object)
            except ConflictError:
                self._look_again()
            else:
                return

    def _look_again(self) -> None:
        """See who has changed the lease, or put it back if it is gone."""
        try:
            found = self._send("GET", self._path)
        except NotFoundError:
            self._put_back()
            return
        held = Held.read(found)
        if held.holder != self._holder:
            self._lost = held
        self._object = found

    def _put_back(self) -> None:
        """Create the lease again, which someone has deleted by hand.

        Raises:
            ConflictError: Someone else has taken it.
            NotFoundError: It was over: another may have had it, and given it back.
        """
        if self._age() > SECONDS:
            raise NotFoundError(f"{self._path} is gone", code=404)
        self._take("POST", self._collection, None)

    def _send(self, method: str, path: str, body: Any = None) -> Object:
        found: Object = json.loads(
            retried(
                lambda: self._cluster.raw(
                    method, path, body=body, timeout=_REQUEST_SECONDS
                ).read(),
                self._cluster.sleep,
            )
        )
        return found

    def _age(self) -> float:
        return self._timing.monotonic() - self._renewed


def _micro_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
