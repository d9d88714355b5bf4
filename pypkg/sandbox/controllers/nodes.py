"""What a fresh cluster has: its node, its namespaces, its default classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.conditions import new_condition
from pypkg.sandbox.controllers.objects import (
    CONTROLLER_MANAGER,
    KUBELET,
    LEASE,
    NAMESPACE,
    NODE,
    PRIORITY_CLASS,
    SERVICE,
    STORAGE_CLASS,
    kind_of,
)
from pypkg.sandbox.controllers.times import rfc3339
from pypkg.sandbox.controllers.volumes import PROVISIONER
from pypkg.sandbox.schemas.schema import KUBERNETES_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pypkg.sandbox.controllers.objects import Object, Objects
    from pypkg.sandbox.schemas.schema import GroupVersionKind

NODE_NAME = "sandbox-0"
NODE_ADDRESS = "172.18.0.2"
_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_CAPACITY = {
    "cpu": "64",
    "ephemeral-storage": "1Ti",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    "memory": "256Gi",
    "pods": "1000",
}


def furnish(objects: Objects, now: datetime, *, port: int = 6443) -> None:
    """Create what a fresh cluster has and is not there yet.

    Args:
        objects: The API.
        now: The time.
        port: On which the API server listens, for the ``kubernetes`` Service.
    """
    for obj in (*_contents(port), _node(), _lease(now)):
        metadata = obj["metadata"]
        kind = kind_of(obj)
        if objects.get(kind, metadata.get("namespace", ""), metadata["name"]) is None:
            created = objects.create(obj, manager=CONTROLLER_MANAGER)
            if kind == NODE:
                objects.update(
                    created | {"status": _node_status(now)},
                    manager=KUBELET,
                    subresource="status",
                )


def _contents(port: int) -> Iterator[Object]:
    for name in _NAMESPACES:
        yield _object(NAMESPACE, {"name": name})
    yield _object(
        STORAGE_CLASS,
        {
            "name": "standard",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
    ) | {
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
        "allowVolumeExpansion": True,
    }
    for name, value, where in (
        ("system-cluster-critical", 2000000000, "must run in the cluster"),
        ("system-node-critical", 2000001000, "must not be moved from their node"),
    ):
        yield _object(PRIORITY_CLASS, {"name": name}) | {
            "value": value,
            "description": f"Used for system critical pods that {where}.",
        }
    yield _object(
        SERVICE,
        {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
    ) | {
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "10.96.0.1",
            "ports": [{"name": "https", "port": 443, "targetPort": port}],
        }
    }


def _node() -> Object:
    return _object(
        NODE,
        {
            "name": NODE_NAME,
            "labels": {
                "beta.kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": NODE_NAME,
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/region": "sandbox",
                "topology.kubernetes.io/zone": "sandbox-a",
            },
        },
    ) | {"spec": {"podCIDR": "10.244.0.0/16", "podCIDRs": ["10.244.0.0/16"]}}


def _lease(now: datetime) -> Object:
    moment = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return _object(LEASE, {"name": NODE_NAME, "namespace": "kube-node-lease"}) | {
        "spec": {
            "holderIdentity": NODE_NAME,
            "leaseDurationSeconds": 40,
            "renewTime": moment,
        }
    }


def _node_status(now: datetime) -> Object:
    conditions = []
    for kind, status, reason, message in (
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "sufficient memory"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "sufficient PID available"),
        ("Ready", "True", "KubeletReady", ""),
    ):
        text = (
            f"kubelet has {message}" if message else "kubelet is posting ready status"
        )
        condition = new_condition(kind, status, now, reason, text)
        conditions.append(condition | {"lastHeartbeatTime": rfc3339(now)})
    return {
        "addresses": [
            {"type": "InternalIP", "address": NODE_ADDRESS},
            {"type": "Hostname", "address": NODE_NAME},
        ],
        "allocatable": _CAPACITY,
        "capacity": _CAPACITY,
        "conditions": conditions,
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": "pypkg-sandbox://0",
            "kernelVersion": "sandbox",
            "kubeProxyVersion": "",
            "kubeletVersion": f"v{KUBERNETES_VERSION}",
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "pypkg sandbox",
            "systemUUID": "",
        },
    }


def _object(kind: GroupVersionKind, metadata: Object) -> Object:
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}
