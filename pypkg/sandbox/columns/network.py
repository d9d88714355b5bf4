"""The columns of Services, Ingresses and what belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.columns.column import AGE, NAME, Column, at, field
from pypkg.sandbox.label_selector import format_selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

Object = dict[str, Any]

_SHOWN = 3  # endpoints and hosts; the rest is counted
_ADDRESS_WIDTH = 16


def _external(service: Object, _: datetime) -> str:
    spec = service.get("spec", {})
    external = spec.get("externalIPs") or []
    match spec.get("type"):
        case "LoadBalancer":
            balancer = _balancer(service)
            shown = [*([balancer] if balancer else []), *external]
            return ",".join(shown) or "<pending>"
        case "ExternalName":
            return str(spec.get("externalName", ""))
        case _:
            return ",".join(external) or "<none>"


def _balancer(obj: Object) -> str:
    found = at(obj, "status.loadBalancer.ingress") or ()
    text = ",".join(sorted({i.get("ip") or i.get("hostname") or "" for i in found}))
    if len(text) > _ADDRESS_WIDTH and "," in text:
        return text[: _ADDRESS_WIDTH - 3] + "..."
    return text


def _ports(service: Object, _: datetime) -> str:
    shown = []
    for port in at(service, "spec.ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        shown.append(f"{port['port']}{node}/{port.get('protocol', 'TCP')}")
    return ",".join(shown) or "<none>"


def _cluster_ip(service: Object, _: datetime) -> str:
    addresses = at(service, "spec.clusterIPs") or [at(service, "spec.clusterIP")]
    return str(addresses[0] or "<none>")


def _plain_selector(obj: Object, _: datetime) -> str:
    selector = at(obj, "spec.selector") or {}
    return ",".join(f"{k}={v}" for k, v in sorted(selector.items())) or "<none>"


def _hosts(ingress: Object, _: datetime) -> str:
    hosts = [r["host"] for r in at(ingress, "spec.rules") or () if r.get("host")]
    return _some(hosts) or "*"


def _some(items: list[str]) -> str:
    text = ",".join(items[:_SHOWN])
    more = len(items) - _SHOWN
    return f"{text} + {more} more..." if more > 0 else text


def _ingress_ports(ingress: Object, _: datetime) -> str:
    return "80, 443" if at(ingress, "spec.tls") else "80"


def _endpoints(obj: Object, _: datetime) -> str:
    shown = [
        f"{address.get('ip', '')}:{port['port']}" if port else address.get("ip", "")
        for subset in obj.get("subsets") or ()
        for port in subset.get("ports") or (None,)
        for address in subset.get("addresses") or ()
    ]
    return _some(shown) or "<none>"


def _slice_ports(obj: Object, _: datetime) -> str:
    numbers = [str(port.get("port", "*")) for port in obj.get("ports") or ()]
    return _some(numbers) or "<unset>"


def _slice_endpoints(obj: Object, _: datetime) -> str:
    endpoints: Iterable[Object] = obj.get("endpoints") or ()
    addresses = [a for endpoint in endpoints for a in endpoint.get("addresses") or ()]
    return _some(addresses) or "<unset>"


def _parameters(obj: Object, _: datetime) -> str:
    found = at(obj, "spec.parameters")
    if not found:
        return "<none>"
    kind = found["kind"]
    if group := found.get("apiGroup"):
        kind = f"{kind}.{group}"
    return f"{kind}/{found['name']}"


def _pod_selector(obj: Object, _: datetime) -> str:
    return format_selector(at(obj, "spec.podSelector") or {}) or "<none>"


def _parent(obj: Object, _: datetime) -> str:
    parent = at(obj, "spec.parentRef") or {}
    parts = [parent.get(key, "") for key in ("resource", "group", "namespace", "name")]
    resource, group, namespace, name = parts
    if group:
        resource = f"{resource}.{group}"
    return "/".join(part for part in (resource, namespace, name) if part)


NETWORK_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "services": (
        NAME,
        Column("Type", field("spec.type")),
        Column("Cluster-IP", _cluster_ip),
        Column("External-IP", _external),
        Column("Port(s)", _ports),
        AGE,
        Column("Selector", _plain_selector, priority=1),
    ),
    "ingresses.networking.k8s.io": (
        NAME,
        Column("Class", field("spec.ingressClassName", "<none>")),
        Column("Hosts", _hosts),
        Column("Address", lambda obj, _: _balancer(obj)),
        Column("Ports", _ingress_ports),
        AGE,
    ),
    "ingressclasses.networking.k8s.io": (
        NAME,
        Column("Controller", field("spec.controller")),
        Column("Parameters", _parameters),
        AGE,
    ),
    "networkpolicies.networking.k8s.io": (
        NAME,
        Column("Pod-Selector", _pod_selector),
        AGE,
    ),
    "ipaddresses.networking.k8s.io": (NAME, Column("ParentRef", _parent), AGE),
    "servicecidrs.networking.k8s.io": (
        NAME,
        Column("CIDRs", lambda obj, _: ",".join(at(obj, "spec.cidrs") or ())),
        AGE,
    ),
    "endpoints": (NAME, Column("Endpoints", _endpoints), AGE),
    "endpointslices.discovery.k8s.io": (
        NAME,
        Column("AddressType", field("addressType")),
        Column("Ports", _slice_ports),
        Column("Endpoints", _slice_endpoints),
        AGE,
    ),
}
