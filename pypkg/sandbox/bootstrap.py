"""What a cluster holds before anybody has asked for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.writes.pipeline import NAMESPACE
from pypkg.sandbox.writes.targets import WriteOptions

if TYPE_CHECKING:
    from pypkg.sandbox.writes.pipeline import Cluster

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_OPTIONS = WriteOptions(manager="kube-apiserver")


def fill(cluster: Cluster) -> None:
    """Create the namespaces that every cluster has, where they are missing."""
    for name in NAMESPACES:
        if cluster.get(NAMESPACE, "", name) is None:
            obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            cluster.create(cluster.target(obj), obj, _OPTIONS)
