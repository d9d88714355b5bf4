"""Services, Ingresses and NetworkPolicies."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.checks import names
from pypkg.sandbox.checks.containers import check_target_port
from pypkg.sandbox.checks.faults import IMMUTABLE
from pypkg.sandbox.checks.metadata import check_labels, check_selector

if TYPE_CHECKING:
    from pypkg.sandbox.checks.faults import Faults

Object = dict[str, Any]

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_NONE = "None"
_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def check_service(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a Service."""
    spec = obj.get("spec") or {}
    kind = spec.get("type")
    faults.choose("spec.type", kind, _TYPES)
    headless = spec.get("clusterIP") == _NONE
    if not spec.get("ports") and kind != "ExternalName" and not headless:
        faults.required("spec.ports")
    if kind == "LoadBalancer" and headless:
        detail = "may not be set to 'None' for LoadBalancer services"
        faults.invalid("spec.clusterIPs[0]", _NONE, detail)
    if kind == "ExternalName":
        name = (spec.get("externalName") or "").removesuffix(".")
        if not name:
            faults.required("spec.externalName")
        for fault in names.dns_subdomain(name) if name else ():
            faults.invalid("spec.externalName", name, fault)
    check_labels(spec.get("selector") or {}, faults, "spec.selector")
    affinities = ("ClientIP", "None")
    faults.choose("spec.sessionAffinity", spec.get("sessionAffinity"), affinities)
    _check_addresses(spec, faults)
    _check_ports(spec, faults)
    if policy := spec.get("externalTrafficPolicy"):
        place = "spec.externalTrafficPolicy"
        faults.choose(place, policy, ("Cluster", "Local"))
        reachable = kind in {"NodePort", "LoadBalancer"} or spec.get("externalIPs")
        if not reachable:
            detail = "may only be set for externally-accessible services"
            faults.invalid(place, policy, detail)
    if old is not None:
        _check_service_change(spec, old.get("spec") or {}, faults)


def _check_addresses(spec: Object, faults: Faults) -> None:
    for index, address in enumerate(spec.get("clusterIPs") or ()):
        if address != _NONE and not _is_address(address):
            faults.invalid(f"spec.clusterIPs[{index}]", address, _IP)
    for index, address in enumerate(spec.get("externalIPs") or ()):
        if not _is_address(address):
            faults.invalid(f"spec.externalIPs[{index}]", address, _IP)


def _check_ports(spec: Object, faults: Faults) -> None:
    ports = spec.get("ports") or ()
    seen_names, seen_ports = set(), set()
    for index, port in enumerate(ports):
        here = f"spec.ports[{index}]"
        name = port.get("name", "")
        if not name and len(ports) > 1:
            faults.required(f"{here}.name")
        for fault in names.dns_label(name) if name else ():
            faults.invalid(f"{here}.name", name, fault)
        if name and name in seen_names:
            faults.duplicate(f"{here}.name", name)
        seen_names.add(name)
        number = port.get("port", 0)
        for fault in names.port_number(number):
            faults.invalid(f"{here}.port", number, fault)
        faults.choose(f"{here}.protocol", port.get("protocol"), _PROTOCOLS)
        check_target_port(port.get("targetPort"), faults, f"{here}.targetPort")
        if port.get("nodePort") and spec.get("type") == "ClusterIP":
            detail = "may not be used when `type` is 'ClusterIP'"
            faults.forbidden(f"{here}.nodePort", detail)
        key = (port.get("protocol"), number)
        if key in seen_ports:
            shown = {"port": number, "protocol": port.get("protocol")}
            faults.duplicate(here, shown)
        seen_ports.add(key)


def _check_service_change(spec: Object, before: Object, faults: Faults) -> None:
    kept = {"ClusterIP", "NodePort", "LoadBalancer"}
    if not (before.get("type") in kept and spec.get("type") in kept):
        return
    old, new = before.get("clusterIPs") or [], spec.get("clusterIPs") or []
    if old and new and old[0] != new[0]:
        detail = "may not change once set"
        faults.invalid("spec.clusterIPs[0]", new, detail)


