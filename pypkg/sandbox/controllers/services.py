"""Services: a load balancer's address, and the pods behind each service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import (
    CONTROLLER_MANAGER,
    ENDPOINT_SLICE,
    ENDPOINTS,
    POD,
    SERVICE,
    Name,
)
from pypkg.sandbox.controllers.ownership import controlled, reference_to
from pypkg.sandbox.controllers.pods import is_ended, is_ready
from pypkg.sandbox.label_selector import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.controllers.context import Context
    from pypkg.sandbox.controllers.objects import Change, Object

_SERVICE_NAME = "kubernetes.io/service-name"
_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_HEADLESS = "service.kubernetes.io/headless"
_OBSERVED = "endpoints.kubernetes.io/last-change-trigger-time"
# Addresses of RFC 5737's documentation network: nothing answers there.
_BALANCERS = "203.0.113"


class LoadBalancers:
    """Gives each Service of type LoadBalancer an address, as a cloud would."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The Service."""
        return [Name.of(change.object)] if change.kind == SERVICE else ()

    def reconcile(self, name: Name) -> None:
        """Set or clear a Service's ingress."""
        service = self._context.objects.get(SERVICE, *name)
        if service is None or "deletionTimestamp" in service["metadata"]:
            return
        spec, old = service["spec"], service.get("status", {})
        balanced = spec.get("type") == "LoadBalancer"
        ingress = old.get("loadBalancer", {}).get("ingress")
        if balanced and not ingress and "loadBalancerClass" not in spec:
            balancer: Object = {"ingress": [{"ip": self._free(spec), "ipMode": "VIP"}]}
        elif not balanced and ingress:
            balancer = {}
        else:
            return
        self._context.objects.update(
            service | {"status": old | {"loadBalancer": balancer}},
            manager="cloud-controller-manager",
            subresource="status",
        )
        if balanced:
            self._context.events.normal(
                service,
                "EnsuredLoadBalancer",
                "Ensured load balancer",
                source="service-controller",
            )

    def _free(self, spec: Object) -> str:
        if wanted := spec.get("loadBalancerIP"):
            return str(wanted)
        taken = {
            entry.get("ip")
            for service in self._context.objects.list(SERVICE)
            for entry in service.get("status", {})
            .get("loadBalancer", {})
            .get("ingress", ())
        }
        addresses = (f"{_BALANCERS}.{number}" for number in range(1, 255))
        return next((ip for ip in addresses if ip not in taken), f"{_BALANCERS}.254")


class EndpointsOfServices:
    """Keeps Endpoints and EndpointSlices of the pods that Services select."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, change: Change) -> Iterable[Name]:
        """The Service, or each one that selects the pod."""
        if change.kind == SERVICE:
            return [Name.of(change.object)]
        if change.kind != POD or not _moves_endpoints(change):
            return ()
        pods = [change.object, *([change.previous] if change.previous else [])]
        namespace = change.object["metadata"]["namespace"]
        return [
            Name.of(service)
            for service in self._context.objects.list(SERVICE, namespace)
            if any(_selects(service, pod) for pod in pods)
        ]

    def reconcile(self, name: Name) -> None:
        """Bring a Service's endpoints up to date."""
        service = self._context.objects.get(SERVICE, *name)
        if service is None:
            self._remove(name)
            return
        if "deletionTimestamp" in service["metadata"] or not _has_endpoints(service):
            return
        pods = [
            pod
            for pod in self._context.objects.list(POD, name.namespace)
            if _selects(service, pod) and _is_reachable(pod)
        ]
        self._write_endpoints(service, pods)
        self._write_slice(service, pods)

    def _remove(self, name: Name) -> None:
        # A slice is owned by its Service and collected with it; Endpoints are not.
        if endpoints := self._context.objects.get(ENDPOINTS, *name):
            self._context.objects.delete(endpoints)

    def _write_endpoints(self, service: Object, pods: list[Object]) -> None:
        by_port: dict[str, Object] = {}
        for pod in pods:
            ports = _ports(service, pod)
            place = by_port.setdefault(repr(ports), {"ports": ports})
            ready = is_ready(pod) or service["spec"].get("publishNotReadyAddresses")
            key = "addresses" if ready else "notReadyAddresses"
            place.setdefault(key, []).append(_address(pod))
        subsets = [
            {key: value for key, value in subset.items() if value}
            for subset in by_port.values()
        ]
        metadata = _metadata(service)
        metadata["labels"]["endpoints.kubernetes.io/managed-by"] = "endpoint-controller"
        wanted: Object = {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": metadata,
        } | ({"subsets": subsets} if subsets else {})
        found = self._context.objects.get(ENDPOINTS, *Name.of(service))
        if found is None:
            self._context.objects.create(wanted, manager=CONTROLLER_MANAGER)
        elif found.get("subsets") != wanted.get("subsets") or (
            found["metadata"].get("labels") != metadata["labels"]
        ):
            labels = found["metadata"] | {"labels": metadata["labels"]}
            changed = {**found, **wanted, "metadata": labels}
            if not subsets:
                changed.pop("subsets", None)
            self._context.objects.update(changed, manager=CONTROLLER_MANAGER)

    def _write_slice(self, service: Object, pods: list[Object]) -> None:
        metadata = _metadata(service)
        name = service["metadata"]["name"]
        metadata |= {"ownerReferences": [reference_to(service)]}
        metadata["labels"] |= {
            _SERVICE_NAME: name,
            _MANAGED_BY: "endpointslice-controller.k8s.io",
        }
        del metadata["name"]
        ports = _ports(service, pods[0] if pods else None)
        wanted: Object = {
            "apiVersion": ENDPOINT_SLICE.api_version,
            "kind": ENDPOINT_SLICE.kind,
            "metadata": metadata | {"generateName": f"{name}-"},
            "addressType": "IPv4",
            "endpoints": [_endpoint(service, pod) for pod in pods],
            "ports": ports,
        }
        slices = controlled(self._context.objects, ENDPOINT_SLICE, service)
        if not slices:
            self._context.objects.create(wanted, manager=CONTROLLER_MANAGER)
            return
        found = slices[0]
        changed = found | {"endpoints": wanted["endpoints"], "ports": ports}
        changed["metadata"] = found["metadata"] | {"labels": metadata["labels"]}
        if changed != found:
            self._context.objects.update(changed, manager=CONTROLLER_MANAGER)


