"""Defaults that depend on other fields: one function for each type.

Each changes its argument. The names are those of Kubernetes' ``SetDefaults_*``.
"""

from __future__ import annotations

from base64 import b64encode
from copy import deepcopy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Object = dict[str, Any]

_UNLIMITED = 2147483647
_RBAC = "rbac.authorization.k8s.io"
_PERIOD = 15
_SCALE_UP = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": _PERIOD},
        {"type": "Percent", "value": 100, "periodSeconds": _PERIOD},
    ],
}
_SCALE_DOWN = {
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": _PERIOD}],
}


def image_tag(image: str) -> str:
    """The tag of an image reference; ``latest`` where it has neither tag nor digest."""
    name, at, _ = image.partition("@")
    _, colon, tag = name.rpartition("/")[2].partition(":")
    if colon:
        return tag
    return "" if at else "latest"


def _pull_policy(image: str) -> str:
    return "Always" if image_tag(image) == "latest" else "IfNotPresent"


def _container(container: Object) -> None:
    container.setdefault("imagePullPolicy", _pull_policy(container.get("image", "")))


def _image_volume(source: Object) -> None:
    source.setdefault("pullPolicy", _pull_policy(source.get("reference", "")))


def _volume(volume: Object) -> None:
    if volume.keys() <= {"name"}:
        volume["emptyDir"] = {}


def _pod(pod: Object) -> None:
    spec = pod.get("spec")
    if not isinstance(spec, dict):
        return
    spec.setdefault("enableServiceLinks", True)
    for name in ("initContainers", "containers"):
        for container in spec.get(name) or ():
            resources = container.get("resources") or {}
            if limits := resources.get("limits"):
                resources["requests"] = limits | (resources.get("requests") or {})
            if spec.get("hostNetwork"):
                for port in container.get("ports") or ():
                    port.setdefault("hostPort", port.get("containerPort"))


def _pod_spec(spec: Object) -> None:
    # The old name of the field is written as well.
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account


def _deployment_spec(spec: Object) -> None:
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")


def _daemon_set_spec(spec: Object) -> None:
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)


def _stateful_set_spec(spec: Object) -> None:
    strategy = spec.setdefault("updateStrategy", {})
    if "type" not in strategy:
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    if strategy["type"] == "RollingUpdate" and "rollingUpdate" in strategy:
        strategy["rollingUpdate"].setdefault("partition", 0)
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        claim.setdefault("status", {}).setdefault("phase", "Pending")


def _job(job: Object) -> None:
    spec = job.get("spec")
    if not isinstance(spec, dict):
        return
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    if labels and not job["metadata"].get("labels"):
        job["metadata"]["labels"] = dict(labels)
    # Those of a CronJob's template stay as they are.
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    indexed = "backoffLimitPerIndex" in spec
    spec.setdefault("backoffLimit", _UNLIMITED if indexed else 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    policy = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    spec.setdefault("podReplacementPolicy", policy)


def _replication_controller(obj: Object) -> None:
    spec = obj.get("spec") or {}
    template = spec.get("template") or {}
    if labels := (template.get("metadata") or {}).get("labels"):
        if not spec.get("selector"):
            spec["selector"] = dict(labels)
        if not obj["metadata"].get("labels"):
            obj["metadata"]["labels"] = dict(labels)


def _service(service: Object) -> None:
    spec = service.get("spec")
    if not isinstance(spec, dict):
        return
    kind = spec.get("type") or "ClusterIP"
    reachable = kind in {"NodePort", "LoadBalancer"}
    if reachable or (kind == "ClusterIP" and spec.get("externalIPs")):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if reachable or kind == "ClusterIP":
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    if spec.get("sessionAffinity") == "ClientIP":
        config = spec.setdefault("sessionAffinityConfig", {})
        config.setdefault("clientIP", {}).setdefault("timeoutSeconds", 10800)
    else:
        spec.pop("sessionAffinityConfig", None)


def _service_port(port: Object) -> None:
    if port.get("targetPort") in {None, 0, ""} and "port" in port:
        port["targetPort"] = port["port"]


def _secret(secret: Object) -> None:
    texts = secret.pop("stringData", None)
    if texts:
        data = secret.setdefault("data", {})
        for key, text in texts.items():
            data[key] = b64encode(text.encode()).decode()


def _namespace(namespace: Object) -> None:
    metadata = namespace["metadata"]
    if name := metadata.get("name"):
        labels = metadata.setdefault("labels", {})
        labels["kubernetes.io/metadata.name"] = name


def _limit_range_item(item: Object) -> None:
    if item.get("type") != "Container":
        return
    default = item.get("max", {}) | item.get("default", {})
    request = item.get("min", {}) | default | item.get("defaultRequest", {})
    if default:
        item["default"] = default
    if request:
        item["defaultRequest"] = request


def _autoscaler_behavior(behavior: Object) -> None:
    for name, rules in (("scaleUp", _SCALE_UP), ("scaleDown", _SCALE_DOWN)):
        behavior[name] = deepcopy(rules) | (behavior.get(name) or {})


def _network_policy_spec(spec: Object) -> None:
    if not spec.get("policyTypes"):
        egress = ["Egress"] if spec.get("egress") else []
        spec["policyTypes"] = ["Ingress", *egress]


def _subject(subject: Object) -> None:
    if subject.get("kind") in {"User", "Group"}:
        subject.setdefault("apiGroup", _RBAC)


def _custom_resource_definition_spec(spec: Object) -> None:
    names = spec.get("names")
    if isinstance(names, dict) and (kind := names.get("kind")):
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", f"{kind}List")
    spec.setdefault("conversion", {}).setdefault("strategy", "None")


RULES: Mapping[str, Callable[[Object], None]] = MappingProxyType(
    {
        "apps.v1.DaemonSetSpec": _daemon_set_spec,
        "apps.v1.DeploymentSpec": _deployment_spec,
        "apps.v1.StatefulSetSpec": _stateful_set_spec,
        "autoscaling.v2.HorizontalPodAutoscalerBehavior": _autoscaler_behavior,
        "batch.v1.Job": _job,
        "core.v1.Container": _container,
        "core.v1.EphemeralContainer": _container,
        "core.v1.ImageVolumeSource": _image_volume,
        "core.v1.LimitRangeItem": _limit_range_item,
        "core.v1.Namespace": _namespace,
        "core.v1.Pod": _pod,
        "core.v1.PodSpec": _pod_spec,
        "core.v1.ReplicationController": _replication_controller,
        "core.v1.Secret": _secret,
        "core.v1.Service": _service,
        "core.v1.ServicePort": _service_port,
        "core.v1.Volume": _volume,
        "networking.v1.NetworkPolicySpec": _network_policy_spec,
        "rbac.v1.Subject": _subject,
        "apiextensions.v1.CustomResourceDefinitionSpec": (
            _custom_resource_definition_spec
        ),
    }
)
