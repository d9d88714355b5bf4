"""The columns of everything else: nodes, events, configuration, policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.sandbox.columns.autoscaling import targets
from pypkg.sandbox.columns.column import (
    AGE,
    CREATED_AT,
    NAME,
    Column,
    at,
    field,
    since,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Object = dict[str, Any]

_ROLE_LABEL = "node-role.kubernetes.io/"
_NAMED = (NAME, CREATED_AT)


def _count(title: str, *paths: str) -> Column:
    return Column(
        title,
        lambda obj, _: sum(len(at(obj, path) or ()) for path in paths),
        type="integer",
    )


def _node_status(node: Object, _: datetime) -> str:
    ready = next(
        (
            condition.get("status")
            for condition in at(node, "status.conditions") or ()
            if condition.get("type") == "Ready"
        ),
        None,
    )
    words = [{"True": "Ready", None: "Unknown"}.get(ready, "NotReady")]
    if at(node, "spec.unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _roles(node: Object, _: datetime) -> str:
    labels = node["metadata"].get("labels") or {}
    found = {
        label.removeprefix(_ROLE_LABEL)
        for label in labels
        if label.startswith(_ROLE_LABEL)
    }
    return ",".join(sorted(found - {""})) or "<none>"


def _node_address(kind: str) -> Any:
    def cell(node: Object, _: datetime) -> str:
        for address in at(node, "status.addresses") or ():
            if address.get("type") == kind:
                return str(address["address"])
        return "<none>"

    return cell


def _node_info(title: str, key: str) -> Column:
    return Column(title, field(f"status.nodeInfo.{key}", "<unknown>"), priority=1)


def _last_seen(event: Object, now: datetime) -> str:
    last = at(event, "series.lastObservedTime") or event.get("lastTimestamp")
    return since(last or event.get("eventTime") or event.get("firstTimestamp"), now)


def _first_seen(event: Object, now: datetime) -> str:
    return since(event.get("firstTimestamp") or event.get("eventTime"), now)


def _event_object(event: Object, _: datetime) -> str:
    about = event.get("involvedObject") or event.get("regarding") or {}
    return f"{about.get('kind', '').lower()}/{about.get('name', '')}"


def _event_source(event: Object, _: datetime) -> str:
    source = event.get("source") or event.get("deprecatedSource") or {}
    component = source.get("component") or event.get("reportingComponent") or ""
    host = source.get("host")
    return f"{component}, {host}" if host else component


def _event_message(event: Object, _: datetime) -> str:
    return str(event.get("message") or event.get("note") or "").strip()


def _event_count(event: Object, _: datetime) -> int:
    count: int = at(event, "series.count") or event.get("count") or 1
    return count


def _sub_object(event: Object, _: datetime) -> str:
    return str(at(event, "involvedObject.fieldPath") or "")


def _quota(prefix: str | None) -> Any:
    """Used and hard limits, those of ``limits.`` apart from the rest."""

    def cell(quota: Object, _: datetime) -> str:
        used = at(quota, "status.used") or {}
        hard = at(quota, "status.hard") or at(quota, "spec.hard") or {}
        return ", ".join(
            f"{name}: {used.get(name, '0')}/{limit}"
            for name, limit in sorted(hard.items())
            if name.startswith("limits.") == (prefix == "limits.")
        )

    return cell


def _subjects(kind: str) -> Any:
    def cell(binding: Object, _: datetime) -> str:
        found = [s for s in binding.get("subjects") or () if s.get("kind") == kind]
        if kind == "ServiceAccount":
            return ", ".join(f"{s.get('namespace', '')}/{s['name']}" for s in found)
        return ", ".join(s["name"] for s in found)

    return cell


def _role(binding: Object, _: datetime) -> str:
    role = binding.get("roleRef") or {}
    return f"{role.get('kind', '')}/{role.get('name', '')}"


_BINDING = (
    NAME,
    Column("Role", _role),
    AGE,
    Column("Users", _subjects("User"), priority=1),
    Column("Groups", _subjects("Group"), priority=1),
    Column("ServiceAccounts", _subjects("ServiceAccount"), priority=1),
)


def _available(service: Object, _: datetime) -> str:
    for condition in at(service, "status.conditions") or ():
        if condition.get("type") == "Available":
            if condition.get("status") == "True":
                return "True"
            return f"{condition.get('status')} ({condition.get('reason')})"
    return "Unknown"


def _api_service(service: Object, _: datetime) -> str:
    found = at(service, "spec.service")
    return f"{found.get('namespace')}/{found.get('name')}" if found else "Local"


def _signing(request: Object, _: datetime) -> str:
    types = [c.get("type") for c in at(request, "status.conditions") or ()]
    words = [name for name in ("Approved", "Denied", "Failed") if name in types]
    if at(request, "status.certificate"):
        words.append("Issued")
    return ",".join(words) or "Pending"


def _budget(path: str) -> Any:
    return lambda obj, _: str(value) if (value := at(obj, path)) is not None else "N/A"


_EVENT = (
    Column("Last Seen", _last_seen),
    Column("Type", field("type")),
    Column("Reason", field("reason")),
    Column("Object", _event_object),
    Column("Subobject", _sub_object, priority=1),
    Column("Source", _event_source, priority=1),
    Column("Message", _event_message),
    Column("First Seen", _first_seen, priority=1),
    Column("Count", _event_count, type="integer", priority=1),
    Column("Name", lambda obj, _: obj["metadata"]["name"], format="name", priority=1),
)

CLUSTER_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "nodes": (
        NAME,
        Column("Status", _node_status),
        Column("Roles", _roles),
        AGE,
        Column("Version", field("status.nodeInfo.kubeletVersion")),
        Column("Internal-IP", _node_address("InternalIP"), priority=1),
        Column("External-IP", _node_address("ExternalIP"), priority=1),
        _node_info("OS-Image", "osImage"),
        _node_info("Kernel-Version", "kernelVersion"),
        _node_info("Container-Runtime", "containerRuntimeVersion"),
    ),
    "events": _EVENT,
    "namespaces": (NAME, Column("Status", field("status.phase")), AGE),
    "configmaps": (NAME, _count("Data", "data", "binaryData"), AGE),
    "secrets": (NAME, Column("Type", field("type")), _count("Data", "data"), AGE),
    "serviceaccounts": (NAME, _count("Secrets", "secrets"), AGE),
    "resourcequotas": (
        NAME,
        Column("Request", _quota(None)),
        Column("Limit", _quota("limits.")),
        AGE,
    ),
    "limitranges": _NAMED,
    "componentstatuses": (NAME, Column("Status", field("status", "Unknown"))),
    "roles.rbac.authorization.k8s.io": _NAMED,
    "clusterroles.rbac.authorization.k8s.io": _NAMED,
    "rolebindings.rbac.authorization.k8s.io": _BINDING,
    "clusterrolebindings.rbac.authorization.k8s.io": _BINDING,
    "horizontalpodautoscalers.autoscaling": (
        NAME,
        Column(
            "Reference",
            lambda obj, _: (
                f"{at(obj, 'spec.scaleTargetRef.kind')}/"
                f"{at(obj, 'spec.scaleTargetRef.name')}"
            ),
        ),
        Column("Targets", targets),
        Column("MinPods", lambda obj, _: str(at(obj, "spec.minReplicas") or "<unset>")),
        Column("MaxPods", field("spec.maxReplicas", 0), type="integer"),
        Column("Replicas", field("status.currentReplicas", 0), type="integer"),
        AGE,
    ),
    "poddisruptionbudgets.policy": (
        NAME,
        Column("Min Available", _budget("spec.minAvailable")),
        Column("Max Unavailable", _budget("spec.maxUnavailable")),
        Column(
            "Allowed Disruptions", field("status.disruptionsAllowed", 0), type="integer"
        ),
        AGE,
    ),
    "priorityclasses.scheduling.k8s.io": (
        NAME,
        Column("Value", field("value", 0), type="integer"),
        Column(
            "Global-Default", lambda o, _: bool(o.get("globalDefault")), type="boolean"
        ),
        AGE,
        Column("PreemptionPolicy", field("preemptionPolicy", "PreemptLowerPriority")),
    ),
    "leases.coordination.k8s.io": (
        NAME,
        Column("Holder", field("spec.holderIdentity")),
        AGE,
    ),
    "runtimeclasses.node.k8s.io": (NAME, Column("Handler", field("handler")), AGE),
    "certificatesigningrequests.certificates.k8s.io": (
        NAME,
        AGE,
        Column("SignerName", field("spec.signerName", "<none>")),
        Column("Requestor", field("spec.username")),
        Column("RequestedDuration", field("spec.expirationSeconds", "<none>")),
        Column("Condition", _signing),
    ),
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": (
        NAME,
        _count("Webhooks", "webhooks"),
        AGE,
    ),
    "validatingwebhookconfigurations.admissionregistration.k8s.io": (
        NAME,
        _count("Webhooks", "webhooks"),
        AGE,
    ),
    "validatingadmissionpolicies.admissionregistration.k8s.io": (
        NAME,
        _count("Validations", "spec.validations"),
        Column("ParamKind", field("spec.paramKind.kind", "<unset>")),
        AGE,
    ),
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": (
        NAME,
        Column("PolicyName", field("spec.policyName")),
        Column("ParamRef", field("spec.paramRef.name", "<unset>")),
        AGE,
    ),
    "apiservices.apiregistration.k8s.io": (
        NAME,
        Column("Service", _api_service),
        Column("Available", _available),
        AGE,
    ),
    "flowschemas.flowcontrol.apiserver.k8s.io": (
        NAME,
        Column("PriorityLevel", field("spec.priorityLevelConfiguration.name")),
        Column("MatchingPrecedence", field("spec.matchingPrecedence"), type="integer"),
        Column("DistinguisherMethod", field("spec.distinguisherMethod.type", "<none>")),
        AGE,
    ),
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": (
        NAME,
        Column("Type", field("spec.type")),
        Column(
            "NominalConcurrencyShares",
            field("spec.limited.nominalConcurrencyShares", "<none>"),
        ),
        AGE,
    ),
}