def _has_endpoints(service: Object) -> bool:
    spec = service["spec"]
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName"


def _selects(service: Object, pod: Object) -> bool:
    selector = service["spec"].get("selector")
    labels = pod["metadata"].get("labels", {})
    return bool(selector) and matches({"matchLabels": selector}, labels)


def _is_reachable(pod: Object) -> bool:
    return not is_ended(pod) and bool(pod.get("status", {}).get("podIP"))


def _moves_endpoints(change: Change) -> bool:
    if change.type != "MODIFIED" or change.previous is None:
        return True
    return _traits(change.object) != _traits(change.previous)


def _traits(pod: Object) -> object:
    status, metadata = pod.get("status", {}), pod["metadata"]
    return (
        status.get("podIP"),
        is_ended(pod),
        is_ready(pod),
        "deletionTimestamp" in metadata,
        metadata.get("labels"),
    )


def _metadata(service: Object) -> Object:
    metadata = service["metadata"]
    labels = dict(metadata.get("labels", {}))
    if service["spec"].get("clusterIP") == "None":
        labels[_HEADLESS] = ""
    return {
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "labels": labels,
    }


def _ports(service: Object, pod: Object | None) -> list[Object]:
    ports = []
    for port in service["spec"].get("ports", ()):
        number = _target(port, pod)
        if number is None:
            continue
        entry = {"name": port.get("name", ""), "port": number}
        entry["protocol"] = port.get("protocol", "TCP")
        if "appProtocol" in port:
            entry["appProtocol"] = port["appProtocol"]
        ports.append(entry)
    return ports


def _target(port: Object, pod: Object | None) -> int | None:
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    for container in pod["spec"]["containers"] if pod else ():
        for found in container.get("ports", ()):
            if found.get("name") == target:
                return int(found["containerPort"])
    return None


def _reference(pod: Object) -> Object:
    metadata = pod["metadata"]
    return {
        "kind": "Pod",
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "uid": metadata["uid"],
    }


def _address(pod: Object) -> Object:
    return {
        "ip": pod["status"]["podIP"],
        "nodeName": pod["spec"].get("nodeName", ""),
        "targetRef": _reference(pod),
    }


def _endpoint(service: Object, pod: Object) -> Object:
    ending = "deletionTimestamp" in pod["metadata"]
    published = bool(service["spec"].get("publishNotReadyAddresses"))
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {
            "ready": published or (is_ready(pod) and not ending),
            "serving": is_ready(pod),
            "terminating": ending,
        },
        "nodeName": pod["spec"].get("nodeName", ""),
        "targetRef": _reference(pod),
    }
