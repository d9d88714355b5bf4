"""What controllers see of the API: objects, their kinds, their changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from pypkg.sandbox.schemas.schema import GroupVersionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Object = dict[str, Any]

POD = GroupVersionKind("", "v1", "Pod")
NODE = GroupVersionKind("", "v1", "Node")
NAMESPACE = GroupVersionKind("", "v1", "Namespace")
SERVICE = GroupVersionKind("", "v1", "Service")
ENDPOINTS = GroupVersionKind("", "v1", "Endpoints")
EVENT = GroupVersionKind("", "v1", "Event")
SECRET = GroupVersionKind("", "v1", "Secret")
CONFIG_MAP = GroupVersionKind("", "v1", "ConfigMap")
SERVICE_ACCOUNT = GroupVersionKind("", "v1", "ServiceAccount")
CLAIM = GroupVersionKind("", "v1", "PersistentVolumeClaim")
VOLUME = GroupVersionKind("", "v1", "PersistentVolume")
REPLICATION_CONTROLLER = GroupVersionKind("", "v1", "ReplicationController")
DEPLOYMENT = GroupVersionKind("apps", "v1", "Deployment")
REPLICA_SET = GroupVersionKind("apps", "v1", "ReplicaSet")
STATEFUL_SET = GroupVersionKind("apps", "v1", "StatefulSet")
DAEMON_SET = GroupVersionKind("apps", "v1", "DaemonSet")
CONTROLLER_REVISION = GroupVersionKind("apps", "v1", "ControllerRevision")
JOB = GroupVersionKind("batch", "v1", "Job")
CRON_JOB = GroupVersionKind("batch", "v1", "CronJob")
ENDPOINT_SLICE = GroupVersionKind("discovery.k8s.io", "v1", "EndpointSlice")
INGRESS = GroupVersionKind("networking.k8s.io", "v1", "Ingress")
DISRUPTION_BUDGET = GroupVersionKind("policy", "v1", "PodDisruptionBudget")
AUTOSCALER = GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler")
STORAGE_CLASS = GroupVersionKind("storage.k8s.io", "v1", "StorageClass")
PRIORITY_CLASS = GroupVersionKind("scheduling.k8s.io", "v1", "PriorityClass")
LEASE = GroupVersionKind("coordination.k8s.io", "v1", "Lease")
CUSTOM_RESOURCE_DEFINITION = GroupVersionKind(
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition"
)

CONTROLLER_MANAGER = "kube-controller-manager"
KUBELET = "kubelet"
SCHEDULER = "kube-scheduler"


class Name(NamedTuple):
    """What to reconcile.

    Attributes:
        namespace: "" for a cluster-scoped object.
        name: The object's name.
    """

    namespace: str
    name: str

    @classmethod
    def of(cls, obj: Object) -> Name:
        """Name an object."""
        metadata = obj["metadata"]
        return cls(metadata.get("namespace", ""), metadata["name"])


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an object.

    Attributes:
        type: What.
        object: The object after the change; before it, where it was deleted.
        previous: The object before the change; None where it was created.
    """

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Object
    previous: Object | None = None

    @property
    def kind(self) -> GroupVersionKind:
        """The object's group, version and kind."""
        return kind_of(self.object)


class Objects(Protocol):
    """The API, as controllers use it.

    Objects that are returned are shared: whoever wants another one builds it. Writes
    take the same way as a client's: defaults, admission, validation, managed fields.
    """

    def get(self, kind: GroupVersionKind, namespace: str, name: str) -> Object | None:
        """The object, or None."""

    def list(
        self, kind: GroupVersionKind, namespace: str | None = None
    ) -> Sequence[Object]:
        """The objects of a kind, by namespace and name; of all namespaces if None."""

    def create(self, obj: Object, *, manager: str) -> Object:
        """Create an object.

        Raises:
            StatusError: It is refused.
        """

    def update(self, obj: Object, *, manager: str, subresource: str = "") -> Object:
        """Replace an object, or one part of it; writes nothing where nothing differs.

        Raises:
            StatusError: It is refused; 409 where ``resourceVersion`` is not the
                newest.
        """

    def delete(
        self,
        obj: Object,
        *,
        propagation: Literal["Background", "Foreground", "Orphan"] = "Background",
    ) -> None:
        """Delete an object of this uid, if it is still there.

        Args:
            obj: The object.
            propagation: What becomes of its dependents.
        """

    def dependents(self, uid: str) -> Sequence[Object]:
        """The objects that name this uid among their owners."""

    def has_uid(self, uid: str) -> bool:
        """Whether an object of this uid exists."""

    def within(self, namespace: str) -> Sequence[Object]:
        """Every object of a namespace, of any kind."""

    def kinds(self) -> Iterable[GroupVersionKind]:
        """Every kind whose objects are stored."""


def kind_of(obj: Object) -> GroupVersionKind:
    """The group, version and kind of an object."""
    return GroupVersionKind.parse(obj["apiVersion"], obj["kind"])
