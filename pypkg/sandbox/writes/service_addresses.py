"""The addresses and ports of Services: given when they are written, each once."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.statuses import Cause, invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.sandbox.store import Event

Object = dict[str, Any]

SERVICE = GroupVersionKind("", "v1", "Service")
RESOURCE = "services"
SERVICE_NETWORK = IPv4Network("10.96.0.0/16")
NODE_PORTS = range(30000, 32768)
_FIRST_FREE = 10  # lower ones are for well-known services, the API server's own first
_NONE = "None"


class Allocated:
    """Which addresses and node ports Services have.

    Args:
        services: The Services that there are; later ones come by ``follow``.
    """

    def __init__(self, services: Iterable[Object]) -> None:
        self._addresses: dict[str, str] = {}
        self._ports: dict[tuple[int, str], str] = {}
        self._lowest = _FIRST_FREE  # all below are taken
        for service in services:
            self._take(service)

    def follow(self, event: Event) -> None:
        """Note a change of the store, if it is one of a Service."""
        if event.key.resource != RESOURCE:
            return
        if event.previous is not None:
            self._give_back(event.previous)
        if event.type != "DELETED":
            self._take(event.object)

    def _take(self, service: Object) -> None:
        uid = service["metadata"]["uid"]
        self._addresses |= dict.fromkeys(_addresses(service), uid)
        self._ports |= dict.fromkeys(_node_ports(service), uid)

    def _give_back(self, service: Object) -> None:
        for address in _addresses(service):
            self._addresses.pop(address, None)
            self._lowest = _FIRST_FREE
        for port in _node_ports(service):
            self._ports.pop(port, None)

    def has_address(self, address: str, uid: str) -> bool:
        """Whether an address belongs to a Service of another uid."""
        return self._addresses.get(address, uid) != uid

    def has_port(self, port: int, protocol: str, uid: str) -> bool:
        """Whether a node port belongs to a Service of another uid."""
        return self._ports.get((port, protocol), uid) != uid

    def free_address(self) -> str:
        """The lowest address that no Service has."""
        while (address := str(SERVICE_NETWORK[self._lowest])) in self._addresses:
            self._lowest += 1
        return address


def _addresses(service: Object) -> list[str]:
    address = (service.get("spec") or {}).get("clusterIP")
    return [address] if address and address != _NONE else []


def _node_ports(service: Object) -> list[tuple[int, str]]:
    return [
        (port["nodePort"], port.get("protocol", "TCP"))
        for port in (service.get("spec") or {}).get("ports") or ()
        if port.get("nodePort")
    ]


def allocate(service: Object, old: Object | None, allocated: Allocated) -> None:
    """Give a Service what it needs and does not state, in place.

    Args:
        service: The Service, with its defaults.
        old: The Service as stored; None where it is new.
        allocated: What Services have.

    Raises:
        StatusError: 422, it states an address or a port that is not free.
    """
    spec = service.get("spec")
    if not isinstance(spec, dict):
        return
    before: Object = (old or {}).get("spec") or {}
    kind = spec.get("type")
    if kind == "ExternalName":
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if before.get("type") != kind or name in before:
                spec.pop(name, None)
        return
    _patch(spec, before)
    _allocate_address(service, spec, before, allocated)
    _set_families(spec)
    _allocate_ports(service, spec, before, allocated)


def _patch(spec: Object, before: Object) -> None:
    """Keep what was allocated where an update leaves it out."""
    needs = {"ClusterIP", "NodePort", "LoadBalancer"}
    if before.get("type") in needs and spec.get("type") in needs:
        if not spec.get("clusterIP") and before.get("clusterIP"):
            spec["clusterIP"] = before["clusterIP"]
        if not spec.get("clusterIPs") and spec.get("clusterIP") == before.get(
            "clusterIP"
        ):
            spec["clusterIPs"] = list(before.get("clusterIPs", ()))
        for name in ("ipFamilies", "ipFamilyPolicy"):
            if name not in spec and name in before:
                spec[name] = before[name]
    if _has_node_ports(before) and _has_node_ports(spec):
        known = {
            _port_key(port): port.get("nodePort") for port in before.get("ports", ())
        }
        for port in spec.get("ports", ()):
            found = known.get(_port_key(port))
            if not port.get("nodePort") and found:
                port["nodePort"] = found


def _allocate_address(
    service: Object, spec: Object, before: Object, allocated: Allocated
) -> None:
    kept = spec.get("clusterIPs") == before.get("clusterIPs")
    if kept and spec.get("clusterIP") != before.get("clusterIP"):
        # Who changes the one field means the other too.
        spec.pop("clusterIPs", None)
    wanted = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
    if wanted == _NONE:
        spec["clusterIP"] = _NONE
        spec.setdefault("clusterIPs", [_NONE])
        return
    if not wanted:
        wanted = allocated.free_address()
    elif wanted != before.get("clusterIP"):
        taken = allocated.has_address(wanted, service["metadata"]["uid"])
        _check_address(service, wanted, taken=taken)
    spec["clusterIP"] = wanted
    if not spec.get("clusterIPs"):
        spec["clusterIPs"] = [wanted]


def _check_address(service: Object, wanted: str, *, taken: bool) -> None:
    try:
        inside = IPv4Address(wanted) in SERVICE_NETWORK
    except AddressValueError:
        return  # the validation names the fault
    why = (
        "the provided IP is already allocated"
        if taken
        else ""
        if inside
        else f"the provided IP ({wanted}) is not in the valid range. The range of valid"
        f" IPs is {SERVICE_NETWORK}"
    )
    if why:
        shown = f'["{wanted}"]'
        message = f"Invalid value: {shown}: failed to allocate IP {wanted}: {why}"
        cause = Cause("FieldValueInvalid", message, "spec.clusterIPs")
        raise invalid(SERVICE, service["metadata"].get("name", ""), [cause])


def _set_families(spec: Object) -> None:
    if spec.get("clusterIP") == _NONE and not spec.get("selector"):
        # Nobody knows of what family the endpoints will be.
        spec.setdefault("ipFamilyPolicy", "RequireDualStack")
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    spec.setdefault("ipFamilies", ["IPv4"])


def _allocate_ports(
    service: Object, spec: Object, before: Object, allocated: Allocated
) -> None:
    had = {port.get("nodePort") for port in before.get("ports", ())}
    ports: list[Object] = spec.get("ports") or []
    if not _has_node_ports(spec):
        for port in ports:
            # What the old type needed and the new one does not.
            if port.get("nodePort") in had:
                port.pop("nodePort", None)
        return
    uid = service["metadata"]["uid"]
    for index, port in enumerate(ports):
        wanted, protocol = port.get("nodePort"), port.get("protocol", "TCP")
        if not wanted:
            mine = _node_ports(service)
            port["nodePort"] = next(
                number
                for number in NODE_PORTS
                if (number, protocol) not in mine
                and not allocated.has_port(number, protocol, uid)
            )
        elif wanted not in had:
            taken = allocated.has_port(wanted, protocol, uid)
            _check_port(service, index, wanted, taken=taken)


def _check_port(service: Object, index: int, wanted: int, *, taken: bool) -> None:
    if taken:
        why = "provided port is already allocated"
    elif wanted not in NODE_PORTS:
        why = (
            "provided port is not in the valid range. The range of valid ports is"
            f" {NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
        )
    else:
        return
    message = f"Invalid value: {wanted}: {why}"
    cause = Cause("FieldValueInvalid", message, f"spec.ports[{index}].nodePort")
    raise invalid(SERVICE, service["metadata"].get("name", ""), [cause])


def _has_node_ports(spec: Object) -> bool:
    kind = spec.get("type")
    balanced = kind == "LoadBalancer" and spec.get(
        "allocateLoadBalancerNodePorts", True
    )
    return kind == "NodePort" or bool(balanced)


def _port_key(port: Object) -> tuple[Any, Any]:
    return port.get("protocol"), port.get("port")
