"""The addresses and ports of Services: given when they are written, each once."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Protocol

from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.statuses import Cause, invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

Object = dict[str, Any]

SERVICE = GroupVersionKind("", "v1", "Service")
SERVICE_NETWORK = IPv4Network("10.96.0.0/16")
NODE_PORTS = range(30000, 32768)
_FIRST_FREE = 10  # lower ones are for well-known services, the API server's own first
_NONE = "None"


class Reader(Protocol):
    """What is looked up."""

    def list(
        self, kind: GroupVersionKind, namespace: str | None = None
    ) -> list[Object]:
        """The objects of a kind."""


def allocate(service: Object, old: Object | None, reader: Reader) -> None:
    """Give a Service what it needs and does not state, in place.

    Args:
        service: The Service, with its defaults.
        old: The Service as stored; None where it is new.
        reader: The other Services.

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
    uid = service["metadata"].get("uid")
    others = [s for s in reader.list(SERVICE) if s["metadata"]["uid"] != uid]
    _allocate_address(service, spec, before, others)
    _set_families(spec)
    _allocate_ports(service, spec, before, others)


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
    service: Object, spec: Object, before: Object, others: Iterable[Object]
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
    taken = {other["spec"].get("clusterIP") for other in others}
    if not wanted:
        hosts = (str(SERVICE_NETWORK[n]) for n in range(_FIRST_FREE, 2**16 - 1))
        wanted = next(address for address in hosts if address not in taken)
    elif wanted != before.get("clusterIP"):
        _check_address(service, wanted, taken)
    spec["clusterIP"] = wanted
    if not spec.get("clusterIPs"):
        spec["clusterIPs"] = [wanted]


def _check_address(service: Object, wanted: str, taken: set[str | None]) -> None:
    from ipaddress import AddressValueError, IPv4Address  # noqa: PLC0415 - rarely used

    try:
        inside = IPv4Address(wanted) in SERVICE_NETWORK
    except AddressValueError:
        return  # the validation names the fault
    why = (
        "the provided IP is already allocated"
        if wanted in taken
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
    service: Object, spec: Object, before: Object, others: Iterable[Object]
) -> None:
    had = {port.get("nodePort") for port in before.get("ports", ())}
    ports: list[Object] = spec.get("ports") or []
    if not _has_node_ports(spec):
        for port in ports:
            # What the old type needed and the new one does not.
            if port.get("nodePort") in had:
                port.pop("nodePort", None)
        return
    taken = {
        (port.get("nodePort"), port.get("protocol"))
        for other in others
        for port in other["spec"].get("ports", ())
    }
    for index, port in enumerate(ports):
        wanted, protocol = port.get("nodePort"), port.get("protocol")
        if not wanted:
            mine = {(p.get("nodePort"), p.get("protocol")) for p in ports}
            port["nodePort"] = next(
                n for n in NODE_PORTS if (n, protocol) not in taken | mine
            )
        elif wanted not in had:
            _check_port(service, index, wanted, taken=(wanted, protocol) in taken)


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