def check_ingress(obj: Object, _: Object | None, faults: Faults) -> None:
    """Check an Ingress."""
    spec = obj.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        detail = "either `defaultBackend` or `rules` must be specified"
        faults.invalid("spec", [], detail)
    if backend := spec.get("defaultBackend"):
        _check_backend(backend, faults, "spec.defaultBackend")
    if name := spec.get("ingressClassName"):
        for fault in names.dns_subdomain(name):
            faults.invalid("spec.ingressClassName", name, fault)
    for index, rule in enumerate(spec.get("rules") or ()):
        _check_rule(rule, faults, f"spec.rules[{index}]")
    for index, tls in enumerate(spec.get("tls") or ()):
        for place, host in enumerate(tls.get("hosts") or ()):
            _check_host(host, faults, f"spec.tls[{index}].hosts[{place}]")


def _check_rule(rule: Object, faults: Faults, field: str) -> None:
    if host := rule.get("host"):
        _check_host(host, faults, f"{field}.host")
    http = rule.get("http")
    if http is None:
        return
    if not http.get("paths"):
        faults.required(f"{field}.http.paths")
    for index, path in enumerate(http.get("paths") or ()):
        _check_path(path, faults, f"{field}.http.paths[{index}]")


def _check_path(path: Object, faults: Faults, field: str) -> None:
    kind, text = path.get("pathType"), path.get("path", "")
    if not kind:
        faults.required(f"{field}.pathType", "pathType must be specified")
    elif kind not in _PATH_TYPES:
        faults.unsupported(f"{field}.pathType", kind, _PATH_TYPES)
    elif not text.startswith("/") and (text or kind != "ImplementationSpecific"):
        faults.invalid(f"{field}.path", text, "must be an absolute path")
    _check_backend(path.get("backend") or {}, faults, f"{field}.backend")


def _check_backend(backend: Object, faults: Faults, field: str) -> None:
    service = backend.get("service")
    if service is None:
        if not backend.get("resource"):
            faults.required(field, "port name or number is required")
        return
    name = service.get("name", "")
    if not name:
        faults.required(f"{field}.service.name")
    for fault in names.dns_1035_label(name) if name else ():
        faults.invalid(f"{field}.service.name", name, fault)
    port = service.get("port") or {}
    if port.get("name") and port.get("number"):
        detail = "cannot set both port name & port number"
        faults.invalid(field, backend, detail)
    elif port.get("number"):
        for fault in names.port_number(port["number"]):
            faults.invalid(f"{field}.service.port.number", port["number"], fault)
    elif not port.get("name"):
        faults.required(field, "port name or number is required")


def _check_host(host: str, faults: Faults, field: str) -> None:
    plain = host.removeprefix("*.")
    if _is_address(host):
        faults.invalid(field, host, "must be a DNS name, not an IP address")
        return
    for fault in names.dns_subdomain(plain):
        faults.invalid(field, host, fault)


def check_network_policy(obj: Object, _: Object | None, faults: Faults) -> None:
    """Check a NetworkPolicy."""
    spec = obj.get("spec") or {}
    check_selector(spec.get("podSelector") or {}, faults, "spec.podSelector")
    for index, kind in enumerate(spec.get("policyTypes") or ()):
        if kind not in {"Ingress", "Egress"}:
            field = f"spec.policyTypes[{index}]"
            faults.unsupported(field, kind, ("Egress", "Ingress"))
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            here = f"spec.{direction}[{index}]"
            for number, peer in enumerate(rule.get(side) or ()):
                _check_peer(peer, faults, f"{here}.{side}[{number}]")
            for place, port in enumerate(rule.get("ports") or ()):
                if port.get("port") is not None:
                    field = f"{here}.ports[{place}].port"
                    check_target_port(port["port"], faults, field)


def _check_peer(peer: Object, faults: Faults, field: str) -> None:
    if not peer:
        faults.required(field, "must specify a peer")
    if "ipBlock" in peer and len(peer) > 1:
        detail = "may not specify both ipBlock and another peer"
        faults.forbidden(field, detail)
    block = peer.get("ipBlock")
    if block is not None:
        cidr = block.get("cidr", "")
        try:
            ip_network(cidr)
        except ValueError:
            detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            faults.invalid(f"{field}.ipBlock.cidr", cidr, detail)
    for name in ("podSelector", "namespaceSelector"):
        check_selector(peer.get(name) or {}, faults, f"{field}.{name}")


def check_ingress_class(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check an IngressClass, whose controller stays."""
    controller = (obj.get("spec") or {}).get("controller", "")
    if not controller:
        faults.required("spec.controller")
    if old is not None and controller != (old.get("spec") or {}).get("controller"):
        faults.invalid("spec.controller", controller, IMMUTABLE)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
