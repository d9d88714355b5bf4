"""Containers: images, ports, environment, mounts, probes, resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.checks import names
from pypkg.sandbox.schemas import quantities

if TYPE_CHECKING:
    from collections.abc import Collection

    from pypkg.sandbox.checks.faults import Faults

Object = dict[str, Any]

_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_SCHEMES = ("HTTP", "HTTPS")
_MESSAGES = ("FallbackToLogsOnError", "File")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_RESOURCES = ("cpu", "memory", "ephemeral-storage")


def check_container(
    container: Object, volumes: Collection[str], faults: Faults, field: str
) -> None:
    """Check a container.

    Args:
        container: It.
        volumes: The names of the pod's volumes.
        faults: Takes what is found.
        field: Where the container stands.
    """
    image = container.get("image", "")
    if not image:
        faults.required(f"{field}.image")
    elif image != image.strip():
        detail = "must not have leading or trailing whitespace"
        faults.invalid(f"{field}.image", image, detail)
    pull = container.get("imagePullPolicy")
    faults.choose(f"{field}.imagePullPolicy", pull, _PULL_POLICIES)
    policy = container.get("terminationMessagePolicy")
    if policy not in {None, *_MESSAGES}:
        detail = "must be 'File' or 'FallbackToLogsOnError'"
        faults.invalid(f"{field}.terminationMessagePolicy", policy, detail)
    _check_ports(container.get("ports") or (), faults, f"{field}.ports")
    _check_environment(container, faults, field)
    _check_mounts(container, volumes, faults, field)
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe := container.get(name):
            _check_probe(probe, faults, f"{field}.{name}")
            threshold = probe.get("successThreshold", 1)
            if name != "readinessProbe" and threshold != 1:
                faults.invalid(
                    f"{field}.{name}.successThreshold", threshold, "must be 1"
                )
    for name, handler in (container.get("lifecycle") or {}).items():
        if isinstance(handler, dict):
            _check_handler(handler, faults, f"{field}.lifecycle.{name}")
    _check_resources(container.get("resources") or {}, faults, f"{field}.resources")


def _check_ports(ports: Any, faults: Faults, field: str) -> None:
    seen = set()
    for index, port in enumerate(ports):
        here = f"{field}[{index}]"
        if name := port.get("name"):
            for fault in names.port_name(name):
                faults.invalid(f"{here}.name", name, fault)
            if name in seen:
                faults.duplicate(f"{here}.name", name)
            seen.add(name)
        if not port.get("containerPort"):
            faults.required(f"{here}.containerPort")
        else:
            for fault in names.port_number(port["containerPort"]):
                faults.invalid(f"{here}.containerPort", port["containerPort"], fault)
        for fault in (
            names.port_number(port["hostPort"]) if port.get("hostPort") else ()
        ):
            faults.invalid(f"{here}.hostPort", port["hostPort"], fault)
        faults.choose(f"{here}.protocol", port.get("protocol"), _PROTOCOLS)


def _check_environment(container: Object, faults: Faults, field: str) -> None:
    for index, variable in enumerate(container.get("env") or ()):
        here = f"{field}.env[{index}]"
        name = variable.get("name", "")
        if not name:
            faults.required(f"{here}.name")
        for fault in names.environment_name(name):
            faults.invalid(f"{here}.name", name, fault)
        if "valueFrom" in variable:
            _check_variable_source(variable, faults, f"{here}.valueFrom")
    for index, source in enumerate(container.get("envFrom") or ()):
        here = f"{field}.envFrom[{index}]"
        for kind in ("configMapRef", "secretRef"):
            if kind in source and not source[kind].get("name"):
                faults.required(f"{here}.{kind}.name")
        if not {"configMapRef", "secretRef"} & source.keys():
            detail = "must specify one of: `configMapRef` or `secretRef`"
            faults.invalid(here, "", detail)


def _check_variable_source(variable: Object, faults: Faults, field: str) -> None:
    source = variable["valueFrom"]
    if not source:
        detail = (
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`,"
            " `secretKeyRef` or `fileKeyRef`"
        )
        faults.invalid(field, "", detail)
    elif variable.get("value"):
        detail = "may not be specified when `value` is not empty"
        faults.invalid(field, "", detail)
    elif len(source) > 1:
        detail = "may not have more than one field specified at a time"
        faults.invalid(field, "", detail)
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in source and not source[kind].get("key"):
            faults.required(f"{field}.{kind}.key")


def _check_mounts(
    container: Object, volumes: Collection[str], faults: Faults, field: str
) -> None:
    paths = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        here = f"{field}.volumeMounts[{index}]"
        name, path = mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            faults.required(f"{here}.name")
        elif name not in volumes:
            faults.not_found(f"{here}.name", name)
        if not path:
            faults.required(f"{here}.mountPath")
        elif path in paths:
            faults.invalid(f"{here}.mountPath", path, "must be unique")
        paths.add(path)
        sub = mount.get("subPath", "")
        if sub.startswith("/"):
            faults.invalid(f"{here}.subPath", sub, "must be a relative path")
        if ".." in sub.split("/"):
            faults.invalid(f"{here}.subPath", sub, "must not contain '..'")


def _check_probe(probe: Object, faults: Faults, field: str) -> None:
    _check_handler(probe, faults, field)
    for name in (
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ):
        number = probe.get(name, 0)
        if number < 0:
            detail = "must be greater than or equal to 0"
            faults.invalid(f"{field}.{name}", number, detail)


def _check_handler(handler: Object, faults: Faults, field: str) -> None:
    given = [name for name in (*_HANDLERS, "sleep") if name in handler]
    if not given:
        faults.required(field, "must specify a handler type")
    for extra in given[1:]:
        detail = "may not specify more than 1 handler type"
        faults.forbidden(f"{field}.{extra}", detail)
    if "exec" in handler and not (handler["exec"] or {}).get("command"):
        faults.required(f"{field}.exec.command")
    for name in ("httpGet", "tcpSocket"):
        if action := handler.get(name):
            check_target_port(action.get("port"), faults, f"{field}.{name}.port")
    if action := handler.get("httpGet"):
        scheme = action.get("scheme")
        faults.choose(f"{field}.httpGet.scheme", scheme, _SCHEMES)


def check_target_port(port: Any, faults: Faults, field: str) -> None:
    """Check a port's number or name."""
    if isinstance(port, str):
        for fault in names.port_name(port):
            faults.invalid(field, port, fault)
    else:
        number = port or 0
        for fault in names.port_number(number):
            faults.invalid(field, number, fault)


def _check_resources(resources: Object, faults: Faults, field: str) -> None:
    limits = resources.get("limits") or {}
    for kind in ("limits", "requests"):
        for name, amount in (resources.get(kind) or {}).items():
            _check_resource_name(name, faults, f"{field}.{kind}")
            try:
                value = quantities.parse(str(amount))
            except ValueError as error:
                faults.invalid(f"{field}.{kind}[{name}]", amount, str(error))
                continue
            if value < 0:
                detail = "must be greater than or equal to 0"
                faults.invalid(f"{field}.{kind}[{name}]", amount, detail)
            if kind == "requests" and name in limits:
                limit = quantities.parse(str(limits[name]))
                if value > limit:
                    shown = (
                        f"must be less than or equal to {name} limit of {limits[name]}"
                    )
                    faults.invalid(f"{field}.requests", amount, shown)


def _check_resource_name(name: str, faults: Faults, field: str) -> None:
    if name in _RESOURCES or name.startswith("hugepages-"):
        return
    for fault in names.qualified_name(name):
        faults.invalid(field, name, fault)
    if "/" not in name:
        detail = "must be a standard resource for containers"
        faults.invalid(
            field, name, "must be a standard resource type or fully qualified"
        )
        faults.invalid(field, name, detail)
