"""All controllers together, at work on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.access import ClusterObjects
from pypkg.sandbox.controllers.context import Context
from pypkg.sandbox.controllers.cron_jobs import CronJobs
from pypkg.sandbox.controllers.custom_resources import CustomResources
from pypkg.sandbox.controllers.daemon_sets import DaemonSets
from pypkg.sandbox.controllers.deployments import Deployments
from pypkg.sandbox.controllers.events import EventRecorder
from pypkg.sandbox.controllers.garbage import GarbageCollector
from pypkg.sandbox.controllers.jobs import Jobs
from pypkg.sandbox.controllers.kubelet import Kubelet
from pypkg.sandbox.controllers.namespaces import Namespaces
from pypkg.sandbox.controllers.nodes import furnish
from pypkg.sandbox.controllers.objects import REPLICATION_CONTROLLER, Change
from pypkg.sandbox.controllers.observers import (
    Autoscalers,
    DisruptionBudgets,
    Ingresses,
)
from pypkg.sandbox.controllers.pod_claims import ClaimProtection, EphemeralVolumes
from pypkg.sandbox.controllers.replica_sets import ReplicaSets
from pypkg.sandbox.controllers.scheduler import Scheduler
from pypkg.sandbox.controllers.services import EndpointsOfServices, LoadBalancers
from pypkg.sandbox.controllers.stateful_sets import StatefulSets
from pypkg.sandbox.controllers.volumes import Claims, Volumes
from pypkg.sandbox.controllers.workqueue import ControllerManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pypkg.sandbox.controllers.context import Controller
    from pypkg.sandbox.store import Event
    from pypkg.sandbox.writes.pipeline import Cluster


def assemble(
    cluster: Cluster,
    *,
    clock: Callable[[], datetime],
    ready_delay: float = 0.0,
    certificate: str = "",
) -> ControllerManager:
    """Furnish a cluster and put its controllers to work.

    From then on they hear of every change; call ``run`` of what is returned.

    Args:
        cluster: The cluster.
        clock: Gives the time, in UTC.
        ready_delay: How long an imagined container takes to become ready or to
            end, in seconds.
        certificate: The API server's certificate authority, in PEM.
    """
    objects = ClusterObjects(cluster)
    context = Context(
        objects=objects,
        clock=clock,
        events=EventRecorder(objects, clock),
        ready_delay=ready_delay,
    )
    furnish(objects, clock())
    manager = ControllerManager(context, tuple(_controllers(context, certificate)))
    manager.start()

    def follow(event: Event) -> None:
        manager.notify(Change(event.type, event.object, event.previous))

    cluster.store.subscribe(follow)
    return manager


def _controllers(context: Context, certificate: str) -> Iterator[Controller]:
    yield Namespaces(context, certificate=certificate)
    yield GarbageCollector(context)
    yield CustomResources(context)
    yield Deployments(context)
    yield ReplicaSets(context)
    yield ReplicaSets(context, REPLICATION_CONTROLLER)
    yield StatefulSets(context)
    yield DaemonSets(context)
    yield Jobs(context)
    yield CronJobs(context)
    yield EphemeralVolumes(context)
    yield Claims(context)
    yield ClaimProtection(context)
    yield Volumes(context)
    yield Scheduler(context)
    yield Kubelet(context)
    yield LoadBalancers(context)
    yield EndpointsOfServices(context)
    yield DisruptionBudgets(context)
    yield Autoscalers(context)
    yield Ingresses(context)
