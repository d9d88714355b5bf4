"""What admission adds to a new pod: account, priority, tolerations, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.statuses import StatusError

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]

_ACCOUNT = GroupVersionKind("", "v1", "ServiceAccount")
_LIMITS = GroupVersionKind("", "v1", "LimitRange")
_PRIORITY = GroupVersionKind("scheduling.k8s.io", "v1", "PriorityClass")
_TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_MINUTES = 300


class Reader(Protocol):
    """What is looked up."""

    def get(self, kind: GroupVersionKind, namespace: str, name: str) -> Object | None:
        """The object, or None."""

    def list(
        self, kind: GroupVersionKind, namespace: str | None = None
    ) -> list[Object]:
        """The objects of a kind, of one namespace or of all."""


def admit(pod: Object, reader: Reader) -> None:
    """Complete a new pod, in place.

    Raises:
        StatusError: 403, it names an account or a priority class that is not there.
    """
    spec = pod.get("spec")
    if not isinstance(spec, dict) or not isinstance(spec.get("containers"), list):
        return
    _set_account(pod, spec, reader)
    _set_priority(pod, spec, reader)
    _set_tolerations(spec)
    _set_limits(pod, spec, reader)
    pod.setdefault("status", {})["qosClass"] = quality(spec)


def _set_account(pod: Object, spec: Object, reader: Reader) -> None:
    name = spec.get("serviceAccountName") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = reader.get(_ACCOUNT, pod["metadata"]["namespace"], name)
    if account is None:
        raise _forbidden(
            pod,
            f"error looking up service account {pod['metadata']['namespace']}/{name}:"
            f' serviceaccount "{name}" not found',
        )
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = account["imagePullSecrets"]
    mounts = spec.get(
        "automountServiceAccountToken",
        account.get("automountServiceAccountToken", True),
    )
    if mounts:
        _mount_token(pod, spec)


def _mount_token(pod: Object, spec: Object) -> None:
    uid = pod["metadata"].get("uid", "").replace("-", "")
    suffix = "".join(_LETTERS[int(c, 16)] for c in uid[:5])
    name = f"kube-api-access-{suffix}"
    mounted = False
    for container in _containers(spec):
        mounts = container.setdefault("volumeMounts", [])
        if not any(mount.get("mountPath") == _TOKENS for mount in mounts):
            mounts.append({"name": name, "readOnly": True, "mountPath": _TOKENS})
            mounted = True
    if mounted:
        spec.setdefault("volumes", []).append({"name": name, "projected": _token()})


def _token() -> Object:
    namespace = {
        "path": "namespace",
        "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
    }
    return {
        "defaultMode": 0o644,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {
                "configMap": {
                    "name": "kube-root-ca.crt",
                    "items": [{"key": "ca.crt", "path": "ca.crt"}],
                }
            },
            {"downwardAPI": {"items": [namespace]}},
        ],
    }


def _set_priority(pod: Object, spec: Object, reader: Reader) -> None:
    name = spec.get("priorityClassName")
    if name:
        found = reader.get(_PRIORITY, "", name)
        if found is None:
            raise _forbidden(pod, f"no PriorityClass with name {name} was found")
    else:
        defaults = [c for c in reader.list(_PRIORITY) if c.get("globalDefault")]
        found = min(defaults, key=lambda c: int(c["value"]), default=None)
        if found is not None:
            spec["priorityClassName"] = found["metadata"]["name"]
    chosen: Object = found or {"value": 0}
    spec["priority"] = chosen["value"]
    policy = chosen.get("preemptionPolicy", "PreemptLowerPriority")
    spec.setdefault("preemptionPolicy", policy)


def _set_tolerations(spec: Object) -> None:
    tolerations = spec.setdefault("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        tolerated = any(
            t.get("key") in {key, None} and t.get("effect") in {"NoExecute", None}
            for t in tolerations
        )
        if not tolerated:
            tolerations.append(
                {
                    "key": key,
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": _MINUTES,
                }
            )


def _set_limits(pod: Object, spec: Object, reader: Reader) -> None:
    """Give containers the namespace's default limits (``LimitRanger``)."""
    for limits in reader.list(_LIMITS, pod["metadata"]["namespace"]):
        for item in limits["spec"].get("limits", ()):
            if item.get("type") != "Container":
                continue
            for container in _containers(spec):
                resources = container.setdefault("resources", {})
                for source, target in (
                    ("default", "limits"),
                    ("defaultRequest", "requests"),
                ):
                    if found := item.get(source):
                        resources[target] = found | resources.get(target, {})


def quality(spec: Object) -> str:
    """The pod's quality-of-service class, by its requests and limits."""
    requests: set[str] = set()
    guaranteed = True
    for container in _containers(spec):
        resources = container.get("resources") or {}
        limits = resources.get("limits") or {}
        wanted = {**limits, **(resources.get("requests") or {})}
        counted = {name for name in wanted if name in {"cpu", "memory"}}
        requests |= counted
        whole = {"cpu", "memory"} <= limits.keys()
        guaranteed &= whole and all(wanted[name] == limits[name] for name in counted)
    if not requests:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def _containers(spec: Object) -> Iterator[Object]:
    for name in ("initContainers", "containers"):
        for container in spec.get(name) or ():
            if isinstance(container, dict):
                yield container


def _forbidden(pod: Object, why: str) -> StatusError:
    # A name is generated only after admission.
    metadata = pod["metadata"]
    name = metadata.get("generateName") or metadata.get("name", "")
    return StatusError(
        403,
        "Forbidden",
        f'pods "{name}" is forbidden: {why}',
        details={"name": name, "kind": "pods"} if name else {"kind": "pods"},
    )
