"""``status``: a revision with its objects as they are in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cluster.discovery import Resource
from pypkg.errors import NotFoundError
from pypkg.release.applying import resources
from pypkg.release.operation import Operation, require_cluster
from pypkg.release.queries import get_release

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.cluster.client import Cluster, Object
    from pypkg.release.applying.resources import ReleaseObject
    from pypkg.release.environment import Environment
    from pypkg.release.records.record import Release

PODS = Resource("v1", "Pod", "pods", namespaced=True)
TABLE = (
    "application/json;as=Table;v=v1;g=meta.k8s.io,"
    "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
)
_WITH_PODS = frozenset({"ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job"})


def status(
    env: Environment, name: str, revision: int = 0, *, tables: bool = False
) -> Release:
    """Give a revision of a release with its live objects, in ``info.resources``.

    Args:
        env: The surroundings.
        name: The release.
        revision: Which; 0 is the last.
        tables: Give each object as the server's Table, for printing.

    Raises:
        ReleaseNotFoundError: There is no such release, or no such revision.
        ClusterError: The cluster cannot be reached, or refuses.
    """
    cluster = require_cluster(env)
    release = get_release(env, name, revision)
    objects = resources.build_deployed(Operation(env, release), release)
    live = _live_objects(cluster, objects, TABLE if tables else "")
    return release.with_info(resources=live)


def _live_objects(
    cluster: Cluster, objects: Iterable[ReleaseObject], accept: str
) -> dict[str, list[Object]]:
    """Read objects and the pods that belong to them; what is gone is left out."""
    found: dict[str, list[Object]] = {}
    selectors: list[dict[str, str]] = []
    for obj in objects:
        path = cluster.discovery.resolve(obj.ref).path(obj.ref.namespace, obj.ref.name)
        try:
            live = cluster.fetch(f"{path}?includeObject=Object", accept=accept)
        except NotFoundError:
            continue
        version = obj.ref.api_version.rpartition("/")[2]
        found.setdefault(f"{version}/{obj.ref.kind}", []).append(live)
        selector = _pod_selector(obj, live)
        if selector and selector not in selectors:
            selectors.append(selector)
            pods = found.setdefault("v1/Pod(related)", [])
            pods += _pods(cluster, obj.ref.namespace, selector, accept)
    return {kind: live for kind, live in found.items() if live}


def _pod_selector(obj: ReleaseObject, live: Object) -> dict[str, str]:
    """Give the labels of an object's pods, {} where it has none."""
    if live.get("kind") == "Table":
        live = live["rows"][0]["object"] if live.get("rows") else {}
    selector = (live.get("spec") or {}).get("selector") or {}
    if obj.ref.kind in _WITH_PODS:
        return selector.get("matchLabels") or {}
    return selector if obj.ref.kind == "ReplicationController" else {}


def _pods(
    cluster: Cluster, namespace: str | None, labels: dict[str, str], accept: str
) -> list[Object]:
    """Read pods as the one list, or Table, that Helm shows."""
    selector = ",".join(f"{name}={value}" for name, value in labels.items())
    path = f"{PODS.path(namespace)}?includeObject=Object&labelSelector={selector}"
    listed: Object = cluster.fetch(path, accept=accept)
    for item in listed.get("items") or ():
        # Items of a list do not say what they are.
        item |= {"apiVersion": PODS.api_version, "kind": PODS.kind}
    return [listed]
