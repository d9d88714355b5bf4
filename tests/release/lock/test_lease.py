from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.client import Cluster
from pypkg.cluster.config import Overrides, load_config
from pypkg.cluster.connection import HttpTransport
from pypkg.cluster.session import Session
from pypkg.errors import ConnectionFailedError, LeaseLostError, OperationInProgressError
from pypkg.release.events import Event, LeaseAwaited, Warned
from pypkg.release.lock.holder import Holder
from pypkg.release.lock.journal import Journal
from pypkg.release.lock.lease import Lease, Timing
from pypkg.release.lock.lease_state import LEASES, SECONDS, find_lease
from pypkg.release.records.record import Status
from tests.cluster.servers import Answer, refusal
from tests.release.samples import make_release

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.cluster.transport import Request, Response
    from pypkg.sandbox.daemon import Status as Sandbox

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JOURNAL = Journal.of(make_release(revision=3, status=Status.PENDING_UPGRADE))


@dataclass
class Clock:
    """Time that passes only while someone sleeps."""

    seconds: float = 0.0
    meanwhile: Callable[[], Any] = field(default=lambda: None)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.meanwhile()

    def timing(self) -> Timing:
        return Timing(monotonic=lambda: self.seconds, sleep=self.sleep)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def lease_of(cluster: Cluster, clock: Clock, **options: Any) -> Lease:
    return Lease(
        cluster,
        cluster.namespace,
        "web",
        operation="upgrade",
        clock=lambda: NOW + timedelta(seconds=clock.seconds),
        timing=clock.timing(),
        **options,
    )


def path_of(cluster: Cluster) -> str:
    return LEASES.path(cluster.namespace, "pypkg.web")


def change(cluster: Cluster, **spec: Any) -> None:
    patch = {"spec": spec}
    kind = "application/merge-patch+json"
    cluster.request("PATCH", path_of(cluster), None, patch, kind)


def abandon(cluster: Cluster, clock: Clock, process: str = "") -> Lease:
    """Take the lease as a process elsewhere, or as the given one, would."""
    lease = lease_of(cluster, clock)
    lease._holder = Holder("bob@desk:7/00", process)
    lease.acquire(0)
    lease.intend(JOURNAL)
    return lease


def test_a_lease_says_who_does_what(cluster: Cluster, clock: Clock) -> None:
    lease = lease_of(cluster, clock)
    lease.acquire(0)
    found = cluster.fetch(path_of(cluster))
    assert found["spec"]["acquireTime"] == "2026-01-02T03:04:05.000000Z"
    assert found["spec"]["leaseDurationSeconds"] == SECONDS
    held = find_lease(cluster, cluster.namespace, "web")
    assert held is not None
    assert not held.is_free
    assert str(held) == (
        f"upgrade of web by {Holder.this_process().shown} since 2026-01-02 03:04:05 UTC"
    )
    lease.release()
    assert find_lease(cluster, cluster.namespace, "web") is None


def test_who_holds_a_release_is_named_to_others(cluster: Cluster, clock: Clock) -> None:
    lease_of(cluster, clock).acquire(0)
    events: list[Event] = []
    with pytest.raises(
        OperationInProgressError, match=r"upgrade of web by .*:\d+ since"
    ):
        lease_of(cluster, clock, report=events.append).acquire(10)
    assert clock.seconds == pytest.approx(10, abs=1)
    assert [event for event in events if isinstance(event, LeaseAwaited)] == events
    assert len(events) == 1


def test_a_lease_is_taken_once_it_is_given_back(cluster: Cluster, clock: Clock) -> None:
    first = lease_of(cluster, clock)
    first.acquire(0)
    clock.meanwhile = first.release
    second = lease_of(cluster, clock)
    second.acquire(10)
    assert second.inherited is None
    second.check()


def test_a_lease_ends_that_nobody_is_seen_to_renew(
    cluster: Cluster, clock: Clock
) -> None:
    # The holder's clock is far ahead, and does not matter.
    abandon(cluster, clock)
    change(cluster, renewTime="2099-01-01T00:00:00.000000Z")
    lease = lease_of(cluster, clock)
    lease.acquire(100)
    assert SECONDS <= clock.seconds <= SECONDS + 2
    assert lease.inherited == JOURNAL
    assert lease.predecessor.startswith("upgrade of web by bob@desk:7 since")


def test_a_lease_lasts_while_it_is_renewed(cluster: Cluster, clock: Clock) -> None:
    holder = abandon(cluster, clock)

    def renew() -> None:
        if clock.seconds % 10 == 0:
            holder.intend(JOURNAL)

    clock.meanwhile = renew
    with pytest.raises(OperationInProgressError):
        lease_of(cluster, clock).acquire(100)


def test_a_dead_process_of_this_machine_holds_nothing(
    cluster: Cluster, clock: Clock
) -> None:
    machine, pid, start = Holder.this_process().process.split()
    abandon(cluster, clock, f"{machine} {pid} {int(start) - 1}")
    lease = lease_of(cluster, clock)
    lease.acquire(0)
    assert lease.inherited == JOURNAL


