"""Rules for Kubernetes objects: what every rendered document is checked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

from pypkg import jsonio
from pypkg.chart.decoding import Decoder
from pypkg.errors import ChartError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL)
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_DNS_1035 = re.compile("[a-z]([-a-z0-9]*[a-z0-9])?")
_MAX_LABEL = 63
_MAX_SUBDOMAIN = 253
_KEEP = "helm.sh/resource-policy"
# Workloads that must say which pods are theirs.
_SELECTING = frozenset({"Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"})
_ROLES = frozenset({"role", "clusterrole", "rolebinding", "clusterrolebinding"})


class Head(Struct):
    """The part of an object that the rules look at."""

    api_version: str
    kind: str
    name: str

    @classmethod
    def of(cls, document: Any) -> Self:
        """Read it from a parsed document.

        Raises:
            ChartError: The document is no object.
        """
        if not isinstance(document, dict):
            raise ChartError("it must hold a mapping (key: value)")
        decoder = Decoder(document)
        name = ""
        metadata = document.get("metadata")
        if isinstance(metadata, dict):
            inner = Decoder(metadata, path="metadata.", faults=decoder.faults)
            name = inner.text("name")
        elif metadata is not None:
            decoder.faults.append("metadata must be a mapping")
        head = cls(decoder.text("apiVersion"), decoder.text("kind"), name)
        if decoder.faults:
            raise ChartError("; ".join(decoder.faults))
        return head


def name_fault(head: Head) -> str | None:
    """Say why an object's name is none for its kind, or give None."""
    quoted = jsonio.dumps(head.name, escape_html=False)
    found = [
        f"metadata.name: Invalid value: {quoted}: {reason}" for reason in _reasons(head)
    ]
    if not found:
        return None
    listed = found[0] if len(found) == 1 else f"[{', '.join(found)}]"
    return (
        "object name does not conform to Kubernetes naming requirements:"
        f" {quoted}: {listed}"
    )


def selector_fault(head: Head, manifest: str) -> str | None:
    """Say that a workload's file has no selector, as Helm finds out."""
    if head.kind not in _SELECTING:
        return None
    if "matchLabels" in manifest or "matchExpressions" in manifest:
        return None
    return (
        f"a {head.kind} must contain matchLabels or matchExpressions, and"
        f' "{head.name}" does not'
    )


def list_fault(head: Head, document: dict[str, Any]) -> str | None:
    """Say that a List's items have a policy, which is not looked at there."""
    items = document.get("items")
    if head.kind != "List" or not isinstance(items, list):
        return None
    for item in items:
        metadata = item.get("metadata") if isinstance(item, dict) else None
        notes = metadata.get("annotations") if isinstance(metadata, dict) else None
        if isinstance(notes, dict) and _KEEP in notes:
            return f"annotation '{_KEEP}' within List objects are ignored"
    return None


def _reasons(head: Head) -> Iterator[str]:
    name = head.name
    match head.kind.lower():
        case "service":
            yield from _matches(name, _DNS_1035, _MAX_LABEL, _DNS_1035_RULE)
        case "namespace":
            yield from _namespace(name)
        case "certificatesigningrequest":
            return
        case kind if kind in _ROLES:
            yield from _path_segment(name)
        case _:
            yield from _matches(name, _SUBDOMAIN, _MAX_SUBDOMAIN, _SUBDOMAIN_RULE)


_DNS_1035_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start"
    " with an alphabetic character, and end with an alphanumeric character (e.g."
    " 'my-name',  or 'abc-123', regex used for validation is"
    " '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or"
    " '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or"
    " '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters,"
    " '-' or '.', and must start and end with an alphanumeric character (e.g."
    " 'example.com', regex used for validation is"
    r" '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def _matches(
    name: str, pattern: re.Pattern[str], longest: int, rule: str
) -> Iterator[str]:
    if len(name.encode()) > longest:
        yield f"must be no more than {longest} characters"
    if not pattern.fullmatch(name):
        yield rule


def _namespace(name: str) -> Iterator[str]:
    if len(name.encode()) > _MAX_LABEL:
        yield f"must be no more than {_MAX_LABEL} characters"
    if not _DNS_LABEL.fullmatch(name):
        yield "must not contain dots" if _SUBDOMAIN.fullmatch(name) else _LABEL_RULE


def _path_segment(name: str) -> Iterator[str]:
    if name in (".", ".."):
        yield f"may not be '{name}'"
        return
    for char in "/%":
        if char in name:
            yield f"may not contain '{char}'"
