"""Label and field selectors, as list and watch requests give them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pypkg.sandbox.statuses import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.sandbox.schemas.resources import Resource

Object = dict[str, Any]
Operator = Literal["in", "notin", "exists", "absent", "gt", "lt"]

_TOKEN = re.compile(r"\s*([(),]|==|=|!=|!|>|<|[^\s(),=!<>]+)")
_KEY = re.compile(
    r"(?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on a label.

    Attributes:
        key: The label.
        operator: ``in`` stands for ``=`` too.
        values: What it is compared with.
    """

    key: str
    operator: Operator
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels satisfy the condition."""
        match self.operator:
            case "in":
                return labels.get(self.key) in self.values
            case "notin":
                # A missing label differs from every value.
                return labels.get(self.key) not in self.values
            case "exists":
                return self.key in labels
            case "absent":
                return self.key not in labels
            case _:
                return self._compares(labels.get(self.key, ""))

    def _compares(self, text: str) -> bool:
        try:
            value, limit = int(text), int(next(iter(self.values)))
        except ValueError:
            return False
        return value > limit if self.operator == "gt" else value < limit


@dataclass(frozen=True, slots=True)
class Selector:
    """What a list or watch asks for; an empty one selects all.

    Attributes:
        labels: Every one must hold.
        fields: Path, whether it must be equal, and the value; every one must hold.
    """

    labels: tuple[Requirement, ...] = ()
    fields: tuple[tuple[str, bool, str], ...] = ()

    @classmethod
    def parse(cls, labels: str, fields: str, resource: Resource) -> Selector:
        """Read the query parameters ``labelSelector`` and ``fieldSelector``.

        Raises:
            StatusError: 400, a selector that does not parse, or names a field by
                which this resource cannot be selected.
        """
        return cls(parse_labels(labels), _parse_fields(fields, resource))

    @property
    def name(self) -> str | None:
        """The one name that can match, if the selector says so."""
        return self._required("metadata.name")

    @property
    def namespace(self) -> str | None:
        """The one namespace that can match, if the selector says so."""
        return self._required("metadata.namespace")

    def _required(self, path: str) -> str | None:
        return next((v for p, same, v in self.fields if p == path and same), None)

    @property
    def allowed(self) -> dict[str, frozenset[str]]:
        """The values that labels may have, where the selector gives such."""
        return {one.key: one.values for one in self.labels if one.operator == "in"}

    @property
    def is_lookup(self) -> bool:
        """Whether name, namespace and allowed values say it all."""
        places = {path for path, same, _ in self.fields if same}
        return (
            len(self.allowed) == len(self.labels)
            and len(places) == len(self.fields)
            and places <= _ANY_FIELDS
        )

    def __bool__(self) -> bool:
        return bool(self.labels or self.fields)

    def matches(self, obj: Object) -> bool:
        """Whether an object is selected."""
        labels = obj["metadata"].get("labels") or {}
        return all(requirement.matches(labels) for requirement in self.labels) and all(
            (field_value(obj, path) == value) == same
            for path, same, value in self.fields
        )


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """Read a label selector: ``a=b,c in (d, e),!f``.

    Raises:
        StatusError: 400, it does not parse.
    """
    if not text.strip():
        return ()
    parser = _LabelParser(text)
    try:
        return parser.parse()
    except (ValueError, IndexError) as error:
        raise bad_request(f"unable to parse requirement: {error}") from error


class _LabelParser:
    def __init__(self, text: str) -> None:
        self._tokens = self._scan(text)
        self._at = 0

    @staticmethod
    def _scan(text: str) -> list[str]:
        tokens: list[str] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                raise bad_request(f"unable to parse requirement: {text!r}")
            tokens.append(match[1])
            position = match.end()
        return tokens

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def parse(self) -> tuple[Requirement, ...]:
        found = [self._requirement()]
        while (token := self._next()) == ",":
            found.append(self._requirement())
        if token:
            raise ValueError(f"found '{token}', expected: ',' or 'end of string'")
        return tuple(found)

    def _requirement(self) -> Requirement:  # noqa: PLR0911 - one for each operator
        if self._peek() == "!":
            self._next()
            return Requirement(self._key(), "absent")
        key = self._key()
        match self._peek():
            case "" | ",":
                return Requirement(key, "exists")
            case "=" | "==":
                self._next()
                return Requirement(key, "in", frozenset({self._value()}))
            case "!=":
                self._next()
                return Requirement(key, "notin", frozenset({self._value()}))
            case "in":
                self._next()
                return Requirement(key, "in", self._values())
            case "notin":
                self._next()
                return Requirement(key, "notin", self._values())
            case (">" | "<") as sign:
                self._next()
                operator: Operator = "gt" if sign == ">" else "lt"
                return Requirement(key, operator, frozenset({str(int(self._value()))}))
            case token:
                raise ValueError(
                    f"found '{token}', expected: in, notin, =, ==, !=, gt, lt"
                )

    def _key(self) -> str:
        token = self._next()
        if not _KEY.fullmatch(token):
            raise ValueError(
                f'<nil>: Invalid value: "{token}": name part must consist of'
                " alphanumeric characters, '-', '_' or '.', and must start and end"
                " with an alphanumeric character"
            )
        return token

    def _value(self) -> str:
        token = self._peek()
        if token in {"", ","}:
            return ""
        self._next()
        return self._checked(token)

    @staticmethod
    def _checked(token: str) -> str:
        if not _VALUE.fullmatch(token):
            raise ValueError(
                f'values[0][<nil>]: Invalid value: "{token}": a valid label must be an'
                " empty string or consist of alphanumeric characters, '-', '_' or '.',"
                " and must start and end with an alphanumeric character"
            )
        return token

    def _values(self) -> frozenset[str]:
        if (token := self._next()) != "(":
            raise ValueError(f"found '{token}', expected: '('")
        found: set[str] = set()
        while True:
            found.add(self._value())
            match self._next():
                case ",":
                    continue
                case ")":
                    return frozenset(found)
                case token:
                    raise ValueError(f"found '{token}', expected: ',', or ')'")


# The fields of a reference to an object, as an event has one.
_REFERENCE = (
    "kind",
    "namespace",
    "name",
    "uid",
    "apiVersion",
    "resourceVersion",
    "fieldPath",
)
_ANY_FIELDS = frozenset({"metadata.name", "metadata.namespace"})
_FIELDS: Mapping[str, frozenset[str]] = {
    "pods": frozenset(
        {
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        }
    ),
    "events": frozenset(
        {
            *(f"involvedObject.{part}" for part in _REFERENCE),
            *(f"regarding.{part}" for part in _REFERENCE),
            "reason",
            "reportingComponent",
            "reportingController",
            "source",
            "type",
        }
    ),
    "secrets": frozenset({"type"}),
    "namespaces": frozenset({"status.phase"}),
    "nodes": frozenset({"spec.unschedulable"}),
    "replicationcontrollers": frozenset({"status.replicas"}),
    "replicasets.apps": frozenset({"status.replicas"}),
    "jobs.batch": frozenset({"status.successful"}),
    "certificatesigningrequests.certificates.k8s.io": frozenset({"spec.signerName"}),
    "services": frozenset({"spec.clusterIP", "spec.type"}),
}


def _parse_fields(text: str, resource: Resource) -> tuple[tuple[str, bool, str], ...]:
    known = _ANY_FIELDS | _FIELDS.get(resource.key, frozenset())
    known |= frozenset(resource.selectable)
    found = []
    for term in _terms(text):
        path, operator, value = re.fullmatch(r"(.*?)(!=|==|=|$)(.*)", term).groups()  # type: ignore[union-attr]  # the pattern matches any text
        if not operator:
            raise bad_request(f"invalid selector: '{term}'; can't understand '{term}'")
        if path not in known:
            raise bad_request(
                f'Unable to find "{resource.api_version}, Resource={resource.plural}"'
                f' that match label selector "", field selector "{text}": field label'
                f" not supported: {path}"
            )
        found.append((path, operator != "!=", re.sub(r"\\([\\,=])", r"\1", value)))
    return tuple(found)


def _terms(text: str) -> list[str]:
    return [term for term in re.split(r"(?<!\\),", text) if term]


def field_value(obj: Object, path: str) -> str:
    """The text by which a field selector compares; "" where there is none."""
    if path == "status.successful":
        path = "status.succeeded"
    if path in {"reportingComponent", "source"} and "source" in obj:
        return str((obj["source"] or {}).get("component") or obj.get(path, ""))
    value: Any = obj
    for part in path.split("."):
        if not isinstance(value, dict):
            return ""
        value = value.get(part)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