def test_what_was_not_settled_is_left_to_the_next(
    cluster: Cluster, clock: Clock
) -> None:
    first = lease_of(cluster, clock)
    first.acquire(0)
    first.intend(JOURNAL)
    first.release()
    second = lease_of(cluster, clock)
    second.acquire(0)
    assert second.inherited == JOURNAL
    # And to the one after it, until someone settles it.
    second.release()
    third = lease_of(cluster, clock)
    third.acquire(0)
    assert third.inherited == JOURNAL
    third.settle()
    third.release()
    assert find_lease(cluster, cluster.namespace, "web") is None


def test_who_lost_the_lease_writes_no_more(cluster: Cluster, clock: Clock) -> None:
    first = abandon(cluster, clock)
    change(cluster, holderIdentity="")
    second = lease_of(cluster, clock)
    second.acquire(0)
    first.intend(JOURNAL)
    with pytest.raises(
        LeaseLostError, match="taken over by another operation: upgrade"
    ):
        first.check()
    first.release()
    held = find_lease(cluster, cluster.namespace, "web")
    assert held is not None
    assert held.holder.identity.startswith(Holder.this_process().shown)


def test_a_lease_that_was_not_renewed_in_time_is_renewed_if_nobody_has_taken_it(
    cluster: Cluster, clock: Clock
) -> None:
    lease = lease_of(cluster, clock)
    lease.acquire(0)
    clock.seconds += SECONDS + 1
    lease.check()
    clock.seconds += SECONDS + 1
    change(cluster, holderIdentity="bob@desk:7/00")
    with pytest.raises(LeaseLostError, match=r"taken over .* by bob@desk:7"):
        lease.check()


def test_a_lease_that_someone_deletes_is_put_back(
    cluster: Cluster, clock: Clock
) -> None:
    lease = lease_of(cluster, clock)
    lease.acquire(0)
    cluster.request("DELETE", path_of(cluster))
    lease.intend(JOURNAL)
    held = find_lease(cluster, cluster.namespace, "web")
    assert held is not None
    assert held.journal == JOURNAL
    lease.settle()
    lease.release()
    assert find_lease(cluster, cluster.namespace, "web") is None


def test_a_lease_that_is_over_and_gone_may_have_been_another_s(
    cluster: Cluster, clock: Clock
) -> None:
    lease = lease_of(cluster, clock)
    lease.acquire(0)
    clock.seconds += SECONDS + 1
    cluster.request("DELETE", path_of(cluster))
    with pytest.raises(LeaseLostError, match="could not be renewed for 31 s"):
        lease.check()
    assert find_lease(cluster, cluster.namespace, "web") is None


@dataclass
class Odd:
    """Answers requests for leases in its own way."""

    real: HttpTransport
    answer: Callable[[Odd, Request], Response]
    methods: list[str] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        if "/leases" not in request.path:
            return self.real.send(request)
        self.methods.append(request.method)
        return self.answer(self, request)


def odd_cluster(
    sandbox: Sandbox, cluster: Cluster, answer: Callable[[Odd, Request], Response]
) -> Cluster:
    overrides = Overrides(
        kubeconfig=str(sandbox.kubeconfig), namespace=cluster.namespace
    )
    config = load_config(overrides, environ={})
    transport = Odd(HttpTransport(config, {}), answer)
    return Cluster(
        Session(config, transport, sleep=lambda _: None), namespace=cluster.namespace
    )


def test_who_may_not_write_leases_goes_on_with_a_warning(
    sandbox: Sandbox, cluster: Cluster, clock: Clock
) -> None:
    forbidden = odd_cluster(
        sandbox, cluster, lambda *_: refusal(403, message="leases is forbidden")
    )
    events: list[Event] = []
    lease = lease_of(forbidden, clock, report=events.append)
    lease.acquire(0)
    lease.intend(JOURNAL)
    lease.check()
    lease.release()
    assert events == [
        Warned(
            "nothing keeps others from working on web meanwhile: leases is forbidden"
        )
    ]


def test_a_namespace_that_is_about_to_go_is_reported_by_what_follows(
    sandbox: Sandbox, cluster: Cluster, clock: Clock
) -> None:
    status = {
        "kind": "Status",
        "message": "namespace shop is being terminated",
        "details": {"causes": [{"reason": "NamespaceTerminating"}]},
    }
    going = odd_cluster(sandbox, cluster, lambda *_: Answer(status, 403))
    events: list[Event] = []
    lease_of(going, clock, report=events.append).acquire(0)
    assert events == []


def test_an_answer_that_was_lost_is_no_loss(
    sandbox: Sandbox, cluster: Cluster, clock: Clock
) -> None:
    chance = random.Random(3)  # noqa: S311 - a test's chance

    def lose_some(odd: Odd, request: Request) -> Response:
        response = odd.real.send(request)
        if chance.random() < 0.4:
            raise ConnectionFailedError("https://odd", "reset")
        return response

    lease = lease_of(odd_cluster(sandbox, cluster, lose_some), clock)
    lease.acquire(0)
    lease.intend(JOURNAL)
    found = cluster.fetch(path_of(cluster))
    assert json.loads(found["metadata"]["annotations"]["pypkg.dev/journal"])
    lease.settle()
    lease.release()
    assert find_lease(cluster, cluster.namespace, "web") is None


def test_a_namespace_that_is_not_there_has_no_lease(
    cluster: Cluster, clock: Clock
) -> None:
    lease = Lease(cluster, "nowhere", "web", operation="install", clock=lambda: NOW)
    lease.acquire(0)
    lease.intend(JOURNAL)
    lease.check()
    lease.release()
